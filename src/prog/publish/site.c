/* publish/site.c: see site.h. */
#include "prog/publish/site.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/timestamp.h"
#include "crypto/random.h"
#include "os/file.h"

/* Warn so long before the root expires. */
enum { ROOT_WARNING = 30 * 86400 };

enum err
site_open_keys(const char *path, int *out, struct fault *why)
{
	enum err e = file_open_dir(AT_FDCWD, path, false, out, why);

	if (e == ERR_NONE && faccessat(*out, "root.json", F_OK, 0) == 0)
		return ERR_NONE;
	if (e == ERR_NONE)
		close(*out);
	else if (e != ERR_NOT_FOUND)
		return e;
	return fault_set(why, ERR_NOT_FOUND,
	    "%s holds no finished keys: \"holdfast-publish keys %s\" makes them", path, path);
}

enum err
site_open(const struct site_paths *paths, struct site *out, struct fault *why)
{
	struct site s = { .keys = -1, .folder = -1 };
	const char *repo = paths->repo;
	struct tuf_keyring ring;
	enum err e;

	if ((e = site_open_keys(paths->keys, &s.keys, why)) != ERR_NONE ||
	    (e = passphrase_read(paths->passphrase, &s.passphrase, why)) != ERR_NONE)
		goto done;
	if (mkdir(repo, 0755) != 0 && errno != EEXIST) {
		e = fault_errno(why, "cannot make the directory %s", repo);
		goto done;
	}
	if ((e = file_open_dir(AT_FDCWD, repo, false, &s.folder, why)) != ERR_NONE)
		goto done;
	/* The passphrase stays in ${out}, where the repository will look for it. */
	*out = s;
	ring = (struct tuf_keyring){ s.keys, passphrase_text(&out->passphrase) };
	if ((e = tuf_repo_open(&ring, s.folder, &s.repo, why)) != ERR_NONE)
		fault_within(why, "%s", repo);
done:
	if (e != ERR_NONE)
		site_close(&s);
	else
		out->repo = s.repo;
	random_forget(&s.passphrase, sizeof s.passphrase);
	return e;
}

void
site_close(struct site *s)
{
	tuf_repo_close(s->repo);
	passphrase_forget(&s->passphrase);
	if (s->folder >= 0)
		close(s->folder);
	if (s->keys >= 0)
		close(s->keys);
}

void
site_print(const struct site *s, int64_t now)
{
	static const enum tuf_role roles[] = { TUF_ROOT, TUF_TARGETS, TUF_SNAPSHOT, TUF_TIMESTAMP };
	char when[TIMESTAMP_SIZE];

	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
		timestamp_write(tuf_repo_expires(s->repo, roles[i]), when);
		printf("  %-10s version %" PRId64 ", good until %s\n", tuf_role_name(roles[i]),
		    tuf_repo_version(s->repo, roles[i]), when);
	}
	fflush(stdout);
	if (tuf_repo_expires(s->repo, TUF_ROOT) - now < ROOT_WARNING)
		fputs("warning: the root expires soon; devices then take no more releases\n", stderr);
}
