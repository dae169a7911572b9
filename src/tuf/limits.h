/* tuf/limits.h: every ceiling of trusted metadata, with its reason. */
#ifndef HOLDFAST_TUF_LIMITS_H
#define HOLDFAST_TUF_LIMITS_H

/* Bytes of each file. Root and timestamp are read before anything vouches for their length or
 * digest, and JSON takes some 40 times its size as values, so these two are tight: a root with
 * 64 RSA keys has 60 KB, a timestamp 600 bytes. The others are vouched for by a digest. */
#define TUF_ROOT_MAX ((size_t)128 << 10)
#define TUF_TIMESTAMP_MAX ((size_t)16 << 10)
#define TUF_SNAPSHOT_MAX ((size_t)1 << 20)
#define TUF_TARGETS_MAX ((size_t)2 << 20)

/* Signatures on one file and keys in one root: each signature costs a verification. The largest
 * public roots have about ten of either. */
#define TUF_SIGNATURES_MAX 64
#define TUF_KEYS_MAX 64

/* New roots taken in one refresh. A root lives for months; the rest comes with the next refresh. */
#define TUF_ROOT_STEPS_MAX 256

/* Versions stay far from the end of an integer, so that adding one is always sound. */
#define TUF_VERSION_MAX ((int64_t)1 << 52)

/* Bytes of a target's or a role's name, and of a path made of it and a digest, NUL included. */
#define TUF_NAME_SIZE 256
#define TUF_PATH_SIZE (TUF_NAME_SIZE + 130)

/* Delegated roles that one search looks into, as in other clients; it is also how deep they nest. */
#define TUF_DELEGATIONS_MAX 32

/* Bits of the number of a bin among succinct delegations (TAP 15 allows as many). */
#define TUF_BITS_MAX 32

/* Bytes of the name of a trusted file, NUL included; the file system's limit is 255 and ".new" is put behind it
 * while it is written. */
#define TUF_FILE_SIZE 252

/* Bytes of an epoch's name, NUL included. */
#define TUF_EPOCH_SIZE 32

#endif
