/* sigdb/ignored.c: see ignored.h. */
#include "sigdb/ignored.h"

#include <stdlib.h>

#include "base/text.h"
#include "sigdb/limits.h"

enum { SLOTS_FIRST = 64 };

void
ignored_init(struct ignored *i)
{
	*i = (struct ignored){ .slots = NULL };
	buf_init(&i->names, SIGDB_NAMES_MAX);
}

void
ignored_fini(struct ignored *i)
{
	buf_fini(&i->names);
	free(i->slots);
	i->slots = NULL;
}

/* Where the name is, or would be. */
static size_t
slot_of(const struct ignored *i, const char *name)
{
	size_t hash = 2166136261U;

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619U;
	hash &= i->slot_count - 1;
	while (i->slots[hash] != 0 &&
	    !text_equal((const char *)i->names.p + i->slots[hash] - 1, name))
		hash = (hash + 1) & (i->slot_count - 1);
	return hash;
}

static enum err
grow(struct ignored *i)
{
	size_t old = i->slot_count, count = old == 0 ? SLOTS_FIRST : 2 * old;
	uint32_t *before = i->slots, *slots;

	if (2 * (i->count + 1) < old)
		return ERR_NONE;
	if ((slots = calloc(count, sizeof slots[0])) == NULL)
		return ERR_NOMEM;
	i->slots = slots;
	i->slot_count = count;
	for (size_t k = 0; k < old; k++)
		if (before[k] != 0)
			slots[slot_of(i, (const char *)i->names.p + before[k] - 1)] = before[k];
	free(before);
	return ERR_NONE;
}

enum err
ignored_add(struct ignored *i, const char *name)
{
	size_t slot, at = i->names.n;
	enum err e;

	if ((e = grow(i)) != ERR_NONE)
		return e;
	if (i->slots[slot = slot_of(i, name)] != 0)
		return ERR_NONE;
	buf_put(&i->names, bytes_of(name, strlen(name) + 1));
	if (i->names.err != ERR_NONE)
		return i->names.err;
	i->slots[slot] = (uint32_t)at + 1;
	i->count++;
	return ERR_NONE;
}

bool
ignored_has(const struct ignored *i, const char *name)
{
	return i->count > 0 && i->slots[slot_of(i, name)] != 0;
}
