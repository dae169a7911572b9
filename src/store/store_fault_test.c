/* Goal of this test: no half of a transaction stays. Every call that an operation makes to the store fails once, the
 * first, the second and so on; each time all must be as it was before. */
#include <stdio.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_leave.h"
#include "entitle/authority_merge.h"
#include "entitle/authority_reconcile.h"
#include "entitle/authority_schedule.h"
#include "entitle/authority_seat.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000, DAY = 86400;

/* The store's own functions, and how many calls are left until one fails. */
static struct store own;
static int left;

static bool
fails_now(void)
{
	return left > 0 && --left == 0;
}

#define WRAP(name, parameters, ...)                                                      \
	static enum err fail_##name parameters                                           \
	{                                                                                \
		return fails_now() ? ERR_IO : own.name(__VA_ARGS__);                      \
	}

WRAP(commit, (struct store * s), s)
WRAP(get_provider, (struct store * s, const char *id, struct provider *out), s, id, out)
WRAP(add_provider, (struct store * s, const struct provider *p), s, p)
WRAP(put_place, (struct store * s, const struct provider *p), s, p)
WRAP(get_place, (struct store * s, const char *id, struct tree_place *out), s, id, out)
WRAP(put_leaving, (struct store * s, const struct provider *p), s, p)
WRAP(add_subscription, (struct store * s, const struct subscription *x, const uint8_t *d), s, x, d)
WRAP(get_subscription, (struct store * s, const char *id, struct subscription *out), s, id, out)
WRAP(put_subscription, (struct store * s, const struct subscription *x), s, x)
WRAP(put_code, (struct store * s, const char *id, const uint8_t *d), s, id, d)
WRAP(add_device, (struct store * s, const struct device *d, const uint8_t *t), s, d, t)
WRAP(seat_device, (struct store * s, const struct device *d, const uint8_t *t), s, d, t)
WRAP(unseat_device, (struct store * s, const struct device *d), s, d)
WRAP(move_device, (struct store * s, const struct device *d), s, d)
WRAP(get_device, (struct store * s, const char *id, struct device *out), s, id, out)
WRAP(purge_devices, (struct store * s, const char *id), s, id)
WRAP(purge_events, (struct store * s, const char *id), s, id)
WRAP(get_last_event, (struct store * s, const char *chain, struct event *out), s, chain, out)
WRAP(add_event, (struct store * s, const struct event *e), s, e)

static enum err
fail_add_due(struct store *s, const struct due *d)
{
	return fails_now() ? ERR_IO : own.schedule.add(s, d);
}

static enum err
fail_remove_due(struct store *s, const char *id)
{
	return fails_now() ? ERR_IO : own.schedule.remove(s, id);
}

static enum err
fail_remove_planned(struct store *s, const char *id)
{
	return fails_now() ? ERR_IO : own.schedule.remove_planned(s, id);
}

static void
wrap(struct store *s)
{
	own = *s;
	s->commit = fail_commit;
	s->get_provider = fail_get_provider;
	s->add_provider = fail_add_provider;
	s->put_place = fail_put_place;
	s->get_place = fail_get_place;
	s->put_leaving = fail_put_leaving;
	s->add_subscription = fail_add_subscription;
	s->get_subscription = fail_get_subscription;
	s->put_subscription = fail_put_subscription;
	s->put_code = fail_put_code;
	s->add_device = fail_add_device;
	s->seat_device = fail_seat_device;
	s->unseat_device = fail_unseat_device;
	s->move_device = fail_move_device;
	s->get_device = fail_get_device;
	s->purge_devices = fail_purge_devices;
	s->purge_events = fail_purge_events;
	s->get_last_event = fail_get_last_event;
	s->add_event = fail_add_event;
	s->schedule.add = fail_add_due;
	s->schedule.remove = fail_remove_due;
	s->schedule.remove_planned = fail_remove_planned;
}

struct world {
	struct store *store;
	struct provider provider;
	struct subscription sub, second;
	struct device a, b, c;
	char code[CODE_SHOWN_SIZE], second_code[CODE_SHOWN_SIZE];
	struct refusal why;
};

static void
activate(struct world *w, const char *code, const char *machine, const char *replace, struct device *out)
{
	struct activation x = { .peer = "peer" };
	char token[TOKEN_SIZE];
	struct subscription sub;
	int64_t retry_s;

	strcpy(x.code, code);
	strcpy(x.replace, replace);
	strcpy(x.device.name, machine);
	strcpy(x.device.machine, machine);
	CHECK_EQ(authority_activate(w->store, &x, NOW, out, token, &sub, &w->why, &retry_s), ERR_NONE);
}

