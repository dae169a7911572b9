/* tuf/delegation.h: to whom a targets file delegates which targets (TUF 1.0.34, section 4.5, and TAP 15).
 * Owns path patterns, hash prefixes and bins. */
#ifndef HOLDFAST_TUF_DELEGATION_H
#define HOLDFAST_TUF_DELEGATION_H

#include "tuf/limits.h"
#include "tuf/metadata.h"

struct tuf_delegation {
	char role[TUF_NAME_SIZE];	/* not one of the four top-level names */
	bool terminating;		/* what it does not have, nobody has */
	const json_t *keys, *from;	/* borrowed from the delegator */
};

/* The next delegation of ${targets} that covers the target ${name}, in the order of the file. *at is 0 at
 * first. ERR_NOT_FOUND: no more. ERR_MALFORMED. */
enum err tuf_delegation_next(const struct tuf_metadata *targets, const char *name, size_t *at,
    struct tuf_delegation *out, struct fault *why);

/* Whether ${m} is signed as the delegator asks: as tuf_keyset_verify. */
enum err tuf_delegation_verify(const struct tuf_delegation *d, const struct tuf_metadata *m,
    struct fault *why);

/* True when ${name} fits ${pattern}: '*' is any run of letters and '?' one letter, neither a '/'. */
bool tuf_pattern_fits(const char *pattern, const char *name);

#endif
