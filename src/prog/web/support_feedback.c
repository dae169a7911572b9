/* prog/web/support_feedback.c: whether an article helped: Yes or No, then a comment, then thanks; each form is answered
 * by the way to the next page, so that nothing is sent twice by looking again. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "prog/web/form.h"
#include "prog/web/support_pages.h"
#include "prog/web/visitor.h"

/* Votes and comments from one address in an hour: a household reads many articles. */
enum { VOTES_MAX = 60 };

static void
go_on(struct call *c, const struct article *a, const char *page)
{
	char address[ARTICLE_ID_SIZE + 32];

	snprintf(address, sizeof address, "/support/%s%s", a->id, page);
	page_see(c, address);
}

/* Keep what a visitor said; if that fails it is answered. */
static bool
keep(struct call *c, const struct feedback *f)
{
	struct store *store = c->web->store;
	enum err e = store->support.put_feedback(store, f);

	if (e != ERR_NONE)
		page_answer_failure(c, e, "keeping feedback");
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

void
support_vote_take(struct call *c)
{
	const struct article *a = support_find_article(c);
	struct feedback f = { .at = c->now };

	if (a == NULL || !visitor_check(c, f.visitor))
		return;
	if (!read_vote(c, &f.helpful)) {
		page_answer_message(c, &(struct message){ 400, "That cannot be taken",
		    "Go back and choose Yes or No.", "/support", "All articles" });
		return;
	}
	memcpy(f.article, a->id, sizeof f.article);
	if (visitor_may(c, "vote", VOTES_MAX) && keep(c, &f))
		go_on(c, a, "/comment");
}

/* Whether the visitor has voted on it; if not, the article asks. */
static bool
find_vote(struct call *c, const struct article *a, struct feedback *f)
{
	struct store *store = c->web->store;
	enum err e = store->support.get_feedback(store, a->id, f->visitor, f);

	if (e == ERR_NOT_FOUND)
		go_on(c, a, "");
	else if (e != ERR_NONE)
		page_answer_failure(c, e, "looking up feedback");
	return e == ERR_NONE;
}

static void
send_form(struct call *c, int status, const struct article *a, const struct feedback *f)
{
	static const char wrong[] = "That is too long, or holds characters that cannot be shown: shorten it.";
	struct page page;

	support_page_open(&page, c, "Help us improve this solution", "");
	page_put_text(&page, "id", a->id);
	page_put_text(&page, "visitor", f->visitor);
	page_put_text(&page, "comment", f->comment);
	if (status != 200) {
		page_put(&page, "has_errors", json_true());
		page_put(&page, "errors", json_pack("[{s:s, s:s}]", "field", "comment", "text", wrong));
	}
	page_answer(&page, status, "support/comment");
}

void
support_comment_show(struct call *c)
{
	const struct article *a = support_find_article(c);
	struct feedback f = { .at = 0 };

	if (a == NULL)
		return;
	visitor_name(c, f.visitor);
	if (find_vote(c, a, &f))
		send_form(c, 200, a, &f);
}

void
support_comment_take(struct call *c)
{
	const struct article *a = support_find_article(c);
	struct bytes form = http_request_body(c->request);
	struct feedback f = { .at = 0 };

	if (a == NULL || !visitor_check(c, f.visitor) || !find_vote(c, a, &f))
		return;
	if (decode_form_field(form, "comment", f.comment, sizeof f.comment) != ERR_NONE ||
	    !form_lines_are_plain(f.comment)) {
		f.comment[0] = '\0';
		send_form(c, 400, a, &f);
		return;
	}
	f.at = c->now;
	if (visitor_may(c, "vote", VOTES_MAX) && keep(c, &f))
		go_on(c, a, "/thanks");
}

void
support_thanks_show(struct call *c)
{
	const struct article *a = support_find_article(c);
	struct page page;

	if (a == NULL)
		return;
	support_page_open(&page, c, "Thank you for your help", "");
	page_put_text(&page, "id", a->id);
	page_answer(&page, 200, "support/thanks");
}
