/* format/outlet.c: see outlet.h. */
#include "format/outlet.h"

void
outlet_give(const struct outlet *o, struct bytes name, struct bytes content, enum outlet_what what)
{
	struct source part = source_of_memory(content);

	if (content.n > 0)
		o->calls->give(o->ctx, name, &part, what);
}

void
outlet_give_part(const struct outlet *o, struct bytes name, const struct source *object,
    uint64_t at, uint64_t n, enum outlet_what what)
{
	struct source part = source_part(object, at, n);

	if (part.size > 0)
		o->calls->give(o->ctx, name, &part, what);
}
