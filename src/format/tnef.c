/* format/tnef.c: winmail.dat: attachments, the body, and the attributes that hold objects.
 * Follows [MS-OXTNEF]. */
#include "base/reader.h"
#include "format/limits.h"
#include "format/readers.h"

enum { TITLE = 0x00018010, DATA = 0x0006800f, BODY = 0x0002800c, ATTACHMENT = 0x00069005,
	PROPERTIES = 0x00069003 };

enum err
tnef_unpack(const struct source *object, const struct outlet *out)
{
	struct reader r = reader_over(object->whole);
	struct bytes title = bytes_of_text("attachment"), pending = bytes_of(NULL, 0);
	unsigned left = FORMAT_ENTRIES_MAX;

	reader_take(&r, 6);
	while (r.rest.n > 0 && !r.bad && outlet_step(out)) {
		uint32_t id, n;
		struct bytes data;

		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			break;
		}
		reader_u8(&r);
		id = reader_u32le(&r);
		n = reader_u32le(&r);
		data = bytes_first(r.rest, n);
		reader_take(&r, n);
		reader_u16le(&r);
		/* The title comes before its data or after. */
		if (id == TITLE) {
			title = data.n > 0 ? bytes_first(data, data.n - 1) : title;
			outlet_give(out, title, pending, OUTLET_FILE);
			pending = bytes_of(NULL, 0);
		} else if (id == DATA) {
			outlet_give(out, title, pending, OUTLET_FILE);
			pending = data;
		} else if (id == BODY) {
			outlet_give(out, bytes_of_text("body"), data, OUTLET_FILE);
		} else if (id == ATTACHMENT || id == PROPERTIES) {
			/* Properties of MAPI, objects among them: carved out of it. */
			outlet_give(out, bytes_of_text("properties"), data, OUTLET_FILE);
		}
	}
	outlet_give(out, title, pending, OUTLET_FILE);
	if (r.bad)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return ERR_NONE;
}
