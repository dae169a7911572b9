/* prog/web/support_pages.c: the support site: articles by topic and operating system, search, one article.
 * Articles are files (support/library.h); what visitors say of them is in the store. */
#include "prog/web/support_pages.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/notice.h"
#include "prog/web/routes.h"
#include "prog/web/support_community.h"
#include "prog/web/support_contact.h"
#include "prog/web/visitor.h"

void
support_page_open(struct page *p, struct call *c, const char *title, const char *words)
{
	page_open(p, c, title);
	page_put_text(p, "words", words);
	page_put_text(p, "home", "/support");
	if (c->web->community_url != NULL)
		support_community_put(p);
}

/* Answers when there are none. */
static bool
has_library(struct call *c)
{
	if (c->web->library == NULL)
		page_answer_message(c, &(struct message){ 404, "There are no articles here",
		    "This server was started without help articles.", "/support/contact", "Contact us" });
	return c->web->library != NULL;
}

static json_t *
link_of(const struct article *a)
{
	return json_pack("{s:s, s:s}", "id", a->id, "title", a->title);
}

/* What of the articles is asked for; empty: all. */
struct choice {
	char topic[ARTICLE_FIELD_SIZE], os[ARTICLE_FIELD_SIZE];
};

static bool
is_chosen(const struct article *a, const struct choice *choice)
{
	return (choice->topic[0] == '\0' || text_equal(choice->topic, a->topic)) &&
	    (choice->os[0] == '\0' || article_is_for(a, choice->os));
}

/* The articles of one topic that were chosen; the caller's. */
static json_t *
list_topic(const struct library *l, const char *topic, const struct choice *choice)
{
	json_t *list = json_array();

	for (size_t i = 0; i < library_count(l); i++)
		if (text_equal(library_at(l, i)->topic, topic) && is_chosen(library_at(l, i), choice))
			json_array_append_new(list, link_of(library_at(l, i)));
	return list;
}

/* True when an article before ${i} has its topic. */
static bool
topic_was_before(const struct library *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (text_equal(library_at(l, k)->topic, library_at(l, i)->topic))
			return true;
	return false;
}

static json_t *
list_topics(const struct library *l, const struct choice *choice)
{
	json_t *topics = json_array();

	for (size_t i = 0; i < library_count(l); i++) {
		const char *topic = library_at(l, i)->topic;
		json_t *articles;

		if (topic_was_before(l, i))
			continue;
		articles = list_topic(l, topic, choice);
		if (json_array_size(articles) > 0)
			json_array_append_new(topics, json_pack("{s:s, s:O}", "topic", topic, "articles", articles));
		json_decref(articles);
	}
	return topics;
}

/* One way to see fewer articles: a link with the other choice as it is. */
static void
add_choice(json_t *list, const char *name, const struct choice *to, const struct choice *now)
{
	struct buf address;
	char *text;

	buf_init(&address, 8 * ARTICLE_FIELD_SIZE);
	buf_put_string(&address, "/support");
	if (to->topic[0] != '\0') {
		buf_put_string(&address, "?topic=");
		encode_url(to->topic, &address);
	}
	if (to->os[0] != '\0') {
		buf_put_string(&address, to->topic[0] == '\0' ? "?os=" : "&os=");
		encode_url(to->os, &address);
	}
	text = buf_take_string(&address);
	json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "name", name, "address", text != NULL ? text : "/support",
	    "current", text_equal(to->topic, now->topic) && text_equal(to->os, now->os)));
	free(text);
	buf_fini(&address);
}

/* Every operating system that an article before ${i} does not name; "Linux, Windows" names two. */
static void
add_systems(json_t *list, const struct library *l, size_t i, const struct choice *now)
{
	char all[ARTICLE_FIELD_SIZE], *rest = all;
	const char *os;

	memcpy(all, library_at(l, i)->os, sizeof all);
	while ((os = strsep(&rest, ",")) != NULL) {
		struct choice to = *now;
		bool before = false;

		os += strspn(os, " ");
		for (size_t k = 0; k < i && !before; k++)
			before = article_is_for(library_at(l, k), os);
		text_copy(to.os, sizeof to.os, os);
		if (!before && os[0] != '\0')
			add_choice(list, os, &to, now);
	}
}

