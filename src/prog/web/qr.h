/* prog/web/qr.h: a QR code (ISO/IEC 18004) as SVG, over libqrencode. */
#ifndef HOLDFAST_PROG_WEB_QR_H
#define HOLDFAST_PROG_WEB_QR_H

#include "base/buf.h"

/* Append the code for ${text} as one <svg> element, whose label for those who cannot see it is ${label}. ERR_LIMIT: no
 * code holds so much; ERR_NOMEM. */
enum err qr_write(const char *text, const char *label, struct buf *out);

#endif
