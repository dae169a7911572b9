/* entitle/session.c: see session.h. */
#include "entitle/session.h"

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"
#include "entitle/recipient.h"

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400, SEEN_EVERY_S = 60 };

/* How long one may be idle, and last at all. A device stands on a desk; a console opens much. */
static const struct {
	int64_t idle_s, span_s;
} spans[SUBJECT_KINDS] = {
	[SUBJECT_ADDRESS] = { DAY_S, 14 * DAY_S },
	[SUBJECT_SUBSCRIPTION] = { HOUR_S, 12 * HOUR_S },
	[SUBJECT_USER] = { 30 * MINUTE_S, 12 * HOUR_S },
};

int64_t
session_span(enum subject_kind kind)
{
	return spans[kind].span_s;
}

enum err
session_begin(struct store *store, enum subject_kind kind, const char *subject, int64_t now,
    char token[static TOKEN_SIZE], struct session *out)
{
	struct session s = { .kind = kind, .created = now, .seen = now, .expires = now + spans[kind].span_s };
	uint8_t digest[HASH_MAX];
	enum err e;

	authority_make_id("ses_", s.id);
	authority_make_token("hfw_", token);
	if ((e = text_copy(s.subject, sizeof s.subject, subject)) != ERR_NONE ||
	    (e = authority_token_digest(token, digest)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, store->session.add(store, &s, digest, now))) == ERR_NONE)
		*out = s;
	return e;
}

enum err
session_find(struct store *store, const char *token, int64_t now, struct session *out)
{
	uint8_t digest[HASH_MAX];
	struct session s;
	enum err e;

	if ((e = authority_token_digest(token, digest)) != ERR_NONE)
		return e;
	if ((e = store->session.find(store, digest, &s)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_DENIED : e;
	if (now >= s.expires || now - s.seen >= spans[s.kind].idle_s)
		return ERR_DENIED;
	if (now - s.seen >= SEEN_EVERY_S) {
		s.seen = now;
		if ((e = store->session.put(store, &s)) != ERR_NONE)
			return e;
	}
	*out = s;
	return ERR_NONE;
}

enum err
session_end(struct store *store, const struct session *s)
{
	return store->session.remove(store, s->id);
}

enum err
session_end_all(struct store *store, enum subject_kind kind, const char *subject)
{
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, store->session.remove_all(store, kind, subject));
}

void
session_make_form_key(const char *token, char out[static FORM_KEY_SIZE])
{
	const struct bytes purpose = bytes_of_text("holdfast form");
	uint8_t key[HMAC_SIZE];

	hmac_sha256(bytes_of_text(token), &purpose, 1, key);
	encode_hex(bytes_of(key, sizeof key), out);
}

bool
session_check_form_key(const char *token, const char *sent)
{
	const struct bytes purpose = bytes_of_text("holdfast form");
	uint8_t key[HMAC_SIZE], other[HMAC_SIZE];

	hmac_sha256(bytes_of_text(token), &purpose, 1, key);
	return decode_hex(bytes_of_text(sent), other, sizeof other) == ERR_NONE && hmac_equal(key, other);
}

enum err
session_make_link(struct store *store, enum subject_kind kind, const char *subject, int64_t now,
    char token[static TOKEN_SIZE])
{
	struct sign_in_link l = { .kind = kind, .expires = now + SIGN_IN_LINK_S };
	uint8_t digest[HASH_MAX];
	enum err e;

	authority_make_token("hfl_", token);
	if ((e = text_copy(l.subject, sizeof l.subject, subject)) != ERR_NONE ||
	    (e = authority_token_digest(token, digest)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, store->session.add_link(store, &l, digest, now));
}

enum err
session_take_link(struct store *store, const char *token, int64_t now, struct sign_in_link *out)
{
	uint8_t digest[HASH_MAX];
	struct sign_in_link l;
	enum err e;

	if ((e = authority_token_digest(token, digest)) != ERR_NONE || (e = store->begin(store)) != ERR_NONE)
		return e;
	e = finish_transaction(store, store->session.take_link(store, digest, &l));
	if (e == ERR_NOT_FOUND || (e == ERR_NONE && now >= l.expires))
		return ERR_DENIED;
	if (e == ERR_NONE)
		*out = l;
	return e;
}

bool
session_normalise_address(const char *typed, char out[static MAIL_ADDRESS_SIZE])
{
	size_t n = strlen(typed);

	while (n > 0 && typed[n - 1] == ' ')
		n--;
	while (n > 0 && typed[0] == ' ') {
		typed++;
		n--;
	}
	if (text_from_bytes(out, MAIL_ADDRESS_SIZE, bytes_of(typed, n)) != ERR_NONE)
		return false;
	for (char *c = out; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 32);
	return mail_address_is_valid(out);
}

struct gathering {
	struct store *store;
	struct subscription *out;
	size_t most, count;
	enum err err;
};

static bool
gather(void *ctx, const char *id)
{
	struct gathering *g = ctx;
	struct subscription sub;

	if (g->count == g->most)
		return false;
	g->err = g->store->get_subscription(g->store, id, &sub);
	if (g->err == ERR_NOT_FOUND)
		g->err = ERR_NONE;
	else if (g->err == ERR_NONE && sub.purged == 0 && sub.merged_into[0] == '\0')
		g->out[g->count++] = sub;
	return g->err == ERR_NONE;
}

enum err
session_list_subscriptions(struct store *store, const struct session *s, struct subscription *out, size_t most,
    size_t *count)
{
	struct gathering g = { .store = store, .out = out, .most = most };
	enum err e = ERR_NONE;

	if (s->kind == SUBJECT_ADDRESS)
		e = store->session.list_by_address(store, s->subject, gather, &g);
	else if (s->kind == SUBJECT_SUBSCRIPTION)
		gather(&g, s->subject);
	if (e == ERR_NONE && (e = g.err) == ERR_NONE)
		*count = g.count;
	return e;
}

enum err
session_ask_link(struct store *store, const char *address, int64_t now)
{
	struct session asked = { .kind = SUBJECT_ADDRESS };
	struct subscription sub;
	size_t count = 0;
	enum err e;

	if ((e = text_copy(asked.subject, sizeof asked.subject, address)) != ERR_NONE ||
	    (e = session_list_subscriptions(store, &asked, &sub, 1, &count)) != ERR_NONE)
		return e;
	if (count == 0)
		return ERR_NOT_FOUND;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store,
	    event_append(store, sub.id, "person", "sign_in_link", json_object(), now));
}
