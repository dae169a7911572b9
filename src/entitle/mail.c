/* entitle/mail.c: see mail.h. */
#include "entitle/mail.h"

#include <ctype.h>
#include <jansson.h>

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/authority_tree.h"
#include "entitle/event.h"
#include "entitle/recipient.h"
#include "entitle/session.h"

/* Whether what the mail would say is still so. */
typedef bool cause_fn(struct store *store, const struct mail_case *c, int64_t now);

static bool
has_code(struct store *store, const struct mail_case *c, int64_t now)
{
	enum sub_state state = subscription_state_at(&c->subscription, now);

	(void)store;
	return c->recipient.code[0] != '\0' && (state == SUB_PENDING || state == SUB_ACTIVE);
}

static bool
is_pending(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store, (void)now;
	return c->subscription.state == SUB_PENDING;
}

static bool
is_suspended(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store, (void)now;
	return c->subscription.state == SUB_SUSPENDED;
}

/* Its provider, or one above it, still is; who has another reason has had a mail about that. */
static bool
is_blocked(struct store *store, const struct mail_case *c, int64_t now)
{
	struct standing s;

	return authority_standing(store, &c->subscription, now, &s) == ERR_NONE &&
	    (s.reason == REASON_PROVIDER_SUSPENDED || s.ending == REASON_PROVIDER_SUSPENDED);
}

/* It is so again for the devices too: the provider may be suspended now. */
static bool
protects(struct store *store, const struct mail_case *c, int64_t now)
{
	enum sub_state state = subscription_state_at(&c->subscription, now);

	return (state == SUB_PENDING || state == SUB_ACTIVE) && !is_blocked(store, c, now);
}

static bool
is_cancelled(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store, (void)now;
	return c->subscription.state == SUB_CANCELLED && c->subscription.merged_into[0] == '\0';
}

static bool
runs(struct store *store, const struct mail_case *c, int64_t now)
{
	enum sub_state state = subscription_state_at(&c->subscription, now);

	(void)store;
	return state == SUB_PENDING || state == SUB_ACTIVE;
}

static bool
has_expired(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store;
	return subscription_state_at(&c->subscription, now) == SUB_EXPIRED;
}

/* Paid for longer, or by itself from now on: the reminder's end is no end any more. */
static bool
expires_then(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store;
	return subscription_state_at(&c->subscription, now) == SUB_ACTIVE && !c->subscription.renews &&
	    c->subscription.paid_until == c->ends;
}

static bool
is_cancelled_then(struct store *store, const struct mail_case *c, int64_t now)
{
	int64_t at = 0;

	return runs(store, c, now) &&
	    schedule_find_cancellation(store, c->subscription.id, &at) == ERR_NONE && at == c->ends;
}

static bool
leaves_then(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store, (void)now;
	return c->provider.leaves != 0 && c->provider.leaves == c->ends &&
	    c->subscription.consent == CONSENT_NONE && c->subscription.state != SUB_CANCELLED;
}

/* Who got the seat back needs not be told that it went. */
static bool
has_no_seat(struct store *store, const struct mail_case *c, int64_t now)
{
	json_t *detail = json_loads(c->event.detail, 0, NULL);
	const char *from = json_string_value(json_object_get(detail, "from"));
	struct device d;
	bool holds = from != NULL && store->get_device(store, from, &d) == ERR_NONE && !d.seated;

	(void)now;
	json_decref(detail);
	return holds;
}

/* Who asked has given up waiting by then, or has asked again. */
static bool
was_asked_just_now(struct store *store, const struct mail_case *c, int64_t now)
{
	(void)store;
	return now - c->event.at < SIGN_IN_LINK_S;
}

#define COMMON "name provider phone web hours reference"

