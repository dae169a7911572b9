/* entitle/authority.h: what may be done with subscriptions and devices, each as one transaction. Beside it:
 * authority_schedule.h (what happens by itself as time passes), authority_seat.h (seats), authority_merge.h,
 * authority_leave.h (a provider that ends its service), authority_reconcile.h, authority_explain.h.
 * doc/subscriptions.md has the rules in words.
 *
 * Owns the rules; the store keeps, the programs speak. No clock, no network, no key: ${now} is an argument,
 * and what the provider's system said comes in as a value. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_H
#define HOLDFAST_ENTITLE_AUTHORITY_H

#include "entitle/code.h"
#include "entitle/store.h"

/* Why a request was refused, for the one who asked: a stable code and a sentence. Where a function says so, also
 * what came of one that was not. */
struct refusal {
	char code[40];
	char detail[200];
};

/* Ids have this form: a prefix that says what it is, and random letters. */
void authority_make_id(const char *prefix, char out[static ID_SIZE]);

/* What a person quotes: "HF-" and eight letters in two groups, short enough to read out. */
void authority_make_reference(char out[static REFERENCE_SIZE]);

/* A secret for a device or a provider: ${prefix} and 43 random letters. Only its digest is stored. */
#define TOKEN_SIZE 48
void authority_make_token(const char *prefix, char out[static TOKEN_SIZE]);
enum err authority_token_digest(const char *token, uint8_t out[static HASH_MAX]);

/* Make the vendor's own provider, which sells to persons directly, unless there is one. */
enum err authority_ensure_retail(struct store *store, const struct contact *contact, int64_t now);

/* Add a provider: ${p} comes with its contact, verify address and policy; id and creation are set.
 * ERR_MALFORMED: a span that the signer or a device would refuse, with a sentence. */
enum err authority_add_provider(struct store *store, struct provider *p, const char *actor, int64_t now,
    struct fault *why);

/* Change a provider's contact, verify address and policy to ${p}'s. ERR_NOT_FOUND: no such provider.
 * ERR_MALFORMED: a span that the signer or a device would refuse, with a sentence. */
enum err authority_set_provider(struct store *store, const struct provider *p, const char *actor,
    int64_t now, struct fault *why);

/* The longest lease that the signer signs, and the longest that an agent waits between check-ins. */
#define LEASE_MAX_S (31 * 86400)
#define CHECKIN_MAX_S (7 * 86400)
/* And the longest that a cancelled subscription is kept: what personal data there is ends some day. */
#define RETENTION_MAX_S (3653 * 86400LL)
/* A subscription that has stopped, and protects for longer, has not stopped. */
#define STOPPED_GRACE_MAX_S (90 * 86400)
/* More moves of seats than this are no limit; 0 says so. */
#define TRANSFERS_MAX 1000

struct order {
	char external_id[EXTERNAL_ID_SIZE];
	int64_t seats;		/* 1 to SEATS_MAX */
	int64_t paid_until;	/* 0: open-ended */
};

/* Order a subscription. ${code} is its activation code, shown once. ERR_CONFLICT "duplicate_order":
 * the provider has one with this external id. */
enum err authority_order(struct store *store, const struct provider *p, const struct order *order,
    int64_t now, struct subscription *out, char code[static CODE_SHOWN_SIZE],
    struct refusal *why);

/* One of the provider's subscriptions. ERR_NOT_FOUND also for another provider's. */
enum err authority_get(struct store *store, const struct provider *p, const char *id,
    struct subscription *out);

/* A change that the provider asks for. */
struct change {
	enum sub_event event;
	enum reason reason;	/* for EV_SUSPEND and EV_CANCEL */
	const char *actor;	/* for the log */
	int64_t effective;	/* when it takes effect; 0: now */
	int64_t paid_until;	/* for EV_RENEW; 0: open-ended */
};

/* How far ahead a change may be dated. */
#define CHANGE_AHEAD_S (3653 * 86400LL)

/* Apply a change, whatever order changes come in. On ERR_NONE ${why} says what came of it:
 * - code "": done; *out is the subscription after it.
 * - code "scheduled": it is dated ahead, and will take effect then (authority_schedule.h).
 * - code "overtaken": it is dated before a change that took effect; it is in the log and changes nothing.
 * - code "confirmed": it has a date, and what it wants is so already: what comes later with an earlier date will be
 *   overtaken by it. (Without a date that is a conflict: whoever sent it may not know what is so.)
 * ERR_NOT_FOUND. ERR_CONFLICT with a code of its own: those of subscription_conflict, "back_dated_too_far",
 * "dated_too_far_ahead", "already_scheduled", "retention_over", "merged", "paid_until_passed", "paid_until_earlier". */
