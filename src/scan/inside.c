/* scan/inside.c: see state.h. Takes what a reader gives, one thing after another, into memory, and
 * has each looked at: the side of struct outlet that keeps the limits. */
#include <assert.h>

#include "base/text.h"
#include "format/unpack.h"
#include "scan/state.h"

struct taker {
	struct scan *s;
	const struct source *object;	/* that is read */
	enum outlet_what what;
	bool begun;		/* between begin and end */
	bool cut;		/* no more of it is taken */
	bool or_through;	/* see scan_inside ... */
	bool too_large;		/* ... and its answer */
	size_t before;		/* see scan_leave */
	struct buf content;
};

static bool
take_step(void *ctx)
{
	struct taker *t = ctx;

	return scan_may_go_on(t->s);
}

/* Whether one more child may be. */
static bool
enter(struct taker *t, struct bytes name, size_t *before)
{
	char plain[CONTAINER_NAME_SIZE];
	struct scan *s = t->s;

	if (!scan_may_go_on(s))
		return false;
	if (s->depth == s->limits.depth) {
		scan_miss(s, VERDICT_GAP_DEPTH);
		return false;
	}
	if (s->out->objects >= s->limits.objects) {
		scan_give_up(s, VERDICT_GAP_OBJECTS);
		return false;
	}
	text_make_plain(plain, sizeof plain, name);
	*before = scan_enter(s, plain);
	return true;
}

static bool
take_begin(void *ctx, struct bytes name, enum outlet_what what)
{
	struct taker *t = ctx;

	assert(!t->begun);
	if (!enter(t, name, &t->before))
		return false;
	t->begun = true;
	t->cut = false;
	t->what = what;
	buf_init(&t->content, scan_room_for_object(t->s));
	return true;
}

static bool
take_put(void *ctx, struct bytes part)
{
	struct taker *t = ctx;
	size_t room = t->content.max - t->content.n;

	assert(t->begun);
	if (t->cut || !scan_may_unpack(t->s, part.n) || !scan_may_go_on(t->s))
		return false;
	buf_put(&t->content, bytes_first(part, room));
	if (t->content.err == ERR_NOMEM)
		scan_miss(t->s, VERDICT_GAP_MEMORY);
	else if (part.n > room && t->or_through)
		t->too_large = true;
	else if (part.n > room)
		scan_miss(t->s, t->content.max < t->s->limits.object_bytes ? VERDICT_GAP_MEMORY :
									     VERDICT_GAP_SIZE);
	else
		return true;
	t->cut = true;
	return false;
}

static void
take_end(void *ctx)
{
	struct taker *t = ctx;
	/* Looking at it may need this outlet's scan again, but not this outlet. */
	struct buf content = t->content;
	struct source child = source_of_memory(buf_bytes(&content));

	assert(t->begun);
	t->begun = false;
	if (content.n > 0 && !t->too_large) {
		t->s->held += content.room;
		scan_look_at(t->s, &child, t->what);
		t->s->held -= content.room;
	}
	buf_fini(&content);
	scan_leave(t->s, t->before);
}

static void
take_whole(void *ctx, struct bytes name, const struct source *part, enum outlet_what what)
{
	struct taker *t = ctx;
	size_t before;

	assert(!t->begun);
	if (!enter(t, name, &before))
		return;
	if (what == OUTLET_GAP)
		scan_look_beside(t->s, t->object, part);
	/* It costs nothing to have, but to look at: parts that overlap would be a bomb. */
	else if (!scan_is_matched(part, what) || scan_may_unpack(t->s, (size_t)part->size))
		scan_look_at(t->s, part, what);
	scan_leave(t->s, before);
}

static void
take_miss(void *ctx, enum trouble trouble, struct bytes name)
{
	struct taker *t = ctx;
	char plain[CONTAINER_NAME_SIZE];
	size_t before;

	/* At the deepest level there is no room for one more name. */
	if (name.n == 0 || t->s->depth == SCAN_DEPTH_MAX || t->begun) {
		scan_miss_for(t->s, trouble);
		return;
	}
	text_make_plain(plain, sizeof plain, name);
	before = scan_enter(t->s, plain);
	scan_miss_for(t->s, trouble);
	scan_leave(t->s, before);
}

static void
take_told(void *ctx, const struct outlet_member *member)
{
	struct taker *t = ctx;

	scan_member(t->s, member);
}

static const struct outlet_calls calls = { take_step, take_begin, take_put, take_end, take_whole,
	take_miss, take_told };

/* ${wanted} bytes of the front into memory, for a reader that goes back and forth; fewer, and told,
 * when there is no room. */
static enum err
load(struct scan *s, const struct source *object, size_t wanted, struct buf *into)
{
	const struct source part = source_part(object, 0, wanted);
	size_t room = scan_room_for_object(s), n = part.size < room ? (size_t)part.size : room;
	size_t got;
	uint8_t *p;
	enum err e;

	buf_init(into, n);
	/* What is behind the end of a document that was carved out is none of its own. */
	if (n < part.size && s->what != OUTLET_LIKELY && s->what != OUTLET_DOUBTFUL)
		scan_miss(s, n < s->limits.object_bytes ? VERDICT_GAP_MEMORY : VERDICT_GAP_SIZE);
	if (n == 0)
		return ERR_NONE;
	if ((p = buf_reserve(into, n)) == NULL)
		return ERR_NOMEM;
	if ((e = source_read(object, 0, p, n, &got)) == ERR_NONE)
		into->n = got;
	return e;
}

bool
scan_inside(struct scan *s, const struct source *object, enum kind kind, bool or_through)
{
	struct taker t = { .s = s, .object = object, .or_through = or_through };
	struct outlet out = { &calls, &t };
	struct source whole = *object;
	struct buf loaded;
	enum err e = ERR_NONE;

	buf_init(&loaded, 0);
	if (object->whole.p == NULL && object->size > 0 && unpack_memory(kind) > 0) {
		e = load(s, object, unpack_memory(kind), &loaded);
		whole = source_of_memory(buf_bytes(&loaded));
		s->held += loaded.room;
	}
	if (e == ERR_NONE)
		e = unpack_object(kind, &whole, &out);
	assert(!t.begun);
	if (e == ERR_NOMEM)
		scan_miss(s, VERDICT_GAP_MEMORY);
	else if (e == ERR_IO)
		scan_miss(s, VERDICT_GAP_UNREADABLE);
	s->held -= loaded.room;
	buf_fini(&loaded);
	return !t.too_large;
}