/* Two subscriptions; the first with a and b, and c that was replaced; the second with a device of its own. */
static void
world_open(struct world *w)
{
	struct order first = { "o", 2, NOW + 100 * DAY }, second = { "p", 1, NOW + 50 * DAY };
	struct contact vendor = { .name = "Vendor" };
	struct device d;

	*w = (struct world){ .provider = { .policy = policy_default() } };
	left = 0;
	strcpy(w->provider.contact.name, "Example");
	CHECK_EQ(store_sqlite_open(":memory:", &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->provider, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &w->provider, &first, NOW, &w->sub, w->code, &w->why), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &w->provider, &second, NOW, &w->second, w->second_code, &w->why),
	    ERR_NONE);
	activate(w, w->code, "a", "", &w->a);
	activate(w, w->code, "c", "", &w->c);
	activate(w, w->code, "b", w->c.id, &w->b);
	activate(w, w->second_code, "x", "", &d);
	wrap(w->store);
}

static void
write_subscription(struct buf *out, const struct subscription *s)
{
	buf_printf(out, "%s %s %s %d %d %lld %lld %lld %lld %lld %lld %d %lld %s %lld %lld\n", s->id, s->provider,
	    s->external_id, s->state, s->reason, (long long)s->since, (long long)s->decided,
	    (long long)s->activated, (long long)s->seats, (long long)s->paid_until, (long long)s->grace_until,
	    s->said, (long long)s->said_at, s->merged_into, (long long)s->purged, (long long)s->revision);
}

static bool
write_device(void *ctx, const struct device *d)
{
	buf_printf(ctx, "%s %s %s %s %d %d %lld %s %s %lld\n", d->id, d->subscription, d->name, d->machine,
	    d->seated, d->left, (long long)d->left_at, d->moved_to, d->moved_to_id, (long long)d->told);
	return true;
}

static bool
write_event(void *ctx, const struct event *e)
{
	buf_put(ctx, bytes_of(e->hash, sizeof e->hash));
	buf_put_text(ctx, e->detail);
	return true;
}

static bool
write_due(void *ctx, const struct due *d)
{
	buf_printf(ctx, "%s %s %d %lld %d %s\n", d->id, d->subject, d->kind, (long long)d->at, d->event, d->about);
	return true;
}

/* All that there is. */
static void
write_all(struct world *w, struct buf *out)
{
	const char *ids[] = { w->sub.id, w->second.id };
	struct store *s = w->store;
	struct provider p;

	CHECK_EQ(own.get_provider(s, w->provider.id, &p), ERR_NONE);
	buf_i64le(out, p.leaves);
	buf_i64le(out, p.place.suspended);
	buf_i64le(out, p.place.spared_until);
	buf_put_text(out, p.place.parent);
	CHECK_EQ(s->list_events(s, NULL, 0, write_event, out), ERR_NONE);
	CHECK_EQ(s->schedule.list(s, w->provider.id, write_due, out), ERR_NONE);
	for (size_t i = 0; i < 2; i++) {
		struct subscription sub;

		CHECK_EQ(own.get_subscription(s, ids[i], &sub), ERR_NONE);
		write_subscription(out, &sub);
		CHECK_EQ(s->schedule.list(s, ids[i], write_due, out), ERR_NONE);
		CHECK_EQ(s->list_devices(s, ids[i], write_device, out), ERR_NONE);
	}
	CHECK_EQ(out->err, ERR_NONE);
}

typedef enum err operation_fn(struct world *w);

/* Let each call of ${fn} fail once. */
static void
check_each_failure(operation_fn *prepare, operation_fn *fn)
{
	int n = 1;

	for (;; n++) {
		struct buf before, after;
		struct world w;
		enum err e;

		CHECK(n < 200);
		world_open(&w);
		if (prepare != NULL)
			CHECK_EQ(prepare(&w), ERR_NONE);
		buf_init(&before, 1 << 20);
		buf_init(&after, 1 << 20);
		write_all(&w, &before);
		left = n;
		e = fn(&w);
		if (left > 0) {
			left = 0;
			CHECK_EQ(e, ERR_NONE);
			write_all(&w, &after);
			CHECK(after.n != before.n || memcmp(after.p, before.p, before.n) != 0);
		} else {
			CHECK_EQ(e, ERR_IO);
			write_all(&w, &after);
			CHECK_BYTES(buf_bytes(&after), buf_bytes(&before));
			/* The same once more, with nothing in its way. */
			CHECK_EQ(fn(&w), ERR_NONE);
		}
		buf_fini(&before);
		buf_fini(&after);
		w.store->close(w.store);
		if (e == ERR_NONE)
			break;
	}
	CHECK(n > 3);
}

static enum err
suspend(struct world *w)
{
	struct change c = { .event = EV_SUSPEND, .reason = REASON_BILLING, .actor = "test" };

	return authority_change(w->store, &w->provider, w->sub.id, &c, NOW, &w->sub, &w->why);
}

static enum err
cancel(struct world *w)
{
	struct change c = { .event = EV_CANCEL, .reason = REASON_DISCONTINUED, .actor = "test" };

	return authority_change(w->store, &w->provider, w->sub.id, &c, NOW, &w->sub, &w->why);
}