static const struct {
	const char *name;
	const char *event, *about; /* what brings it; about: of a reminder */
	const char *ends;	/* the member of the event's detail that says when it ends */
	const char *placeholders;
	cause_fn *holds;
} kinds[MAIL_KINDS] = {
	[MAIL_NONE] = { "none", NULL, NULL, NULL, "", NULL },
	[MAIL_WELCOME] = { "welcome", "recipient_changed", NULL, NULL, COMMON " code link", has_code },
	[MAIL_SUSPENDED] = { "suspended", "suspend", NULL, NULL, COMMON, is_suspended },
	[MAIL_CANCELLED] = { "cancelled", "cancel", NULL, NULL, COMMON, is_cancelled },
	[MAIL_REINSTATED] = { "reinstated", "reinstate", NULL, NULL, COMMON, protects },
	[MAIL_TRANSFERRED] = { "transferred", "transferred", NULL, NULL, COMMON " device to_device", has_no_seat },
	[MAIL_EXPIRED] = { "expired", "expired", NULL, NULL, COMMON, has_expired },
	[MAIL_REMIND_EXPIRY] = { "reminder_expiry", "reminder", "expiry", "ends", COMMON " date", expires_then },
	[MAIL_REMIND_SUSPENSION] = { "reminder_suspension", "reminder", "suspension", "ends", COMMON " date",
		is_suspended },
	[MAIL_REMIND_ACTIVATION] = { "reminder_activation", "reminder", "activation", "ends", COMMON " date",
		is_pending },
	[MAIL_REMIND_CANCELLATION] = { "reminder_cancellation", "reminder", "cancellation", "ends", COMMON " date",
		is_cancelled_then },
	[MAIL_REMIND_LEAVING] = { "reminder_provider_leaving", "reminder", "provider_leaving", "ends",
		COMMON " date", leaves_then },
	[MAIL_SIGN_IN] = { "sign_in", "sign_in_link", NULL, NULL, COMMON " link", was_asked_just_now },
	[MAIL_LEAVING] = { "provider_leaving", "provider_leaving", NULL, "at", COMMON " date", leaves_then },
	[MAIL_PROVIDER_SUSPENDED] = { "provider_suspended", "provider_suspended", NULL, NULL, COMMON, is_blocked },
};

const char *
mail_kind_name(enum mail_kind k)
{
	return kinds[k].name;
}

bool
mail_kind_from_name(const char *name, enum mail_kind *out)
{
	for (enum mail_kind k = MAIL_NONE + 1; k < MAIL_KINDS; k++)
		if (text_equal(kinds[k].name, name)) {
			*out = k;
			return true;
		}
	return false;
}

const char *
mail_placeholders(enum mail_kind k)
{
	return kinds[k].placeholders;
}

enum mail_kind
mail_kind_of(const struct event *e)
{
	enum mail_kind found = MAIL_NONE;
	const char *about;
	json_t *detail;

	/* The end of a suspension is told as that of a cancellation is. */
	if (text_equal(e->kind, "resume") || text_equal(e->kind, "provider_resumed"))
		return MAIL_REINSTATED;
	if (text_equal(e->kind, "code_renewed"))
		return MAIL_WELCOME;
	detail = json_loads(e->detail, 0, NULL);
	about = json_string_value(json_object_get(detail, "about"));
	for (enum mail_kind k = MAIL_NONE + 1; k < MAIL_KINDS; k++)
		if (text_equal(kinds[k].event, e->kind) &&
		    (kinds[k].about == NULL || (about != NULL && text_equal(kinds[k].about, about))))
			found = k;
	json_decref(detail);
	return found;
}

struct search {
	int64_t position;
	struct event *out;
	bool found;
};

static bool
find_event(void *ctx, const struct event *e)
{
	struct search *s = ctx;

	s->found = e->position == s->position;
	if (s->found)
		*s->out = *e;
	return false;
}

static int64_t
read_end(const struct mail_case *c)
{
	json_t *detail = json_loads(c->event.detail, 0, NULL);
	const char *name = kinds[c->kind].ends;
	int64_t ends = name == NULL ? 0 : json_integer_value(json_object_get(detail, name));

	json_decref(detail);
	return ends;
}

