/* sigdb/signature.c: see signature.h. */
#include "sigdb/signature.h"

#include <stdlib.h>

static void
write_range(const struct range *r, struct buf *out)
{
	buf_u8(out, r->given);
	buf_u32le(out, r->min);
	buf_u32le(out, r->max);
}

static struct range
read_range(struct reader *r)
{
	struct range range = { reader_u8(r) != 0, 0, 0 };

	range.min = reader_u32le(r);
	range.max = reader_u32le(r);
	return range;
}

static void
write_steps(const struct step *steps, uint32_t n, struct buf *out)
{
	for (uint32_t i = 0; i < n; i++) {
		buf_u8(out, steps[i].kind);
		buf_u32le(out, steps[i].a);
		buf_u32le(out, steps[i].b);
	}
}

static void
read_steps(struct reader *r, struct step *steps, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		steps[i].kind = reader_u8(r);
		steps[i].a = reader_u32le(r);
		steps[i].b = reader_u32le(r);
	}
}

static void
write_comparison(const struct comparison *c, struct buf *out)
{
	buf_u8(out, c->of);
	buf_u8(out, c->base);
	buf_u8(out, (uint8_t)(c->big | c->exact << 1));
	buf_u32le(out, c->bytes);
	buf_i64le(out, c->offset);
	buf_u8(out, c->count);
	for (size_t i = 0; i < 2; i++) {
		buf_u8(out, (uint8_t)c->conditions[i].op);
		buf_i64le(out, c->conditions[i].value);
	}
}

static void
read_comparison(struct reader *r, struct comparison *c)
{
	uint8_t flags;

	c->of = reader_u8(r);
	c->base = reader_u8(r);
	flags = reader_u8(r);
	c->big = flags & 1;
	c->exact = flags >> 1 & 1;
	c->bytes = reader_u32le(r);
	c->offset = reader_i64le(r);
	c->count = reader_u8(r);
	for (size_t i = 0; i < 2; i++) {
		c->conditions[i].op = (char)reader_u8(r);
		c->conditions[i].value = reader_i64le(r);
	}
	if (c->count > 2)
		r->bad = true;
}

static void
write_sub(const struct sub *s, struct buf *out)
{
	buf_u8(out, s->kind);
	buf_u8(out, s->where.kind);
	buf_u8(out, s->where.number);
	buf_u32le(out, s->where.from);
	buf_u32le(out, s->where.shift);
	switch (s->kind) {
	case SUB_BODY:
		buf_u32le(out, s->part_count);
		break;
	case SUB_REGEX:
		buf_u32le(out, s->flags);
		buf_put_blob(out, s->regex);
		buf_u32le(out, s->trigger_count);
		write_steps(s->trigger, s->trigger_count, out);
		break;
	default:
		write_comparison(&s->compare, out);
	}
}

void
signature_write(const struct signature *s, struct buf *out)
{
	uint32_t steps = s->step_count;

	for (uint32_t i = 0; i < s->sub_count; i++)
		steps += s->subs[i].trigger_count;
	buf_u32le(out, s->name);
	buf_u32le(out, s->sub_count);
	buf_u32le(out, s->part_count);
	buf_u32le(out, s->atom_count);
	buf_u32le(out, steps);
	buf_u32le(out, s->step_count);
	buf_u8(out, s->target);
	write_range(&s->file_size, out);
	write_range(&s->entry_point, out);
	write_range(&s->sections, out);
	buf_u8(out, s->container);
	buf_u8(out, s->intermediate_count);
	buf_put(out, bytes_of(s->intermediates, INTERMEDIATES_MAX));
	write_steps(s->steps, s->step_count, out);
	for (uint32_t i = 0; i < s->sub_count; i++)
		write_sub(&s->subs[i], out);
	for (uint32_t i = 0; i < s->part_count; i++) {
		buf_u32le(out, s->links[i].min);
		buf_u32le(out, s->links[i].max);
		buf_u8(out, (uint8_t)(s->links[i].first | s->links[i].last << 1));
		part_write(&s->parts[i], out);
	}
}

/* The memory of a signature that is read. */
struct room {
	struct signature *s;
	struct step *steps;
	struct sub *subs;
	struct part *parts;
	struct link *links;
	struct atom *atoms;
	uint32_t steps_left, atoms_left, parts_given;
};

static enum err
make_room(struct signature *head, uint32_t steps, struct room *out)
{
	size_t sizes[] = { sizeof *head, head->sub_count * sizeof(struct sub),
		head->part_count * sizeof(struct part), head->atom_count * sizeof(struct atom),
		head->part_count * sizeof(struct link), steps * sizeof(struct step) };
	size_t total = 0, ats[6];
	uint8_t *p;

	for (size_t i = 0; i < 6; i++) {
		ats[i] = total;
		total += (sizes[i] + 15) / 16 * 16;
	}
	if ((p = calloc(1, total)) == NULL)
		return ERR_NOMEM;
	*out = (struct room){ (void *)p, (void *)(p + ats[5]), (void *)(p + ats[1]),
		(void *)(p + ats[2]), (void *)(p + ats[4]), (void *)(p + ats[3]), steps,
		head->atom_count, 0 };
	*out->s = *head;
	out->s->subs = out->subs;
	out->s->parts = out->parts;
	out->s->links = out->links;
	out->s->steps = out->steps;
	return ERR_NONE;
}

