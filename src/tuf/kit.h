/* tuf/kit.h: for tests only: a repository in memory that can be made wrong in any way.
 * Whatever fails in here fails the test. */
#ifndef HOLDFAST_TUF_KIT_H
#define HOLDFAST_TUF_KIT_H

#include "tuf/client.h"
#include "tuf/signer.h"

enum { KIT_KEYS = 4, KIT_FILES = 128 };

struct kit_file {
	char path[64];
	struct buf content;
};

struct kit {
	/* What the next kit_publish says; tests change it freely. */
	struct tuf_signer keys[TUF_ROLES][KIT_KEYS];
	size_t key_count[TUF_ROLES];	/* so many of them speak for the role and sign */
	int64_t threshold[TUF_ROLES];
	int64_t version[TUF_ROLES];
	int64_t expires[TUF_ROLES];
	bool consistent;

	struct kit_file files[KIT_FILES];
	size_t count;
	char asked[KIT_FILES][64];	/* paths that were fetched, in order */
	size_t asked_count;
	struct fault why;
	int dir;			/* a fresh folder for a client */
};

/* The time of all tests, when nothing is expired. */
#define KIT_NOW 1000000000

/* One key and a threshold of 1 a role, version 1 of everything, published. */
struct kit *kit_new(void);
void kit_free(struct kit *k);

/* The signed part of ${role}'s file as things stand; the caller changes and releases it or gives it to
 * kit_sign. A snapshot or timestamp speaks of the files that are there. */
json_t *kit_body(struct kit *k, enum tuf_role role);

/* Sign with all of the role's keys and put it where it belongs. Takes ${body} over. */
void kit_sign(struct kit *k, enum tuf_role role, json_t *body);

/* Sign and put the present targets, snapshot and timestamp (and root). */
void kit_publish(struct kit *k);
void kit_publish_root(struct kit *k);

/* As kit_publish with versions one higher. */
void kit_next(struct kit *k);

struct kit_file *kit_find(struct kit *k, const char *path);
struct kit_file *kit_role_file(struct kit *k, enum tuf_role role);
void kit_put(struct kit *k, const char *path, struct bytes content);
void kit_remove(struct kit *k, const char *path);

/* How often ${path} was fetched. */
size_t kit_asked(const struct kit *k, const char *path);

/* A tuf_fetch_fn; its ctx is the kit. */
enum err kit_fetch(void *ctx, const char *path, struct buf *out, struct fault *why);

/* Begin to trust the present root. */
void kit_init_client(struct kit *k);

/* Open, refresh at ${now}, close. */
enum err kit_refresh_at(struct kit *k, int64_t now);
enum err kit_refresh(struct kit *k);

/* A kit whose client has refreshed once. */
struct kit *kit_new_refreshed(void);

/* A published file as JSON, to be changed; and putting it back, which takes it over. */
json_t *kit_parse(const struct buf *file);
void kit_put_json(struct kit *k, const char *path, json_t *whole);

/* The version that the client's folder holds; 0: none. */
int64_t kit_trusted(struct kit *k, enum tuf_role role);

#endif
