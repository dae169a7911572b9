/* tuf/repo_state.h: what repo.c and repo_prune.c share: the repository that is open. Not for others. */
#ifndef HOLDFAST_TUF_REPO_STATE_H
#define HOLDFAST_TUF_REPO_STATE_H

#include "os/file.h"
#include "tuf/repo.h"
#include "tuf/root.h"

enum { FILE_NAME_SIZE = 48, PUBLIC_MODE = 0644 };

struct tuf_repo {
	struct tuf_keyring ring;	/* borrowed */
	int lock, metadata, targets;
	struct tuf_root *root;		/* the last one that lies with the keys */
	struct tuf_root *before;	/* the one before it, or NULL */
	bool outdated[TUF_ROLES];	/* what is published was signed for ${before} */
	struct tuf_metadata *published[TUF_ROLES];	/* NULL: none yet */
	int started;		/* the file being made, or -1 */
	struct tuf_target *segments;	/* placed, and named by the next release */
	size_t segment_count;
	uint64_t oldest;		/* segments from before are no longer named then */
	char started_name[TUF_NAME_SIZE];		/* its target's name */
	char started_file[TUF_NAME_SIZE + sizeof FILE_NEW_SUFFIX];
};

/* The name of a version of a role's file in metadata/. */
void tuf_repo_file_name(enum tuf_role role, int64_t version, char out[static FILE_NAME_SIZE]);

#endif
