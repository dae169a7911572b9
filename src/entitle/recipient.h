/* entitle/recipient.h: to whom mail about a subscription goes. Owns what an address may look like. */
#ifndef HOLDFAST_ENTITLE_RECIPIENT_H
#define HOLDFAST_ENTITLE_RECIPIENT_H

#include "entitle/authority.h"

/* An address that every mail server takes: RFC 5321's dot-string in ASCII, an @, a host name. What could end a
 * header or a command is not among its letters. */
bool mail_address_is_valid(const char *address);

/* The languages that mail is written in: "en", "de". */
bool mail_language_is_known(const char *language);

/* Who gets mail about one of the provider's subscriptions: ${r} comes with address, name and language (empty:
 * "en"), and with the activation code as it is shown when the welcome is to tell it. An empty address: nobody, from
 * now on. ERR_NOT_FOUND also for another provider's. Refused: ERR_MALFORMED "mail_address", "mail_language". */
enum err recipient_set(struct store *store, const struct provider *p, const struct recipient *r,
    const char *actor, int64_t now, struct refusal *why);

/* Within a transaction: the code that the next welcome tells, instead of one that opens nothing any more; empty: none.
 * Nothing when nobody gets mail. */
enum err recipient_keep_code(struct store *store, const char *subscription, const char *code);

/* The activation code is not told. ERR_NOT_FOUND: nobody gets mail; also for another provider's. */
enum err recipient_get(struct store *store, const struct provider *p, const char *subscription,
    struct recipient *out);

#endif
