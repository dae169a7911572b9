/* sigdb/conditions.c: see conditions.h. */
#include "sigdb/conditions.h"

static bool
range_holds(const struct range *r, uint64_t n)
{
	return !r->given || (n >= r->min && n <= r->max);
}

static bool
containers_hold(const struct signature *s, const struct evaluated *object)
{
	if (s->container != 0 &&
	    (object->container_count == 0 || object->containers[0] != s->container))
		return false;
	if (s->intermediate_count > object->container_count)
		return false;
	for (size_t i = 0; i < s->intermediate_count; i++)
		if (s->intermediates[i] != 0 && s->intermediates[i] != object->containers[i])
			return false;
	return true;
}

bool
conditions_hold(const struct signature *s, const struct evaluated *object)
{
	const struct program *p = object->program;

	if (s->target != TARGET_ANY && s->target != object->target)
		return false;
	if (!range_holds(&s->file_size, object->source->size) || !containers_hold(s, object))
		return false;
	if (s->entry_point.given && (!p->has_entry || !range_holds(&s->entry_point, p->entry)))
		return false;
	return !s->sections.given || (p->known && range_holds(&s->sections, p->section_count));
}

/* The start of a section, and its size. */
static bool
section_of(const struct program *p, uint32_t number, uint64_t *at, uint64_t *size)
{
	if (!p->known || number >= p->section_count)
		return false;
	*at = p->sections[number].at;
	*size = p->sections[number].size;
	return true;
}

bool
conditions_place(const struct where *w, const struct evaluated *object, uint64_t *first, uint64_t *shift)
{
	const struct program *p = object->program;
	uint64_t at = 0, size;

	*shift = w->shift;
	switch (w->kind) {
	case WHERE_ANY:
		*shift = UINT64_MAX;
		break;
	case WHERE_START:
		at = w->from;
		break;
	case WHERE_END:
		if (w->from > object->source->size)
			return false;
		at = object->source->size - w->from;
		break;
	case WHERE_ENTRY:
		if (!p->has_entry)
			return false;
		at = p->entry + w->from;
		break;
	case WHERE_BEFORE_ENTRY:
		if (!p->has_entry || w->from > p->entry)
			return false;
		at = p->entry - w->from;
		break;
	case WHERE_SECTION:
		if (!section_of(p, w->number, &at, &size))
			return false;
		at += w->from;
		break;
	case WHERE_LAST_SECTION:
		if (p->section_count == 0 || !section_of(p, p->section_count - 1, &at, &size))
			return false;
		at += w->from;
		break;
	case WHERE_IN_SECTION:
		if (!section_of(p, w->number, &at, &size))
			return false;
		*shift = size;
		break;
	default:
		return false;
	}
	*first = at;
	return true;
}

bool
conditions_version(const struct evaluated *object, uint64_t start)
{
	if (!object->versions->read)
		versions_read(object->view, object->program, object->versions);
	return versions_has(object->versions, start);
}
