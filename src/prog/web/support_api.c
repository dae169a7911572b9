/* prog/web/support_api.c: what persons left on the support site, for those who answer: whether articles helped, the
 * comments, the requests for help. Articles and what is said of them are the vendor's; a request that quotes a
 * provider's subscription is that provider's too. */
#include "base/text.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"
#include "support/library.h"

enum { MOST = 200 };	/* of a list, the newest */

struct article_votes {
	struct feedback_count count;
	char title[ARTICLE_TITLE_SIZE];
};
static const struct field article_votes_fields[] = {
	{ SHAPE_TEXT(article_votes, count.article, "article") },
	{ SHAPE_TEXT(article_votes, title, "title"), .about = "Empty: there is no such article any more" },
	{ SHAPE_WHOLE(article_votes, count.yes, "yes", 0, INT64_MAX), .about = "It made it easy for so many" },
	{ SHAPE_WHOLE(article_votes, count.no, "no", 0, INT64_MAX) },
	{ SHAPE_WHOLE(article_votes, count.comments, "comments", 0, INT64_MAX) },
};
SHAPE(article_votes, article_votes, "ArticleVotes");

struct list_answer {
	json_t *list;
};
static const struct field votes_fields[] = { { SHAPE_LIST(list_answer, list, "articles", &article_votes_shape) } };
SHAPE(votes, list_answer, "ArticleVotesList");

static const struct field comment_fields[] = {
	{ SHAPE_TEXT(feedback, comment, "comment") },
	{ SHAPE_BOOL(feedback, helpful, "helpful") },
	{ SHAPE_TIME(feedback, at, "at") },
};
SHAPE(comment, feedback, "ArticleComment");
static const struct field comments_fields[] = { { SHAPE_LIST(list_answer, list, "comments", &comment_shape) } };
SHAPE(comments, list_answer, "ArticleComments");

static const struct field request_fields[] = {
	{ SHAPE_TEXT(contact_request, reference, "reference"), .about = "What the person was given to quote" },
	{ SHAPE_TEXT(contact_request, name, "name") },
	{ SHAPE_TEXT(contact_request, mail, "mail") },
	{ SHAPE_TEXT(contact_request, text, "text") },
	{ SHAPE_TEXT(contact_request, article, "article"), .about = "Where it began; empty: nowhere" },
	{ SHAPE_TEXT(contact_request, device, "device"), .about = "The device's condition, if the person agreed" },
	{ SHAPE_TEXT(contact_request, quoted, "quoted"), .about = "The subscription's reference, as it was typed" },
	{ SHAPE_TEXT(contact_request, subscription, "subscription"), .about = "Empty: that is none of ours" },
	{ SHAPE_TEXT(contact_request, provider, "provider"), .about = "Whose that is" },
	{ SHAPE_TIME(contact_request, at, "at") },
};
SHAPE(request, contact_request, "SupportRequest");
static const struct field requests_fields[] = { { SHAPE_LIST(list_answer, list, "requests", &request_shape) } };
SHAPE(requests, list_answer, "SupportRequests");

static void
answer_list(struct call *c, enum err e, struct list_answer *answer)
{
	if (e == ERR_NONE) {
		answer_shape(c, answer);
		return;
	}
	json_decref(answer->list);
	answer_failure(c->request, e, "listing what persons said");
}

struct counting {
	const struct library *library;
	json_t *list;
};

static bool
add_count(void *ctx, const struct feedback_count *count)
{
	struct counting *counting = ctx;
	struct article_votes votes = { .count = *count };
	const struct article *a =
	    counting->library == NULL ? NULL : library_find(counting->library, count->article);

	if (a != NULL)
		memcpy(votes.title, a->title, sizeof votes.title);
	json_array_append_new(counting->list, shape_write(&article_votes_shape, &votes));
	return true;
}

static void
list_votes(struct call *c)
{
	struct store *store = c->web->store;
	struct list_answer answer = { json_array() };
	struct counting counting = { c->web->library, answer.list };
	enum err e = ERR_NOMEM;

	if (answer.list != NULL)
		e = store->support.list_feedback_counts(store, add_count, &counting);
	answer_list(c, e, &answer);
}

static bool
add_comment(void *ctx, const struct feedback *f)
{
	json_array_append_new(ctx, shape_write(&comment_shape, f));
	return true;
}

static void
list_comments(struct call *c)
{
	struct store *store = c->web->store;
	struct list_answer answer = { json_array() };
	enum err e = ERR_NOMEM;

	if (answer.list != NULL)
		e = store->support.list_comments(store, c->parameter, MOST, add_comment, answer.list);
	answer_list(c, e, &answer);
}

static bool
add_request(void *ctx, const struct contact_request *r)
{
	json_array_append_new(ctx, shape_write(&request_shape, r));
	return true;
}

static void
list_requests(struct call *c)
{
	const struct principal *p = &c->principal;
	struct contact_filter filter = { .provider = p->kind == PRINCIPAL_VENDOR ? NULL : p->provider.id, .most = MOST };
	struct store *store = c->web->store;
	struct list_answer answer = { json_array() };
	enum err e = ERR_NOMEM;

	if (answer.list != NULL)
		e = store->support.list_contact_requests(store, &filter, add_request, answer.list);
	answer_list(c, e, &answer);
}

static const struct route routes[] = {
	{ "GET", "/v1/support/requests", list_requests, PERMIT_SUPPORT, "listSupportRequests",
	    "Requests for help that quote one of your subscriptions, the newest 200", .answer = &requests_shape },
	{ "GET", "/v1/vendor/support/requests", list_requests, PERMIT_VENDOR, "listAllSupportRequests",
	    "All requests for help, the newest 200", .answer = &requests_shape },
	{ "GET", "/v1/vendor/support/feedback", list_votes, PERMIT_VENDOR, "listArticleVotes",
	    "Whether articles helped", .answer = &votes_shape },
	{ "GET", "/v1/vendor/support/feedback/{article}", list_comments, PERMIT_VENDOR, "listArticleComments",
	    "What was said of one article, the newest 200", .answer = &comments_shape },
};
const struct route_group support_api_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
