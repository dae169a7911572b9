/* format/collect.c: see collect.h. */
#include "format/collect.h"

#include <assert.h>
#include <stdlib.h>

static bool
step(void *ctx)
{
	struct collect *c = ctx;

	return c->bytes < c->bytes_max && c->steps_left > 0 && c->steps_left-- > 0;
}

static bool
begin(void *ctx, struct bytes name, enum outlet_what what)
{
	struct collect *c = ctx;
	struct collect_entry *e = &c->entries[c->count < COLLECT_MAX ? c->count : COLLECT_MAX - 1];

	assert(!c->begun);
	if (c->bytes >= c->bytes_max)
		return false;
	if (c->count >= COLLECT_MAX)
		buf_fini(&e->content);
	memset(e, 0, sizeof *e);
	buf_init(&e->content, (size_t)c->bytes_max);
	memcpy(e->name, name.p == NULL ? (const uint8_t *)"" : name.p,
	    name.n < sizeof e->name ? name.n : sizeof e->name - 1);
	e->what = what;
	c->count++;
	c->begun = true;
	return true;
}

static bool
put(void *ctx, struct bytes part)
{
	struct collect *c = ctx;

	assert(c->begun);
	buf_put(&c->entries[(c->count < COLLECT_MAX ? c->count : COLLECT_MAX) - 1].content, part);
	c->bytes += part.n;
	return c->bytes < c->bytes_max;
}

static void
end(void *ctx)
{
	struct collect *c = ctx;

	assert(c->begun);
	c->begun = false;
}

static void
give(void *ctx, struct bytes name, const struct source *part, enum outlet_what what)
{
	uint8_t room[4096];
	uint64_t at = 0;
	size_t got;

	if (!begin(ctx, name, what))
		return;
	while (source_read(part, at, room, sizeof room, &got) == ERR_NONE && got > 0 &&
	    put(ctx, bytes_of(room, got)))
		at += got;
	end(ctx);
}

static void
miss(void *ctx, enum trouble trouble, struct bytes name)
{
	struct collect *c = ctx;
	volatile uint8_t last = name.n > 0 ? name.p[name.n - 1] : 0;

	(void)last;
	assert(trouble > TROUBLE_NONE && trouble < TROUBLES);
	c->troubles[trouble]++;
}

static void
tell(void *ctx, const struct outlet_member *member)
{
	struct collect *c = ctx;
	volatile uint8_t last = member->name.n > 0 ? member->name.p[member->name.n - 1] : 0;

	(void)last;
	assert(member->position > 0);
	if (c->member_count < COLLECT_MAX)
		c->members[c->member_count++] = *member;
}

void
collect_init(struct collect *c, uint64_t bytes_max)
{
	static const struct outlet_calls calls = { step, begin, put, end, give, miss, tell };

	memset(c, 0, sizeof *c);
	c->outlet.calls = &calls;
	c->outlet.ctx = c;
	c->bytes_max = c->steps_left = bytes_max;
}

void
collect_fini(struct collect *c)
{
	for (size_t i = 0; i < c->count && i < COLLECT_MAX; i++)
		buf_fini(&c->entries[i].content);
	c->count = 0;
}

unsigned
collect_troubles(const struct collect *c)
{
	unsigned n = 0;

	for (int t = 0; t < TROUBLES; t++)
		n += c->troubles[t];
	return n;
}

const struct collect_entry *
collect_find(const struct collect *c, struct bytes content)
{
	for (size_t i = 0; i < c->count && i < COLLECT_MAX; i++)
		if (bytes_equal(buf_bytes(&c->entries[i].content), content))
			return &c->entries[i];
	return NULL;
}

enum err
collect_unpack(struct collect *c, enum kind kind, struct bytes object)
{
	uint8_t *exact = malloc(object.n > 0 ? object.n : 1);
	struct source s;
	enum err e;

	assert(exact != NULL);
	if (object.n > 0)
		memcpy(exact, object.p, object.n);
	s = source_of_memory(bytes_of(exact, object.n));
	e = unpack_object(kind, &s, &c->outlet);
	assert(!c->begun);
	free(exact);
	return e;
}
