/* prog/web/support_community.c: see support_community.h. */
#include "prog/web/support_community.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "os/channel.h"
#include "prog/web/support_pages.h"
#include "prog/web/visitor.h"
#include "support/community.h"

/* Searches from one address in an hour, and under way in this process: the site limits us as a whole. */
enum { SEARCHES_MAX = 60, UNDER_WAY_MAX = 16 };

struct asking {
	struct asking *next, **at;
	struct web *web;
	struct http_request *request; /* NULL once the client has left */
	struct event *event;
	int courier;		/* this search's own connection */
	char words[COMMUNITY_WORDS_SIZE];
};

struct communities {
	struct asking *first;
	size_t count;
};

static void
asking_free(struct asking *s)
{
	*s->at = s->next;
	if (s->next != NULL)
		s->next->at = s->at;
	s->web->communities->count--;
	if (s->event != NULL)
		event_free(s->event);
	if (s->courier >= 0)
		close(s->courier);
	free(s);
}

static void
client_left(void *ctx)
{
	struct asking *s = ctx;

	s->request = NULL;
}

/* "https://community.example/" is "community.example" to a person. */
void
support_community_put(struct page *p)
{
	const char *host = strstr(p->call->web->community_url, "://") + 3;

	page_put(p, "community", json_stringn(host, strlen(host) - 1));
}

static json_t *
list_topics(const struct web *w, const struct community_topics *topics)
{
	json_t *list = json_array();

	for (size_t i = 0; i < topics->count; i++) {
		const struct community_topic *t = &topics->list[i];
		struct buf url;

		buf_init(&url, 2048);
		community_write_topic_url(w->community_url, t, &url);
		json_array_append_new(list, json_pack("{s:s#, s:s, s:s}", "url", (const char *)url.p, (int)url.n,
		    "title", t->title, "excerpt", t->excerpt));
		buf_fini(&url);
	}
	return list;
}

/* ${topics} NULL: the site could not be asked. */
static void
send_page(struct call *c, const char *words, const struct community_topics *topics)
{
	bool asked = words[0] != '\0', found = topics != NULL && topics->count > 0;
	struct page page;

	support_page_open(&page, c, "Search the community", words);
	page_put(&page, "found", json_boolean(found));
	page_put(&page, "nothing", json_boolean(asked && topics != NULL && !found));
	page_put(&page, "away", json_boolean(asked && topics == NULL));
	if (found)
		page_put(&page, "topics", list_topics(c->web, topics));
	page_answer(&page, asked && topics == NULL ? 503 : 200, "support/community");
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	static struct community_topics topics;
	struct asking *s = ctx;
	struct channel_message m;
	enum err e = ERR_CLOSED;

	(void)fd;
	if ((what & EV_READ) != 0 && channel_receive(s->courier, room, &m) == ERR_NONE) {
		e = community_read_answer(m.body, &topics);
		channel_close_fds(&m);
	}
	if (s->request != NULL)
		send_page(&(struct call){ .web = s->web, .request = s->request }, s->words,
		    e == ERR_NONE ? &topics : NULL);
	asking_free(s);
}

static enum err
ask_courier(struct asking *s)
{
	struct timeval within = { COMMUNITY_TIMEOUT_S, 0 };
	struct fault why = { ERR_NONE, "" };
	struct buf b;
	enum err e;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	community_write_request(s->words, &b);
	if ((e = b.err) != ERR_NONE ||
	    (e = channel_connect(s->web->courier_path, &s->courier, &why)) != ERR_NONE ||
	    (e = channel_send(s->courier, buf_bytes(&b), NULL, 0)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	s->event = event_new(s->web->base, s->courier, EV_READ, courier_spoke, s);
	if (s->event != NULL && event_add(s->event, &within) == 0)
		e = ERR_NONE;
done:
	if (e != ERR_NONE)
		log_error("the courier: %s", why.text[0] != '\0' ? why.text : err_name(e));
	buf_fini(&b);
	return e;
}

static struct asking *
asking_add(struct call *c, const char *words)
{
	struct communities *all = c->web->communities;
	struct asking *s = all->count < UNDER_WAY_MAX ? calloc(1, sizeof *s) : NULL;

	if (s == NULL)
		return NULL;
	s->web = c->web;
	s->request = c->request;
	s->courier = -1;
	text_copy(s->words, sizeof s->words, words);
	s->next = all->first;
	s->at = &all->first;
	if (s->next != NULL)
		s->next->at = &s->next;
	all->first = s;
	all->count++;
	return s;
}

static void
start(struct call *c, const char *words)
{
	struct asking *s = asking_add(c, words);

	if (s != NULL && ask_courier(s) == ERR_NONE) {
		http_request_keep(c->request, client_left, s);
		return;
	}
	if (s != NULL)
		asking_free(s);
	send_page(c, words, NULL);
}

void
support_community_show(struct call *c)
{
	char words[COMMUNITY_WORDS_SIZE] = "";

	if (c->web->community_url == NULL) {
		page_refuse(c, 404, "not_found", "There is no community here.");
		return;
	}
	/* What is too long or broken is no word: nothing is asked. */
	if (decode_form_field(http_request_query(c->request), "q", words, sizeof words) != ERR_NONE ||
	    !text_is_plain(words))
		words[0] = '\0';
	if (words[strspn(words, " ")] == '\0')
		send_page(c, "", NULL);
	else if (visitor_may(c, "community", SEARCHES_MAX))
		start(c, words);
}

enum err
communities_new(struct communities **out)
{
	return (*out = calloc(1, sizeof **out)) == NULL ? ERR_NOMEM : ERR_NONE;
}

void
communities_free(struct communities *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		asking_free(all->first);
	free(all);
}
