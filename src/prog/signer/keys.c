/* prog/signer/keys.c: see keys.h. */
#include "prog/signer/keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "os/file.h"

enum { KEY_BYTES = 32, KEY_FILE_MAX = 2 * KEY_BYTES + 1 };

_Static_assert(SIGN_SEED_SIZE == KEY_BYTES && EPOCH_KEY_SIZE == KEY_BYTES, "one form of key file");

static enum err
read_key(int dir, const char *name, uint8_t key[static KEY_BYTES], struct fault *why)
{
	struct bytes text;
	struct buf b;
	enum err e;

	buf_init(&b, KEY_FILE_MAX);
	if ((e = file_read(dir, name, &b, why)) == ERR_NONE) {
		text = buf_bytes(&b);
		if (text.n > 0 && text.p[text.n - 1] == '\n')
			text.n--;
		e = decode_hex(text, key, KEY_BYTES);
		if (e != ERR_NONE)
			fault_set(why, e, "%s is not a key of %d hex digits", name, 2 * KEY_BYTES);
	}
	if (b.p != NULL)
		random_forget(b.p, b.n);
	buf_fini(&b);
	return e;
}

static enum err
write_key(int dir, const char *name, const uint8_t key[static KEY_BYTES], mode_t mode,
    struct fault *why)
{
	char text[KEY_FILE_MAX + 1];
	enum err e;

	encode_hex(bytes_of(key, KEY_BYTES), text);
	memcpy(text + 2 * KEY_BYTES, "\n", 2);
	e = file_create(dir, name, bytes_of_text(text), mode, why);
	random_forget(text, sizeof text);
	return e;
}

static enum err
make_lease_key(int dir, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	struct sign_secret secret;
	struct sign_public pub;
	enum err e;

	sign_make_pair(&pub, &secret);
	sign_seed_of(&secret, seed);
	sign_forget(&secret);
	/* The public half first: the key counts once its secret half is there. */
	e = file_replace(dir, "lease.pub", bytes_of(pub.key, sizeof pub.key), 0644, why);
	if (e == ERR_NONE)
		e = write_key(dir, "lease.key", seed, 0600, why);
	random_forget(seed, sizeof seed);
	return e;
}

static enum err
load_lease_key(const char *path, struct sign_secret *out, struct fault *why)
{
	uint8_t seed[SIGN_SEED_SIZE];
	struct sign_public pub;
	enum err e;
	int dir;

	if ((e = file_open_dir(AT_FDCWD, path, true, &dir, why)) != ERR_NONE)
		return e;
	if (faccessat(dir, "lease.key", F_OK, 0) != 0)
		e = make_lease_key(dir, why);
	if (e == ERR_NONE && (e = read_key(dir, "lease.key", seed, why)) == ERR_NONE)
		sign_pair_from_seed(seed, &pub, out);
	random_forget(seed, sizeof seed);
	close(dir);
	return e;
}

/* An epoch's name is a number that rises. */
static bool
epoch_number(const char *name, uint64_t *out)
{
	return strlen(name) < EPOCH_NAME_SIZE &&
	    text_to_u64(bytes_of_text(name), UINT64_MAX, out) == ERR_NONE;
}

static int
compare_epochs(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The newest epochs' numbers, rising. */
static size_t
newest_epochs(DIR *list, uint64_t out[static EPOCHS_MAX])
{
	struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(list)) != NULL) {
		uint64_t number;

		if (!epoch_number(entry->d_name, &number))
			continue;
		if (n < EPOCHS_MAX)
			out[n++] = number;
		else if (number > out[0])
			out[0] = number;
		qsort(out, n, sizeof *out, compare_epochs);
	}
	return n;
}

static enum err
load_epochs(const char *path, struct signer_keys *keys, struct fault *why)
{
	uint64_t numbers[EPOCHS_MAX];
	size_t n;
	DIR *list;
	enum err e = ERR_NONE;

	if ((list = opendir(path)) == NULL)
		return fault_errno(why, "cannot read the epoch keys in %s", path);
	n = newest_epochs(list, numbers);
	for (size_t i = 0; i < n && e == ERR_NONE; i++) {
		struct epoch_key *epoch = &keys->epochs[i];
		struct buf name;

		buf_init(&name, EPOCH_NAME_SIZE);
		buf_printf(&name, "%llu", (unsigned long long)numbers[i]);
		e = text_from_bytes(epoch->name, sizeof epoch->name, buf_bytes(&name));
		buf_fini(&name);
		if (e == ERR_NONE)
			e = read_key(dirfd(list), epoch->name, epoch->key, why);
	}
	closedir(list);
	keys->epoch_count = e == ERR_NONE ? n : 0;
	return e;
}

enum err
signer_keys_load(const char *dir, const char *epochs_dir, struct signer_keys *out,
    struct fault *why)
{
	struct signer_keys keys = { .epoch_count = 0 };
	enum err e;

	if ((e = load_lease_key(dir, &keys.lease, why)) == ERR_NONE && epochs_dir != NULL)
		e = load_epochs(epochs_dir, &keys, why);
	if (e == ERR_NONE)
		*out = keys;
	signer_keys_forget(&keys);
	return e;
}

void
signer_keys_forget(struct signer_keys *keys)
{
	random_forget(keys, sizeof *keys);
}
