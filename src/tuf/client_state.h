/* tuf/client_state.h: what client.c and search.c share: the client itself, and how one file is fetched,
 * checked and kept. Not for others. */
#ifndef HOLDFAST_TUF_CLIENT_STATE_H
#define HOLDFAST_TUF_CLIENT_STATE_H

#include "tuf/client.h"
#include "tuf/delegation.h"
#include "tuf/listing.h"
#include "tuf/root.h"

struct tuf_client {
	int dir;
	struct tuf_root *root;
	/* Trusted, or NULL. Each is signed as ${root} asks; none is tested for expiry here. */
	struct tuf_metadata *trusted[TUF_ROLES];
	bool ready;	/* a refresh succeeded: the targets are the latest */
	/* Of the last refresh; for delegations that are looked up after it. */
	tuf_fetch_fn *fetch;
	void *ctx;
	int64_t now;
};

/* One file to be brought up to date. */
struct tuf_wanted {
	enum tuf_role role;			/* TUF_TARGETS for all that is delegated */
	const struct tuf_delegation *delegation; /* who must have signed it; NULL: whom the root says */
	struct tuf_listed listed;		/* what must come */
	char kept[TUF_FILE_SIZE];		/* its name here */
	char path[TUF_FILE_SIZE + 24];		/* and there */
};

/* Set both names for the role ${name}. ERR_LIMIT: too long for a file's name. */
enum err tuf_wanted_name(const struct tuf_client *c, const char *name, struct tuf_wanted *w,
    struct fault *why);

/* Fetch, check against what is listed, verify, test for expiry, and only then keep. ${old}, the trusted one
 * of the same role or NULL, must not be undone. */
enum err tuf_wanted_fetch(struct tuf_client *c, const struct tuf_wanted *w,
    const struct tuf_metadata *old, struct tuf_metadata **out, struct fault *why);

/* Take up what is kept, if it is just what is listed and still verified. ERR_NOT_FOUND: it is not, so it must
 * be fetched. ERR_EXPIRED: it is, and no longer good. */
enum err tuf_wanted_load(const struct tuf_client *c, const struct tuf_wanted *w,
    struct tuf_metadata **out, struct fault *why);

#endif
