/* entitle/contact_request.c: see contact_request.h. */
#include "entitle/contact_request.h"

#include <ctype.h>

#include "base/text.h"
#include "entitle/authority_internal.h"
#include "entitle/mail.h"

/* "HF-XXXX-XXXX" */
enum { GROUP = 4, LETTERS = 8 };

/* References have no I, L, O: who reads one there means a digit. */
static char
as_kept(char typed)
{
	char letter = (char)toupper((unsigned char)typed);

	return letter == 'O' ? '0' : letter == 'I' || letter == 'L' ? '1' : letter;
}

void
contact_request_read_quoted(const char *typed, char out[static REFERENCE_SIZE])
{
	char letters[2 + LETTERS + 1];
	size_t n = 0;

	out[0] = '\0';
	for (; *typed != '\0'; typed++) {
		if (strchr(" -\t", *typed) != NULL)
			continue;
		if (!isalnum((unsigned char)*typed) || n == 2 + LETTERS)
			return;
		letters[n++] = as_kept(*typed);
	}
	if (n != 2 + LETTERS || strncmp(letters, "HF", 2) != 0)
		return;
	for (size_t i = 0; i < LETTERS; i++)
		out[3 + i + (i >= GROUP)] = letters[2 + i];
	memcpy(out, "HF-", 3);
	out[3 + GROUP] = '-';
	out[3 + LETTERS + 1] = '\0';
}

static enum err
find_owner(struct store *store, struct contact_request *r)
{
	char quoted[REFERENCE_SIZE];
	struct subscription sub;
	enum err e;

	r->subscription[0] = r->provider[0] = '\0';
	contact_request_read_quoted(r->quoted, quoted);
	if (quoted[0] == '\0')
		return ERR_NONE;
	e = store->find_subscription_by_reference(store, quoted, &sub);
	if (e != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	memcpy(r->quoted, quoted, sizeof quoted);
	memcpy(r->subscription, sub.id, sizeof r->subscription);
	memcpy(r->provider, sub.provider, sizeof r->provider);
	return ERR_NONE;
}

enum err
contact_request_take(struct store *store, struct contact_request *r, int64_t now)
{
	enum err e;

	r->at = now;
	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = find_owner(store, r);
	if (e == ERR_NONE)
		do {
			authority_make_reference(r->reference);
		} while ((e = store->support.add_contact_request(store, r)) == ERR_EXISTS);
	return finish_transaction(store, e);
}

enum err
contact_request_address(struct store *store, const struct contact_request *r, const char *vendor,
    char out[static MAIL_ADDRESS_SIZE])
{
	struct provider p = { .id = "" };
	struct brand brand = { .provider = "" };
	enum err e = ERR_NOT_FOUND;

	memcpy(p.id, r->provider, sizeof p.id);
	if (p.id[0] != '\0')
		e = brand_get(store, &p, &brand);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if (brand.reply_to[0] != '\0')
		return text_copy(out, MAIL_ADDRESS_SIZE, brand.reply_to);
	return vendor != NULL ? text_copy(out, MAIL_ADDRESS_SIZE, vendor) : ERR_NOT_FOUND;
}
