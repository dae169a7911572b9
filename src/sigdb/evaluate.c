/* sigdb/evaluate.c: see evaluate.h. */
#include "sigdb/evaluate.h"

#include <stdlib.h>

#include "base/array.h"
#include "match/fewset.h"
#include "match/gram.h"
#include "sigdb/awake.h"
#include "sigdb/late.h"

/* One part that is looked for in the second pass. */
struct wanted {
	struct awake *awake;
	uint32_t sub, part;
};

/* Bytes before the window that stay in memory, for what is compared backwards. */
enum { KEPT_BEHIND = 16 << 10 };

/* Parts that one pass looks for; if there are more, there are several passes. */
enum { WANTED_MAX = 1 << 18 };

struct evaluation {
	const struct sigdb *db;
	const struct evaluate_trace *trace;
	struct evaluated object;
	uint64_t work;
	enum err err;			/* the first, of this object */

	struct awake **all;		/* every signature that was loaded */
	size_t count, room, bytes;
	uint32_t *slots;		/* by number: index + 1 in ${all}; a power of two of them */
	size_t slot_count;
	size_t waiting;

	struct wanted *wanted;
	size_t wanted_count, wanted_room;
	uint64_t window_at;		/* where in the object the text of the second pass begins */
	uint8_t *window;		/* SIGDB_WINDOW bytes and KEPT_BEHIND before them */
};

enum { SLOTS_FIRST = 256 };

enum err
evaluation_new(const struct sigdb *db, const struct evaluate_trace *trace, struct evaluation **out)
{
	struct evaluation *e = calloc(1, sizeof *e);

	if (e == NULL)
		return ERR_NOMEM;
	e->db = db;
	e->trace = trace;
	e->slot_count = SLOTS_FIRST;
	if ((e->slots = calloc(e->slot_count, sizeof e->slots[0])) == NULL) {
		free(e);
		return ERR_NOMEM;
	}
	*out = e;
	return ERR_NONE;
}

/* Forget the signatures of the last object. */
static void
forget_all(struct evaluation *e)
{
	for (size_t i = 0; i < e->count; i++)
		awake_free(e->all[i]);
	if (e->count > 0)
		memset(e->slots, 0, e->slot_count * sizeof e->slots[0]);
	e->count = 0;
	e->bytes = 0;
	e->waiting = 0;
	e->wanted_count = 0;
}

void
evaluation_free(struct evaluation *e)
{
	if (e == NULL)
		return;
	forget_all(e);
	free(e->all);
	free(e->slots);
	free(e->wanted);
	free(e->window);
	free(e);
}

static void
note_error(struct evaluation *e, enum err err)
{
	if (e->err == ERR_NONE)
		e->err = err;
}

static size_t
slot_of(const struct evaluation *e, uint32_t number)
{
	size_t slot = (size_t)(number * UINT32_C(0x9e3779b1)) & (e->slot_count - 1);

	while (e->slots[slot] != 0 && e->all[e->slots[slot] - 1]->number != number)
		slot = (slot + 1) & (e->slot_count - 1);
	return slot;
}

static enum err
grow_slots(struct evaluation *e)
{
	size_t twice = 2 * e->slot_count;
	uint32_t *slots;

	if (2 * (e->count + 1) < e->slot_count)
		return ERR_NONE;
	if ((slots = calloc(twice, sizeof slots[0])) == NULL)
		return ERR_NOMEM;
	free(e->slots);
	e->slots = slots;
	e->slot_count = twice;
	for (size_t i = 0; i < e->count; i++)
		e->slots[slot_of(e, e->all[i]->number)] = (uint32_t)i + 1;
	return ERR_NONE;
}

/* Signature ${number}, loaded unless it was; NULL, with the error noted, when it cannot be. */
static struct awake *
load(struct evaluation *e, uint32_t number)
{
	struct awake *a = NULL;
	size_t slot;
	enum err err;

	slot = slot_of(e, number);
	if (e->slots[slot] != 0)
		return e->all[e->slots[slot] - 1];
	err = e->count >= AWAKE_MAX || e->bytes >= AWAKE_BYTES_MAX ? ERR_LIMIT : ERR_NONE;
	if (err == ERR_NONE)
		err = array_grow((void **)&e->all, &e->room, e->count + 1, sizeof e->all[0]);
	if (err == ERR_NONE)
		err = grow_slots(e);
	if (err == ERR_NONE)
		err = awake_new(e->db, number, &a);
	if (err != ERR_NONE) {
		note_error(e, err);
		return NULL;
	}
	e->slots[slot_of(e, number)] = (uint32_t)e->count + 1;
	e->all[e->count++] = a;
	e->bytes += a->bytes;
	a->decided = !conditions_hold(a->signature, &e->object);
	/* Who wants to see all parts sees each. */
	a->counts = a->counts || e->trace->part != NULL;
	return a;
}

static void
let_wait(struct evaluation *e, struct awake *a)
{
	if (!a->waits && !a->decided) {
		a->waits = true;
		e->waiting++;
	}
}

