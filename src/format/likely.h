/* format/likely.h: whether the few bytes that stand at a place within an object are the front of an
 * archive or a document, or stand there by chance or as a constant. Judges the header alone. */
#ifndef HOLDFAST_FORMAT_LIKELY_H
#define HOLDFAST_FORMAT_LIKELY_H

#include "format/kind.h"

/* True when a header of ${kind} at ${at} holds, as far as its front tells: by its checksum where it
 * has one. False for the kinds that are not judged here. */
bool likely_is(const struct source *object, enum kind kind, uint64_t at);

/* The sum over the first header of a tar, which stands at the front of ${front}, is right. */
bool likely_is_tar(struct bytes front);

/* autoit.c: what stands behind the magic of a compiled script is the start of a file. */
bool autoit_is_likely(struct bytes front);

#endif
