/* entitle/recipient.c: see recipient.h. */
#include "entitle/recipient.h"

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* Words of ${letters} with a dot between each two. */
static bool
is_dotted(struct bytes text, const char *letters, size_t word_most)
{
	size_t word = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '.') {
			if (word == 0)
				return false;
			word = 0;
		} else if (text.p[i] == '\0' || strchr(letters, text.p[i]) == NULL || ++word > word_most) {
			return false;
		}
	}
	return word > 0;
}

bool
mail_address_is_valid(const char *address)
{
	const char *at = strchr(address, '@');
	struct bytes local, host;

	if (at == NULL || strlen(address) >= MAIL_ADDRESS_SIZE)
		return false;
	local = bytes_of(address, (size_t)(at - address));
	host = bytes_of_text(at + 1);
	return local.n <= 64 && is_dotted(local, LETTERS "!#$%&'*+/=?^_`{|}~-", 64) &&
	    is_dotted(host, LETTERS "-", 63) && host.p[0] != '-';
}

bool
mail_language_is_known(const char *language)
{
	return text_equal(language, "en") || text_equal(language, "de");
}

static enum err
put(struct store *store, const struct provider *p, const struct recipient *r, const char *actor,
    int64_t now)
{
	struct subscription sub;
	enum err e;

	if ((e = authority_get(store, p, r->subscription, &sub)) != ERR_NONE ||
	    (e = store->delivery.put_recipient(store, r)) != ERR_NONE)
		return e;
	/* Not the address: the log is for ever, and a person may be forgotten. */
	return event_append(store, sub.id, actor, "recipient_changed",
	    json_pack("{s:b}", "mail", r->address[0] != '\0'), now);
}

enum err
recipient_set(struct store *store, const struct provider *p, const struct recipient *r, const char *actor,
    int64_t now, struct refusal *why)
{
	struct recipient made = *r;
	enum err e;

	if (made.language[0] == '\0')
		text_copy(made.language, sizeof made.language, "en");
	if (made.address[0] != '\0' && !mail_address_is_valid(made.address))
		return refuse(why, ERR_MALFORMED, "mail_address", "That is no address that mail can be sent to.");
	if (!mail_language_is_known(made.language))
		return refuse(why, ERR_MALFORMED, "mail_language", "The languages of mail are en and de.");
	if (!text_is_plain(made.name))
		return refuse(why, ERR_MALFORMED, "malformed_request", "The name holds control characters.");
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, put(store, p, &made, actor, now));
}

enum err
recipient_keep_code(struct store *store, const char *subscription, const char *code)
{
	struct recipient r;
	enum err e;

	if ((e = store->delivery.get_recipient(store, subscription, &r)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	random_forget(r.code, sizeof r.code);
	if ((e = text_copy(r.code, sizeof r.code, code)) == ERR_NONE)
		e = store->delivery.put_recipient(store, &r);
	random_forget(&r, sizeof r);
	return e;
}

enum err
recipient_get(struct store *store, const struct provider *p, const char *subscription,
    struct recipient *out)
{
	struct subscription sub;
	struct recipient r;
	enum err e;

	if ((e = authority_get(store, p, subscription, &sub)) != ERR_NONE ||
	    (e = store->delivery.get_recipient(store, subscription, &r)) != ERR_NONE)
		return e;
	memset(r.code, 0, sizeof r.code);
	*out = r;
	return ERR_NONE;
}
