/* tuf/metadata.c: see metadata.h. */
#include "tuf/metadata.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "tuf/limits.h"

static const struct {
	const char *name;
	size_t max;
} roles[TUF_ROLES] = {
	[TUF_NO_ROLE] = { "none", 0 },
	[TUF_ROOT] = { "root", TUF_ROOT_MAX },
	[TUF_TIMESTAMP] = { "timestamp", TUF_TIMESTAMP_MAX },
	[TUF_SNAPSHOT] = { "snapshot", TUF_SNAPSHOT_MAX },
	[TUF_TARGETS] = { "targets", TUF_TARGETS_MAX },
};

const char *
tuf_role_name(enum tuf_role role)
{
	assert(role < TUF_ROLES);
	return roles[role].name;
}

size_t
tuf_role_max(enum tuf_role role)
{
	assert(role < TUF_ROLES);
	return roles[role].max;
}

enum err
tuf_field_object(const json_t *object, const char *name, json_t **out, struct fault *why)
{
	json_t *value = json_object_get(object, name);

	if (!json_is_object(value))
		return fault_set(why, ERR_MALFORMED, "\"%s\" must be an object", name);
	*out = value;
	return ERR_NONE;
}

enum err
tuf_field_whole(const json_t *object, const char *name, int64_t least, int64_t *out,
    struct fault *why)
{
	json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < least ||
	    json_integer_value(value) > TUF_VERSION_MAX)
		return fault_set(why, ERR_MALFORMED,
		    "\"%s\" must be a whole number from %" PRId64 " to %" PRId64, name, least,
		    TUF_VERSION_MAX);
	*out = json_integer_value(value);
	return ERR_NONE;
}

enum err
tuf_field_text(const json_t *object, const char *name, const char **out, struct fault *why)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text == NULL)
		return fault_set(why, ERR_MALFORMED, "\"%s\" must be a string", name);
	*out = text;
	return ERR_NONE;
}

/* One digest of ${hashes}, when it is there. */
static enum err
read_digest(const json_t *hashes, const char *name, uint8_t *out, size_t n, struct fault *why)
{
	uint8_t digest[HASH_SHA512_SIZE];
	const char *hex;
	enum err e;

	if ((e = tuf_field_text(hashes, name, &hex, why)) != ERR_NONE)
		return e;
	if (decode_hex(bytes_of_text(hex), digest, n) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "\"%s\" must be %zu hex digits", name, 2 * n);
	memcpy(out, digest, n);
	return ERR_NONE;
}

enum err
tuf_field_digests(const json_t *object, struct tuf_digests *out, struct fault *why)
{
	struct tuf_digests d = { .has_sha256 = false };
	json_t *hashes;
	enum err e;

	if ((e = tuf_field_object(object, "hashes", &hashes, why)) != ERR_NONE)
		return e;
	d.has_sha256 = json_object_get(hashes, "sha256") != NULL;
	d.has_sha512 = json_object_get(hashes, "sha512") != NULL;
	if (!d.has_sha256 && !d.has_sha512)
		return fault_set(why, json_object_size(hashes) > 0 ? ERR_UNSUPPORTED : ERR_MALFORMED,
		    "\"hashes\" has neither \"sha256\" nor \"sha512\", which are all that this version "
		    "compares");
	if (d.has_sha256 &&
	    (e = read_digest(hashes, "sha256", d.sha256, sizeof d.sha256, why)) != ERR_NONE)
		return e;
	if (d.has_sha512 &&
	    (e = read_digest(hashes, "sha512", d.sha512, sizeof d.sha512, why)) != ERR_NONE)
		return e;
	*out = d;
	return ERR_NONE;
}

enum err
tuf_digests_of(struct bytes b, struct tuf_digests *out)
{
	enum err e;

	if ((e = hash_of(HASH_SHA256, b, out->sha256)) != ERR_NONE ||
	    (e = hash_of(HASH_SHA512, b, out->sha512)) != ERR_NONE)
		return e;
	out->has_sha256 = out->has_sha512 = true;
	return ERR_NONE;
}

bool
tuf_digests_agree(const struct tuf_digests *said, const struct tuf_digests *got)
{
	return (said->has_sha256 || said->has_sha512) &&
	    (!said->has_sha256 || memcmp(said->sha256, got->sha256, sizeof got->sha256) == 0) &&
	    (!said->has_sha512 || memcmp(said->sha512, got->sha512, sizeof got->sha512) == 0);
}

static bool
part_is_safe(struct bytes part)
{
	return part.n > 0 && !bytes_equal_text(part, ".") && !bytes_equal_text(part, "..");
}

bool
tuf_name_is_safe(const char *name)
{
	struct bytes rest = bytes_of_text(name);

	if (rest.n >= TUF_NAME_SIZE || !text_is_plain(name) || strchr(name, '\\') != NULL)
		return false;
	for (;;) {
		size_t slash = bytes_find(rest, '/');

		if (!part_is_safe(bytes_first(rest, slash)))
			return false;
		if (slash == rest.n)
			return true;
		rest = bytes_from(rest, slash + 1);
	}
}

