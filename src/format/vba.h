/* format/vba.h: the source of VBA modules, which streams of OLE2 files hold compressed.
 * For this folder and its tests only. */
#ifndef HOLDFAST_FORMAT_VBA_H
#define HOLDFAST_FORMAT_VBA_H

#include "base/buf.h"
#include "format/outlet.h"

/* Give each module's source in ${stream} (called ${name}), wherever in it it begins; or the
 * project's own description when the stream is called "dir". */
void vba_give(const struct outlet *out, struct bytes name, struct bytes stream);

/* Undo [MS-OVBA] 2.4.1 from the container's first byte, as far as it goes. False: not one chunk. */
bool vba_decompress(struct bytes in, struct buf *out);

#endif
