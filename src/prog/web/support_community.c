/* prog/web/support_community.c: see support_community.h. */
#include "prog/web/support_community.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "codec/encode.h"
#include "os/channel.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"
#include "prog/web/visitor.h"
#include "support/community.h"

/* Searches from one address in an hour, and under way in this process: the site limits us as a whole. */
enum { SEARCHES_MAX = 60, UNDER_WAY_MAX = 16 };

struct search {
	struct search *next, **at;
	struct web *web;
	struct http_request *request; /* NULL once the client has left */
	struct event *event;
	int courier;		/* this search's own connection */
	char words[COMMUNITY_WORDS_SIZE];
};

struct communities {
	struct search *first;
	size_t count;
};

static void
search_free(struct search *s)
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
	struct search *s = ctx;

	s->request = NULL;
}

/* "https://community.example/" is "community.example" to a person. */
static void
put_site(const struct web *w, struct buf *page)
{
	const char *host = strstr(w->community_url, "://") + 3;
	char *text = strndup(host, strlen(host) - 1);

	encode_html(text != NULL ? text : host, page);
	free(text);
}

void
support_community_form(const struct web *w, const char *words, struct buf *page)
{
	if (w->community_url == NULL)
		return;
	buf_put_string(page, "<form method=\"get\" action=\"/support/community\" role=\"search\"><label for=\"cq\">"
			     "Search the community</label> <input id=\"cq\" name=\"q\" type=\"search\" "
			     "maxlength=\"200\" value=\"");
	encode_html(words, page);
	buf_put_string(page, "\"> <button>Search</button><p>What you type is sent to ");
	put_site(w, page);
	buf_put_string(page, ".</p></form>");
}

static void
put_topic(const struct web *w, const struct community_topic *t, struct buf *page)
{
	struct buf url;
	char *text;

	buf_init(&url, 2048);
	community_write_topic_url(w->community_url, t, &url);
	text = buf_take_string(&url);
	buf_put_string(page, "<li><a rel=\"nofollow noreferrer\" href=\"");
	encode_html(text != NULL ? text : "", page);
	buf_put_string(page, "\">");
	encode_html(t->title, page);
	buf_put_string(page, "</a>");
	if (t->excerpt[0] != '\0') {
		buf_put_string(page, "<br>");
		encode_html(t->excerpt, page);
	}
	buf_put_string(page, "</li>");
	free(text);
	buf_fini(&url);
}

/* ${topics} NULL: the site could not be asked. */
static void
put_found(const struct web *w, const struct community_topics *topics, struct buf *page)
{
	if (topics == NULL || topics->count == 0) {
		buf_put_string(page, topics == NULL
			? "<p role=\"status\">The community's site does not answer just now. Try again in a minute, or "
			  "search the articles.</p>"
			: "<p role=\"status\">Nobody there has written about that. Try fewer or other words.</p>");
		return;
	}
	buf_put_string(page, "<ul>");
	for (size_t i = 0; i < topics->count; i++)
		put_topic(w, &topics->list[i], page);
	buf_put_string(page, "</ul><p>Other users wrote this at ");
	put_site(w, page);
	buf_put_string(page, "; we do not check it.</p>");
}

static void
send_page(const struct web *w, struct http_request *r, const char *words, const struct community_topics *topics)
{
	struct buf page;

	page_begin(&page, "Search the community", NULL);
	support_community_form(w, words, &page);
	if (words[0] != '\0')
		put_found(w, topics, &page);
	buf_put_string(&page, "<p><a href=\"/support\">All articles</a></p>");
	page_send(r, words[0] == '\0' || topics != NULL ? 200 : 503, &page);
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	static struct community_topics topics;
	struct search *s = ctx;
	struct channel_message m;
	enum err e = ERR_CLOSED;

	(void)fd;
	if ((what & EV_READ) != 0 && channel_receive(s->courier, room, &m) == ERR_NONE) {
		e = community_read_answer(m.body, &topics);
		channel_close_fds(&m);
	}
	if (s->request != NULL)
		send_page(s->web, s->request, s->words, e == ERR_NONE ? &topics : NULL);
	search_free(s);
}

static enum err
ask_courier(struct search *s)
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

static struct search *
search_add(struct call *c, const char *words)
{
	struct communities *all = c->web->communities;
	struct search *s = all->count < UNDER_WAY_MAX ? calloc(1, sizeof *s) : NULL;

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
	struct search *s = search_add(c, words);

	if (s != NULL && ask_courier(s) == ERR_NONE) {
		http_request_keep(c->request, client_left, s);
		return;
	}
	if (s != NULL)
		search_free(s);
	send_page(c->web, c->request, words, NULL);
}

void
support_community_show(struct call *c)
{
	char words[COMMUNITY_WORDS_SIZE] = "";

	if (c->web->community_url == NULL) {
		routes_refuse(c, 404, "not_found", "There is no community here.");
		return;
	}
	/* What is too long or broken is no word: nothing is asked. */
	if (decode_form_field(http_request_query(c->request), "q", words, sizeof words) != ERR_NONE ||
	    !text_is_plain(words))
		words[0] = '\0';
	if (words[strspn(words, " ")] == '\0')
		send_page(c->web, c->request, "", NULL);
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
		search_free(all->first);
	free(all);
}
