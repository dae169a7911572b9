/* prog/web/qr.c: see qr.h. */
#include "prog/web/qr.h"

#include <errno.h>
#include <qrencode.h>

#include "codec/encode.h"

/* Four modules of nothing around it, as the standard wants. */
enum { MARGIN = 4 };

/* One path of squares, a row's neighbours joined. */
static void
put_row(const QRcode *code, int y, struct buf *out)
{
	int x = 0;

	while (x < code->width) {
		int n = 0;

		while (x + n < code->width && (code->data[y * code->width + x + n] & 1) != 0)
			n++;
		if (n > 0)
			buf_printf(out, "M%d %dh%dv1h-%dz", x + MARGIN, y + MARGIN, n, n);
		x += n > 0 ? n : 1;
	}
}

enum err
qr_write(const char *text, const char *label, struct buf *out)
{
	/* Medium correction: a scratched screen or a bad print still reads. */
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

	if (code == NULL)
		return errno == ENOMEM ? ERR_NOMEM : ERR_LIMIT;
	buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %d\" aria-label=\"",
	    code->width + 2 * MARGIN, code->width + 2 * MARGIN);
	encode_html(label, out);
	buf_put_string(out, "\"><path fill=\"#fff\" d=\"M0 0h200v200h-200z\"/><path fill=\"#000\" d=\"");
	for (int y = 0; y < code->width; y++)
		put_row(code, y, out);
	buf_put_string(out, "\"/></svg>");
	QRcode_free(code);
	return out->err;
}