enum err
mail_open_case(struct store *store, enum mail_kind kind, const char *subscription, int64_t position,
    int64_t now, struct mail_case *out)
{
	struct search s = { .position = position, .out = &out->event };
	enum err e;

	out->kind = kind;
	if ((e = store->get_subscription(store, subscription, &out->subscription)) != ERR_NONE ||
	    (e = store->get_provider(store, out->subscription.provider, &out->provider)) != ERR_NONE ||
	    (e = store->delivery.get_recipient(store, subscription, &out->recipient)) != ERR_NONE ||
	    (e = store->list_events(store, subscription, position - 1, find_event, &s)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_EXPIRED : e;
	if (!s.found || out->subscription.purged != 0)
		return ERR_EXPIRED;
	out->ends = read_end(out);
	/* A reminder that comes after the end reminds of nothing. */
	if (out->ends != 0 && now >= out->ends)
		return ERR_EXPIRED;
	return kinds[kind].holds(store, out, now) ? ERR_NONE : ERR_EXPIRED;
}

enum err
brand_get(struct store *store, const struct provider *p, struct brand *out)
{
	return store->delivery.get_brand(store, p->id, out);
}

static bool
is_colour(const char *text)
{
	if (text[0] != '#' || strlen(text) != 7)
		return false;
	for (const char *c = text + 1; *c != '\0'; c++)
		if (!isxdigit((unsigned char)*c))
			return false;
	return true;
}

enum err
brand_set(struct store *store, const struct provider *p, const struct brand *b, const char *actor,
    int64_t now, struct refusal *why)
{
	struct brand made = *b;
	enum err e;

	memcpy(made.provider, p->id, sizeof made.provider);
	if (made.colour[0] != '\0' && !is_colour(made.colour))
		return refuse(why, ERR_MALFORMED, "brand_colour", "A colour is like #1a2b3c.");
	if (made.reply_to[0] != '\0' && !mail_address_is_valid(made.reply_to))
		return refuse(why, ERR_MALFORMED, "mail_address", "That is no address that mail can be sent to.");
	if (!text_is_plain(made.logo) || !text_is_plain(made.sender))
		return refuse(why, ERR_MALFORMED, "malformed_request", "A name holds control characters.");
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->delivery.put_brand(store, &made)) == ERR_NONE)
		e = event_append(store, p->id, actor, "brand_changed",
		    json_pack("{s:s}", "provider", p->id), now);
	return finish_transaction(store, e);
}

/* Whether ${word} is one of the words in ${list}. */
static bool
is_listed(const char *list, struct bytes word)
{
	while (*(list += strspn(list, " ")) != '\0') {
		size_t n = strcspn(list, " ");

		if (n == word.n && memcmp(list, word.p, n) == 0)
			return true;
		list += n;
	}
	return false;
}

static bool
are_placeholders_known(const char *text, const char *known)
{
	while (*(text += strcspn(text, "{}")) != '\0') {
		size_t n = strcspn(text, "}");

		if (*text == '}' || text[n] != '}' || !is_listed(known, bytes_of(text + 1, n - 1)))
			return false;
		text += n + 1;
	}
	return true;
}

/* Plain lines, with nothing but line breaks between them. */
static bool
is_plain_text(const char *text)
{
	char line[MAIL_TEXT_SIZE];

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (text_from_bytes(line, sizeof line, bytes_of(text, n)) != ERR_NONE || !text_is_plain(line))
			return false;
		text += text[n] == '\n' ? n + 1 : n;
	}
	return true;
}

static enum err
check_template(const struct mail_template *t, enum mail_kind kind, struct refusal *why)
{
	if (!mail_language_is_known(t->language))
		return refuse(why, ERR_MALFORMED, "mail_language", "The languages of mail are en and de.");
	if (t->text[0] == '\0')
		return ERR_NONE;
	if (t->subject[0] == '\0' || !text_is_plain(t->subject) || !is_plain_text(t->text))
		return refuse(why, ERR_MALFORMED, "malformed_request",
		    "A mail has a subject of one line and a text without control characters.");
	if (!are_placeholders_known(t->subject, kinds[kind].placeholders) ||
	    !are_placeholders_known(t->text, kinds[kind].placeholders))
		return refuse(why, ERR_MALFORMED, "mail_placeholder",
		    "Here braces hold one of: %s.", kinds[kind].placeholders);
	if (kind == MAIL_SIGN_IN && strstr(t->text, "{link}") == NULL)
		return refuse(why, ERR_MALFORMED, "mail_placeholder", "Without {link} nobody could sign in by this mail.");
	return ERR_NONE;
}

enum err
mail_template_get(struct store *store, const struct provider *p, enum mail_kind kind, const char *language,
    struct mail_template *out)
{
	return store->delivery.get_template(store, p->id, kinds[kind].name, language, out);
}

enum err
mail_template_set(struct store *store, const struct provider *p, const struct mail_template *t,
    const char *actor, int64_t now, struct refusal *why)
{
	struct mail_template made = *t;
	enum mail_kind kind;
	enum err e;

	if (!mail_kind_from_name(t->kind, &kind))
		return ERR_NOT_FOUND;
	memcpy(made.provider, p->id, sizeof made.provider);
	if ((e = check_template(&made, kind, why)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->delivery.put_template(store, &made)) == ERR_NONE)
		e = event_append(store, p->id, actor, "mail_template_changed",
		    json_pack("{s:s, s:s, s:s, s:b}", "provider", p->id, "kind", made.kind, "language",
			made.language, "own", made.text[0] != '\0'),
		    now);
	return finish_transaction(store, e);
}
