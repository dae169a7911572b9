/* sigdb/cvd.c: see cvd.h. */
#include "sigdb/cvd.h"

#include <stdlib.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/bare_rsa.h"
#include "crypto/hash.h"

/* The public key that ClamAV's own containers are signed with; it is in every copy of their scanner. */
static const struct bare_rsa_key clamav_key = {
	"1186409955516453426030700016584531897515277744120277437465994057432431426074641447673610606406558447"
	"4976078889002228342492276248891756555100246777110966959818941043469903453223222862159108950817859142"
	"8456220796841621637175567590476666928698770143328137383952820383197532047771780196576957695822641224"
	"262693037",
	"100001027"
};

/* Bytes of a number below its modulus of 1,024 bits. */
enum { CVD_SIGNATURE_MAX = 128 };

enum { TAR_BLOCK = 512, TAR_NAME = 100, TAR_SIZE_AT = 124, TAR_SIZE = 12, TAR_TYPE_AT = 156 };

/* Where the tar's bytes come from: gzip, or as they are. */
struct stream {
	struct bytes rest;
	bool zipped;
	z_stream z;
};

static bool
hex_is(struct bytes hex, const uint8_t *digest, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		unsigned digit = i % 2 == 0 ? digest[i / 2] >> 4 : digest[i / 2] & 15;

		if ((hex.p[i] | 0x20) != digits[digit] && hex.p[i] != digits[digit])
			return false;
	}
	return true;
}

static struct bytes
take_field(struct bytes *rest)
{
	size_t n = bytes_find(*rest, ':');
	struct bytes field = bytes_first(*rest, n);

	*rest = bytes_from(*rest, n + 1);
	return field;
}

static bool
take_number(struct bytes *rest, uint32_t *out)
{
	uint64_t n;

	if (text_to_u64(take_field(rest), UINT32_MAX, &n) != ERR_NONE)
		return false;
	*out = (uint32_t)n;
	return true;
}

/* The value of a digit in base 64; 64 for what is none. */
static unsigned
digit_of(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= 'A' && c <= 'Z')
		return 26U + (c - 'A');
	if (c >= '0' && c <= '9')
		return 52U + (c - '0');
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Digits in base 64, the least first, as a number of CVD_SIGNATURE_MAX bytes, the greatest first. */
static bool
read_digits(struct bytes digits, uint8_t out[static CVD_SIGNATURE_MAX])
{
	memset(out, 0, CVD_SIGNATURE_MAX);
	for (size_t i = 0; i < digits.n; i++) {
		unsigned digit = digit_of(digits.p[i]);

		if (digit > 63)
			return false;
		for (size_t bit = 0; bit < 6; bit++) {
			size_t at = 6 * i + bit;

			if ((digit >> bit & 1) == 0)
				continue;
			if (at >= 8 * CVD_SIGNATURE_MAX)
				return false;
			out[CVD_SIGNATURE_MAX - 1 - at / 8] |= (uint8_t)(1U << at % 8);
		}
	}
	return digits.n > 0;
}

enum err
cvd_check_signature(struct bytes signature, const uint8_t digest[static 16], enum cvd_signed *out)
{
	uint8_t number[CVD_SIGNATURE_MAX], said[16];
	enum err e;

	*out = CVD_SIGNED_NOT;
	if (!read_digits(signature, number))
		return ERR_NONE;
	e = bare_rsa_read(&clamav_key, bytes_of(number, sizeof number), said, sizeof said);
	if (e == ERR_FORGED)
		return ERR_NONE;
	if (e == ERR_NONE && memcmp(said, digest, sizeof said) == 0)
		*out = CVD_SIGNED_CLAMAV;
	return e;
}

enum err
cvd_open(struct bytes file, struct cvd *out)
{
	struct cvd c = { .body = bytes_from(file, CVD_HEADER) };
	struct bytes rest = bytes_first(file, CVD_HEADER), magic, built, md5;
	uint8_t digest[HASH_MAX];
	enum err e;

	if (file.n < CVD_HEADER)
		return ERR_TRUNCATED;
	magic = take_field(&rest);
	built = take_field(&rest);
	if (!bytes_equal_text(magic, "ClamAV-VDB") ||
	    text_from_bytes(c.built, sizeof c.built, built) != ERR_NONE || !text_is_plain(c.built))
		return ERR_MALFORMED;
	/* The time is "16 Sep 2021 08-32 -0400": no colon in it. */
	if (!take_number(&rest, &c.version) || !take_number(&rest, &c.signatures) ||
	    !take_number(&rest, &c.level))
		return ERR_MALFORMED;
	md5 = take_field(&rest);
	if ((e = hash_of(HASH_MD5, c.body, digest)) != ERR_NONE)
		return e;
	c.digest_holds = hex_is(md5, digest, hash_size(HASH_MD5));
	if ((e = cvd_check_signature(take_field(&rest), digest, &c.is_signed)) != ERR_NONE)
		return e;
	*out = c;
	return ERR_NONE;
}

