/* format/ole10.c: see ole10.h. */
#include "format/ole10.h"

#include "base/reader.h"

/* A label, the path it came from, the path it goes to, and the file. */
void
ole10_give(const struct outlet *out, struct bytes package)
{
	struct reader r = reader_over(package);
	struct bytes label;
	uint32_t n;

	reader_u16le(&r);
	label = reader_take_until(&r, 0);
	reader_take_until(&r, 0);
	reader_u32le(&r);
	reader_take(&r, reader_u32le(&r));
	n = reader_u32le(&r);
	if (r.bad || n == 0)
		return;
	outlet_give(out, label, bytes_first(r.rest, n), OUTLET_FILE);
	if (r.rest.n < n)
		outlet_miss(out, TROUBLE_DAMAGED, label);
}