void
evaluation_begin(struct evaluation *e, const struct evaluated *object)
{
	uint64_t size = object->source->size;

	forget_all(e);
	e->object = *object;
	e->err = ERR_NONE;
	e->work = size > UINT64_MAX / 2 / EVALUATION_WORK_PER_BYTE ?
	    UINT64_MAX / 2 :
	    EVALUATION_WORK_BASE + size * EVALUATION_WORK_PER_BYTE;
	for (size_t i = 0; i < e->db->always.n / 8; i++) {
		uint32_t target = image_u32(e->db->always, 2 * i);
		struct awake *a;

		if (target != TARGET_ANY && target != (uint32_t)object->target)
			continue;
		if ((a = load(e, image_u32(e->db->always, 2 * i + 1))) != NULL)
			let_wait(e, a);
	}
}

/* The subsignature that a part belongs to. */
static uint32_t
sub_of_part(const struct signature *s, uint32_t part)
{
	for (uint32_t i = 0; i < s->sub_count; i++)
		if (s->subs[i].kind == SUB_BODY && part >= s->subs[i].part_first &&
		    part - s->subs[i].part_first < s->subs[i].part_count)
			return i;
	return 0;
}

/* Does the part stand around its piece at ${at}? */
static bool
part_stands(struct evaluation *e, const struct part *part, uint64_t at, struct spots *starts,
    struct spots *ends)
{
	uint64_t reads = e->object.view->reads;
	bool stands = part_matches(part, e->object.view, at, starts, ends, &e->work);

	/* A read of the file costs as much as thousands of comparisons. */
	reads = (e->object.view->reads - reads) * (VIEW_ASIDE / 16);
	e->work = e->work > reads ? e->work - reads : 0;
	if (e->work == 0)
		note_error(e, ERR_LIMIT);
	return stands;
}

static bool
report(struct evaluation *e, struct awake *a, evaluate_found_fn *found, void *ctx)
{
	a->decided = true;
	a->waits = false;
	(void)e;
	return found(ctx, a->signature->name);
}

static void
trace_part(const struct evaluation *e, const struct awake *a, uint32_t sub, const struct spots *starts,
    const struct spots *ends)
{
	unsigned first = 0, last = 0;
	int64_t start, end;

	if (e->trace->part != NULL && spots_next(starts, &first, &start) && spots_next(ends, &last, &end))
		e->trace->part(e->trace->ctx, a->signature->name, sub, (uint64_t)start, (uint64_t)end);
}

enum patset_want
evaluation_anchor(struct evaluation *e, uint32_t anchor, uint64_t at, evaluate_found_fn *found, void *ctx)
{
	uint32_t part = image_u32(e->db->anchors, 2 * (size_t)anchor + 1), sub;
	struct spots starts, ends;
	const struct signature *s;
	struct awake *a;
	enum err err = ERR_NONE;
	uint64_t start;

	if (anchor >= e->db->anchors.n / 8) {
		note_error(e, ERR_MALFORMED);
		return PATSET_OTHERS;
	}
	if ((a = load(e, image_u32(e->db->anchors, 2 * (size_t)anchor))) == NULL || a->decided ||
	    a->waits)
		return PATSET_OTHERS;
	s = a->signature;
	if (part >= s->part_count) {
		note_error(e, ERR_MALFORMED);
		return PATSET_OTHERS;
	}
	if (!part_stands(e, &s->parts[part], at, &starts, &ends))
		return e->work > 0 ? PATSET_ALL : PATSET_OTHERS;
	sub = sub_of_part(s, part);
	if (!s->links[part].first) {
		let_wait(e, a);
		return PATSET_OTHERS;
	}
	if (!awake_note_part(a, sub, part, &starts, &ends, &e->object, &start, &err) &&
	    s->links[part].last)
		return PATSET_ALL;
	reach_fini(&a->reaches[part]);	/* the second pass finds it again, in order */
	if (!signature_is_one_body(s) || !s->links[part].last) {
		let_wait(e, a);
		return PATSET_OTHERS;
	}
	trace_part(e, a, sub, &starts, &ends);
	return report(e, a, found, ctx) ? PATSET_OTHERS : PATSET_STOP;
}

/* A gram of a wanted part stands at ${at} of the window. */
static bool
wanted_found(void *ctx, uint32_t id, size_t at)
{
	struct evaluation *e = ctx;
	struct wanted *w = &e->wanted[id];
	const struct signature *s = w->awake->signature;
	const struct part *part = &s->parts[w->part];
	uint64_t place = e->window_at + at, start;
	struct spots starts, ends;
	enum err err = ERR_NONE;

	e->work = e->work > 4 ? e->work - 4 : 0;
	if (w->awake->subs[w->sub].done || place < part->pin)
		return e->work > 0;
	if (!part_stands(e, part, place - part->pin, &starts, &ends))
		return e->work > 0;
	trace_part(e, w->awake, w->sub, &starts, &ends);
	if (awake_note_part(w->awake, w->sub, w->part, &starts, &ends, &e->object, &start, &err))
		awake_note_sub(w->awake, w->sub, start, !s->links[w->part].first);
	if (err != ERR_NONE)
		note_error(e, err);
	return e->work > 0 && err == ERR_NONE;
}

