/* sigdb/expression.c: see expression.h. */
#include "sigdb/expression.h"

enum { DEPTH_MAX = 64 };

struct parsing {
	struct bytes rest;
	uint32_t subs;
	struct step *steps;
	size_t room, n;
	unsigned depth;
};

static enum err parse_expression(struct parsing *p);

static bool
next_is(const struct parsing *p, char c)
{
	return p->rest.n > 0 && p->rest.p[0] == c;
}

static enum err
put_step(struct parsing *p, enum step_kind kind, uint32_t a, uint32_t b)
{
	if (p->n == p->room)
		return ERR_LIMIT;
	p->steps[p->n++] = (struct step){ (uint8_t)kind, a, b };
	return ERR_NONE;
}

static enum err
parse_number(struct parsing *p, uint32_t *out)
{
	uint64_t n = 0;

	if (p->rest.n == 0 || p->rest.p[0] < '0' || p->rest.p[0] > '9')
		return ERR_MALFORMED;
	while (p->rest.n > 0 && p->rest.p[0] >= '0' && p->rest.p[0] <= '9') {
		n = n * 10 + (p->rest.p[0] - '0');
		if (n > UINT32_MAX)
			return ERR_MALFORMED;
		p->rest = bytes_from(p->rest, 1);
	}
	*out = (uint32_t)n;
	return ERR_NONE;
}

/* "=X", ">X,Y" and the like, if one follows. */
static enum err
parse_comparison(struct parsing *p)
{
	enum step_kind kind;
	uint32_t a, b = 0;
	enum err e;

	if (next_is(p, '='))
		kind = STEP_EQUAL;
	else if (next_is(p, '>'))
		kind = STEP_MORE;
	else if (next_is(p, '<'))
		kind = STEP_LESS;
	else
		return ERR_NONE;
	p->rest = bytes_from(p->rest, 1);
	if ((e = parse_number(p, &a)) != ERR_NONE)
		return e;
	if (next_is(p, ',')) {
		p->rest = bytes_from(p->rest, 1);
		if ((e = parse_number(p, &b)) != ERR_NONE)
			return e;
	}
	return put_step(p, kind, a, b);
}

static enum err
parse_primary(struct parsing *p)
{
	uint32_t id;
	enum err e;

	if (next_is(p, '(')) {
		if (++p->depth > DEPTH_MAX)
			return ERR_LIMIT;
		p->rest = bytes_from(p->rest, 1);
		if ((e = parse_expression(p)) != ERR_NONE)
			return e;
		if (!next_is(p, ')'))
			return ERR_MALFORMED;
		p->rest = bytes_from(p->rest, 1);
		p->depth--;
	} else {
		if ((e = parse_number(p, &id)) != ERR_NONE)
			return e;
		if (id >= p->subs)
			return ERR_MALFORMED;
		if ((e = put_step(p, STEP_COUNT, id, 0)) != ERR_NONE)
			return e;
	}
	return parse_comparison(p);
}

/* Operators bind to the right: what comes first is joined last. */
static enum err
parse_expression(struct parsing *p)
{
	enum step_kind joins[EXPRESSION_STEPS_MAX];
	size_t n = 0;
	enum err e;

	for (;;) {
		if ((e = parse_primary(p)) != ERR_NONE)
			return e;
		if (!next_is(p, '&') && !next_is(p, '|'))
			break;
		if (n == DEPTH_MAX)
			return ERR_LIMIT;
		joins[n++] = next_is(p, '&') ? STEP_AND : STEP_OR;
		p->rest = bytes_from(p->rest, 1);
	}
	while (n > 0)
		if ((e = put_step(p, joins[--n], 0, 0)) != ERR_NONE)
			return e;
	return ERR_NONE;
}

enum err
expression_read(struct bytes text, uint32_t subs, struct step *steps, size_t room, size_t *count)
{
	struct parsing p = { .rest = text, .subs = subs, .steps = steps, .room = room };
	enum err e;

	if ((e = parse_expression(&p)) != ERR_NONE)
		return e;
	if (p.rest.n > 0)
		return ERR_MALFORMED;
	*count = p.n;
	return ERR_NONE;
}

/* What one part of the expression came to. */
struct result {
	bool holds;
	uint64_t count;
	uint64_t from;		/* the subsignatures that matched, a bit each */
};

static struct result
join(const struct result *left, const struct result *right, bool both)
{
	struct result r = { both ? left->holds && right->holds : left->holds || right->holds, 0, 0 };

	if (r.holds) {
		r.count = left->count + right->count;
		r.from = left->from | right->from;
	}
	return r;
}

static struct result
compare(const struct result *r, const struct step *s)
{
	bool holds = s->kind == STEP_EQUAL ? r->count == s->a :
	    s->kind == STEP_MORE	   ? r->count > s->a :
					     r->count < s->a;

	if (holds && s->b > 0 && (unsigned)__builtin_popcountll(r->from) < s->b)
		holds = false;
	return holds ? (struct result){ true, r->count, r->from } : (struct result){ false, 0, 0 };
}

bool
expression_holds(const struct step *steps, size_t n, const uint32_t *counts, uint32_t subs)
{
	struct result stack[EXPRESSION_STEPS_MAX];
	size_t top = 0;

	if (n > EXPRESSION_STEPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];

		if (s->kind == STEP_COUNT) {
			uint32_t count;

			if (s->a >= subs || s->a >= SUBSIGNATURES_MAX)
				return false;
			count = counts[s->a];
			stack[top++] = (struct result){ count > 0, count,
				count > 0 ? 1ULL << s->a : 0 };
		} else if ((s->kind == STEP_AND || s->kind == STEP_OR) && top >= 2) {
			stack[top - 2] =
			    join(&stack[top - 2], &stack[top - 1], s->kind == STEP_AND);
			top--;
		} else if (s->kind > STEP_OR && s->kind < STEP_KINDS && top >= 1) {
			stack[top - 1] = compare(&stack[top - 1], s);
		} else {
			return false;
		}
	}
	return top == 1 && stack[0].holds;
}

/* What one part of the expression needs. */
struct need {
	bool any;		/* it can hold without a match */
	uint64_t set;
	uint64_t cost;
};

static struct need
need_of_both(struct need left, struct need right)
{
	if (left.any || (!right.any && right.cost < left.cost))
		return right;
	return left;
}

static struct need
need_of_either(struct need left, struct need right)
{
	uint64_t cost = left.cost + right.cost;

	return (struct need){ left.any || right.any, left.set | right.set,
		cost < left.cost ? UINT64_MAX : cost };
}

bool
expression_needs(const struct step *steps, size_t n, const uint64_t *costs, uint32_t subs, uint64_t *out)
{
	struct need stack[EXPRESSION_STEPS_MAX];
	size_t top = 0;

	if (n > EXPRESSION_STEPS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];

		if (s->kind == STEP_COUNT && s->a < subs)
			stack[top++] = (struct need){ false, 1ULL << s->a, costs[s->a] };
		else if (s->kind == STEP_AND && top >= 2)
			stack[top - 2] = need_of_both(stack[top - 2], stack[top - 1]), top--;
		else if (s->kind == STEP_OR && top >= 2)
			stack[top - 2] = need_of_either(stack[top - 2], stack[top - 1]), top--;
		else if (s->kind > STEP_OR && top >= 1)
			stack[top - 1].any |= s->kind == STEP_LESS || (s->kind == STEP_EQUAL && s->a == 0);
		else
			return false;
	}
	if (top != 1 || stack[0].any)
		return false;
	*out = stack[0].set;
	return true;
}

bool
expression_counts(const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].kind > STEP_OR)
			return true;
	return false;
}
