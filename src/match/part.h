/* match/part.h: one part of a body signature: what stands between two gaps.
 * A part is a row of atoms: bytes under a mask, choices, short inner gaps and marks. Its piece, the
 * atom of bytes that is searched for, is at a known place once it is found; the rest is then compared
 * exactly, forwards and backwards from there, over all lengths that choices and inner gaps allow.
 * Owns this comparison and the encoded form. Must not know signatures. */
#ifndef HOLDFAST_MATCH_PART_H
#define HOLDFAST_MATCH_PART_H

#include "base/buf.h"
#include "base/reader.h"
#include "match/view.h"

enum atom_kind {
	ATOM_NONE = 0,
	ATOM_BYTES,	/* ${n} bytes: (text & mask) == value */
	ATOM_CHOICE,	/* one of ${n} strings, in ${value} as encoded: u16 length, value, mask */
	ATOM_GAP,	/* ${n} to ${max} bytes of any kind */
	ATOM_BOUNDARY,	/* a byte that ends a word, or the object's edge: (B) */
	ATOM_LINE,	/* an end of line, or the object's edge: (L) */
	/* A byte that is no letter or digit, or the object's edge: (W). With ${max} 1: a letter or digit
	 * is one only with a zero behind it, as in wide text. */
	ATOM_WORD,
	ATOM_KINDS
};

/* Where a mark stands. At an edge it only looks at the neighbour, inside it takes a byte. */
enum atom_side { SIDE_LEFT = 0, SIDE_INSIDE, SIDE_RIGHT };

struct atom {
	uint8_t kind;		/* enum atom_kind */
	uint8_t negated;	/* choices, whose strings are then of one length, and marks */
	uint8_t side;		/* marks: enum atom_side */
	uint32_t n;		/* bytes, strings, or least length */
	uint32_t max;		/* greatest length of a gap */
	uint32_t room;		/* bytes of an encoded choice */
	const uint8_t *value;
	const uint8_t *mask;
};

struct part {
	const struct atom *atoms;
	uint32_t count;
	uint32_t piece;		/* the index of the atom that is searched for */
	uint32_t pin;		/* where in the piece its rarest gram stands */
	uint32_t pin_gram;	/* bytes of that gram: 4 or 2 */
	uint32_t rating;	/* while it is compiled: how good the piece is, in sixteenths of a bit */
	/* Single bytes that "aa[x-y]" sets beside a body are outside of its core: where it starts and ends
	 * is said of the core. Indices of the first atom of the core, and behind the last. */
	uint32_t core_first, core_end;
	/* How far behind the part's start the piece may lie, least and most; set by part_measure. */
	uint32_t before_min, before_max;
};

/* The most by which lengths may vary on either side of the piece: positions are kept as bits. */
#define PART_SPREAD_MAX 448
enum { SPOTS_BITS = 512 };

/* Positions in the object, few and close to each other. */
struct spots {
	int64_t base;
	uint64_t bits[SPOTS_BITS / 64];
};

/* Compute what the atoms imply, and test that they are possible: lengths, choices, the piece.
 * ERR_MALFORMED; ERR_LIMIT: lengths vary by more than PART_SPREAD_MAX. */
enum err part_measure(struct part *part);

/* Is the part all in its piece? */
static inline bool
part_is_piece(const struct part *part)
{
	return part->count == 1;
}

/* The part's piece may stand at ${piece_at}: does all of the part match around it? Fills where it may
 * start and where it may end. ${work} is lowered by what it costs; at 0 the answer is false. */
bool part_matches(const struct part *part, struct view *v, uint64_t piece_at, struct spots *starts,
    struct spots *ends, uint64_t *work);

/* The ${nth} position or a later one, from 0; false when there is none. *nth becomes its number. */
bool spots_next(const struct spots *s, unsigned *nth, int64_t *position);

void part_write(const struct part *part, struct buf *out);

/* Read what part_write wrote; bytes stay borrowed from the reader's. ${atoms} has room for ${room}.
 * ERR_MALFORMED, ERR_LIMIT. */
enum err part_read(struct reader *r, struct atom *atoms, size_t room, struct part *out);

#endif
