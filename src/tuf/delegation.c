/* tuf/delegation.c: see delegation.h. */
#include "tuf/delegation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "tuf/keyset.h"

/* The letter behind this one; names are valid UTF-8. */
static const char *
behind(const char *at)
{
	do
		at++;
	while (((uint8_t)*at & 0xc0) == 0x80);
	return at;
}

/* With one place to go back to, the last '*', this takes at most pattern times name steps. */
bool
tuf_pattern_fits(const char *pattern, const char *name)
{
	const char *star = NULL, *tried = NULL;

	while (*name != '\0' || *pattern != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			tried = name;
			continue;
		}
		if (*name != '\0' && *pattern == '?' && *name != '/') {
			pattern++;
			name = behind(name);
			continue;
		}
		if (*name != '\0' && *pattern == *name) {
			/* A '*' before a '/' has had its chance. */
			if (*name == '/')
				star = NULL;
			pattern++;
			name++;
			continue;
		}
		if (star == NULL || *tried == '\0' || *tried == '/')
			return false;
		pattern = star;
		name = tried = behind(tried);
	}
	return true;
}

static bool
is_top_level(const char *role)
{
	for (enum tuf_role r = TUF_ROOT; r < TUF_ROLES; r++)
		if (text_equal(role, tuf_role_name(r)))
			return true;
	return false;
}

static enum err
fits_any(const json_t *list, bool (*fits)(const char *, const char *), const char *what, bool *out,
    struct fault *why)
{
	if (!json_is_array(list))
		return fault_set(why, ERR_MALFORMED, "the paths of a delegation must be an array");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));

		if (one == NULL)
			return fault_set(why, ERR_MALFORMED,
			    "the paths of a delegation must be strings");
		if (fits(one, what)) {
			*out = true;
			return ERR_NONE;
		}
	}
	*out = false;
	return ERR_NONE;
}

static bool
prefix_fits(const char *prefix, const char *digest)
{
	return strncmp(digest, prefix, strlen(prefix)) == 0;
}

/* Whether ${role}, an object of "roles", covers the target. */
static enum err
covers(const json_t *role, const char *name, bool *out, struct fault *why)
{
	const json_t *paths = json_object_get(role, "paths");
	const json_t *prefixes = json_object_get(role, "path_hash_prefixes");
	char digest[HASH_HEX_SIZE];
	enum err e;

	if ((paths == NULL) == (prefixes == NULL))
		return fault_set(why, ERR_MALFORMED,
		    "a delegation must have either \"paths\" or \"path_hash_prefixes\"");
	if (paths != NULL)
		return fits_any(paths, tuf_pattern_fits, name, out, why);
	if ((e = hash_sha256_hex(bytes_of_text(name), digest)) != ERR_NONE)
		return fault_set(why, e, "cannot compute a digest");
	return fits_any(prefixes, prefix_fits, digest, out, why);
}

static enum err
take_name(const char *role, struct tuf_delegation *d, struct fault *why)
{
	char plain[64];

	text_make_plain(plain, sizeof plain, bytes_of_text(role));
	if (!tuf_role_name_is_fit(role) || is_top_level(role))
		return fault_set(why, ERR_MALFORMED, "nothing can be delegated to a role named \"%s\"",
		    plain);
	return text_copy(d->role, sizeof d->role, role);
}

static enum err
read_role(const json_t *role, const char *name, bool *covered, struct tuf_delegation *d,
    struct fault *why)
{
	const json_t *terminating = json_object_get(role, "terminating");
	const char *text;
	enum err e;

	if ((e = tuf_field_text(role, "name", &text, why)) != ERR_NONE ||
	    (e = take_name(text, d, why)) != ERR_NONE)
		return e;
	if (!json_is_boolean(terminating))
		return fault_set(why, ERR_MALFORMED, "\"terminating\" must be true or false");
	d->terminating = json_is_true(terminating);
	d->from = role;
	return covers(role, name, covered, why);
}

/* The one bin that the target falls into (TAP 15): the first bits of its name's digest. */
static enum err
read_bins(const json_t *bins, const char *name, struct tuf_delegation *d, struct fault *why)
{
	uint8_t digest[HASH_MAX];
	char role[TUF_NAME_SIZE + 16];
	const char *prefix;
	uint32_t number;
	int64_t bits;
	enum err e;

	if ((e = tuf_field_whole(bins, "bit_length", 1, &bits, why)) != ERR_NONE ||
	    (e = tuf_field_text(bins, "name_prefix", &prefix, why)) != ERR_NONE)
		return e;
	if (bits > TUF_BITS_MAX || !tuf_role_name_is_fit(prefix))
		return fault_set(why, ERR_MALFORMED,
		    "\"bit_length\" must be at most %d, and \"name_prefix\" a short text",
		    TUF_BITS_MAX);
	if ((e = hash_of(HASH_SHA256, bytes_of_text(name), digest)) != ERR_NONE)
		return fault_set(why, e, "cannot compute a digest");
	number = (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 |
	    digest[3];
	number >>= 32 - bits;
	snprintf(role, sizeof role, "%s-%0*" PRIx32, prefix, (int)((bits + 3) / 4), number);
	d->terminating = true;
	d->from = bins;
	return take_name(role, d, why);
}

static enum err
next_role(const json_t *roles, const char *name, size_t *at, struct tuf_delegation *d,
    struct fault *why)
{
	enum err e;

	for (size_t i = *at; i < json_array_size(roles); i++) {
		bool covered = false;

		if ((e = read_role(json_array_get(roles, i), name, &covered, d, why)) != ERR_NONE)
			return e;
		if (covered) {
			*at = i + 1;
			return ERR_NONE;
		}
	}
	return ERR_NOT_FOUND;
}

enum err
tuf_delegation_next(const struct tuf_metadata *targets, const char *name, size_t *at,
    struct tuf_delegation *out, struct fault *why)
{
	json_t *all = json_object_get(targets->body, "delegations"), *keys, *roles, *bins;
	struct tuf_delegation d = { .terminating = false };
	enum err e;

	if (all == NULL)
		return ERR_NOT_FOUND;
	if ((e = tuf_field_object(all, "keys", &keys, why)) != ERR_NONE)
		return e;
	d.keys = keys;
	roles = json_object_get(all, "roles");
	bins = json_object_get(all, "succinct_roles");
	if ((roles == NULL) == (bins == NULL) || (roles != NULL && !json_is_array(roles)))
		return fault_set(why, ERR_MALFORMED,
		    "\"delegations\" must have either an array of \"roles\" or \"succinct_roles\"");
	if (roles != NULL)
		e = next_role(roles, name, at, &d, why);
	else if (*at > 0)
		e = ERR_NOT_FOUND;
	else if ((e = read_bins(bins, name, &d, why)) == ERR_NONE)
		*at = 1;
	if (e == ERR_NONE)
		*out = d;
	return e;
}

enum err
tuf_delegation_verify(const struct tuf_delegation *d, const struct tuf_metadata *m,
    struct fault *why)
{
	struct tuf_keyset *set = NULL;
	struct tuf_role_keys role;
	enum err e;

	if ((e = tuf_role_keys_read(d->from, &role, why)) != ERR_NONE ||
	    (e = tuf_keyset_read(d->keys, &role, &set, why)) != ERR_NONE)
		return e;
	e = tuf_keyset_verify(set, &role, m, why);
	free(set);
	return e;
}
