/* entitle/authority_explain.c: see authority_explain.h. */
#include "entitle/authority_explain.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "entitle/authority_internal.h"
#include "entitle/authority_tree.h"
#include "entitle/condition.h"
#include "entitle/notice.h"

/* What an event says about: the last of each is what made things as they are. */
enum topic {
	TOPIC_NONE = 0,
	TOPIC_BEGIN,		/* how it came to be */
	TOPIC_STATE,
	TOPIC_TIME,		/* paid until when */
	TOPIC_SPARED,		/* protected in spite of the state */
	TOPIC_PROVIDER,		/* the provider itself is suspended */
	TOPIC_SEAT,		/* of one device */
	TOPICS
};

static const struct {
	const char *kind;
	enum topic topic;
	const char *words;
} kinds[] = {
	{ "ordered", TOPIC_BEGIN, "the subscription was ordered" },
	{ "purchased", TOPIC_BEGIN, "the subscription was bought" },
	{ "activate", TOPIC_STATE, "its first device was activated" },
	{ "suspend", TOPIC_STATE, "the subscription was suspended" },
	{ "resume", TOPIC_STATE, "the suspension was lifted" },
	{ "cancel", TOPIC_STATE, "the subscription was cancelled" },
	{ "reinstate", TOPIC_STATE, "the subscription was reinstated" },
	{ "migrated", TOPIC_BEGIN, "the subscription moved to another provider" },
	{ "renew", TOPIC_TIME, "it was renewed" },
	{ "renewed", TOPIC_TIME, "a payment renewed it" },
	{ "refunded", TOPIC_TIME, "a payment was refunded" },
	{ "renewal_ended", TOPIC_TIME, "renewing it ended" },
	{ "terms_changed", TOPIC_TIME, "seats or paid time were set anew" },
	{ "merged", TOPIC_TIME, "another subscription was merged into it" },
	{ "expired", TOPIC_TIME, "the paid time was over" },
	{ "benefit_of_doubt", TOPIC_SPARED, "the provider could not be asked, and the person was believed" },
	{ "doubt_ended", TOPIC_SPARED, "the benefit of the doubt was over" },
	{ "grace_ended", TOPIC_SPARED, "the grace was over" },
	{ "still_blocked", TOPIC_SPARED, "the provider's system was asked, and said that it is not resolved" },
	{ "provider_suspended", TOPIC_PROVIDER, "the service of the provider was suspended" },
	{ "provider_resumed", TOPIC_PROVIDER, "the suspension of the provider's service was lifted" },
	{ "activated", TOPIC_SEAT, "the device got its seat" },
	{ "seat_assigned", TOPIC_SEAT, "the device was given a seat" },
	{ "seat_returned", TOPIC_SEAT, "a seat was free again, and the device got it" },
	{ "seat_released", TOPIC_SEAT, "the device was removed" },
	{ "seat_left", TOPIC_SEAT, "the device went to another subscription" },
	{ "transferred", TOPIC_SEAT, "the seat was moved from one device to another" },
	{ "transfer_undone", TOPIC_SEAT, "a move of the seat was undone" },
};

struct explanation {
	const struct device *device;
	struct event *last;	/* TOPICS of them; seq 0: none */
	const char *words[TOPICS];
};

static bool
is_about(const struct event *e, const struct device *d)
{
	return strstr(e->detail, d->id) != NULL;
}

static bool
take_event(void *ctx, const struct event *e)
{
	struct explanation *x = ctx;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!text_equal(kinds[i].kind, e->kind) ||
		    (kinds[i].topic == TOPIC_SEAT && !is_about(e, x->device)))
			continue;
		x->last[kinds[i].topic] = *e;
		x->words[kinds[i].topic] = kinds[i].words;
	}
	return true;
}

