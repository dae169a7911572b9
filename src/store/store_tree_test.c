/* Goal of this test: providers below providers, through a real store: who may stand where, what a suspension of one means
 * for the devices of all below it, and that nothing else is touched by it. */
#include <stdio.h>

#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_explain.h"
#include "entitle/authority_schedule.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000, DAY = 86400;

/* A distributor, its reseller, and a company of that, which has a subscription with a device. */
struct world {
	struct store *store;
	struct provider top, middle, bottom;
	struct subscription sub;
	struct device device;
	char code[CODE_SHOWN_SIZE];
	struct refusal why;
};

static struct provider
named(const char *name)
{
	struct provider p = { .policy = policy_default() };

	strcpy(p.contact.name, name);
	return p;
}

static enum err
order(struct world *w, const struct provider *p, const char *external_id, struct subscription *out)
{
	struct order o = { .seats = 1 };

	strcpy(o.external_id, external_id);
	return authority_order(w->store, p, &o, NOW, out, w->code, &w->why);
}

static enum err
activate(struct world *w, struct device *out)
{
	struct activation a = { .peer = "peer", .device = { .name = "laptop", .machine = "laptop" } };
	char token[TOKEN_SIZE];
	struct subscription sub;
	int64_t retry_s;

	strcpy(a.code, w->code);
	return authority_activate(w->store, &a, NOW, out, token, &sub, &w->why, &retry_s);
}

static void
world_open(struct world *w)
{
	struct contact vendor = { .name = "Holdfast Direct" };

	*w = (struct world){ .top = named("Distributor"), .middle = named("Reseller"), .bottom = named("Company") };
	CHECK_EQ(store_sqlite_open(":memory:", &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	CHECK_EQ(authority_add_provider(w->store, &w->top, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_add_child(w->store, &w->top, &w->middle, "test", NOW, &w->why), ERR_NONE);
	CHECK_EQ(authority_add_child(w->store, &w->middle, &w->bottom, "test", NOW, &w->why), ERR_NONE);
	CHECK_EQ(order(w, &w->bottom, "o", &w->sub), ERR_NONE);
	CHECK_EQ(activate(w, &w->device), ERR_NONE);
}

static void
world_close(struct world *w)
{
	struct event_check check;

	CHECK_EQ(event_verify_log(w->store, &check), ERR_NONE);
	CHECK_EQ(check.broken_at, 0);
	w->store->close(w->store);
}

static struct lease
lease_at(struct world *w, int64_t now)
{
	struct device d;
	struct lease l;
	int64_t checkin_s;

	CHECK_EQ(w->store->get_device(w->store, w->device.id, &d), ERR_NONE);
	CHECK_EQ(authority_lease(w->store, &d, now, &l, &checkin_s), ERR_NONE);
	return l;
}

static enum err
suspend(struct world *w, struct provider *p, int64_t grace_s)
{
	struct provider_stop stop = { REASON_BILLING, grace_s, "test" };

	return authority_suspend_provider(w->store, p, &stop, NOW, &w->why);
}

static enum err
resume(struct world *w, struct provider *p)
{
	return authority_resume_provider(w->store, p, "test", NOW + 10, &w->why);
}

static void
run(struct world *w, int64_t now)
{
	int64_t next;

	do
		CHECK_EQ(authority_run_due(w->store, now, &next), ERR_NONE);
	while (next == now);
}

struct tally {
	const char *kind;
	int count;
};

static bool
tally(void *ctx, const struct event *e)
{
	struct tally *t = ctx;

	t->count += strcmp(e->kind, t->kind) == 0;
	return true;
}

static int
count_events(struct world *w, const char *chain, const char *kind)
{
	struct tally t = { .kind = kind };

	CHECK_EQ(w->store->list_events(w->store, chain, 0, tally, &t), ERR_NONE);
	return t.count;
}

TEST(a_suspension_stops_all_below_at_once_and_when_it_is_lifted_each_is_as_it_was)
{
	char before[REVISION_SIZE], during[REVISION_SIZE], after[REVISION_SIZE];
	struct subscription was, is;
	struct world w;
	struct lease l;

	world_open(&w);
	CHECK_EQ(w.store->get_subscription(w.store, w.sub.id, &was), ERR_NONE);
	CHECK_EQ(authority_revision(w.store, w.device.id, NOW, before), ERR_NONE);
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_NONE);
	CHECK_EQ(authority_revision(w.store, w.device.id, NOW, during), ERR_NONE);
	CHECK(strcmp(before, during) != 0);
	l = lease_at(&w, NOW);
	CHECK_EQ(l.reason, REASON_PROVIDER_SUSPENDED);
	CHECK_EQ(l.since, NOW);
	CHECK_EQ(l.features, 0);
	CHECK_EQ(l.grace_s, 0);
	CHECK_TEXT(l.provider.name, "Company");
	CHECK_EQ(resume(&w, &w.top), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 10).reason, REASON_NONE);
	CHECK_EQ(authority_revision(w.store, w.device.id, NOW + 10, after), ERR_NONE);
	CHECK_TEXT(after, before);
	CHECK_EQ(w.store->get_subscription(w.store, w.sub.id, &is), ERR_NONE);
	CHECK_EQ(is.revision, was.revision);
	CHECK_EQ(is.state, was.state);
	world_close(&w);
}

TEST(the_time_to_spare_protects_until_it_is_over_and_the_lease_says_when)
{
	struct world w;
	struct lease l;

	world_open(&w);
	CHECK_EQ(suspend(&w, &w.middle, DAY), ERR_NONE);
	l = lease_at(&w, NOW + 10);
	CHECK_EQ(l.reason, REASON_NONE);
	CHECK_EQ(l.ending, REASON_PROVIDER_SUSPENDED);
	CHECK_EQ(l.expires, NOW + DAY);
	CHECK_EQ(l.grace_s, 0);
	CHECK_EQ(lease_at(&w, NOW + DAY - 1).reason, REASON_NONE);
	CHECK_EQ(lease_at(&w, NOW + DAY).reason, REASON_PROVIDER_SUSPENDED);
	/* One above with less time counts; all must be lifted. */
	CHECK_EQ(suspend(&w, &w.top, DAY / 2), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 10).expires, NOW + DAY / 2);
	CHECK_EQ(resume(&w, &w.top), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 10).expires, NOW + DAY);
	CHECK_EQ(resume(&w, &w.middle), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + DAY).ending, REASON_NONE);
	world_close(&w);
}

