/* base/text.h: small C strings: bounded copies, strict numbers, durations. */
#ifndef HOLDFAST_BASE_TEXT_H
#define HOLDFAST_BASE_TEXT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

static inline bool
text_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Copy ${in} into ${out} of ${size} bytes. ERR_LIMIT, and ${out} empty, when it does not fit. */
enum err text_copy(char *out, size_t size, const char *in);

/* As text_copy, from bytes; ERR_MALFORMED when they hold a NUL. */
enum err text_from_bytes(char *out, size_t size, struct bytes in);

/* A decimal number without sign, spaces or anything behind it, at most ${max}.
 * ERR_MALFORMED, or ERR_LIMIT when it is larger. ${out} changes only on success. */
enum err text_to_u64(struct bytes text, uint64_t max, uint64_t *out);

/* A span such as "90s", "5m", "4h", "3d" in seconds, at most ${max}. Errors as text_to_u64. */
enum err text_to_seconds(const char *text, uint64_t max, int64_t *out);

/* A span as a person says it: "less than a minute", "5 minutes", "3 days". Always NUL-terminated. */
void text_of_span(int64_t seconds, char *out, size_t size);

/* True when ${text} is valid UTF-8 without control characters: fit to be shown to a person. */
bool text_is_plain(const char *text);

/* Make a plain text of foreign bytes: what is not valid UTF-8, and control characters, become '?'.
 * What does not fit into ${size} (at least 8, with the NUL) loses its middle, marked by "...". */
void text_make_plain(char *out, size_t size, struct bytes in);

#endif