enum err authority_change(struct store *store, const struct provider *p, const char *id,
    const struct change *change, int64_t now, struct subscription *out, struct refusal *why);

/* What a provider sets anew. */
struct terms {
	int64_t seats;		/* 1 to SEATS_MAX; 0: as it is */
	bool sets_paid_until;
	int64_t paid_until;	/* 0: open-ended */
	const char *actor;	/* for the log */
};

/* Change the number of seats, or how long it is paid for. What is as it should be already is no change.
 * ERR_NOT_FOUND, ERR_CONFLICT "subscription_cancelled", "seats_in_use" (fewer than devices hold), "paid_time_over"
 * (a time that has passed). */
enum err authority_set_terms(struct store *store, const struct provider *p, const char *id,
    const struct terms *terms, int64_t now, struct subscription *out, struct refusal *why);

struct activation {
	char code[CODE_SHOWN_SIZE * 2]; /* as typed */
	char replace[ID_SIZE];	/* the device whose seat to take; empty: none */
	char previous[ID_SIZE];	/* the device that asks, if its token showed that it is one: a seat that it has
				 * in another subscription becomes free; empty: none */
	char peer[NAME_SIZE];	/* where the request came from, for the rate limit */
	struct device device;	/* name, machine, platform, key */
};

/* So many wrong codes from one place in so many seconds, then it must wait. A person mistypes a few
 * times; at this rate 60 random bits last for ever. */
#define ACTIVATION_TRIES 10
#define ACTIVATION_WINDOW_S 600

/* Give the device a seat. ${token} is its secret, shown once. The same machine gets its old seat again.
 * Refused: ERR_NOT_FOUND "unknown_code", "unknown_device"; ERR_CONFLICT "seats_taken" (*sub then says of
 * which subscription), "code_spent", "subscription_suspended", "transfer_limit"; ERR_LIMIT "too_many_attempts", with
 * *retry_s. */
enum err authority_activate(struct store *store, const struct activation *a, int64_t now,
    struct device *out, char token[static TOKEN_SIZE], struct subscription *sub,
    struct refusal *why, int64_t *retry_s);

/* The device that a token belongs to. ERR_DENIED: none. */
enum err authority_find_device(struct store *store, const char *token, struct device *out);

/* Fill a lease (without issuer, nonce and epoch keys) for ${d} as things stand. */
enum err authority_lease(struct store *store, const struct device *d, int64_t now,
    struct lease *out, int64_t *checkin_s);

/* The revision that a lease made now would carry: compare with what a device holds. */
enum err authority_revision(struct store *store, const char *device, int64_t now,
    char out[static REVISION_SIZE]);

enum outcome {
	OUTCOME_NONE = 0,
	OUTCOME_ACTIVE,
	OUTCOME_STILL_BLOCKED,
	OUTCOME_BENEFIT_OF_DOUBT,
	OUTCOME_UNREACHABLE,
	OUTCOME_NOT_POSSIBLE
};
const char *outcome_name(enum outcome o);
/* What it means, in a sentence for the person, with {provider} (entitle/notice.h). */
const char *outcome_text(enum outcome o);

/* Whether the provider's system needs to be asked before authority_reactivate: then *ask is true and
 * the provider and the subscription are filled in. */
enum err authority_reactivation_needs(struct store *store, const struct device *d, int64_t now,
    bool *ask, struct provider *p, struct subscription *sub);

/* An answer, and how things were when it was asked for. */
struct recheck_result {
	enum verify_answer answer;
	int64_t asked;		/* when; 0: now, nobody was asked */
	enum sub_state state;	/* of the subscription then, */
	int64_t decided;	/* and since which change */
};

/* Act on the answer, unless the subscription has changed since it was asked for: reinstate, say who said no, or give the benefit of the doubt. ${detail} is a
 * sentence for the person, appended. */
enum err authority_reactivate(struct store *store, const struct device *d, const struct recheck_result *r,
    int64_t now, enum outcome *out, struct buf *detail);

/* Begin a purchase for a device. */
enum err authority_begin_checkout(struct store *store, const struct device *d, int64_t now,
    struct checkout *out);

/* The checkout was paid: a retail subscription with one seat, paid for ${paid_s}, takes the device over.
 * Paying twice changes nothing: the first one counts. ERR_NOT_FOUND. */
enum err authority_complete_checkout(struct store *store, const char *id, int64_t paid_s,
    int64_t now, struct checkout *out);

#endif
