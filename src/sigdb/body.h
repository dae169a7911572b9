/* sigdb/body.h: the hexadecimal body of a signature, read into parts.
 * The grammar is that of ClamAV's manual, "Body-based Signature Content Format". Must not know lines
 * or offsets. */
#ifndef HOLDFAST_SIGDB_BODY_H
#define HOLDFAST_SIGDB_BODY_H

#include "sigdb/draft.h"

/* The modifiers of a subsignature: ::iwfa. */
struct body_modifiers {
	bool caseless, wide, full_word, ascii;
};

/* Read ${hex} as one body (two with ::wa) and append its parts to the draft; *first and *count say
 * which. As line_read_body for what it returns. */
enum sigdb_reason body_read(struct draft *d, struct bytes hex, struct body_modifiers modifiers,
    uint32_t *first, uint32_t *count, const char **words);

/* A fixed gap shorter than this belongs to its part as so many wildcards, as in ClamAV: it counts the
 * matches of parts otherwise than those of whole bodies. */
#define BODY_INNER_GAP_MAX 128

/* The greatest distance in "[x-y]". */
#define BODY_ANCHOR_MAX 32

#endif
