/* entitle/authority_fellows.c: see authority_fellows.h. */
#include "entitle/authority_fellows.h"

#include "base/text.h"

struct telling {
	const struct device *asker;
	fellow_fn *fn;
	void *ctx;
};

static bool
may_know(const struct device *asker, const struct device *other)
{
	if (asker->seated || asker->left == REASON_SEAT_LOST)
		return true;
	return asker->left == REASON_TRANSFERRED && text_equal(asker->moved_to_id, other->id);
}

static bool
tell(void *ctx, const struct device *d)
{
	struct telling *t = ctx;
	struct fellow fellow = { .last_seen = d->last_seen, .is_asker = text_equal(d->id, t->asker->id) };

	if (!d->seated || !may_know(t->asker, d))
		return true;
	memcpy(fellow.name, d->name, sizeof fellow.name);
	return t->fn(t->ctx, &fellow);
}

enum err
authority_fellows(struct store *store, const struct device *asker, fellow_fn *fn, void *ctx, int64_t *seats)
{
	struct telling telling = { asker, fn, ctx };
	struct subscription sub;
	enum err e;

	if ((e = store->get_subscription(store, asker->subscription, &sub)) != ERR_NONE)
		return e;
	*seats = asker->seated || asker->left == REASON_SEAT_LOST ? sub.seats : 0;
	return store->list_devices(store, asker->subscription, tell, &telling);
}
