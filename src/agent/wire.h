/* agent/wire.h: one description of a message that serves both directions.
 * A message's fields are listed once, in a function that gets a wire: over a buffer it writes them,
 * over a reader it reads them, so that the two cannot disagree. Bounded and strict: a text must fit
 * its room and hold no NUL, an enum must be one of its values, a bool 0 or 1. */
#ifndef HOLDFAST_AGENT_WIRE_H
#define HOLDFAST_AGENT_WIRE_H

#include "base/buf.h"
#include "base/reader.h"

/* Exactly one of the two is set. What goes wrong sticks there. */
struct wire {
	struct buf *out;
	struct reader *in;
};

void wire_u8(struct wire *w, uint8_t *v);
void wire_u32(struct wire *w, uint32_t *v);
void wire_u64(struct wire *w, uint64_t *v);
void wire_i64(struct wire *w, int64_t *v);
void wire_bool(struct wire *w, bool *v);

/* A value below ${count}, at most 256. */
void wire_choice(struct wire *w, unsigned *v, unsigned count);

/* A count of what follows, at most ${max}; 0 when it is more. */
void wire_count(struct wire *w, uint32_t *v, uint32_t max);

void wire_text(struct wire *w, char *text, size_t size);

/* As wire_text, for what is shown to a person: read, it must be plain text (text_is_plain). */
void wire_plain(struct wire *w, char *text, size_t size);

/* Exactly ${n} bytes. */
void wire_fixed(struct wire *w, uint8_t *bytes, size_t n);

/* Read or write an enum of any type through wire_choice. */
#define WIRE_ENUM(w, field, count)                                                  \
	do {                                                                        \
		unsigned choice_ = (unsigned)*(field);                              \
		wire_choice((w), &choice_, (count));                                \
		*(field) = choice_;                                                 \
	} while (0)

#endif
