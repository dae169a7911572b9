/* prog/web/support_community.c: see support_community.h. */
#include "prog/web/support_community.h"

#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "os/channel.h"
#include "prog/web/questions.h"
#include "prog/web/support_pages.h"
#include "prog/web/visitor.h"
#include "support/community.h"

/* Searches from one address in an hour, and under way in this process: the site limits us as a whole. */
enum { SEARCHES_MAX = 60, UNDER_WAY_MAX = 16 };

struct search {
	struct question question;
	char words[COMMUNITY_WORDS_SIZE];
};

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
courier_spoke(struct question *q, struct bytes said)
{
	static struct community_topics topics;
	struct search *s = (struct search *)q;
	enum err e = community_read_answer(said, &topics);

	q->web->searches--;
	if (q->request != NULL)
		send_page(&(struct call){ .web = q->web, .request = q->request }, s->words,
		    e == ERR_NONE ? &topics : NULL);
}

static enum err
ask_courier(struct search *s)
{
	struct buf b;
	enum err e;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	community_write_request(s->words, &b);
	e = question_ask(&s->question, &b, COMMUNITY_TIMEOUT_MS);
	buf_fini(&b);
	return e;
}

static void
start(struct call *c, const char *words)
{
	struct search *s = c->web->searches < UNDER_WAY_MAX ? calloc(1, sizeof *s) : NULL;

	if (s != NULL) {
		s->question = (struct question){ .web = c->web, .request = c->request, .answered = courier_spoke };
		text_copy(s->words, sizeof s->words, words);
		if (ask_courier(s) == ERR_NONE) {
			c->web->searches++;
			return;
		}
	}
	free(s);
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
