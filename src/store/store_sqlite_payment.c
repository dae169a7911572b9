/* store/store_sqlite_payment.c: payments, notices of the payment service, and refunds that came early; see
 * entitle/store_payment.h. */
#include "store/store_sqlite_internal.h"

#define PAYMENT_COLUMNS "checkout, at, until, refunded"

static enum err
add_notice(struct store *s, const char *id, int64_t now, int64_t forget)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	struct statement old = statement_begin(all, "DELETE FROM payment_notice WHERE at < ?");
	struct statement st =
	    statement_begin(all, "INSERT INTO payment_notice (id, at) VALUES (?, ?)");
	enum err e;

	statement_whole(&old, forget);
	if ((e = statement_run(&old, NULL)) != ERR_NONE)
		return e;
	statement_text(&st, id);
	statement_whole(&st, now);
	return statement_run(&st, NULL);
}

static enum err
find_checkout(struct store *s, const char *payer, struct checkout *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " CHECKOUT_COLUMNS " FROM checkout WHERE payer = ? AND payer <> ''");

	statement_text(&st, payer);
	return statement_get(&st, store_sqlite_take_checkout, out);
}

static enum err
add_payment(struct store *s, const struct payment *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO payment (" PAYMENT_COLUMNS ") VALUES (?, ?, ?, ?)");

	statement_text(&st, p->checkout);
	statement_whole(&st, p->at);
	statement_whole(&st, p->until);
	statement_whole(&st, p->refunded);
	return statement_run(&st, NULL);
}

static void
take_payment(struct statement *st, void *out)
{
	struct payment *p = out;

	statement_take_text(st, p->checkout, sizeof p->checkout);
	p->at = statement_take_whole(st);
	p->until = statement_take_whole(st);
	p->refunded = statement_take_whole(st);
}

static enum err
list_payments(struct store *s, const char *subscription, store_payment_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT p.checkout, p.at, p.until, p.refunded FROM payment AS p JOIN checkout AS c ON c.id = p.checkout"
	    /* The index has no row of a checkout that bought nothing. */
	    " WHERE c.subscription = ? AND c.subscription <> '' ORDER BY p.at DESC, p.until DESC");
	struct payment p;

	statement_text(&st, subscription);
	while (statement_row(&st) == ERR_NONE) {
		take_payment(&st, &p);
		if (st.err != ERR_NONE || !fn(ctx, &p))
			break;
	}
	return statement_end(&st);
}

static enum err
find_payment(struct store *s, const char *checkout, int64_t at, struct payment *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PAYMENT_COLUMNS
	    " FROM payment WHERE checkout = ? AND at >= ? ORDER BY at LIMIT 1");

	statement_text(&st, checkout);
	statement_whole(&st, at);
	return statement_get(&st, take_payment, out);
}

static enum err
find_last_payment(struct store *s, const char *checkout, struct payment *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PAYMENT_COLUMNS
	    " FROM payment WHERE checkout = ? AND refunded = 0 ORDER BY until DESC LIMIT 1");

	statement_text(&st, checkout);
	return statement_get(&st, take_payment, out);
}

static enum err
put_payment(struct store *s, const struct payment *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE payment SET refunded = ? WHERE checkout = ? AND until = ?");
	int64_t changed = 0;
	enum err e;

	statement_whole(&st, p->refunded);
	statement_text(&st, p->checkout);
	statement_whole(&st, p->until);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static enum err
add_early_refund(struct store *s, const char *payer, int64_t charged_at)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO early_refund (payer, charged_at) VALUES (?, ?) ON CONFLICT DO NOTHING");

	statement_text(&st, payer);
	statement_whole(&st, charged_at);
	return statement_run(&st, NULL);
}

static void
take_time(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
find_early_refund(struct store *s, const char *payer, int64_t after, int64_t *charged_at)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT charged_at FROM early_refund WHERE payer = ? AND charged_at > ?"
	    " ORDER BY charged_at LIMIT 1");

	statement_text(&st, payer);
	statement_whole(&st, after);
	return statement_get(&st, take_time, charged_at);
}

void
store_sqlite_add_payment_operations(struct store *s)
{
	s->payment = (struct store_payment){
		.add_notice = add_notice,
		.find_checkout = find_checkout,
		.add = add_payment,
		.find = find_payment,
		.list = list_payments,
		.find_last = find_last_payment,
		.put = put_payment,
		.add_early_refund = add_early_refund,
		.find_early_refund = find_early_refund,
	};
}
