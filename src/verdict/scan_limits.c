/* verdict/scan_limits.c: see scan_limits.h. */
#include "verdict/scan_limits.h"

#include "base/text.h"

struct scan_limits
scan_limits_default(void)
{
	return (struct scan_limits){
		/* Mail in an archive in mail, an installer, its cabinets: 8 is the most seen in
		 * honest files. Each level costs an open archive and the object that it lies in. */
		.depth = 16,
		/* The largest source trees have about 100,000 files. */
		.objects = 200000,
		/* A disk image of a DVD twice over; unpacked at the usual 200 MB/s within the
		 * time. */
		.bytes = UINT64_C(16) << 30,
		/* One layer of deflate cannot give more than 1032 to 1; honest files stay under
		 * 50 but for disk images and logs, hence only beyond a quarter of a gigabyte. */
		.ratio = 200,
		.ratio_from = UINT64_C(256) << 20,
		/* Most malware is under 10 MB; nearly all programs are under 100. */
		.object_bytes = UINT64_C(128) << 20,
		.memory_bytes = UINT64_C(256) << 20,
		/* A person waits for a download's scan; beyond this, "incomplete" says so. */
		.time_ms = 120000,
	};
}

void
scan_limits_write(const struct scan_limits *l, struct buf *out)
{
	buf_u32le(out, l->depth);
	buf_u32le(out, l->objects);
	buf_u64le(out, l->bytes);
	buf_u32le(out, l->ratio);
	buf_u64le(out, l->ratio_from);
	buf_u64le(out, l->object_bytes);
	buf_u64le(out, l->memory_bytes);
	buf_u32le(out, l->time_ms);
}

enum err
scan_limits_read(struct reader *r, struct scan_limits *out)
{
	struct scan_limits l = { 0 };

	l.depth = reader_u32le(r);
	l.objects = reader_u32le(r);
	l.bytes = reader_u64le(r);
	l.ratio = reader_u32le(r);
	l.ratio_from = reader_u64le(r);
	l.object_bytes = reader_u64le(r);
	l.memory_bytes = reader_u64le(r);
	l.time_ms = reader_u32le(r);
	if (r->bad || l.depth == 0 || l.objects == 0 || l.bytes == 0 || l.ratio == 0 ||
	    l.ratio_from == 0 || l.object_bytes == 0 || l.memory_bytes == 0 || l.time_ms == 0)
		return ERR_MALFORMED;
	*out = l;
	return ERR_NONE;
}

/* "20", "64M", and for time "90s", which is kept in milliseconds. */
static bool
read_value(struct bytes text, bool is_time, uint64_t max, uint64_t *out)
{
	static const struct {
		char letter;
		unsigned shift;
	} units[] = { { 'K', 10 }, { 'M', 20 }, { 'G', 30 } };
	char word[32];
	unsigned shift = 0;
	int64_t seconds;
	uint64_t v;

	if (is_time) {
		if (text_from_bytes(word, sizeof word, text) != ERR_NONE ||
		    text_to_seconds(word, 24 * 3600, &seconds) != ERR_NONE || seconds < 1)
			return false;
		*out = (uint64_t)seconds * 1000;
		return true;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (text.n > 0 && text.p[text.n - 1] == units[i].letter)
			shift = units[i].shift;
	if (shift > 0)
		text.n--;
	if (text_to_u64(text, max >> shift, &v) != ERR_NONE || v == 0)
		return false;
	*out = v << shift;
	return true;
}

static bool
change_one(struct scan_limits *l, struct bytes name, struct bytes value)
{
	const struct {
		const char *name;
		uint32_t *small;	/* one of the two */
		uint64_t *large;
	} fields[] = {
		{ "depth", &l->depth, NULL },
		{ "objects", &l->objects, NULL },
		{ "bytes", NULL, &l->bytes },
		{ "ratio", &l->ratio, NULL },
		{ "ratio-from", NULL, &l->ratio_from },
		{ "object-bytes", NULL, &l->object_bytes },
		{ "memory", NULL, &l->memory_bytes },
		{ "time", &l->time_ms, NULL },
	};
	uint64_t v;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!bytes_equal_text(name, fields[i].name))
			continue;
		if (!read_value(value, fields[i].small == &l->time_ms,
			fields[i].small != NULL ? UINT32_MAX : UINT64_C(1) << 50, &v))
			return false;
		if (fields[i].small != NULL)
			*fields[i].small = (uint32_t)v;
		else
			*fields[i].large = v;
		return true;
	}
	return false;
}

enum err
scan_limits_change(struct scan_limits *limits, const char *text, struct fault *why)
{
	struct scan_limits changed = *limits;
	struct bytes rest = bytes_of_text(text);

	do {
		struct bytes one = bytes_first(rest, bytes_find(rest, ','));
		size_t equals = bytes_find(one, '=');

		if (!change_one(&changed, bytes_first(one, equals), bytes_from(one, equals + 1)))
			return fault_set(why, ERR_MALFORMED,
			    "\"%.*s\" is no limit: write one of depth, objects, bytes, ratio, ratio-from, "
			    "object-bytes, memory or time, \"=\" and a number (memory=64M, time=30s)",
			    (int)(one.n < 64 ? one.n : 64), one.p == NULL ? "" : (const char *)one.p);
		rest = bytes_from(rest, one.n + 1);
	} while (rest.n > 0);
	*limits = changed;
	return ERR_NONE;
}