/* ${n} steps from the common store. */
static const struct step *
take_steps(struct reader *r, struct room *room, uint32_t n)
{
	struct step *steps = room->steps;

	if (n > room->steps_left || n > EXPRESSION_STEPS_MAX) {
		r->bad = true;
		return NULL;
	}
	read_steps(r, steps, n);
	room->steps += n;
	room->steps_left -= n;
	return steps;
}

static void
read_sub(struct reader *r, struct room *room, struct sub *s)
{
	s->kind = reader_u8(r);
	s->where.kind = reader_u8(r);
	s->where.number = reader_u8(r);
	s->where.from = reader_u32le(r);
	s->where.shift = reader_u32le(r);
	switch (s->kind) {
	case SUB_BODY:
		s->part_first = room->parts_given;
		s->part_count = reader_u32le(r);
		if (s->part_count > room->s->part_count - room->parts_given)
			r->bad = true;
		else
			room->parts_given += s->part_count;
		break;
	case SUB_REGEX:
		s->flags = reader_u32le(r);
		s->regex = reader_blob(r, SIGDB_LINE_MAX);
		s->trigger_count = reader_u32le(r);
		s->trigger = take_steps(r, room, s->trigger_count);
		break;
	case SUB_COMPARE:
		read_comparison(r, &s->compare);
		if (s->compare.of >= room->s->sub_count)
			r->bad = true;
		break;
	default:
		r->bad = true;
	}
}

static enum err
read_part(struct reader *r, struct room *room, uint32_t i)
{
	uint8_t flags;
	enum err e;

	room->links[i].min = reader_u32le(r);
	room->links[i].max = reader_u32le(r);
	flags = reader_u8(r);
	room->links[i].first = flags & 1;
	room->links[i].last = flags >> 1 & 1;
	if ((e = part_read(r, room->atoms, room->atoms_left, &room->parts[i])) != ERR_NONE)
		return e;
	room->atoms += room->parts[i].count;
	room->atoms_left -= room->parts[i].count;
	return ERR_NONE;
}

/* Each body begins with a first part and ends with a last one. */
static bool
links_are_whole(const struct signature *s)
{
	for (uint32_t i = 0; i < s->sub_count; i++) {
		const struct sub *sub = &s->subs[i];
		bool open = false;

		for (uint32_t k = 0; sub->kind == SUB_BODY && k < sub->part_count; k++) {
			const struct link *link = &s->links[sub->part_first + k];

			if (link->first == open)
				return false;
			open = !link->last;
		}
		if (open || (sub->kind == SUB_BODY && sub->part_count == 0))
			return false;
	}
	return true;
}

static enum err
read_all(struct reader *r, struct room *room, uint32_t step_count)
{
	struct signature *s = room->s;
	enum err e;

	s->target = reader_u8(r);
	s->file_size = read_range(r);
	s->entry_point = read_range(r);
	s->sections = read_range(r);
	s->container = reader_u8(r);
	s->intermediate_count = reader_u8(r);
	for (size_t i = 0; i < INTERMEDIATES_MAX; i++)
		s->intermediates[i] = reader_u8(r);
	s->step_count = step_count;
	s->steps = take_steps(r, room, step_count);
	for (uint32_t i = 0; i < s->sub_count && !r->bad; i++)
		read_sub(r, room, &room->subs[i]);
	if (r->bad || room->parts_given != s->part_count || s->intermediate_count > INTERMEDIATES_MAX)
		return ERR_MALFORMED;
	for (uint32_t i = 0; i < s->part_count; i++)
		if ((e = read_part(r, room, i)) != ERR_NONE)
			return e;
	return reader_is_done(r) && links_are_whole(s) ? ERR_NONE : ERR_MALFORMED;
}

enum err
signature_read(struct bytes code, struct signature **out)
{
	struct reader r = reader_over(code);
	struct signature head = { .name = reader_u32le(&r) };
	uint32_t steps, step_count;
	struct room room;
	enum err e;

	head.sub_count = reader_u32le(&r);
	head.part_count = reader_u32le(&r);
	head.atom_count = reader_u32le(&r);
	steps = reader_u32le(&r);
	step_count = reader_u32le(&r);
	if (r.bad || head.sub_count == 0 || head.sub_count > SUBSIGNATURES_MAX ||
	    head.part_count > SIGNATURE_PARTS_MAX || head.atom_count > SIGNATURE_ATOMS_MAX ||
	    steps > SIGNATURE_STEPS_MAX)
		return ERR_MALFORMED;
	if ((e = make_room(&head, steps, &room)) != ERR_NONE)
		return e;
	if ((e = read_all(&r, &room, step_count)) != ERR_NONE) {
		free(room.s);
		return e;
	}
	*out = room.s;
	return ERR_NONE;
}