static enum err
plan_suspension(struct world *w)
{
	struct change c = { .event = EV_SUSPEND, .reason = REASON_BILLING, .actor = "test",
		.effective = NOW + DAY };

	return authority_change(w->store, &w->provider, w->sub.id, &c, NOW, &w->sub, &w->why);
}

static enum err
run_planned(struct world *w)
{
	int64_t next;

	return authority_run_due(w->store, NOW + DAY, &next);
}

/* Cancelled, and everything done that is due before it is purged. */
static enum err
cancel_long_ago(struct world *w)
{
	int64_t next;
	enum err e = cancel(w);

	return e == ERR_NONE ? authority_run_due(w->store, NOW + 90 * DAY, &next) : e;
}

static enum err
purge(struct world *w)
{
	int64_t next;

	return authority_run_due(w->store, NOW + 91 * DAY, &next);
}

static enum err
replace(struct world *w)
{
	struct activation x = { .peer = "peer" };
	char token[TOKEN_SIZE];
	struct subscription sub;
	struct device d;
	int64_t retry_s;

	strcpy(x.code, w->code);
	strcpy(x.replace, w->a.id);
	strcpy(x.device.name, "new");
	strcpy(x.device.machine, "new");
	return authority_activate(w->store, &x, NOW, &d, token, &sub, &w->why, &retry_s);
}

static enum err
undo(struct world *w)
{
	struct seat_change c = { w->sub.id, w->c.id, NULL, "test", false };

	return authority_undo_transfer(w->store, &w->provider, &c, NOW, &w->why);
}

static enum err
move(struct world *w)
{
	struct seat_change c = { w->sub.id, w->a.id, w->c.id, "test", true };

	return authority_transfer_seat(w->store, &w->provider, &c, NOW, &w->why);
}

static enum err
fewer_seats(struct world *w)
{
	const char *release[] = { w->a.id };
	struct seat_count c = { w->sub.id, 1, release, 1, "test" };

	return authority_set_seats(w->store, &w->provider, &c, NOW, &w->why);
}

static enum err
merge(struct world *w)
{
	struct merging m = { w->sub.id, w->second.id, "test" };
	struct subscription out;

	return authority_merge(w->store, &w->provider, &m, NOW, &out, &w->why);
}

static enum err
leave(struct world *w)
{
	struct leaving l = { .at = NOW + 60 * DAY, .actor = "test" };

	return authority_leave(w->store, &w->provider, &l, NOW, &w->why);
}

static enum err
suspend_provider(struct world *w)
{
	struct provider_stop stop = { REASON_BILLING, DAY, "test" };

	return authority_suspend_provider(w->store, &w->provider, &stop, NOW, &w->why);
}

static enum err
resume_provider(struct world *w)
{
	return authority_resume_provider(w->store, &w->provider, "test", NOW, &w->why);
}

static enum err
tell_of_suspension(struct world *w)
{
	int64_t next;

	return authority_run_due(w->store, NOW, &next);
}

static enum err
add_child(struct world *w)
{
	struct provider child = { .policy = policy_default() };

	return authority_add_child(w->store, &w->provider, &child, "test", NOW, &w->why);
}

static enum err
reconcile(struct world *w)
{
	struct inventory_entry entry = { "o", VERIFY_SUSPENDED };
	struct inventory inventory = { &entry, 1, NOW };
	struct reconcile_report report = { 0 };

	return authority_reconcile(w->store, &w->provider, &inventory, NOW, &report);
}

TEST(a_change_that_fails_anywhere_leaves_nothing)
{
	check_each_failure(NULL, suspend);
	check_each_failure(NULL, cancel);
	check_each_failure(NULL, plan_suspension);
}

TEST(what_is_due_and_fails_anywhere_is_still_due)
{
	check_each_failure(plan_suspension, run_planned);
}

TEST(purging_that_fails_anywhere_has_forgotten_nothing)
{
	check_each_failure(cancel_long_ago, purge);
}

TEST(a_seat_that_is_moved_and_fails_anywhere_is_where_it_was)
{
	check_each_failure(NULL, replace);
	check_each_failure(NULL, undo);
	check_each_failure(NULL, move);
	check_each_failure(NULL, fewer_seats);
}

TEST(merging_leaving_and_reconciling_that_fail_anywhere_leave_nothing)
{
	check_each_failure(NULL, merge);
	check_each_failure(NULL, leave);
	check_each_failure(NULL, reconcile);
}

TEST(suspending_a_provider_that_fails_anywhere_leaves_nothing)
{
	check_each_failure(NULL, suspend_provider);
	check_each_failure(suspend_provider, resume_provider);
	check_each_failure(suspend_provider, tell_of_suspension);
	check_each_failure(NULL, add_child);
}
