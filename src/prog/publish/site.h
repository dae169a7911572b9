/* publish/site.h: the publisher's two folders, as --keys and --repo name them, opened together. */
#ifndef HOLDFAST_PROG_PUBLISH_SITE_H
#define HOLDFAST_PROG_PUBLISH_SITE_H

#include "prog/publish/passphrase_file.h"
#include "tuf/repo.h"

struct site {
	int keys, folder;
	struct passphrase passphrase;
	struct tuf_repo *repo;	/* locked against other processes while it is open */
};

/* As the command line gives them. */
struct site_paths {
	const char *keys, *repo;
	const char *passphrase;	/* a file that holds it, or NULL */
};

/* Open both; ${repo}, the folder, is made when missing. On success end with site_close. Errors as
 * tuf_repo_open, naming the folder. */
enum err site_open(const struct site_paths *paths, struct site *out, struct fault *why);
void site_close(struct site *s);

/* Only the keys. ERR_NOT_FOUND, also when they were never finished. */
enum err site_open_keys(const char *path, int *out, struct fault *why);

/* Print the versions and until when they hold; warn on standard error when the root is near its end,
 * which only new keys' owners can change. */
void site_print(const struct site *s, int64_t now);

#endif
