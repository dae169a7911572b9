/* tuf/search.c: which role speaks for a target: delegations, pre-order and depth first (section 5.6.7). */
#include "base/text.h"
#include "tuf/client_state.h"

struct search {
	struct tuf_client *client;
	const char *name;
	char visited[TUF_DELEGATIONS_MAX][TUF_NAME_SIZE];
	size_t count;
	bool ended;		/* by a terminating delegation: nobody else is asked */
	struct tuf_target *out;
	struct fault *why;
};

static bool
was_visited(const struct search *s, const char *role)
{
	for (size_t i = 0; i < s->count; i++)
		if (text_equal(s->visited[i], role))
			return true;
	return false;
}

/* The delegated role's file, as the snapshot lists it and the delegator's keys signed it: each time anew,
 * for another delegator may ask for other keys. */
static enum err
get_role(struct search *s, const struct tuf_delegation *d, struct tuf_metadata **out)
{
	struct tuf_wanted w = { .role = TUF_TARGETS, .delegation = d };
	struct tuf_client *c = s->client;
	enum err e;

	if ((e = tuf_listing_find(c->trusted[TUF_SNAPSHOT], d->role, &w.listed, s->why)) != ERR_NONE) {
		/* Not the same as a target that is not there. */
		return e == ERR_NOT_FOUND ? fault_set(s->why, ERR_FORGED,
		    "the snapshot does not name %.64s, to which is delegated", d->role) : e;
	}
	if ((e = tuf_wanted_name(c, d->role, &w, s->why)) != ERR_NONE)
		return e;
	if ((e = tuf_wanted_load(c, &w, out, s->why)) == ERR_NOT_FOUND &&
	    (e = tuf_wanted_fetch(c, &w, NULL, out, s->why)) == ERR_NOT_FOUND)
		e = ERR_FORGED;
	return e;
}

static enum err look_below(struct search *s, const struct tuf_metadata *delegator);

static enum err
look_into(struct search *s, const struct tuf_delegation *d)
{
	struct tuf_metadata *m = NULL;
	enum err e;

	if (s->count == TUF_DELEGATIONS_MAX)
		return fault_set(s->why, ERR_LIMIT,
		    "\"%s\" was not found in the first %d roles to which is delegated", s->name,
		    TUF_DELEGATIONS_MAX);
	memcpy(s->visited[s->count++], d->role, sizeof d->role);
	if ((e = get_role(s, d, &m)) != ERR_NONE) {
		fault_within(s->why, "role %.64s", d->role);
		return e;
	}
	e = tuf_target_find(m, s->name, tuf_root_is_consistent(s->client->root), s->out, s->why);
	if (e == ERR_NOT_FOUND)
		e = look_below(s, m);
	tuf_metadata_free(m);
	return e;
}

/* ERR_NOT_FOUND: not there; and nowhere else either when ${s->ended}. */
static enum err
look_below(struct search *s, const struct tuf_metadata *delegator)
{
	struct tuf_delegation d;
	size_t at = 0;
	enum err e;

	while (!s->ended &&
	    (e = tuf_delegation_next(delegator, s->name, &at, &d, s->why)) != ERR_NOT_FOUND) {
		if (e != ERR_NONE)
			return e;
		if (!was_visited(s, d.role) && (e = look_into(s, &d)) != ERR_NOT_FOUND)
			return e;
		s->ended |= d.terminating;
	}
	return ERR_NOT_FOUND;
}

enum err
tuf_client_target(struct tuf_client *c, const char *name, struct tuf_target *out,
    struct fault *why)
{
	struct search s = { .client = c, .name = name, .out = out, .why = why };
	enum err e;

	if (!c->ready)
		return fault_set(why, ERR_CONFLICT, "the repository's metadata is not up to date");
	e = tuf_target_find(c->trusted[TUF_TARGETS], name, tuf_root_is_consistent(c->root), out, why);
	if (e == ERR_NOT_FOUND && (e = look_below(&s, c->trusted[TUF_TARGETS])) == ERR_NOT_FOUND)
		fault_set(why, e, "the repository has no \"%s\"", name);
	return e;
}
