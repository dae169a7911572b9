/* daemon/trust.h: whom this agent trusts, from the file that the vendor ships (doc/device-protocol.md).
 * Configuration: read once at the start, never changed. */
#ifndef HOLDFAST_DAEMON_TRUST_H
#define HOLDFAST_DAEMON_TRUST_H

#include "agent/limits.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/sign.h"
#include "entitle/limits.h"
#include "prog/daemon/limits.h"

struct trust {
	char server[URL_SIZE];
	char issuer[URL_SIZE];
	char updates[URL_SIZE];
	uint32_t mirror_count;	/* of "mirrors", which need not be there: the same files elsewhere */
	char mirrors[AGENT_MIRRORS_MAX][URL_SIZE];
	size_t key_count;
	struct sign_public keys[DAEMON_LEASE_KEYS_MAX];
	struct buf root;	/* the first trusted TUF root, as JSON */
};

/* Read the file's text. The caller calls trust_fini(out) on success. ERR_MALFORMED, ERR_NOMEM. */
enum err trust_read(struct bytes text, struct trust *out, struct fault *why);

/* Read the file at ${path}. Errors as file_read and trust_read. */
enum err trust_load(const char *path, struct trust *out, struct fault *why);

void trust_fini(struct trust *t);

#endif
