/* entitle/notice.h: what a person is told for each reason: one table for every place that shows it.
 * Owns the words. Must not know how they are shown. */
#ifndef HOLDFAST_ENTITLE_NOTICE_H
#define HOLDFAST_ENTITLE_NOTICE_H

#include "base/buf.h"
#include "entitle/reason.h"

/* The three ways back, as the Subscription window offers them. */
enum option {
	OPTION_NONE = 0,
	OPTION_PURCHASE,	/* Help me stay protected */
	OPTION_CONTACT,		/* Contact my service provider */
	OPTION_REACTIVATE,	/* Reactivate the service: I've resolved the issue */
	OPTION_COUNT
};

/* Its words, such as "Help me stay protected". */
const char *option_title(enum option o);
/* What choosing it will do. */
const char *option_effect(enum option o);

/* In the texts {provider} and {device} stand for the names that notice_write puts in. */
struct notice {
	const char *headline;
	const char *why;
	const char *who;	/* who can fix it */
	const char *next;	/* what happens next */
	enum option order[OPTION_COUNT - 1]; /* the recommended one first */
	const char *article;	/* document id of the help article */
};

/* Never NULL; for REASON_NONE the notice says that all is well. */
const struct notice *notice_for(enum reason r);

/* Append ${text} with {provider} and {device} replaced; an empty name becomes a general word. */
void notice_write(const char *text, const char *provider, const char *device, struct buf *out);

#endif