bool
tuf_role_name_is_fit(const char *name)
{
	return name[0] != '\0' && strlen(name) < TUF_NAME_SIZE && text_is_plain(name);
}

/* "1.", digits, and perhaps more of that: the major number decides (section 4.3). */
static bool
specification_is_ours(const char *version)
{
	size_t dots = 0;

	if (strncmp(version, "1.", 2) != 0)
		return false;
	for (const char *p = version; *p != '\0'; p++) {
		if (*p == '.' && (p[1] < '0' || p[1] > '9' || ++dots > 2))
			return false;
		if (*p != '.' && (*p < '0' || *p > '9'))
			return false;
	}
	return true;
}

static enum err
read_common(struct tuf_metadata *m, struct fault *why)
{
	const char *type, *specification, *expires;
	enum err e;

	if ((e = tuf_field_text(m->body, "_type", &type, why)) != ERR_NONE)
		return e;
	if (!text_equal(type, tuf_role_name(m->role)))
		return fault_set(why, ERR_MALFORMED, "it is of type \"%.32s\"", type);
	if ((e = tuf_field_text(m->body, "spec_version", &specification, why)) != ERR_NONE)
		return e;
	if (!specification_is_ours(specification))
		return fault_set(why, ERR_UNSUPPORTED,
		    "it follows specification \"%.32s\", and this version reads 1.x", specification);
	if ((e = tuf_field_whole(m->body, "version", 1, &m->version, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_text(m->body, "expires", &expires, why)) != ERR_NONE)
		return e;
	if (timestamp_read(expires, &m->expires) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "\"expires\" must be written like 2026-11-23T23:41:00Z");
	return ERR_NONE;
}

/* Each id once (section 4.2). The list is short by now. */
static bool
signed_before(const json_t *list, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++) {
		const json_t *one = json_array_get(list, i);

		if (text_equal(json_string_value(json_object_get(one, "keyid")), id))
			return true;
	}
	return false;
}

static enum err
check_signatures(const json_t *list, struct fault *why)
{
	const char *id, *ignored;
	enum err e;

	if (!json_is_array(list))
		return fault_set(why, ERR_MALFORMED, "\"signatures\" must be an array");
	if (json_array_size(list) > TUF_SIGNATURES_MAX)
		return fault_set(why, ERR_LIMIT, "it has %zu signatures; at most %d are read",
		    json_array_size(list), TUF_SIGNATURES_MAX);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if ((e = tuf_field_text(one, "keyid", &id, why)) != ERR_NONE ||
		    (e = tuf_field_text(one, "sig", &ignored, why)) != ERR_NONE)
			return e;
		if (signed_before(list, i, id))
			return fault_set(why, ERR_MALFORMED, "key %.16s signed it twice", id);
	}
	return ERR_NONE;
}

static enum err
read_envelope(struct tuf_metadata *m, struct bytes file, struct fault *why)
{
	enum err e;

	if ((e = json_parse(file, &m->whole, why)) != ERR_NONE)
		return e;
	m->signatures = json_object_get(m->whole, "signatures");
	if ((e = check_signatures(m->signatures, why)) != ERR_NONE)
		return e;
	if ((e = tuf_field_object(m->whole, "signed", &m->body, why)) != ERR_NONE)
		return e;
	if ((e = json_write_canonical(m->body, &m->canonical)) != ERR_NONE)
		return fault_set(why, e == ERR_UNSUPPORTED ? ERR_MALFORMED : e,
		    "it has no canonical form: %s", err_name(e));
	m->length = file.n;
	if ((e = tuf_digests_of(file, &m->digests)) != ERR_NONE)
		fault_set(why, e, "cannot compute a digest");
	return e;
}

enum err
tuf_metadata_read(enum tuf_role role, struct bytes file, struct tuf_metadata **out,
    struct fault *why)
{
	struct tuf_metadata *m = NULL;
	enum err e;

	if (file.n > tuf_role_max(role))
		return fault_set(why, ERR_LIMIT, "%s metadata of %zu bytes; at most %zu are read",
		    tuf_role_name(role), file.n, tuf_role_max(role));
	if ((m = calloc(1, sizeof *m)) == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	m->role = role;
	/* The canonical form of a part is shorter than the whole: it has no spaces, fewer escapes. */
	buf_init(&m->canonical, file.n);
	if ((e = read_envelope(m, file, why)) != ERR_NONE ||
	    (e = read_common(m, why)) != ERR_NONE) {
		fault_within(why, "%s metadata", tuf_role_name(role));
		goto done;
	}
	*out = m;
	m = NULL;
done:
	tuf_metadata_free(m);
	return e;
}

void
tuf_metadata_free(struct tuf_metadata *m)
{
	if (m == NULL)
		return;
	buf_fini(&m->canonical);
	json_decref(m->whole);
	free(m);
}
