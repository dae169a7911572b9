/* publish/epoch.c: see epoch.h. */
#include "prog/publish/epoch.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "os/file.h"
#include "tuf/secret.h"

_Static_assert(TUF_SECRET_SIZE == SEAL_KEY_SIZE, "a secret file holds an epoch's key");

static const char folder[] = "epochs";

enum err
epoch_ensure_first(int keys, struct fault *why)
{
	enum err e;
	int dir;

	if ((e = file_open_dir(keys, folder, true, &dir, why)) != ERR_NONE)
		return e;
	if ((e = tuf_secret_make(dir, "1", why)) == ERR_EXISTS)
		e = ERR_NONE;
	close(dir);
	return e;
}

/* The highest whole number among the names in ${dir}; 0 when there is none. */
static enum err
highest_name(int dir, uint64_t *out)
{
	int again = dup(dir);
	struct dirent *entry;
	uint64_t highest = 0;
	DIR *list;

	if (again < 0 || (list = fdopendir(again)) == NULL) {
		if (again >= 0)
			close(again);
		return ERR_IO;
	}
	while ((entry = readdir(list)) != NULL) {
		uint64_t number;

		/* "07" would be another name for the same number. */
		if (entry->d_name[0] != '0' &&
		    text_to_u64(bytes_of_text(entry->d_name), INT64_MAX, &number) == ERR_NONE &&
		    number > highest)
			highest = number;
	}
	closedir(list);
	*out = highest;
	return ERR_NONE;
}

enum err
epoch_newest(int keys, char name[static TUF_EPOCH_SIZE], struct seal_key *key, struct fault *why)
{
	uint64_t highest;
	enum err e;
	int dir;

	if ((e = file_open_dir(keys, folder, false, &dir, why)) != ERR_NONE)
		return e;
	if ((e = highest_name(dir, &highest)) != ERR_NONE) {
		fault_set(why, e, "cannot list the keys of epochs");
		goto done;
	}
	if (highest == 0) {
		e = fault_set(why, ERR_NOT_FOUND,
		    "there is no epoch's key: \"holdfast-publish keys\" makes the first");
		goto done;
	}
	snprintf(name, TUF_EPOCH_SIZE, "%" PRIu64, highest);
	if ((e = tuf_secret_read(dir, name, NULL, key->key, why)) != ERR_NONE)
		fault_within(why, "epoch %s", name);
done:
	close(dir);
	return e;
}

enum err
epoch_named(int keys, const char *name, struct seal_key *key, struct fault *why)
{
	enum err e;
	int dir;

	if ((e = file_open_dir(keys, folder, false, &dir, why)) != ERR_NONE)
		return e;
	if ((e = tuf_secret_read(dir, name, NULL, key->key, why)) != ERR_NONE)
		fault_within(why, "epoch %s", name);
	close(dir);
	return e;
}
