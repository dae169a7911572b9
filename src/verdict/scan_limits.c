/* verdict/scan_limits.c: see scan_limits.h. */
#include "verdict/scan_limits.h"

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
