/* entitle/store_payment.h: what the authority needs from a store for payments; part of struct store, whose
 * errors and transactions hold here too. */
#ifndef HOLDFAST_ENTITLE_STORE_PAYMENT_H
#define HOLDFAST_ENTITLE_STORE_PAYMENT_H

#include "entitle/subscription.h"

struct store;
struct checkout;

/* One payment: a checkout is paid once, and once more for each renewal. */
struct payment {
	char checkout[ID_SIZE];
	int64_t at;		/* when the payment service says that it was paid */
	int64_t until;		/* what it paid for ends then; no two of a checkout end together */
	int64_t refunded;	/* when; 0: not */
};

/* Return false to stop the listing. */
typedef bool store_payment_fn(void *ctx, const struct payment *p);

struct store_payment {
	/* Note that the payment service told us ${id}, and forget ids noted before ${forget}.
	 * ERR_EXISTS: it was told before. */
	enum err (*add_notice)(struct store *s, const char *id, int64_t now, int64_t forget);

	/* The checkout that this payer paid: the payment service makes a payer for each. */
	enum err (*find_checkout)(struct store *s, const char *payer, struct checkout *out);

	/* ERR_EXISTS: the checkout has one that ends then. */
	enum err (*add)(struct store *s, const struct payment *p);
	/* The first payment of the checkout at or after ${at}. */
	enum err (*find)(struct store *s, const char *checkout, int64_t at, struct payment *out);
	/* The payment, not refunded, that lasts longest. */
	enum err (*find_last)(struct store *s, const char *checkout, struct payment *out);
	/* All that were made for a subscription, the newest first. */
	enum err (*list)(struct store *s, const char *subscription, store_payment_fn *fn, void *ctx);
	/* Writes refunded. */
	enum err (*put)(struct store *s, const struct payment *p);

	/* A refund that came before the payment: of what ${payer} was charged at ${charged_at}. */
	enum err (*add_early_refund)(struct store *s, const char *payer, int64_t charged_at);
	/* The first that is kept for the payer whose charge was made after ${after}. */
	enum err (*find_early_refund)(struct store *s, const char *payer, int64_t after,
	    int64_t *charged_at);
};

#endif
