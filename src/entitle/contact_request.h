/* entitle/contact_request.h: a person's request for help from the support site: kept under a reference of its own, and
 * whose it is: the provider's whose subscription it quotes, else the vendor's. */
#ifndef HOLDFAST_ENTITLE_CONTACT_REQUEST_H
#define HOLDFAST_ENTITLE_CONTACT_REQUEST_H

#include "entitle/authority.h"

/* A request is personal, and of no use once it was answered: forgotten after a year. */
#define CONTACT_KEEP_S (365 * 86400)

/* The type of the delivery that mails one (entitle/store_delivery.h); its subject is the request's reference. */
#define CONTACT_MAIL_TYPE "support_request"

/* A reference as a person types it, "hf 7k3m9qd2", in the form in which it is kept; empty when it is none. */
void contact_request_read_quoted(const char *typed, char out[static REFERENCE_SIZE]);

/* Keep ${r}, which comes with what the person wrote and quoted; its reference, subscription and provider are set. What
 * was quoted and leads to no subscription is kept as it was typed. Who asks learns nothing of whether it did. */
enum err contact_request_take(struct store *store, struct contact_request *r, int64_t now);

/* Where to mail it: the provider's address for answers, else ${vendor} (NULL: none). ERR_NOT_FOUND: nowhere. */
enum err contact_request_address(struct store *store, const struct contact_request *r, const char *vendor,
    char out[static MAIL_ADDRESS_SIZE]);

#endif