TEST(a_reason_of_the_subscriptions_own_is_told_first_and_neither_undoes_the_other)
{
	struct change stop = { .event = EV_SUSPEND, .reason = REASON_BILLING, .actor = "test" };
	struct change go = { .event = EV_RESUME, .actor = "test" };
	struct world w;

	world_open(&w);
	CHECK_EQ(suspend(&w, &w.bottom, 0), ERR_NONE);
	CHECK_EQ(authority_change(w.store, &w.bottom, w.sub.id, &stop, NOW + 1, &w.sub, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 1).reason, REASON_BILLING);
	CHECK_EQ(authority_change(w.store, &w.bottom, w.sub.id, &go, NOW + 2, &w.sub, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 2).reason, REASON_PROVIDER_SUSPENDED);
	CHECK_EQ(resume(&w, &w.bottom), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 10).reason, REASON_NONE);
	world_close(&w);
}

TEST(while_it_is_suspended_nothing_new_is_ordered_activated_or_brought_below)
{
	struct provider below = named("Too late");
	struct subscription waiting, out;
	char code[CODE_SHOWN_SIZE];
	struct device d;
	struct world w;

	world_open(&w);
	CHECK_EQ(order(&w, &w.bottom, "waits", &waiting), ERR_NONE);
	strcpy(code, w.code);
	CHECK_EQ(suspend(&w, &w.top, 30 * DAY), ERR_NONE);
	CHECK_EQ(order(&w, &w.bottom, "new", &out), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_suspended");
	strcpy(w.code, code);
	CHECK_EQ(activate(&w, &d), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_suspended");
	CHECK_EQ(authority_add_child(w.store, &w.bottom, &below, "test", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_suspended");
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_already_suspended");
	CHECK_EQ(resume(&w, &w.bottom), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "provider_not_suspended");
	CHECK_EQ(resume(&w, &w.top), ERR_NONE);
	CHECK_EQ(activate(&w, &d), ERR_NONE);
	world_close(&w);
}

TEST(reactivate_says_that_the_provider_itself_must_resolve_it)
{
	static const char said[] = "The service of Company itself is suspended";
	struct recheck_result r = { .answer = VERIFY_NONE };
	enum outcome outcome;
	struct buf text;
	struct world w;

	world_open(&w);
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_NONE);
	buf_init(&text, 500);
	CHECK_EQ(authority_reactivate(w.store, &w.device, &r, NOW, &outcome, &text), ERR_NONE);
	CHECK_EQ(outcome, OUTCOME_STILL_BLOCKED);
	CHECK(text.n < 500 && memmem(text.p, text.n, said, sizeof said - 1) != NULL);
	buf_fini(&text);
	world_close(&w);
}

TEST(every_subscription_below_is_told_once_and_explain_names_it)
{
	json_t *all = NULL;
	struct world w;

	world_open(&w);
	for (int i = 0; i < 250; i++) {
		struct subscription out;
		char id[16];

		snprintf(id, sizeof id, "many-%d", i);
		CHECK_EQ(order(&w, i < 125 ? &w.bottom : &w.middle, id, &out), ERR_NONE);
	}
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_NONE);
	/* What the vendor sets meanwhile must not cut it short. */
	CHECK_EQ(authority_set_provider(w.store, &w.top, "vendor", NOW, NULL), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, NULL, "provider_suspended"), 251);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 1);
	CHECK_EQ(count_events(&w, w.top.id, "service_suspended"), 1);
	CHECK_EQ(authority_explain(w.store, &w.bottom, w.device.id, NOW, &all), ERR_NONE);
	CHECK_TEXT(json_string_value(json_object_get(json_object_get(all, "condition"), "reason")),
	    "provider_suspended");
	CHECK(strstr(json_string_value(json_array_get(json_object_get(all, "words"),
			 json_array_size(json_object_get(all, "words")) - 1)),
		  "the service of the provider was suspended") != NULL);
	json_decref(all);
	/* Still stopped by another: for those below that nothing has changed. */
	CHECK_EQ(suspend(&w, &w.bottom, 0), ERR_NONE);
	CHECK_EQ(resume(&w, &w.top), ERR_NONE);
	run(&w, NOW + 10);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_resumed"), 0);
	CHECK_EQ(count_events(&w, NULL, "provider_resumed"), 125);
	CHECK_EQ(resume(&w, &w.bottom), ERR_NONE);
	run(&w, NOW + 10);
	CHECK_EQ(count_events(&w, NULL, "provider_resumed"), 251);
	world_close(&w);
}

