/* format/pdf_filter.h: the filters of PDF streams (ISO 32000-1, 7.4), one after the other.
 * For this folder only. */
#ifndef HOLDFAST_FORMAT_PDF_FILTER_H
#define HOLDFAST_FORMAT_PDF_FILTER_H

#include "base/buf.h"
#include "format/trouble.h"

/* Undo the filters that ${dictionary} names, up to the first that only pictures have, which is no
 * trouble. ${out} has what came out, whatever happened. ${data} is borrowed. */
enum trouble pdf_filter_undo(struct bytes dictionary, struct bytes data, struct buf *out);

#endif
