/* format/kind.c: see kind.h. */
#include "format/kind.h"

/* The front of an object: a tar's header is the longest that is looked at. */
enum { FRONT = 512 };

struct magic {
	enum kind kind;
	uint16_t offset;
	uint16_t n;
	const char *bytes;
};

static const struct magic magics[] = {
	{ KIND_ZIP, 0, 4, "PK\3\4" },
	{ KIND_ZIP, 0, 4, "PK\5\6" },		/* empty */
	{ KIND_ZIP, 0, 8, "PK00PK\3\4" },	/* once split, now whole */
	{ KIND_ZIP, 0, 8, "PK\7\10PK\3\4" },	/* first of a split one */
	{ KIND_7ZIP, 0, 6, "7z\xbc\xaf\x27\x1c" },
	{ KIND_RAR, 0, 7, "Rar!\x1a\x07\x00" },
	{ KIND_RAR5, 0, 8, "Rar!\x1a\x07\x01\x00" },
	{ KIND_CAB, 0, 8, "MSCF\0\0\0\0" },
	{ KIND_TAR, 257, 5, "ustar" },
	{ KIND_CPIO, 0, 6, "070701" },
	{ KIND_CPIO, 0, 6, "070702" },
	{ KIND_CPIO, 0, 6, "070707" },
	{ KIND_CPIO, 0, 6, "070727" },		/* afio */
	{ KIND_CPIO, 0, 2, "\xc7\x71" },
	{ KIND_CPIO, 0, 2, "\x71\xc7" },
	{ KIND_AR, 0, 8, "!<arch>\n" },
	{ KIND_LHA, 2, 3, "-lh" },
	{ KIND_LHA, 2, 3, "-lz" },
	{ KIND_XAR, 0, 4, "xar!" },
	{ KIND_WARC, 0, 5, "WARC/" },
	{ KIND_GZIP, 0, 3, "\x1f\x8b\x08" },
	{ KIND_BZIP2, 0, 3, "BZh" },
	{ KIND_XZ, 0, 6, "\xfd" "7zXZ\0" },
	{ KIND_LZMA, 0, 3, "\x5d\0\0" },
	{ KIND_LZIP, 0, 4, "LZIP" },
	{ KIND_ZSTD, 0, 4, "\x28\xb5\x2f\xfd" },
	{ KIND_LZ4, 0, 4, "\x04\x22\x4d\x18" },
	{ KIND_LZ4, 0, 4, "\x02\x21\x4c\x18" },	/* the old form */
	{ KIND_COMPRESS, 0, 2, "\x1f\x9d" },
	{ KIND_RPM, 0, 4, "\xed\xab\xee\xdb" },
	{ KIND_UU, 0, 6, "begin " },
	{ KIND_UU, 0, 13, "begin-base64 " },
};

bool
kind_is_weak(enum kind kind)
{
	static const uint32_t weak = 1U << KIND_TAR | 1U << KIND_CPIO | 1U << KIND_LHA |
	    1U << KIND_LZMA | 1U << KIND_COMPRESS | 1U << KIND_UU | 1U << KIND_WARC |
	    1U << KIND_BZIP2 | 1U << KIND_ZIP_BEHIND;

	return (weak >> kind & 1) != 0;
}

/* An octal number as tar writes it, or UINT32_MAX. */
static uint32_t
octal(struct bytes b)
{
	uint32_t v = 0;
	size_t i = 0;

	while (i < b.n && b.p[i] == ' ')
		i++;
	if (i == b.n || b.p[i] < '0' || b.p[i] > '7')
		return UINT32_MAX;
	for (; i < b.n && b.p[i] >= '0' && b.p[i] <= '7'; i++)
		v = v << 3 | (uint32_t)(b.p[i] - '0');
	return v;
}

/* Tars older than POSIX have no magic, only a sum over their header. */
static bool
has_tar_sum(struct bytes front)
{
	enum { SUM_AT = 148, SUM_BYTES = 8 };
	uint32_t sum = 0;

	if (front.n < FRONT || front.p[0] == '\0')
		return false;
	for (size_t i = 0; i < FRONT; i++)
		sum += i >= SUM_AT && i < SUM_AT + SUM_BYTES ? ' ' : front.p[i];
	return octal(bytes_of(front.p + SUM_AT, SUM_BYTES)) == sum;
}

static uint32_t
find_in_front(struct bytes front)
{
	uint32_t found = 0;

	for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
		const struct magic *m = &magics[i];

		if (bytes_equal(bytes_first(bytes_from(front, m->offset), m->n),
			bytes_of(m->bytes, m->n)))
			found |= 1U << m->kind;
	}
	/* A skippable frame, as pzstd begins: 16 magics that differ in 4 bits. */
	if (front.n >= 4 && (front.p[0] & 0xf0) == 0x50 &&
	    memcmp(front.p + 1, "\x2a\x4d\x18", 3) == 0)
		found |= 1U << KIND_ZSTD;
	if (has_tar_sum(front))
		found |= 1U << KIND_TAR;
	return found;
}

/* The last ${n} bytes hold the end record of a zip, whatever stands in front: self-extracting
 * programs, and documents that carry a zip behind them. */
static enum err
find_zip_end(const struct source *object, uint32_t *found)
{
	/* As far back as libarchive looks. */
	enum { TAIL = 16384 };
	uint8_t room[TAIL];
	size_t n = object->size < TAIL ? (size_t)object->size : TAIL, got;
	enum err e;

	if ((e = source_read(object, object->size - n, room, n, &got)) != ERR_NONE)
		return e;
	if (memmem(room, got, "PK\5\6", 4) != NULL)
		*found |= 1U << KIND_ZIP_BEHIND;
	return ERR_NONE;
}

/* The first volume descriptor lies behind 16 sectors that belong to nobody. */
static enum err
find_iso(const struct source *object, uint32_t *found)
{
	enum { AT = 32769 };
	uint8_t room[5];
	size_t got;
	enum err e;

	if ((e = source_read(object, AT, room, sizeof room, &got)) != ERR_NONE)
		return e;
	if (bytes_equal_text(bytes_of(room, got), "CD001"))
		*found |= 1U << KIND_ISO;
	return ERR_NONE;
}

enum err
kind_find(const struct source *object, uint32_t *found)
{
	uint8_t room[FRONT];
	uint32_t bits;
	size_t got;
	enum err e;

	if ((e = source_read(object, 0, room, sizeof room, &got)) != ERR_NONE)
		return e;
	bits = find_in_front(bytes_of(room, got));
	if ((bits & 1U << KIND_ZIP) == 0 && (e = find_zip_end(object, &bits)) != ERR_NONE)
		return e;
	if ((e = find_iso(object, &bits)) != ERR_NONE)
		return e;
	*found = bits;
	return ERR_NONE;
}