static enum err
stream_start(struct stream *s, struct bytes body)
{
	*s = (struct stream){ .rest = body };
	s->zipped = body.n > 2 && body.p[0] == 0x1f && body.p[1] == 0x8b;
	if (s->zipped && inflateInit2(&s->z, 16 + MAX_WBITS) != Z_OK)
		return ERR_NOMEM;
	return ERR_NONE;
}

static void
stream_end(struct stream *s)
{
	if (s->zipped)
		inflateEnd(&s->z);
}

/* zlib counts in 32 bits, and wants what it only reads without const. */
static size_t
feed(struct stream *s)
{
	size_t n = s->rest.n < (1 << 20) ? s->rest.n : 1 << 20;

	s->z.next_in = (Bytef *)(uintptr_t)s->rest.p;
	s->z.avail_in = (uInt)n;
	return n;
}

static enum err
inflate_exactly(struct stream *s, uint8_t *to, size_t n)
{
	while (n > 0) {
		size_t given = feed(s), want = n < (1 << 20) ? n : 1 << 20;
		int r;

		s->z.next_out = to;
		s->z.avail_out = (uInt)want;
		r = inflate(&s->z, Z_NO_FLUSH);
		if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
			return r == Z_MEM_ERROR ? ERR_NOMEM : ERR_MALFORMED;
		s->rest = bytes_from(s->rest, given - s->z.avail_in);
		to += want - s->z.avail_out;
		n -= want - s->z.avail_out;
		if (n > 0 && (r == Z_STREAM_END || s->rest.n == 0))
			return ERR_TRUNCATED;
	}
	return ERR_NONE;
}

/* The next ${n} bytes of the tar. */
static enum err
stream_read(struct stream *s, uint8_t *to, size_t n)
{
	if (s->zipped)
		return inflate_exactly(s, to, n);
	if (s->rest.n < n)
		return ERR_TRUNCATED;
	memcpy(to, s->rest.p, n);
	s->rest = bytes_from(s->rest, n);
	return ERR_NONE;
}

/* An octal number, with spaces or NULs around it. */
static bool
read_octal(const uint8_t *p, size_t n, uint64_t *out)
{
	uint64_t value = 0;
	size_t i = 0, digits = 0;

	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++, digits++)
		value = value * 8 + (uint64_t)(p[i] - '0');
	*out = value;
	return digits > 0 && (i == n || p[i] == ' ' || p[i] == '\0');
}

/* The content of a file of ${size} bytes, and the tar's padding behind it. */
static enum err
read_content(struct stream *s, size_t size, struct buf *content)
{
	uint8_t pad[TAR_BLOCK], *to;
	enum err e;

	buf_clear(content);
	if (size > 0) {
		if ((to = buf_reserve(content, size)) == NULL)
			return content->err;
		if ((e = stream_read(s, to, size)) != ERR_NONE)
			return e;
		content->n = size;
	}
	return stream_read(s, pad, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static enum err
each_entry(struct stream *s, size_t most, cvd_file_fn *file, void *ctx, struct buf *content)
{
	for (;;) {
		uint8_t block[TAR_BLOCK];
		char name[CVD_NAME_MAX + 1];
		uint64_t size;
		enum err e;

		if ((e = stream_read(s, block, sizeof block)) != ERR_NONE)
			return e;
		if (block[0] == '\0')
			return ERR_NONE;	/* the tar's end */
		if (!read_octal(block + TAR_SIZE_AT, TAR_SIZE, &size))
			return ERR_MALFORMED;
		if (size > most)
			return ERR_LIMIT;
		memcpy(name, block, TAR_NAME);
		name[TAR_NAME] = '\0';
		if ((e = read_content(s, (size_t)size, content)) != ERR_NONE)
			return e;
		/* Anything but a regular file is passed over. */
		if (block[TAR_TYPE_AT] != '0' && block[TAR_TYPE_AT] != '\0')
			continue;
		if (!text_is_plain(name))
			return ERR_MALFORMED;
		if ((e = file(ctx, name, buf_bytes(content))) != ERR_NONE)
			return e;
	}
}

enum err
cvd_each(const struct cvd *c, size_t most, cvd_file_fn *file, void *ctx)
{
	struct stream s;
	struct buf content;
	enum err e;

	if ((e = stream_start(&s, c->body)) != ERR_NONE)
		return e;
	buf_init(&content, most);
	e = each_entry(&s, most, file, ctx, &content);
	buf_fini(&content);
	stream_end(&s);
	return e;
}
