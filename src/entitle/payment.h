/* entitle/payment.h: what a payment service's notices do to what was bought: paid, renewed, refunded, ended.
 * Owns the rules; knows no payment service, and no notice is believed here: whoever calls has verified it. */
#ifndef HOLDFAST_ENTITLE_PAYMENT_H
#define HOLDFAST_ENTITLE_PAYMENT_H

#include "entitle/authority.h"

enum payment_kind {
	PAYMENT_NONE = 0,	/* nothing that concerns us */
	PAYMENT_PAID,		/* a checkout, for the first time */
	PAYMENT_DECLINED,	/* a checkout that was to be paid later was not */
	PAYMENT_RENEWED,
	PAYMENT_RENEWAL_FAILED,	/* the service will try again, or say that it ended */
	PAYMENT_REFUNDED,	/* all of one charge */
	PAYMENT_REFUNDED_IN_PART,
	PAYMENT_ENDED,		/* it will not be renewed (any more) */
	PAYMENT_KINDS
};

struct payment_notice {
	char id[EXTERNAL_ID_SIZE];	/* of the notice: each is acted on once */
	enum payment_kind kind;
	char checkout[ID_SIZE];		/* empty: the payer says which */
	char payer[EXTERNAL_ID_SIZE];	/* the service's name for who paid; empty when it has none */
	int64_t at;			/* when it happened, as the service says */
	int64_t until;			/* paid, renewed: the end of what was paid for */
	int64_t charged_at;		/* refunds: when the charge was made */
	bool renews;			/* paid: the service will renew it by itself */
};

/* Services charge for a renewal some time after the old time has ended (Stripe: an hour, and it tries again
 * for days): so much longer is the device protected that renews by itself. */
#define RENEWAL_SLACK_S (3 * 86400)

/* A notice may be said again for so long. */
#define NOTICE_KEEP_S (90 * 86400)

/* A service's own clocks differ: a charge may be dated a little after its payment. */
#define PAYMENT_SKEW_S 300

enum payment_result {
	PAYMENT_IGNORED = 0,	/* not of a checkout of ours */
	PAYMENT_TAKEN,
	PAYMENT_REPEATED	/* it was acted on before, or says what is so already */
};

/* Act on a notice, as one transaction: also when it comes again, or not in the order of what happened. */
enum err payment_take(struct store *store, const struct payment_notice *n, int64_t now,
    enum payment_result *out);

#endif
