/* service/signing.h: how a web process asks the signer for a lease: the request's fields as a binary
 * message (base/buf, base/reader) and the answer. The signer parses nothing else. */
#ifndef HOLDFAST_SERVICE_SIGNING_H
#define HOLDFAST_SERVICE_SIGNING_H

#include "entitle/lease.h"

/* The one request that the signer's table permits, and its answer. */
enum signing_message {
	SIGNING_NONE = 0,
	SIGNING_LEASE,		/* fields of a lease, and the device's key */
	SIGNING_SIGNED,		/* the lease */
	SIGNING_REFUSED		/* a sentence for the log */
};

struct signing_request {
	struct lease lease;	/* without issuer and epochs: the signer knows them */
	uint8_t device_key[EPOCH_KEY_SIZE];
};

void signing_write_request(const struct signing_request *q, struct buf *out);
/* ERR_MALFORMED: not such a message, to its end. */
enum err signing_read_request(struct bytes message, struct signing_request *out);

void signing_write_signed(struct bytes lease, struct buf *out);
void signing_write_refused(const char *why, struct buf *out);
/* Append the lease. ERR_DENIED: refused, with the reason; ERR_MALFORMED. */
enum err signing_read_answer(struct bytes message, struct buf *lease, struct fault *why);

#endif
