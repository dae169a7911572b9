/* prog/web/support_pages.c: the support site: articles by topic, search, one article, and whether it helped.
 * Articles are files (support/library.h); what visitors say of them is in the store. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/notice.h"
#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"
#include "prog/web/support_community.h"
#include "prog/web/support_contact.h"
#include "prog/web/visitor.h"
#include "support/library.h"

/* Votes and comments from one address in an hour: a household reads many articles. */
enum { VOTES_MAX = 60 };

static void
send_no_articles(struct call *c)
{
	struct buf page;

	page_begin(&page, "There are no articles here", NULL);
	buf_put_string(&page, "<p>This server was started without help articles.</p>");
	page_send(c->request, 404, &page);
}

static void
put_search(struct buf *page, const char *words)
{
	buf_put_string(page, "<form method=\"get\" action=\"/support/search\" role=\"search\"><label for=\"q\">"
			     "Search the articles</label> <input id=\"q\" name=\"q\" type=\"search\" "
			     "maxlength=\"200\" value=\"");
	encode_html(words, page);
	buf_put_string(page, "\"> <button>Search</button></form>");
}

static void
put_link(struct buf *page, const struct article *a)
{
	buf_put_string(page, "<li><a href=\"/support/");
	encode_html(a->id, page);
	buf_put_string(page, "\">");
	encode_html(a->title, page);
	buf_put_string(page, "</a></li>");
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

static void
show_topics(struct call *c)
{
	const struct library *l = c->web->library;
	struct buf page;

	if (l == NULL) {
		send_no_articles(c);
		return;
	}
	page_begin(&page, "Help", NULL);
	put_search(&page, "");
	for (size_t i = 0; i < library_count(l); i++) {
		if (topic_was_before(l, i))
			continue;
		buf_put_string(&page, "<h2>");
		encode_html(library_at(l, i)->topic, &page);
		buf_put_string(&page, "</h2><ul>");
		for (size_t k = i; k < library_count(l); k++)
			if (text_equal(library_at(l, k)->topic, library_at(l, i)->topic))
				put_link(&page, library_at(l, k));
		buf_put_string(&page, "</ul>");
	}
	buf_put_string(&page, "<p><a href=\"/support/contact\">Contact us</a></p>");
	page_send(c->request, 200, &page);
}

static void
put_result(void *ctx, const struct article *a)
{
	put_link(ctx, a);
}

static void
show_search(struct call *c)
{
	char words[SEARCH_SIZE] = "";
	struct buf page, list;
	enum err e;

	if (c->web->library == NULL) {
		send_no_articles(c);
		return;
	}
	/* What is too long or broken is no word: nothing is found by it. */
	if (decode_form_field(http_request_query(c->request), "q", words, sizeof words) != ERR_NONE)
		words[0] = '\0';
	buf_init(&list, 16384);
	e = library_search(c->web->library, words, put_result, &list);
	page_begin(&page, "Search the articles", NULL);
	put_search(&page, words);
	if (list.n > 0) {
		buf_put_string(&page, "<ul>");
		buf_put(&page, buf_bytes(&list));
		buf_put_string(&page, "</ul>");
	} else {
		buf_put_string(&page, "<p>Nothing was found. Try fewer or other words, or <a "
				      "href=\"/support/contact\">contact us</a>.</p>");
	}
	buf_put_string(&page, "<p><a href=\"/support\">All articles</a></p>");
	if (e == ERR_NONE)
		e = list.err;
	buf_fini(&list);
	page_send(c->request, e == ERR_NONE ? 200 : 503, &page);
}

static void
send_no_article(struct call *c)
{
	struct buf page;

	page_begin(&page, "There is no such article", NULL);
	buf_put_string(&page, "<p>It may have been renamed.</p>");
	put_search(&page, "");
	buf_put_string(&page, "<p><a href=\"/support\">All articles</a></p>");
	page_send(c->request, 404, &page);
}

/* The article that the path names; NULL, and that is answered, when there is none. */
static const struct article *
find_article(struct call *c)
{
	const struct article *a =
	    c->web->library == NULL ? NULL : library_find(c->web->library, c->parameter);

	if (a == NULL)
		send_no_article(c);
	return a;
}

static void
begin_form(struct buf *page, const struct article *a, const char *action, const char *visitor)
{
	buf_put_string(page, "<form method=\"post\" action=\"/support/");
	encode_html(a->id, page);
	buf_printf(page, "/%s\">", action);
	visitor_field(visitor, page);
}

static void
put_question(struct buf *page, const struct article *a, const char *visitor)
{
	begin_form(page, a, "feedback", visitor);
	buf_put_string(page, "<p>The solution made it easy for me to handle my issue: "
			     "<button name=\"helpful\" value=\"yes\">Yes</button> "
			     "<button name=\"helpful\" value=\"no\">No</button></p></form>");
}

static void
put_facts(struct buf *page, const struct article *a)
{
	buf_put_string(page, "<p class=\"facts\">Document <span itemprop=\"identifier\">");
	encode_html(a->id, page);
	buf_put_string(page, "</span> · For ");
	encode_html(a->os, page);
	buf_put_string(page, " · Last modified <time itemprop=\"dateModified\" datetime=\"");
	encode_html(a->modified, page);
	buf_put_string(page, "\">");
	encode_html(a->modified, page);
	buf_put_string(page, "</time></p>");
}

static void
put_crumbs(struct buf *page, const struct article *a)
{
	buf_put_string(page,
	    "<nav aria-label=\"Breadcrumb\" itemscope itemtype=\"https://schema.org/BreadcrumbList\"><p>"
	    "<span itemprop=\"itemListElement\" itemscope itemtype=\"https://schema.org/ListItem\">"
	    "<a itemprop=\"item\" href=\"/support\"><span itemprop=\"name\">All articles</span></a>"
	    "<meta itemprop=\"position\" content=\"1\"></span> › ");
	encode_html(a->topic, page);
	buf_put_string(page, "</p></nav>");
}

static void
show_article(struct call *c)
{
	const struct article *a = find_article(c);
	char visitor[SUPPORT_VISITOR_SIZE];
	struct feedback before;
	struct buf page;

	if (a == NULL)
		return;
	visitor_name(c, visitor);
	page_begin(&page, a->title, NULL);
	put_crumbs(&page, a);
	buf_put_string(&page, "<article itemscope itemtype=\"https://schema.org/TechArticle\">"
			      "<meta itemprop=\"headline\" content=\"");
	encode_html(a->title, &page);
	buf_put_string(&page, "\">");
	put_facts(&page, a);
	buf_put_string(&page, "<div itemprop=\"articleBody\">");
	/* cmark made it, in its safe mode. */
	buf_put_string(&page, a->html);
	buf_put_string(&page, "</div></article><hr>");
	if (c->web->store->support.get_feedback(c->web->store, a->id, visitor, &before) == ERR_NONE)
		buf_put_string(&page, "<p>Thank you: you have told us whether it helped.</p>");
	else
		put_question(&page, a, visitor);
	buf_put_string(&page, "<h2>Not solved yet?</h2><ul><li><a href=\"/support\">Browse for solutions</a></li>"
			      "<li><a href=\"/support/contact?article=");
	encode_html(a->id, &page);
	buf_put_string(&page, "\">Contact us</a></li></ul>");
	support_community_form(c->web, "", &page);
	page_send(c->request, 200, &page);
}

/* Keep what a visitor said; if that fails it is answered. */
static bool
keep(struct call *c, struct feedback *f)
{
	struct store *store = c->web->store;
	enum err e = store->support.put_feedback(store, f);

	if (e != ERR_NONE)
		answer_failure(c->request, e, "keeping feedback");
	return e == ERR_NONE;
}

static bool
read_vote(struct call *c, bool *helpful)
{
	char vote[8];

	if (decode_form_field(http_request_body(c->request), "helpful", vote, sizeof vote) != ERR_NONE)
		return false;
	*helpful = text_equal(vote, "yes");
	return *helpful || text_equal(vote, "no");
}

static void
send_wrong_form(struct call *c, const char *what)
{
	struct buf page;

	page_begin(&page, "That cannot be taken", NULL);
	buf_printf(&page, "<p>%s Go back and try again.</p>", what);
	page_send(c->request, 400, &page);
}

static void
take_vote(struct call *c)
{
	const struct article *a = find_article(c);
	struct feedback f = { .at = c->now };
	struct buf page;

	if (a == NULL || !visitor_check(c, f.visitor))
		return;
	if (!read_vote(c, &f.helpful)) {
		send_wrong_form(c, "Choose Yes or No.");
		return;
	}
	memcpy(f.article, a->id, sizeof f.article);
	if (!visitor_may(c, "vote", VOTES_MAX) || !keep(c, &f))
		return;
	page_begin(&page, "Thank you", NULL);
	buf_put_string(&page, "<p>Help us improve this solution:</p>");
	begin_form(&page, a, "comment", f.visitor);
	buf_printf(&page, "<input type=\"hidden\" name=\"helpful\" value=\"%s\">", f.helpful ? "yes" : "no");
	buf_put_string(&page, "<p><label for=\"comment\">What was missing or unclear?</label><br><textarea "
			      "id=\"comment\" name=\"comment\" rows=\"5\" maxlength=\"1000\"></textarea></p>"
			      "<p><button>Send</button></p></form><p><a href=\"/support\">All articles</a></p>");
	page_send(c->request, 200, &page);
}

static void
take_comment(struct call *c)
{
	const struct article *a = find_article(c);
	struct feedback f = { .at = c->now };
	struct buf page;

	if (a == NULL || !visitor_check(c, f.visitor))
		return;
	if (!read_vote(c, &f.helpful) ||
	    decode_form_field(http_request_body(c->request), "comment", f.comment, sizeof f.comment) !=
		ERR_NONE) {
		send_wrong_form(c, "A comment is text of at most 4000 bytes.");
		return;
	}
	memcpy(f.article, a->id, sizeof f.article);
	if (!visitor_may(c, "vote", VOTES_MAX) || !keep(c, &f))
		return;
	page_begin(&page, "Thank you for your help", NULL);
	buf_put_string(&page, "<p>We read every comment. If you need an answer, <a href=\"/support/contact?article=");
	encode_html(a->id, &page);
	buf_put_string(&page, "\">contact us</a>.</p><p><a href=\"/support\">All articles</a></p>");
	page_send(c->request, 200, &page);
}

/* For search engines and for those who follow changes. */
static void
send_list(struct call *c, const char *type, const char *head, const char *tail,
    void (*item)(struct buf *out, const char *base, const struct article *a))
{
	const struct library *l = c->web->library;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_string(&text, head);
	for (size_t i = 0; l != NULL && i < library_count(l); i++)
		item(&text, c->web->base_url, library_at(l, i));
	buf_put_string(&text, tail);
	if (text.err == ERR_NONE)
		http_answer(c->request, 200, type, buf_bytes(&text));
	else
		answer_failure(c->request, text.err, "listing the articles");
	buf_fini(&text);
}

static void
put_address(struct buf *out, const char *base, const struct article *a)
{
	encode_html(base, out);
	buf_put_string(out, "support/");
	encode_html(a->id, out);
}

static void
put_site_item(struct buf *out, const char *base, const struct article *a)
{
	buf_put_string(out, "<url><loc>");
	put_address(out, base, a);
	buf_put_string(out, "</loc><lastmod>");
	encode_html(a->modified, out);
	buf_put_string(out, "</lastmod></url>\n");
}

static void
send_sitemap(struct call *c)
{
	send_list(c, "application/xml",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
	    "</urlset>\n", put_site_item);
}

static void
put_feed_item(struct buf *out, const char *base, const struct article *a)
{
	buf_put_string(out, "<entry><id>");
	put_address(out, base, a);
	buf_put_string(out, "</id><title>");
	encode_html(a->title, out);
	buf_put_string(out, "</title><updated>");
	encode_html(a->modified, out);
	buf_put_string(out, "T00:00:00Z</updated><link href=\"");
	put_address(out, base, a);
	buf_put_string(out, "\"/></entry>\n");
}

static void
send_feed(struct call *c)
{
	const struct library *l = c->web->library;
	const char *latest = "1970-01-01";
	struct buf head;
	char *text;

	for (size_t i = 0; l != NULL && i < library_count(l); i++)
		if (strcmp(library_at(l, i)->modified, latest) > 0)
			latest = library_at(l, i)->modified;
	buf_init(&head, 4096);
	buf_put_string(&head, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			      "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Help articles</title>"
			      "<author><name>Holdfast</name></author><id>");
	encode_html(c->web->base_url, &head);
	buf_printf(&head, "support</id><updated>%sT00:00:00Z</updated>\n", latest);
	text = buf_take_string(&head);
	send_list(c, "application/atom+xml", text != NULL ? text : "", "</feed>\n", put_feed_item);
	free(text);
	buf_fini(&head);
}

/* Where a device's reason is explained: the same code everywhere leads there. */
static void
show_reason(struct call *c)
{
	char location[sizeof "/support/" + ARTICLE_ID_SIZE];
	enum reason reason;

	if (!reason_from_code(c->parameter, &reason)) {
		send_no_article(c);
		return;
	}
	snprintf(location, sizeof location, "/support/%s", notice_for(reason)->article);
	http_answer_header(c->request, "Location", location);
	http_answer(c->request, 303, NULL, bytes_of(NULL, 0));
}

static const struct route routes[] = {
	{ "GET", "/support", show_topics, PERMIT_ANYONE },
	{ "GET", "/support/search", show_search, PERMIT_ANYONE },
	{ "GET", "/support/sitemap.xml", send_sitemap, PERMIT_ANYONE },
	{ "GET", "/support/changes.xml", send_feed, PERMIT_ANYONE },
	{ "GET", "/support/reason/{code}", show_reason, PERMIT_ANYONE },
	{ "GET", "/support/community", support_community_show, PERMIT_ANYONE },
	{ "GET", "/support/contact", support_contact_show, PERMIT_ANYONE },
	{ "POST", "/support/contact", support_contact_take, PERMIT_ANYONE },
	{ "GET", "/support/{id}", show_article, PERMIT_ANYONE },
	{ "POST", "/support/{id}/feedback", take_vote, PERMIT_ANYONE },
	{ "POST", "/support/{id}/comment", take_comment, PERMIT_ANYONE },
};
const struct route_group support_routes = { "/support", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
