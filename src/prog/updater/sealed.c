/* updater/sealed.c: see sealed.h. */
#include "prog/updater/sealed.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "os/file.h"

static const char scratch_name[] = "download" FILE_NEW_SUFFIX;

enum err
sealed_scratch(int dir, int *out, struct fault *why)
{
	int fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		unlinkat(dir, scratch_name, 0);
		fd = openat(dir, scratch_name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return fault_errno(why, "cannot make a file for the download");
		unlinkat(dir, scratch_name, 0);
	}
	*out = fd;
	return ERR_NONE;
}

static const struct job_epoch *
epoch_of(const struct job_update *update, const char *name)
{
	for (uint32_t i = 0; i < update->epoch_count; i++)
		if (text_equal(update->epochs[i].name, name))
			return &update->epochs[i];
	return NULL;
}

enum err
sealed_has_key(const struct job *job, const char *epoch, struct fault *why)
{
	if (epoch_of(&job->update, epoch) != NULL)
		return ERR_NONE;
	return fault_set(why, ERR_DENIED, "the subscription brought no key for the protection data of epoch %s", epoch);
}

enum err
sealed_open(const struct job *job, const char *epoch, int sealed, int plain, uint64_t *size, uint8_t digest[32],
    struct fault *why)
{
	struct seal_key key;
	enum err e;

	if ((e = sealed_has_key(job, epoch, why)) != ERR_NONE)
		return e;
	if (lseek(sealed, 0, SEEK_SET) != 0)
		return fault_errno(why, "cannot read the download");
	memcpy(key.key, epoch_of(&job->update, epoch)->key, sizeof key.key);
	e = unseal_file(&key, sealed, plain, size, digest);
	random_forget(&key, sizeof key);
	if (e == ERR_FULL)
		return fault_set(why, e, "there is no room on the disk for the update");
	return e == ERR_NONE ? e : fault_set(why, e, "it cannot be decrypted: %s", err_name(e));
}
