/* store/store_sqlite_figures.c: how many a provider has of what; see struct figures in entitle/store.h. */
#include "store/store_sqlite_internal.h"

static void
take_count(struct statement *st, void *out)
{
	*(int64_t *)out = statement_take_whole(st);
}

static enum err
get_figures(struct store *s, const char *provider, int64_t now, struct figures *out)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	struct statement st = statement_begin(all,
	    "SELECT state, paid_until <> 0 AND paid_until <= ?, count(*), sum(seats) FROM subscription"
	    " WHERE provider = ? GROUP BY 1, 2");
	struct statement devices = statement_begin(all,
	    "SELECT count(*) FROM subscription s JOIN device d ON d.subscription = s.id"
	    " WHERE s.provider = ? AND s.state <> ? AND d.seated = 1");
	struct figures f = { .seats = 0 };
	enum err e;

	statement_whole(&st, now);
	statement_text(&st, provider);
	while (statement_row(&st) == ERR_NONE) {
		int64_t state = statement_take_whole(&st), over = statement_take_whole(&st);
		int64_t count = statement_take_whole(&st), seats = statement_take_whole(&st);

		if (state < 0 || state >= SUB_STATES)
			st.err = ERR_MALFORMED;
		else
			f.by_state[state == SUB_ACTIVE && over != 0 ? SUB_EXPIRED : state] += count;
		f.seats += state == SUB_CANCELLED ? 0 : seats;
	}
	if ((e = statement_end(&st)) != ERR_NONE)
		return e;
	statement_text(&devices, provider);
	statement_whole(&devices, SUB_CANCELLED);
	if ((e = statement_get(&devices, take_count, &f.devices)) == ERR_NONE)
		*out = f;
	return e;
}

void
store_sqlite_add_figures_operations(struct store *s)
{
	s->get_figures = get_figures;
}