static json_t *
time_or_null(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

static json_t *
sentence(const struct event *e, const char *words, enum reason reason)
{
	char at[TIMESTAMP_SIZE];

	timestamp_write(e->at, at);
	if (reason == REASON_NONE)
		return json_sprintf("%s: %s (%s).", at, words, e->actor);
	return json_sprintf("%s: %s, reason \"%s\" (%s).", at, words, reason_code(reason), e->actor);
}

/* What did not make it so goes: an exception from a state that is past, and all but the seat when that is gone. */
static void
keep_what_matters(struct explanation *x)
{
	if (x->last[TOPIC_SPARED].seq < x->last[TOPIC_STATE].seq)
		x->last[TOPIC_SPARED].seq = 0;
	if (x->device->seated)
		return;
	for (int t = TOPIC_BEGIN; t < TOPICS; t++)
		if (t != TOPIC_SEAT)
			x->last[t].seq = 0;
}

static void
add_event(const struct explanation *x, int topic, json_t *list, json_t *words)
{
	const struct event *e = &x->last[topic];
	json_t *detail = json_loads(e->detail, 0, NULL);
	const char *code = json_string_value(json_object_get(detail, "reason"));
	enum reason reason = REASON_NONE;
	json_t *said;

	if (code != NULL)
		reason_from_code(code, &reason);
	said = sentence(e, x->words[topic], reason);
	json_array_append(words, said);
	json_array_append_new(list,
	    json_pack("{s:I, s:o, s:s, s:s, s:o, s:o}", "seq", (json_int_t)e->seq, "at",
		time_or_null(e->at), "actor", e->actor, "kind", e->kind, "detail",
		detail == NULL ? json_null() : detail, "words", said));
}

/* The events that matter, in the order in which they happened. */
static json_t *
because(const struct explanation *x, json_t *words)
{
	json_t *list = json_array();
	int64_t done = 0;

	for (;;) {
		int next = TOPIC_NONE;

		for (int t = TOPIC_BEGIN; t < TOPICS; t++)
			if (x->last[t].seq > done && (next == TOPIC_NONE || x->last[t].seq < x->last[next].seq))
				next = t;
		if (next == TOPIC_NONE)
			return list;
		add_event(x, next, list, words);
		done = x->last[next].seq;
	}
}

static json_t *
notice_to_json(enum reason reason, const struct provider *p, const struct device *d)
{
	const struct notice *n = notice_for(reason);
	const char *texts[] = { n->headline, n->why, n->who, n->next };
	static const char *const names[] = { "headline", "why", "who", "next" };
	json_t *all = json_pack("{s:s, s:[]}", "article", n->article, "options");
	struct buf b;

	buf_init(&b, 1024);
	for (size_t i = 0; all != NULL && i < 4; i++) {
		buf_clear(&b);
		notice_write(texts[i], p->contact.name, d->moved_to, &b);
		json_object_set_new(all, names[i], json_stringn((const char *)b.p, b.n));
	}
	buf_fini(&b);
	for (size_t i = 0; all != NULL && i < OPTION_COUNT - 1; i++)
		json_array_append_new(json_object_get(all, "options"), json_string(option_title(n->order[i])));
	return all;
}

/* As the device will be told, and since when. */
struct facts {
	enum condition_kind kind;
	enum reason reason;
	int64_t since, until;
};

static struct facts
find_facts(const struct subscription *sub, const struct device *d, struct standing s)
{
	if (!d->seated)
		return (struct facts){ CONDITION_UNPROTECTED, d->left, d->left_at, 0 };
	if (s.reason != REASON_NONE)
		return (struct facts){ CONDITION_UNPROTECTED, s.reason, s.since, 0 };
	if (s.ending != REASON_NONE)
		return (struct facts){ CONDITION_GRACE, s.ending, s.since, s.until };
	return (struct facts){ CONDITION_PROTECTED, REASON_NONE, s.since, sub->paid_until };
}

static json_t *
find_drift(const struct subscription *sub, const struct device *d, int64_t changed, int64_t now)
{
	enum sub_state ours = subscription_state_at(sub, now);
	json_t *list = json_array();

	if (!subscription_agrees(sub, now))
		json_array_append_new(list,
		    json_pack("{s:[ss], s:o}", "between", "ours", "provider", "what",
			json_sprintf("The subscription is %s here; the provider's system said %s.",
			    sub_state_name(ours), verify_answer_name(sub->said))));
	if (d->last_seen < changed)
		json_array_append_new(list,
		    json_pack("{s:[ss], s:s}", "between", "ours", "device", "what",
			"The device has not asked since this became so: it may still believe what was before."));
	return list;
}

static json_t *
sides(const struct subscription *sub, const struct device *d, int64_t changed, int64_t now)
{
	return json_pack("{s:{s:s, s:s, s:o, s:o, s:b}, s:{s:s, s:o}, s:{s:o, s:I, s:b}}", "ours", "state",
	    sub_state_name(subscription_state_at(sub, now)), "reason", reason_code(sub->reason), "since",
	    time_or_null(sub->since), "paid_until", time_or_null(sub->paid_until), "seated", d->seated,
	    "provider", "says", verify_answer_name(sub->said), "at", time_or_null(sub->said_at), "device",
	    "last_seen", time_or_null(d->last_seen), "generation", (json_int_t)d->generation, "told",
	    d->last_seen >= changed);
}

static json_t *
explain(const struct explanation *x, const struct subscription *sub, const struct provider *p,
    const struct standing *standing, int64_t now)
{
	struct facts f = find_facts(sub, x->device, *standing);
	json_t *words = json_array(), *events = because(x, words);
	int64_t changed = f.since;

	/* What ended by itself was told of ahead: the lease said until when. */
	for (int t = TOPIC_BEGIN; t < TOPICS; t++)
		if ((t == TOPIC_STATE || t == TOPIC_PROVIDER || t == TOPIC_SEAT) && x->last[t].seq != 0 && x->last[t].at > changed)
			changed = x->last[t].at;
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:o, s:o}, s:o, s:o, s:o, s:o, s:o}", "device",
	    x->device->id, "subscription", sub->id, "condition", "kind", condition_name(f.kind), "reason",
	    reason_code(f.reason), "since", time_or_null(f.since), "until", time_or_null(f.until), "notice",
	    notice_to_json(f.reason, p, x->device), "words", words, "because", events, "sides",
	    sides(sub, x->device, changed, now), "drift", find_drift(sub, x->device, changed, now));
}

enum err
authority_explain(struct store *store, const struct provider *p, const char *device, int64_t now,
    json_t **out)
{
	struct explanation x = { .last = calloc(TOPICS, sizeof *x.last) };
	struct standing standing;
	struct subscription sub;
	struct device d;
	enum err e = ERR_NOMEM;

	if (x.last == NULL)
		goto done;
	if ((e = store->get_device(store, device, &d)) != ERR_NONE ||
	    (e = store->get_subscription(store, d.subscription, &sub)) != ERR_NONE)
		goto done;
	e = ERR_NOT_FOUND;
	if (!text_equal(sub.provider, p->id))
		goto done;
	x.device = &d;
	if ((e = authority_standing(store, &sub, now, &standing)) != ERR_NONE ||
	    (e = store->list_events(store, sub.id, 0, take_event, &x)) != ERR_NONE)
		goto done;
	keep_what_matters(&x);
	if ((*out = explain(&x, &sub, p, &standing, now)) == NULL)
		e = ERR_NOMEM;
done:
	free(x.last);
	return e;
}
