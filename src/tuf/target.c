/* tuf/target.c: see target.h. */
#include "tuf/target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/source.h"
#include "base/text.h"
#include "codec/encode.h"
#include "crypto/hash.h"

static enum err
read_epoch(const json_t *custom, char out[static TUF_EPOCH_SIZE], struct fault *why)
{
	const char *epoch;
	enum err e;

	if ((e = tuf_field_text(custom, "epoch", &epoch, why)) != ERR_NONE)
		return e;
	if (!tuf_name_is_safe(epoch) || strchr(epoch, '/') != NULL ||
	    text_copy(out, TUF_EPOCH_SIZE, epoch) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "\"epoch\" must be a short plain name");
	return ERR_NONE;
}

static enum err
read_segment(const json_t *custom, struct tuf_segment *out, struct fault *why)
{
	struct tuf_segment s = { .from = 0 };
	int64_t from, to;
	enum err e;

	if ((e = tuf_field_whole(custom, "from", 1, &from, why)) != ERR_NONE ||
	    (e = tuf_field_whole(custom, "to", 1, &to, why)) != ERR_NONE ||
	    (e = read_epoch(custom, s.epoch, why)) != ERR_NONE)
		return e;
	if (to <= from)
		return fault_set(why, ERR_MALFORMED, "a segment must lead forward");
	s.from = (uint64_t)from;
	s.to = (uint64_t)to;
	*out = s;
	return ERR_NONE;
}

static enum err
read_release(const json_t *custom, struct tuf_release *out, struct fault *why)
{
	struct tuf_release r = { .generation = 0 };
	int64_t generation, length, percent = 100;
	const char *hex;
	json_t *plain;
	enum err e;

	if ((e = tuf_field_whole(custom, "generation", 1, &generation, why)) != ERR_NONE ||
	    (e = read_epoch(custom, r.epoch, why)) != ERR_NONE ||
	    (e = tuf_field_object(custom, "plain", &plain, why)) != ERR_NONE ||
	    (e = tuf_field_whole(plain, "length", 0, &length, why)) != ERR_NONE ||
	    (e = tuf_field_text(plain, "sha256", &hex, why)) != ERR_NONE)
		return e;
	if (json_object_get(custom, "percent") != NULL &&
	    (e = tuf_field_whole(custom, "percent", 1, &percent, why)) != ERR_NONE)
		return e;
	if (percent > 100)
		return fault_set(why, ERR_MALFORMED, "\"percent\" must be at most 100");
	r.percent = (uint32_t)percent;
	if (decode_hex(bytes_of_text(hex), r.plain_sha256, sizeof r.plain_sha256) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "\"sha256\" must be 64 hex digits");
	r.generation = (uint64_t)generation;
	r.plain_length = (uint64_t)length;
	*out = r;
	return ERR_NONE;
}

/* Where the target lies: with the digest in front of the last part of its name, if at all. */
static void
make_path(struct tuf_target *t, bool consistent)
{
	const char *slash = strrchr(t->name, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - t->name);
	char hex[2 * HASH_SHA512_SIZE + 1];

	if (t->digests.has_sha256)
		encode_hex(bytes_of(t->digests.sha256, sizeof t->digests.sha256), hex);
	else
		encode_hex(bytes_of(t->digests.sha512, sizeof t->digests.sha512), hex);
	if (consistent)
		snprintf(t->path, sizeof t->path, "%.*s%s.%s", folder, t->name, hex,
		    t->name + folder);
	else
		snprintf(t->path, sizeof t->path, "%s", t->name);
}

void
tuf_segment_name(uint64_t from, uint64_t to, char out[static TUF_NAME_SIZE])
{
	snprintf(out, TUF_NAME_SIZE, "segment.%" PRIu64 "-%" PRIu64, from, to);
}

void
tuf_target_place(struct tuf_target *target)
{
	make_path(target, true);
}

static enum err
read_target(const json_t *entry, struct tuf_target *t, struct fault *why)
{
	json_t *custom = json_object_get(entry, "custom");
	int64_t length;
	enum err e;

	if ((e = tuf_field_whole(entry, "length", 0, &length, why)) != ERR_NONE ||
	    (e = tuf_field_digests(entry, &t->digests, why)) != ERR_NONE)
		return e;
	t->length = (uint64_t)length;
	/* Others may have a "custom" of their own: ours is those with a generation or a way from one to another. */
	t->is_release = json_object_get(custom, "generation") != NULL;
	t->is_segment = !t->is_release && json_object_get(custom, "from") != NULL;
	if (t->is_segment)
		return read_segment(custom, &t->segment, why);
	return t->is_release ? read_release(custom, &t->release, why) : ERR_NONE;
}

enum err
tuf_target_find(const struct tuf_metadata *targets, const char *name, bool consistent,
    struct tuf_target *out, struct fault *why)
{
	struct tuf_target t = { .length = 0 };
	const json_t *entry;
	json_t *list;
	enum err e;