static json_t *
list_topic_choices(const struct library *l, const struct choice *now)
{
	struct choice all = *now;
	json_t *list = json_array();

	all.topic[0] = '\0';
	add_choice(list, "All topics", &all, now);
	for (size_t i = 0; i < library_count(l); i++) {
		struct choice to = *now;

		memcpy(to.topic, library_at(l, i)->topic, sizeof to.topic);
		if (!topic_was_before(l, i))
			add_choice(list, to.topic, &to, now);
	}
	return list;
}

static json_t *
list_system_choices(const struct library *l, const struct choice *now)
{
	struct choice all = *now;
	json_t *list = json_array();

	all.os[0] = '\0';
	add_choice(list, "All systems", &all, now);
	for (size_t i = 0; i < library_count(l); i++)
		add_systems(list, l, i, now);
	return list;
}

/* A choice that cannot be read is none. */
static void
read_choice(struct call *c, const char *name, char out[static ARTICLE_FIELD_SIZE])
{
	if (decode_form_field(http_request_query(c->request), name, out, ARTICLE_FIELD_SIZE) != ERR_NONE ||
	    !text_is_plain(out))
		out[0] = '\0';
}

static void
show_topics(struct call *c)
{
	struct choice choice;
	struct page page;

	if (!has_library(c))
		return;
	read_choice(c, "topic", choice.topic);
	read_choice(c, "os", choice.os);
	support_page_open(&page, c, "Help", "");
	page_put(&page, "choices", list_topic_choices(c->web->library, &choice));
	page_put(&page, "systems", list_system_choices(c->web->library, &choice));
	page_put(&page, "topics", list_topics(c->web->library, &choice));
	page_answer(&page, 200, "support/list");
}

/* Pieces of an excerpt: what was found, and what stands behind it. */
static json_t *
pieces_of(const char *excerpt)
{
	json_t *pieces = json_array();

	while (*excerpt != '\0') {
		const char *marked = excerpt + (*excerpt == SEARCH_MARK[0]), *plain;
		size_t length = marked == excerpt ? 0 : strcspn(marked, SEARCH_UNMARK);

		plain = marked + length;
		plain += *plain == SEARCH_UNMARK[0];
		excerpt = plain + strcspn(plain, SEARCH_MARK);
		json_array_append_new(pieces, json_pack("{s:s%, s:s%}", "marked", marked, length, "plain", plain,
		    (size_t)(excerpt - plain)));
	}
	return pieces;
}

static void
add_result(void *ctx, const struct article *a, const char *excerpt)
{
	json_t *result = link_of(a);

	json_object_set_new(result, "excerpt", pieces_of(excerpt));
	json_array_append_new(ctx, result);
}

