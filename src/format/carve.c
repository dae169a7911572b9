/* format/carve.c: finds programs and archives that lie in other files, by their magics and, for
 * programs, by headers that hold (exe/): a program is given with its true size, everything else as
 * far as the object goes, for their readers find the end themselves. */
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "exe/elf.h"
#include "exe/pe.h"
#include "format/likely.h"
#include "format/limits.h"
#include "format/readers.h"

/* Windows overlap, so that no magic is cut. */
enum { WINDOW = 1 << 17, OVERLAP = 16, LANES = 16 };

/* What is looked for: two bytes that stand close together and are rare, and then all. */
static const struct magic {
	const char *bytes;
	uint8_t n;
	uint8_t pair;		/* where in them the two bytes are */
	enum kind kind;		/* of what is no program */
} magics[] = {
	{ "PE\0\0", 4, 0, KIND_PE },
	{ "\177ELF", 4, 0, KIND_ELF },
	{ "\xce\xfa\xed\xfe", 4, 0, KIND_MACHO },
	{ "\xcf\xfa\xed\xfe", 4, 0, KIND_MACHO },
	{ "PK\3\4", 4, 1, KIND_ZIP },
	{ "Rar!\x1a\7", 6, 3, KIND_RAR },
	{ "7z\xbc\xaf\x27\x1c", 6, 2, KIND_7ZIP },
	{ "MSCF\0\0\0\0", 8, 2, KIND_CAB },
	{ "\x60\xea", 2, 0, KIND_ARJ },
	{ "ITSF", 4, 1, KIND_CHM },
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, KIND_OLE2 },
	{ "%PDF-", 5, 0, KIND_PDF },
	{ "\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9", 8, 1, KIND_AUTOIT },
	{ "{\\rtf", 5, 0, KIND_RTF },
	{ "\x1f\x8b\x08", 3, 0, KIND_GZIP },
	{ "\xfd" "7zXZ\0", 6, 0, KIND_XZ },
	{ "1AY&SY", 6, 2, KIND_BZIP2 },	/* a block, behind its header of four bytes */
};

enum { MAGICS = sizeof magics / sizeof magics[0] };
enum { MAGIC_PE = 0, MAGIC_ELF, MAGIC_MACHO, MAGIC_MACHO_64, MAGIC_ZIP, MAGIC_ARJ = 8, MAGIC_BZIP2 = 16 };

#define NOWHERE UINT64_MAX

struct carver {
	const struct source *object;
	const struct outlet *out;
	unsigned found;
	uint64_t doubtful_zip;	/* where one lies that is not given yet, or NOWHERE */
	bool zips_are_given;	/* a zip was, with all that look like one behind it */
};

typedef uint8_t lanes __attribute__((vector_size(LANES)));

/* The first place from ${at} where two bytes stand that some magic has, or b.n. */
static size_t
next_pair(struct bytes b, size_t at)
{
	static const lanes zero;

	while (at + LANES + 1 <= b.n) {
		lanes first, second, hit = zero;
		uint64_t words[2];

		memcpy(&first, b.p + at, LANES);
		memcpy(&second, b.p + at + 1, LANES);
		for (size_t i = 0; i < MAGICS; i++) {
			const uint8_t *pair = (const uint8_t *)magics[i].bytes + magics[i].pair;

			hit |= (lanes)((first == pair[0]) & (second == pair[1]));
		}
		memcpy(words, &hit, sizeof words);
		if ((words[0] | words[1]) != 0) {
			uint8_t each[LANES];

			memcpy(each, &hit, sizeof each);
			for (size_t i = 0; i < LANES; i++)
				if (each[i] != 0)
					return at + i;
		}
		at += LANES;
	}
	/* The rest is looked at by comparing. */
	return at < b.n ? at : b.n;
}

