/* sigdb/versions.c: see versions.h. */
#include "sigdb/versions.h"

#include "base/reader.h"
#include "match/image.h"

enum {
	DIRECTORY = 16,		/* bytes of a directory of resources, and of one of its entries */
	ENTRY = 8,
	KIND_VERSION = 16,	/* RT_VERSION */
	ENTRIES_MAX = 4096,	/* looked at in all of a tree: directories may lead back to themselves, and real ones
				 * have some hundreds */
	BLOCK_HEAD = 6,		/* length, length of the value, type */
	FIXED = 52		/* VS_FIXEDFILEINFO */
};

#define IS_DIRECTORY UINT32_C(0x80000000)

struct search {
	struct view *view;
	const struct program *program;
	struct versions *out;
	unsigned left;		/* of version information that may be read, */
	unsigned entries;	/* and of entries that may be looked at */
};

typedef void entry_fn(struct search *s, uint32_t id, uint32_t target);

static const uint8_t *
loaded_bytes(const struct search *s, uint64_t address, size_t n)
{
	uint64_t at;

	return program_offset(s->program, address, &at) ? view_bytes(s->view, at, n) : NULL;
}

/* Each entry of the directory that lies ${offset} bytes into the resources: those with names first. */
static void
each_entry(struct search *s, uint32_t offset, bool with_names, entry_fn *entry)
{
	uint64_t base = (uint64_t)s->program->resources_address + offset;
	const uint8_t *p = loaded_bytes(s, base, DIRECTORY);
	uint32_t names, count, i;

	if (p == NULL)
		return;
	names = image_load16(p + 12);
	count = names + image_load16(p + 14);
	for (i = with_names ? 0 : names; i < count && s->entries > 0 && s->left > 0; i++) {
		s->entries--;
		if ((p = loaded_bytes(s, base + DIRECTORY + (uint64_t)i * ENTRY, ENTRY)) == NULL)
			return;
		entry(s, image_load32(p), image_load32(p + 4));
	}
}

/* Does the block, whose length was taken, have this key, in UTF-16 and with its NUL? */
static bool
has_key(struct bytes block, const char *key)
{
	size_t n = strlen(key) + 1;

	if (block.n <= BLOCK_HEAD + 2 * n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (block.p[BLOCK_HEAD + 2 * i] != (uint8_t)key[i] || block.p[BLOCK_HEAD + 2 * i + 1] != 0)
			return false;
	return true;
}

/* The next block of ${rest}, rounded up to ${align} bytes. False: there is none. */
static bool
take_block(struct bytes *rest, size_t align, struct bytes *out)
{
	size_t n;

	if (rest->n <= BLOCK_HEAD)
		return false;
	n = (image_load16(rest->p) + align - 1) / align * align;
	if (n <= BLOCK_HEAD || n > rest->n)
		return false;
	*out = bytes_first(*rest, n);
	*rest = bytes_from(*rest, n);
	return true;
}

/* Has the string a value behind its key? An empty one is no place. */
static bool
has_value(struct bytes string)
{
	size_t at = BLOCK_HEAD;

	while (at + 1 < string.n && (string.p[at] != 0 || string.p[at + 1] != 0))
		at += 2;
	at = (at + 2 + 3) / 4 * 4;
	return at < string.n && string.n - at > 2;
}

/* The strings of a table for one language, which stands ${at} bytes into the file. */
static void
read_table(struct versions *out, struct bytes table, uint64_t at)
{
	const size_t head = BLOCK_HEAD + 16 + 2;	/* and its key, eight hex digits */
	struct bytes rest = bytes_from(table, head), string;

	if (table.n <= head)
		return;
	while (take_block(&rest, 4, &string) && string.n > BLOCK_HEAD + 10 && out->count < VERSION_KEYS_MAX)
		if (has_value(string))
			out->keys[out->count++] = at + (uint64_t)(string.p - table.p) + BLOCK_HEAD;
}

/* One version information, which stands ${at} bytes into the file. */
static void
read_information(struct versions *out, struct bytes all, uint64_t at)
{
	const size_t key = 32, strings_key = 30;
	struct bytes rest = all, info, child, table;

	if (!take_block(&rest, 1, &info) || info.n <= BLOCK_HEAD + key + 2 + FIXED ||
	    image_load16(info.p + 2) != FIXED || !has_key(info, "VS_VERSION_INFO") ||
	    image_load32(info.p + BLOCK_HEAD + key + 2) != 0xfeef04bd)
		return;
	rest = bytes_from(info, BLOCK_HEAD + key + 2 + FIXED);
	while (take_block(&rest, 1, &child))
		if (has_key(child, "StringFileInfo")) {
			rest = bytes_from(child, BLOCK_HEAD + strings_key);
			while (take_block(&rest, 1, &table))
				read_table(out, table, at + (uint64_t)(table.p - all.p));
			return;
		}
}

static void
read_data(struct search *s, uint32_t id, uint32_t target)
{
	const uint8_t *p;
	uint64_t at, size;

	(void)id;
	if ((target & IS_DIRECTORY) != 0)
		return;
	s->left--;
	p = loaded_bytes(s, (uint64_t)s->program->resources_address + target, DIRECTORY);
	if (p == NULL || !program_offset(s->program, image_load32(p), &at))
		return;
	size = image_load32(p + 4);
	if (size > UINT16_MAX)
		size = UINT16_MAX;
	if ((p = view_bytes(s->view, at, (size_t)size)) != NULL)
		read_information(s->out, bytes_of(p, (size_t)size), at);
}

static void
read_name(struct search *s, uint32_t id, uint32_t target)
{
	(void)id;
	if ((target & IS_DIRECTORY) != 0)
		each_entry(s, target & ~IS_DIRECTORY, true, read_data);
}

static void
read_kind(struct search *s, uint32_t id, uint32_t target)
{
	if (id == KIND_VERSION && (target & IS_DIRECTORY) != 0)
		each_entry(s, target & ~IS_DIRECTORY, true, read_name);
}

void
versions_read(struct view *v, const struct program *p, struct versions *out)
{
	struct search s = { v, p, out, VERSIONS_MAX, ENTRIES_MAX };

	out->read = true;
	out->count = 0;
	if (p->known && p->resources_address != 0)
		each_entry(&s, 0, false, read_kind);
}

bool
versions_has(const struct versions *versions, uint64_t at)
{
	for (uint32_t i = 0; i < versions->count; i++)
		if (versions->keys[i] == at)
			return true;
	return false;
}
