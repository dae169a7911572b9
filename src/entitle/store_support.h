/* entitle/store_support.h: what visitors of the support site leave behind; part of struct store, whose errors and
 * transactions hold here too. Belongs to no subscription. */
#ifndef HOLDFAST_ENTITLE_STORE_SUPPORT_H
#define HOLDFAST_ENTITLE_STORE_SUPPORT_H

#include "entitle/limits.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct store;

#define SUPPORT_ARTICLE_SIZE 16
#define SUPPORT_VISITOR_SIZE 44	/* 43 random letters, in a cookie */
#define SUPPORT_TEXT_SIZE 4001	/* what a person writes in a form */

/* Whether an article helped. */
struct feedback {
	char article[SUPPORT_ARTICLE_SIZE];
	char visitor[SUPPORT_VISITOR_SIZE];
	bool helpful;
	char comment[SUPPORT_TEXT_SIZE]; /* empty: none */
	int64_t at;
};

struct feedback_count {
	char article[SUPPORT_ARTICLE_SIZE];
	int64_t yes, no, comments;
};

/* "Contact us". */
struct contact_request {
	char reference[REFERENCE_SIZE];	/* what the person quotes */
	char name[NAME_SIZE];
	char mail[URL_SIZE];
	char article[SUPPORT_ARTICLE_SIZE]; /* where it began; may be empty */
	char device[SUPPORT_TEXT_SIZE];	/* the device's condition, when the person agreed; may be empty */
	char text[SUPPORT_TEXT_SIZE];
	char quoted[NAME_SIZE];	/* the subscription's reference, as the person typed it; may be empty */
	char subscription[ID_SIZE]; /* that it belongs to; empty: to none that we know */
	char provider[ID_SIZE];	/* whose that is; empty: the request is the vendor's */
	int64_t at;
};

/* Whether a request was mailed. */
enum contact_mail {
	CONTACT_UNMAILED = 0,	/* nobody has looked at it yet */
	CONTACT_MAILED,		/* it is in the queue of what goes out, or was */
	CONTACT_NOWHERE		/* nobody has an address for requests */
};

/* Which requests to list, the newest first. */
struct contact_filter {
	const char *provider;	/* NULL: everybody's */
	const char *mail;	/* from this address, in either case; NULL: from any. Not with ${provider} */
	int64_t most;
};

/* Return false to stop the listing. */
typedef bool store_feedback_fn(void *ctx, const struct feedback *f);
typedef bool store_feedback_count_fn(void *ctx, const struct feedback_count *c);
typedef bool store_contact_request_fn(void *ctx, const struct contact_request *r);

struct store_support {
	/* One vote of a visitor on an article: a later one changes it. A comment that is not empty replaces
	 * the one before. */
	enum err (*put_feedback)(struct store *s, const struct feedback *f);
	/* ERR_NOT_FOUND: the visitor has not voted on it. */
	enum err (*get_feedback)(struct store *s, const char *article, const char *visitor,
	    struct feedback *out);
	/* All zero for an article that nobody has voted on. */
	enum err (*count_feedback)(struct store *s, const char *article, struct feedback_count *out);
	/* Of every article that somebody voted on, in the order of their ids. */
	enum err (*list_feedback_counts)(struct store *s, store_feedback_count_fn *fn, void *ctx);
	/* Those with a comment, the newest first, at most ${most}. */
	enum err (*list_comments)(struct store *s, const char *article, int64_t most,
	    store_feedback_fn *fn, void *ctx);

	/* ERR_EXISTS: the reference is taken. It is unmailed at first. */
	enum err (*add_contact_request)(struct store *s, const struct contact_request *r);
	enum err (*get_contact_request)(struct store *s, const char *reference, struct contact_request *out);
	enum err (*list_contact_requests)(struct store *s, const struct contact_filter *filter,
	    store_contact_request_fn *fn, void *ctx);
	/* The oldest first, at most ${most}. Cheap: asked many times a second. */
	enum err (*list_unmailed)(struct store *s, int64_t most, store_contact_request_fn *fn, void *ctx);
	enum err (*note_mailed)(struct store *s, const char *reference, enum contact_mail how);
	/* Forget those from before ${before}. */
	enum err (*purge_contact_requests)(struct store *s, int64_t before);
};

#endif