	if (!tuf_name_is_safe(name))
		return fault_set(why, ERR_MALFORMED,
		    "the name of a target may not lead out of its folder");
	text_copy(t.name, sizeof t.name, name);
	if ((e = tuf_field_object(targets->body, "targets", &list, why)) != ERR_NONE) {
		fault_within(why, "targets metadata");
		return e;
	}
	entry = json_object_get(list, name);
	if (entry == NULL)
		return fault_set(why, ERR_NOT_FOUND, "the repository has no \"%s\"", name);
	if ((e = read_target(entry, &t, why)) != ERR_NONE) {
		fault_within(why, "targets metadata, %s", name);
		return e;
	}
	make_path(&t, consistent);
	*out = t;
	return ERR_NONE;
}

/* Bytes that are read at a time. */
enum { CHUNK = 65536 };

static enum err
hash_source(const struct source *s, struct hash *h256, struct hash *h512, uint8_t *room)
{
	uint64_t at = 0;
	size_t got;
	enum err e;

	do {
		if ((e = source_read(s, at, room, CHUNK, &got)) != ERR_NONE)
			return e;
		hash_add(h256, bytes_of(room, got));
		hash_add(h512, bytes_of(room, got));
		at += got;
	} while (got > 0);
	return at == s->size ? ERR_NONE : ERR_TRUNCATED;
}

static enum err
digests_of(const struct source *s, struct tuf_digests *out)
{
	struct hash *h256 = NULL, *h512 = NULL;
	uint8_t *room = malloc(CHUNK);
	enum err e = ERR_NOMEM;

	if (room == NULL || (e = hash_new(HASH_SHA256, &h256)) != ERR_NONE ||
	    (e = hash_new(HASH_SHA512, &h512)) != ERR_NONE ||
	    (e = hash_source(s, h256, h512, room)) != ERR_NONE)
		goto done;
	hash_finish(h256, out->sha256);
	hash_finish(h512, out->sha512);
	out->has_sha256 = out->has_sha512 = true;
done:
	hash_free(h256);
	hash_free(h512);
	free(room);
	return e;
}

enum err
tuf_target_measure(struct tuf_target *target, int fd, struct fault *why)
{
	struct tuf_digests digests;
	struct source s;
	enum err e;

	if ((e = source_of_file(fd, &s)) != ERR_NONE || (e = digests_of(&s, &digests)) != ERR_NONE)
		return fault_set(why, e, "cannot read %s: %s", target->name, err_name(e));
	target->length = s.size;
	target->digests = digests;
	make_path(target, true);
	return ERR_NONE;
}

enum err
tuf_target_check(const struct tuf_target *target, int fd, struct fault *why)
{
	struct tuf_digests digests;
	struct source s;
	enum err e;

	if ((e = source_of_file(fd, &s)) != ERR_NONE)
		return fault_set(why, e, "cannot read %s: %s", target->name, err_name(e));
	if (s.size != target->length)
		return fault_set(why, ERR_FORGED, "%s has %" PRIu64 " bytes and should have %" PRIu64,
		    target->name, s.size, target->length);
	if ((e = digests_of(&s, &digests)) != ERR_NONE)
		return fault_set(why, e, "cannot read %s: %s", target->name, err_name(e));
	if (!tuf_digests_agree(&target->digests, &digests))
		return fault_set(why, ERR_FORGED,
		    "the digest of %s is not the one that was announced", target->name);
	return ERR_NONE;
}

static json_t *
write_release(const struct tuf_release *r)
{
	json_t *value;
	char hex[65];

	encode_hex(bytes_of(r->plain_sha256, sizeof r->plain_sha256), hex);
	value = json_pack("{s:I, s:s, s:{s:I, s:s}}", "generation", (json_int_t)r->generation,
	    "epoch", r->epoch, "plain", "length", (json_int_t)r->plain_length, "sha256", hex);
	if (r->percent == 0 || r->percent >= 100)
		return value;
	if (json_object_set_new(value, "percent", json_integer(r->percent)) != 0) {
		json_decref(value);
		return NULL;
	}
	return value;
}

static json_t *
write_segment(const struct tuf_segment *s)
{
	return json_pack("{s:I, s:I, s:s}", "from", (json_int_t)s->from, "to", (json_int_t)s->to, "epoch", s->epoch);
}

json_t *
tuf_target_write(const struct tuf_target *target)
{
	json_t *value, *custom;
	char hex[65];

	encode_hex(bytes_of(target->digests.sha256, sizeof target->digests.sha256), hex);
	value = json_pack("{s:I, s:{s:s}}", "length", (json_int_t)target->length, "hashes",
	    "sha256", hex);
	if (value == NULL || (!target->is_release && !target->is_segment))
		return value;
	custom = target->is_release ? write_release(&target->release) : write_segment(&target->segment);
	/* The setter takes ${custom} over, also when it fails. */
	if (json_object_set_new(value, "custom", custom) != 0) {
		json_decref(value);
		return NULL;
	}
	return value;
}
