/* format/pdf_filter.h: the filters of PDF streams (ISO 32000-1, 7.4), one after the other.
 * For this folder only. */
#ifndef HOLDFAST_FORMAT_PDF_FILTER_H
#define HOLDFAST_FORMAT_PDF_FILTER_H

#include "base/buf.h"
#include "format/trouble.h"

/* What a value says: itself, or, when it is a reference, what that leads to; empty when it leads
 * nowhere. Borrowed for as long as the file is. */
struct pdf_resolver {
	struct bytes (*resolve)(void *ctx, struct bytes value);
	void *ctx;
};

/* Undo the filters that ${dictionary} names, up to the first that only pictures have, which is no
 * trouble. ${out} has what came out, whatever happened, up to its ceiling (TROUBLE_LIMIT).
 * ${data} is borrowed. TROUBLE_UNSUPPORTED: a filter or its parameters could not be found, or the
 * predictor is none that we undo. TROUBLE_LIMIT: more than FORMAT_FILTERS_MAX. TROUBLE_DAMAGED,
 * TROUBLE_MEMORY. */
enum trouble pdf_filter_undo(struct bytes dictionary, struct bytes data, const struct pdf_resolver *r,
    struct buf *out);

#endif
