/* entitle/lease.h: the signed statement that makes a device protected, or tells it why not.
 * A compact JWS (codec/jws.h) whose payload is this record as JSON. The server's signer writes it, the
 * device reads it after the signature held. Owns the record and its form; knows no clock. */
#ifndef HOLDFAST_ENTITLE_LEASE_H
#define HOLDFAST_ENTITLE_LEASE_H

#include "base/buf.h"
#include "crypto/sign.h"
#include "entitle/limits.h"
#include "entitle/reason.h"

/* Product features, each a bit. None of them is on when something is wrong. */
enum feature {
	FEATURE_SCAN = 1,
	FEATURE_UPDATE = 2
};
/* A lease is valid from a little before it was made: clocks of two machines differ. */
#define CLOCK_SKEW_S 300

#define FEATURES_ALL (FEATURE_SCAN | FEATURE_UPDATE)

/* How to reach the provider: signed with the lease, because support scams live on false numbers. */
struct contact {
	char name[NAME_SIZE];
	char phone[PHONE_SIZE];
	char web[URL_SIZE];
	char hours[NAME_SIZE];
};

/* An epoch's content key, wrapped for one device (crypto/seal.h, seal_wrap). */
struct lease_epoch {
	char name[EPOCH_NAME_SIZE];
	uint8_t wrapped[WRAPPED_KEY_SIZE];
};

struct lease {
	char issuer[URL_SIZE];
	char device[ID_SIZE];
	char subscription[ID_SIZE];
	int64_t issued, not_before, expires; /* seconds since 1970 UTC */
	int64_t grace_s;	/* how long after ${expires} an unreachable server is forgiven */
	char nonce[NONCE_SIZE];	/* the device's, so that ${issued} is signed time */
	unsigned features;	/* enum feature; 0: not protected */
	enum reason reason;	/* why not; REASON_NONE when protected */
	int64_t since;		/* since when it is so */
	enum reason ending;	/* protected, but only until ${expires}: why; else REASON_NONE */
	int64_t paid_until;	/* 0: open-ended */
	char moved_to[NAME_SIZE]; /* REASON_TRANSFERRED: the name of the device that has it now */
	struct contact provider;
	char reference[REFERENCE_SIZE]; /* to quote to the provider */
	char revision[REVISION_SIZE]; /* of the subscription's state; opaque to the device */
	size_t epoch_count;
	struct lease_epoch epochs[EPOCHS_MAX];
};

/* Append the signed lease as one line of text. ERR_NOMEM, ERR_LIMIT. */
enum err lease_sign(const struct lease *lease, const struct sign_secret *secret, struct buf *out);

/* Read a lease that one of ${keys} signed. ERR_FORGED: none did. ERR_MALFORMED, ERR_UNSUPPORTED: not
 * a lease of ours. Whose it is, and whether it is still valid, the caller compares. */
enum err lease_open(struct bytes text, const struct sign_public *keys, size_t key_count,
    struct lease *out, struct fault *why);

#endif