static void
give(struct carver *c, uint64_t at, uint64_t n, enum outlet_what what)
{
	char name[40];
	int length = snprintf(name, sizeof name, "at %llu", (unsigned long long)at);

	if (c->found++ == FORMAT_CARVED_MAX)
		outlet_miss(c->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
	if (c->found > FORMAT_CARVED_MAX)
		return;
	outlet_give_part(c->out, bytes_of(name, (size_t)length), c->object, at, n, what);
}

/* A signature of a program at ${at}: its first byte lies before it, as far as headers may be. */
static void
give_pe(struct carver *c, uint64_t at)
{
	enum { BEFORE = 4096, LEAST = 64, HEADER_AT = 60 };
	uint8_t room[BEFORE];
	uint64_t from = at > BEFORE ? at - BEFORE : 0;
	size_t got;

	if (source_read(c->object, from, room, (size_t)(at - from), &got) != ERR_NONE)
		return;
	for (size_t i = got < LEAST ? 0 : got - LEAST + 1; i-- > 0;) {
		struct reader r = reader_over(bytes_of(room + i + HEADER_AT, 4));
		struct pe pe;

		/* A field of it says where the signature is: few of those that stand here say there. */
		if (room[i] != 'M' || room[i + 1] != 'Z' || from + i + reader_u32le(&r) != at ||
		    pe_read(c->object, from + i, &pe) != ERR_NONE)
			continue;
		/* The object itself was looked at already; but it may have a tail. */
		if (from + i > 0 || pe.size < c->object->size)
			give(c, from + i, pe.size, OUTLET_CARVED);
		return;
	}
}

/* What looks like a zip but has no header that holds goes as far as the next that looks like one; a
 * zip's reader looks for further headers itself, to the object's end. */
static void
give_zip(struct carver *c, uint64_t at)
{
	if (c->zips_are_given)
		return;
	if (c->doubtful_zip != NOWHERE)
		give(c, c->doubtful_zip, at - c->doubtful_zip, OUTLET_DOUBTFUL);
	c->doubtful_zip = NOWHERE;
	c->zips_are_given = at < c->object->size && likely_is(c->object, KIND_ZIP, at);
	if (c->zips_are_given)
		give(c, at, UINT64_MAX, OUTLET_LIKELY);
	else if (at < c->object->size)
		c->doubtful_zip = at;
}

/* Graphics processors' programs lie packed in libraries, with no more than a front of ELF: one that is to
 * reach beyond the object, and has bytes where there are none to be, is none. */
static bool
is_elf(const struct carver *c, uint64_t at, uint64_t *size)
{
	enum { PADDING_AT = 9, PADDING = 7 };
	static const uint8_t zeros[PADDING];
	uint8_t room[PADDING];
	size_t got;

	if (elf_size(c->object, at, size) != ERR_NONE || *size <= 64 ||
	    source_read(c->object, at + PADDING_AT, room, sizeof room, &got) != ERR_NONE)
		return false;
	return *size <= c->object->size - at ||
	    bytes_equal(bytes_of(room, got), bytes_of(zeros, sizeof zeros));
}

static void
give_found(struct carver *c, size_t magic, uint64_t at)
{
	uint64_t size;

	if (magic == MAGIC_PE) {
		give_pe(c, at);
		return;
	}
	/* Its header is not constant: the pair lies in the first block behind it. */
	if (magic == MAGIC_BZIP2)
		at = at < 4 ? 0 : at - 4;
	if (at == 0)
		return;
	if (magic == MAGIC_ELF) {
		if (is_elf(c, at, &size))
			give(c, at, size, OUTLET_CARVED);
	} else if (magic == MAGIC_MACHO || magic == MAGIC_MACHO_64) {
		if (macho_size(c->object, at, &size) == ERR_NONE && size > 28)
			give(c, at, size, OUTLET_CARVED);
	} else if (magic == MAGIC_ZIP) {
		give_zip(c, at);
	} else {
		give(c, at, UINT64_MAX,
		    likely_is(c->object, magics[magic].kind, at) ? OUTLET_LIKELY : OUTLET_DOUBTFUL);
	}
}

/* An ARJ header's two bytes are everywhere: its sizes must fit as well. */
static bool
is_arj(struct bytes b)
{
	return b.n >= 12 && b.p[3] < 11 && b.p[2] >= 30 && b.p[4] >= 30 && b.p[4] <= 46 &&
	    b.p[10] == 2 && b.p[5] > 0 && b.p[5] < 20;
}

static void
look_in_window(struct carver *c, struct bytes b, uint64_t from, size_t at)
{
	/* What begins in the overlap is left to the next window. */
	size_t stop = from + b.n < c->object->size && b.n > OVERLAP ? b.n - OVERLAP : b.n;

	while ((at = next_pair(b, at)) < stop) {
		for (size_t i = 0; i < MAGICS; i++) {
			const struct magic *m = &magics[i];

			if (at < m->pair ||
			    !bytes_equal(bytes_first(bytes_from(b, at - m->pair), m->n),
				bytes_of(m->bytes, m->n)))
				continue;
			if (i != MAGIC_ARJ || is_arj(bytes_from(b, at)))
				give_found(c, i, from + at - m->pair);
		}
		at++;
	}
}

enum err
carve_unpack_any(const struct source *object, const struct outlet *out)
{
	struct carver c = { .object = object, .out = out, .doubtful_zip = NOWHERE };
	uint64_t at = 0;
	uint8_t *room = object->whole.p == NULL ? malloc(WINDOW) : NULL;
	enum err e = ERR_NONE;

	if (object->whole.p == NULL && room == NULL)
		return ERR_NOMEM;
	while (at < object->size && outlet_step(out)) {
		struct bytes b = bytes_first(bytes_from(object->whole, (size_t)at), WINDOW);

		if (room != NULL) {
			size_t got;

			if ((e = source_read(object, at, room, WINDOW, &got)) != ERR_NONE)
				break;
			b = bytes_of(room, got);
		}
		/* The pair of a magic may lie in the overlap when its front does not. */
		look_in_window(&c, b, at, at == 0 ? 0 : OVERLAP);
		if (b.n <= 2 * OVERLAP || b.n >= object->size - at)
			break;
		at += b.n - 2 * OVERLAP;
	}
	give_zip(&c, object->size);
	free(room);
	return e;
}

enum err
carve_unpack_macho(const struct source *object, const struct outlet *out)
{
	struct macho_part parts[MACHO_PARTS_MAX];
	size_t count;
	enum err e = macho_parts(object, parts, &count);

	if (e != ERR_NONE)
		return e;
	for (size_t i = 0; i < count; i++)
		outlet_give_part(out, bytes_of_text("part"), object, parts[i].offset, parts[i].size,
		    OUTLET_FILE);
	return ERR_NONE;
}