/* Search, and when nothing is found once more without slips. */
static enum err
find(const struct library *l, const char *words, json_t *results, char mended[static SEARCH_SIZE])
{
	enum err e = library_search(l, words, add_result, results);

	mended[0] = '\0';
	if (e != ERR_NONE || json_array_size(results) > 0)
		return e;
	if ((e = library_mend(l, words, mended)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	return library_search(l, mended, add_result, results);
}

static void
put_encoded(struct page *p, const char *name, const char *value)
{
	struct buf b;
	char *text;

	buf_init(&b, 4096);
	encode_url(value, &b);
	text = buf_take_string(&b);
	page_put_text(p, name, text != NULL ? text : "");
	free(text);
	buf_fini(&b);
}

static void
show_search(struct call *c)
{
	char words[SEARCH_SIZE] = "", mended[SEARCH_SIZE];
	json_t *results = json_array();
	struct page page;
	enum err e;

	if (!has_library(c)) {
		json_decref(results);
		return;
	}
	/* What is too long or broken is no word: nothing is found by it. */
	if (decode_form_field(http_request_query(c->request), "q", words, sizeof words) != ERR_NONE ||
	    !text_is_plain(words))
		words[0] = '\0';
	if ((e = find(c->web->library, words, results, mended)) != ERR_NONE) {
		json_decref(results);
		page_answer_failure(c, e, "searching the articles");
		return;
	}
	support_page_open(&page, c, "Search the articles", words);
	page_put(&page, "found", json_boolean(json_array_size(results) > 0));
	page_put(&page, "nothing", json_boolean(json_array_size(results) == 0 && words[0] != '\0'));
	page_put_text(&page, "mended", json_array_size(results) > 0 ? mended : "");
	put_encoded(&page, "mended_url", mended);
	page_put(&page, "results", results);
	page_answer(&page, 200, "support/search");
}

static void
send_no_article(struct call *c)
{
	struct page page;

	support_page_open(&page, c, "There is no such article", "");
	page_answer(&page, 404, "support/missing");
}

const struct article *
support_find_article(struct call *c)
{
	const struct article *a =
	    c->web->library == NULL ? NULL : library_find(c->web->library, c->parameter);

	if (a == NULL)
		send_no_article(c);
	return a;
}

/* For search engines: what the page is about, and under which address it is to be known. */
static void
put_head(struct page *p, const struct article *a)
{
	struct buf head;

	buf_init(&head, 4096);
	buf_put_string(&head, "<meta name=\"description\" content=\"");
	encode_html(a->about, &head);
	buf_put_string(&head, "\">\n<link rel=\"canonical\" href=\"");
	encode_html(p->call->web->base_url, &head);
	buf_printf(&head, "support/%s\">\n<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Changes\" "
			  "href=\"/support/changes.xml\">", a->id);
	if (head.err == ERR_NONE)
		page_put_markup(p, "head", buf_bytes(&head));
	buf_fini(&head);
}

static void
put_article(struct page *p, const struct article *a)
{
	char url[URL_SIZE + ARTICLE_ID_SIZE];

	snprintf(url, sizeof url, "%ssupport/%s", p->call->web->base_url, a->id);
	page_put_text(p, "url", url);
	page_put_text(p, "id", a->id);
	page_put_text(p, "topic", a->topic);
	put_encoded(p, "topic_url", a->topic);
	page_put_text(p, "os", a->os);
	page_put_text(p, "modified", a->modified);
	page_put_text(p, "about", a->about);
	/* cmark made it, in its safe mode. */
	page_put_markup(p, "body", bytes_of_text(a->html));
	put_head(p, a);
}

static void
show_article(struct call *c)
{
	const struct article *a = support_find_article(c);
	struct store *store = c->web->store;
	char visitor[SUPPORT_VISITOR_SIZE];
	struct feedback before;
	struct page page;

	if (a == NULL)
		return;
	visitor_name(c, visitor);
	support_page_open(&page, c, a->title, "");
	put_article(&page, a);
	page_put_text(&page, "visitor", visitor);
	page_put(&page, "voted", json_boolean(store->support.get_feedback(store, a->id, visitor, &before) == ERR_NONE));
	page_answer(&page, 200, "support/article");
}

/* Where a device's reason is explained: the same code everywhere leads there. */
static void
show_reason(struct call *c)
{
	char address[sizeof "/support/" + ARTICLE_ID_SIZE];
	enum reason reason;

	if (!reason_from_code(c->parameter, &reason)) {
		send_no_article(c);
		return;
	}
	snprintf(address, sizeof address, "/support/%s", notice_for(reason)->article);
	page_see(c, address);
}

static const struct route routes[] = {
	{ "GET", "/support", show_topics, PERMIT_ANYONE },
	{ "GET", "/support/search", show_search, PERMIT_ANYONE },
	{ "GET", "/support/sitemap.xml", support_sitemap_send, PERMIT_ANYONE },
	{ "GET", "/support/changes.xml", support_changes_send, PERMIT_ANYONE },
	{ "GET", "/support/reason/{code}", show_reason, PERMIT_ANYONE },
	{ "GET", "/support/community", support_community_show, PERMIT_ANYONE },
	{ "GET", "/support/contact", support_contact_show, PERMIT_ANYONE },
	{ "POST", "/support/contact", support_contact_take, PERMIT_ANYONE },
	{ "GET", "/support/contact/{reference}", support_contact_thank, PERMIT_ANYONE },
	{ "GET", "/support/{id}", show_article, PERMIT_ANYONE },
	{ "POST", "/support/{id}/feedback", support_vote_take, PERMIT_ANYONE },
	{ "GET", "/support/{id}/comment", support_comment_show, PERMIT_ANYONE },
	{ "POST", "/support/{id}/comment", support_comment_take, PERMIT_ANYONE },
	{ "GET", "/support/{id}/thanks", support_thanks_show, PERMIT_ANYONE },
};
const struct route_group support_routes = { "/support", page_refuse, routes, sizeof routes / sizeof routes[0] };
