/* prog/signer/keys.h: the keys that leases are made with, on disk and in memory. Only this program
 * holds the private ones; holdfast-server makes them once. */
#ifndef HOLDFAST_PROG_SIGNER_KEYS_H
#define HOLDFAST_PROG_SIGNER_KEYS_H

#include "base/err.h"
#include "entitle/lease.h"

struct epoch_key {
	char name[EPOCH_NAME_SIZE];
	uint8_t key[EPOCH_KEY_SIZE];
};

struct signer_keys {
	struct sign_secret lease;
	struct epoch_key epochs[EPOCHS_MAX]; /* the newest, in rising order */
	size_t epoch_count;
};

/* Read DIR/lease.key (made when missing, with DIR/lease.pub beside it), and the newest EPOCHS_MAX of the
 * publisher's epoch keys in ${epochs_dir} (NULL: none). Files are hex and a newline, mode 0600. */
enum err signer_keys_load(const char *dir, const char *epochs_dir, struct signer_keys *out,
    struct fault *why);

/* Wipe them. */
void signer_keys_forget(struct signer_keys *keys);

#endif