/* All parts of ${a} are to be looked for. */
static enum err
want_parts(struct evaluation *e, struct awake *a)
{
	const struct signature *s = a->signature;
	enum err err;

	for (uint32_t i = 0; i < s->sub_count; i++) {
		uint32_t count = s->subs[i].kind == SUB_BODY ? s->subs[i].part_count : 0;

		err = array_grow((void **)&e->wanted, &e->wanted_room, e->wanted_count + count + 1,
		    sizeof e->wanted[0]);
		if (err != ERR_NONE)
			return err;
		for (uint32_t k = 0; k < count; k++)
			e->wanted[e->wanted_count++] =
			    (struct wanted){ a, i, s->subs[i].part_first + k };
	}
	return ERR_NONE;
}

/* The set of what is wanted now. */
static enum err
make_set(const struct evaluation *e, struct fewset **out)
{
	struct fewset_gram *grams = calloc(e->wanted_count + 1, sizeof *grams);
	enum err err;

	if (grams == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < e->wanted_count; i++) {
		const struct wanted *w = &e->wanted[i];
		const struct part *part = &w->awake->signature->parts[w->part];
		const uint8_t *value = part->atoms[part->piece].value + part->pin;

		grams[i] = (struct fewset_gram){ (uint32_t)gram_load(value, part->pin_gram),
			(uint8_t)part->pin_gram, (uint32_t)i };
	}
	err = fewset_new(grams, e->wanted_count, out);
	free(grams);
	return err;
}

/* Search the file from its start to its end, in windows that overlap. */
static enum err
search_file(struct evaluation *e, const struct fewset *set)
{
	const struct source *object = e->object.source;
	size_t kept = 0, n;
	enum err err;

	if (e->window == NULL && (e->window = malloc(KEPT_BEHIND + SIGDB_WINDOW)) == NULL)
		return ERR_NOMEM;
	for (uint64_t read = 0; read < object->size; read += n) {
		/* A gram that begins in the last 3 bytes is found with the next window. */
		size_t from = kept < 3 ? 0 : kept - 3, end, over;

		err = source_read(object, read, e->window + kept, SIGDB_WINDOW, &n);
		if (err != ERR_NONE)
			return err;
		if (n == 0)
			return ERR_TRUNCATED;
		e->window_at = read - kept;
		e->object.view->window = bytes_of(e->window, kept + n);
		e->object.view->window_at = e->window_at;
		end = read + n == object->size ? kept + n : kept + n - (kept + n < 3 ? kept + n : 3);
		if (!fewset_search(set, bytes_of(e->window, kept + n), from, end, wanted_found, e))
			return ERR_NONE;	/* the reason is noted */
		over = kept + n > KEPT_BEHIND ? kept + n - KEPT_BEHIND : 0;
		kept = kept + n - over;
		memmove(e->window, e->window + over, kept);
	}
	return ERR_NONE;
}

static enum err
search_wanted(struct evaluation *e)
{
	struct bytes whole = e->object.source->whole;
	struct fewset *set = NULL;
	enum err err;

	if ((err = make_set(e, &set)) != ERR_NONE)
		return err;
	if (e->object.source->fd < 0) {
		e->window_at = 0;
		fewset_search(set, whole, 0, whole.n, wanted_found, e);
	} else {
		err = search_file(e, set);
		/* The window's memory is not the view's to keep. */
		e->object.view->window = (struct bytes){ NULL, 0 };
	}
	fewset_free(set);
	if (err == ERR_NONE)
		err = e->object.view->err;
	return err == ERR_NONE ? e->err : err;
}

/* Everything that woke, from ${from} on, as much as one pass takes. */
static enum err
gather(struct evaluation *e, size_t *from)
{
	enum err err;

	e->wanted_count = 0;
	for (; *from < e->count && e->wanted_count < WANTED_MAX; ++*from)
		if (e->all[*from]->waits && (err = want_parts(e, e->all[*from])) != ERR_NONE)
			return err;
	return ERR_NONE;
}

static enum err
finish_all(struct evaluation *e, evaluate_found_fn *found, void *ctx)
{
	struct late late = { .object = &e->object };
	enum err err = ERR_NONE, end = ERR_NONE;

	for (size_t from = 0; from < e->count && err == ERR_NONE;)
		if ((err = gather(e, &from)) == ERR_NONE && e->wanted_count > 0)
			err = search_wanted(e);
	if (err != ERR_NONE)
		return err;
	for (size_t i = 0; i < e->count && end == ERR_NONE; i++) {
		struct awake *a = e->all[i];
		bool holds;

		if (!a->waits)
			continue;
		if ((err = late_decide(&late, a, &holds)) != ERR_NONE)
			note_error(e, err);
		else if (holds && !report(e, a, found, ctx))
			end = ERR_CLOSED;
	}
	late_fini(&late);
	return end != ERR_NONE ? end : e->err;
}

enum err
evaluation_finish(struct evaluation *e, evaluate_found_fn *found, void *ctx)
{
	enum err err = e->err;

	if (err == ERR_NONE && e->waiting > 0)
		err = finish_all(e, found, ctx);
	forget_all(e);
	return err;
}
