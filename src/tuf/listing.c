/* tuf/listing.c: see listing.h. */
#include "tuf/listing.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "tuf/limits.h"

static enum err
read_entry(const json_t *entry, struct tuf_listed *out, struct fault *why)
{
	struct tuf_listed got = { .version = 0 };
	enum err e;

	if ((e = tuf_field_whole(entry, "version", 1, &got.version, why)) != ERR_NONE)
		return e;
	got.has_length = json_object_get(entry, "length") != NULL;
	if (got.has_length &&
	    (e = tuf_field_whole(entry, "length", 1, &got.length, why)) != ERR_NONE)
		return e;
	got.has_digests = json_object_get(entry, "hashes") != NULL;
	if (got.has_digests && (e = tuf_field_digests(entry, &got.digests, why)) != ERR_NONE)
		return e;
	*out = got;
	return ERR_NONE;
}

static enum err
check_entry(const struct tuf_metadata *m, const char *name, const json_t *entry, struct fault *why)
{
	struct tuf_listed ignored;
	char plain[64];
	enum err e;

	text_make_plain(plain, sizeof plain, bytes_of_text(name));
	if (!tuf_role_name_is_fit(name))
		return fault_set(why, ERR_MALFORMED,
		    "%s metadata names the file \"%s\", which no role can have",
		    tuf_role_name(m->role), plain);
	if ((e = read_entry(entry, &ignored, why)) != ERR_NONE)
		fault_within(why, "%s metadata, entry %s", tuf_role_name(m->role), plain);
	return e;
}

enum err
tuf_listing_check(const struct tuf_metadata *m, struct fault *why)
{
	struct tuf_listed ignored;
	const char *name;
	json_t *meta, *entry;
	enum err e;

	if ((e = tuf_field_object(m->body, "meta", &meta, why)) != ERR_NONE) {
		fault_within(why, "%s metadata", tuf_role_name(m->role));
		return e;
	}
	json_object_foreach(meta, name, entry)
		if ((e = check_entry(m, name, entry, why)) != ERR_NONE)
			return e;
	e = tuf_listing_find(m, tuf_role_name(m->role == TUF_TIMESTAMP ? TUF_SNAPSHOT : TUF_TARGETS),
	    &ignored, why);
	return e == ERR_NOT_FOUND ? ERR_MALFORMED : e;
}

enum err
tuf_listing_find(const struct tuf_metadata *m, const char *role, struct tuf_listed *out,
    struct fault *why)
{
	char name[TUF_NAME_SIZE + 5];
	const json_t *entry;
	json_t *meta;
	enum err e;

	if ((e = tuf_field_object(m->body, "meta", &meta, why)) != ERR_NONE)
		return e;
	snprintf(name, sizeof name, "%s.json", role);
	if ((entry = json_object_get(meta, name)) == NULL)
		return fault_set(why, ERR_NOT_FOUND, "%s metadata does not name %s",
		    tuf_role_name(m->role), name);
	return read_entry(entry, out, why);
}

bool
tuf_listed_is(const struct tuf_listed *listed, const struct tuf_metadata *m)
{
	if (m == NULL || m->version != listed->version)
		return false;
	if (listed->has_length && m->length != (uint64_t)listed->length)
		return false;
	return !listed->has_digests || tuf_digests_agree(&listed->digests, &m->digests);
}

enum err
tuf_listing_no_rollback(const struct tuf_metadata *old, const struct tuf_metadata *now,
    struct fault *why)
{
	json_t *before = json_object_get(old->body, "meta"), *entry;
	const json_t *after = json_object_get(now->body, "meta");
	const char *name;

	json_object_foreach(before, name, entry) {
		json_int_t was = json_integer_value(json_object_get(entry, "version"));
		const json_t *same = json_object_get(after, name);
		json_int_t is = json_integer_value(json_object_get(same, "version"));

		if (same == NULL)
			return fault_set(why, ERR_CONFLICT,
			    "%s metadata, version %" PRId64 ", no longer names %s",
			    tuf_role_name(now->role), now->version, name);
		if (is < was)
			return fault_set(why, ERR_CONFLICT,
			    "%s metadata, version %" PRId64 ", goes back from version "
			    "%" JSON_INTEGER_FORMAT " of %s to %" JSON_INTEGER_FORMAT,
			    tuf_role_name(now->role), now->version, was, name, is);
	}
	return ERR_NONE;
}

enum err
tuf_listed_check(const struct tuf_listed *listed, struct bytes file, struct fault *why)
{
	struct tuf_digests digests;
	enum err e;

	if (listed->has_length && file.n != (uint64_t)listed->length)
		return fault_set(why, ERR_FORGED, "it has %zu bytes and should have %" PRId64,
		    file.n, listed->length);
	if (!listed->has_digests)
		return ERR_NONE;
	if ((e = tuf_digests_of(file, &digests)) != ERR_NONE)
		return fault_set(why, e, "cannot compute a digest");
	if (!tuf_digests_agree(&listed->digests, &digests))
		return fault_set(why, ERR_FORGED, "its digest is not the one that was announced");
	return ERR_NONE;
}