TEST(nobody_stands_below_itself_below_retail_or_too_deep)
{
	struct provider p = named("deep"), above, retail;
	struct world w;

	world_open(&w);
	CHECK_EQ(authority_set_parent(w.store, &w.top, w.bottom.id, "vendor", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "below_itself");
	CHECK_EQ(authority_set_parent(w.store, &w.top, w.top.id, "vendor", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "below_itself");
	CHECK_EQ(authority_set_parent(w.store, &w.top, "prv_nobody", "vendor", NOW, &w.why), ERR_NOT_FOUND);
	CHECK_EQ(w.store->get_retail_provider(w.store, &retail), ERR_NONE);
	CHECK_EQ(authority_set_parent(w.store, &w.top, retail.id, "vendor", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "retail_stays");
	CHECK_EQ(suspend(&w, &retail, 0), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "retail_stays");
	above = w.bottom;
	for (int depth = 3; depth < TREE_DEPTH_MAX; depth++) {
		CHECK_EQ(authority_add_child(w.store, &above, &p, "test", NOW, &w.why), ERR_NONE);
		above = p;
	}
	CHECK_EQ(authority_add_child(w.store, &above, &p, "test", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "tree_too_deep");
	/* One that has others below it needs room for them too. */
	p = named("another top");
	CHECK_EQ(authority_add_provider(w.store, &p, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_set_parent(w.store, &w.top, p.id, "vendor", NOW, &w.why), ERR_CONFLICT);
	CHECK_TEXT(w.why.code, "tree_too_deep");
	CHECK_EQ(authority_get_child(w.store, &w.top, w.middle.id, &p), ERR_NONE);
	CHECK_EQ(authority_get_child(w.store, &w.top, w.bottom.id, &p), ERR_NOT_FOUND);
	world_close(&w);
}

TEST(who_is_moved_below_a_suspended_provider_is_stopped_and_moved_away_is_not)
{
	struct provider other = named("Other reseller");
	struct world w;

	world_open(&w);
	CHECK_EQ(authority_add_provider(w.store, &other, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(suspend(&w, &other, 0), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(authority_set_parent(w.store, &w.bottom, other.id, "vendor", NOW, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW).reason, REASON_PROVIDER_SUSPENDED);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 1);
	CHECK_EQ(authority_set_parent(w.store, &w.bottom, "", "vendor", NOW + 1, &w.why), ERR_NONE);
	CHECK_EQ(lease_at(&w, NOW + 1).reason, REASON_NONE);
	run(&w, NOW + 1);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_resumed"), 1);
	world_close(&w);
}

TEST(nobody_is_told_again_of_a_suspension_that_changes_nothing_for_them)
{
	struct world w;

	/* From below: the one above comes later. */
	world_open(&w);
	CHECK_EQ(suspend(&w, &w.middle, 0), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 1);
	CHECK_EQ(suspend(&w, &w.top, 30 * DAY), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 1);
	CHECK_EQ(resume(&w, &w.middle), ERR_NONE);
	CHECK_EQ(resume(&w, &w.top), ERR_NONE);
	run(&w, NOW + 10);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_resumed"), 1);
	world_close(&w);

	/* And from above. */
	world_open(&w);
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(suspend(&w, &w.bottom, 0), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 1);
	world_close(&w);
}

TEST(who_has_less_time_left_than_they_heard_is_told)
{
	struct world w;

	world_open(&w);
	CHECK_EQ(suspend(&w, &w.middle, 30 * DAY), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(suspend(&w, &w.top, 0), ERR_NONE);
	run(&w, NOW);
	CHECK_EQ(count_events(&w, w.sub.id, "provider_suspended"), 2);
	world_close(&w);
}

TEST(a_policy_that_no_device_could_hold_is_refused_from_the_beginning)
{
	struct provider p = named("Odd");
	struct fault why;
	struct world w;

	world_open(&w);
	p.policy.billing_grace_s = STOPPED_GRACE_MAX_S + 1;
	CHECK_EQ(authority_add_provider(w.store, &p, "vendor", NOW, &why), ERR_MALFORMED);
	CHECK(strstr(why.text, "billing_grace_s") != NULL);
	CHECK_EQ(authority_add_child(w.store, &w.top, &p, "test", NOW, &w.why), ERR_MALFORMED);
	CHECK_TEXT(w.why.code, "policy");
	p.policy.billing_grace_s = STOPPED_GRACE_MAX_S;
	CHECK_EQ(authority_add_provider(w.store, &p, "vendor", NOW, &why), ERR_NONE);
	world_close(&w);
}

static bool
note_actor(void *ctx, const struct event *e)
{
	if (strcmp(e->kind, "provider_added") == 0)
		memcpy(ctx, e->actor, sizeof e->actor);
	return true;
}

TEST(the_log_says_who_added_a_provider)
{
	struct provider p = named("New");
	char actor[NAME_SIZE] = "";
	struct world w;

	world_open(&w);
	CHECK_EQ(authority_add_provider(w.store, &p, "user usr_vera", NOW, NULL), ERR_NONE);
	CHECK_EQ(w.store->list_events(w.store, CHAIN_VENDOR, 0, note_actor, actor), ERR_NONE);
	CHECK_TEXT(actor, "user usr_vera");
	world_close(&w);
}
