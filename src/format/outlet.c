/* format/outlet.c: see outlet.h. */
#include "format/outlet.h"

#include <stdio.h>

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

void
outlet_give_gap(const struct outlet *o, const struct source *object, uint64_t from, uint64_t to)
{
	char name[32];
	int n;

	if (to > object->size)
		to = object->size;
	if (from >= to || to - from < OUTLET_GAP_MIN)
		return;
	n = snprintf(name, sizeof name, "at %llu", (unsigned long long)from);
	outlet_give_part(o, bytes_of(name, (size_t)n), object, from, to - from, OUTLET_GAP);
}
