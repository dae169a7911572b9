/* store/store_sqlite_provider.c: providers, their policies, and where each stands among the others. */
#include "store/store_sqlite_internal.h"

#define PLACE_COLUMNS "parent, suspended_for, suspended, spared_until"
#define PROVIDER_COLUMNS                                                                 \
	"id, name, phone, web, hours, verify_url, verify_token, lease_s, checkin_s, grace_s," \
	" doubt_s, retention_s, retail, created, billing_grace_s, request_grace_s, expiry_grace_s,"  \
	" activate_s, transfers, undo_s, backdate_s, reconcile_s, reminder1, reminder2, reminder3,"  \
	" leaves, leaves_to, " PLACE_COLUMNS

/* Run a statement that changes one provider. */
static enum err
run_change(struct statement *st)
{
	int64_t changed = 0;
	enum err e = statement_run(st, &changed);

	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

/* What put_provider writes too, but for the policy of changes. */
static void
bind_terms(struct statement *st, const struct provider *p)
{
	statement_text(st, p->contact.name);
	statement_text(st, p->contact.phone);
	statement_text(st, p->contact.web);
	statement_text(st, p->contact.hours);
	statement_text(st, p->verify_url);
	statement_text(st, p->verify_token);
	statement_whole(st, p->policy.lease_s);
	statement_whole(st, p->policy.checkin_s);
	statement_whole(st, p->policy.grace_s);
	statement_whole(st, p->policy.doubt_s);
	statement_whole(st, p->policy.retention_s);
}

static void
bind_policy_of_changes(struct statement *st, const struct policy *p)
{
	statement_whole(st, p->billing_grace_s);
	statement_whole(st, p->request_grace_s);
	statement_whole(st, p->expiry_grace_s);
	statement_whole(st, p->activate_s);
	statement_whole(st, p->transfers);
	statement_whole(st, p->undo_s);
	statement_whole(st, p->backdate_s);
	statement_whole(st, p->reconcile_s);
	for (size_t i = 0; i < REMINDERS_MAX; i++)
		statement_whole(st, p->reminder_days[i]);
}

static void
bind_place(struct statement *st, const struct tree_place *place)
{
	statement_text(st, place->parent);
	statement_whole(st, place->suspended_for);
	statement_whole(st, place->suspended);
	statement_whole(st, place->spared_until);
}

static enum err
add_provider(struct store *s, const struct provider *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO provider (" PROVIDER_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
	    "?,?,?,?,?,?,?,?,?)");

	statement_text(&st, p->id);
	bind_terms(&st, p);
	statement_whole(&st, p->retail);
	statement_whole(&st, p->created);
	bind_policy_of_changes(&st, &p->policy);
	statement_whole(&st, p->leaves);
	statement_text(&st, p->leaves_to);
	bind_place(&st, &p->place);
	return statement_run(&st, NULL);
}

static enum err
put_provider(struct store *s, const struct provider *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE provider SET name = ?, phone = ?, web = ?, hours = ?, verify_url = ?, verify_token = ?,"
	    " lease_s = ?, checkin_s = ?, grace_s = ?, doubt_s = ?, retention_s = ?, billing_grace_s = ?,"
	    " request_grace_s = ?, expiry_grace_s = ?, activate_s = ?, transfers = ?, undo_s = ?,"
	    " backdate_s = ?, reconcile_s = ?, reminder1 = ?, reminder2 = ?, reminder3 = ? WHERE id = ?");

	bind_terms(&st, p);
	bind_policy_of_changes(&st, &p->policy);
	statement_text(&st, p->id);
	return run_change(&st);
}

static enum err
put_leaving(struct store *s, const struct provider *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE provider SET leaves = ?, leaves_to = ? WHERE id = ?");

	statement_whole(&st, p->leaves);
	statement_text(&st, p->leaves_to);
	statement_text(&st, p->id);
	return run_change(&st);
}

static enum err
put_place(struct store *s, const struct provider *p)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE provider SET parent = ?, suspended_for = ?, suspended = ?, spared_until = ? WHERE id = ?");

	bind_place(&st, &p->place);
	statement_text(&st, p->id);
	return run_change(&st);
}

static void
take_place(struct statement *st, void *out)
{
	struct tree_place *place = out;

	statement_take_text(st, place->parent, sizeof place->parent);
	place->suspended_for = (enum reason)statement_take_whole(st);
	place->suspended = statement_take_whole(st);
	place->spared_until = statement_take_whole(st);
	/* It indexes tables: a damaged row must not. */
	if ((unsigned)place->suspended_for >= REASON_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
get_place(struct store *s, const char *id, struct tree_place *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PLACE_COLUMNS " FROM provider WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_place, out);
}

static void
take_policy_of_changes(struct statement *st, struct policy *p)
{
	p->billing_grace_s = statement_take_whole(st);
	p->request_grace_s = statement_take_whole(st);
	p->expiry_grace_s = statement_take_whole(st);
	p->activate_s = statement_take_whole(st);
	p->transfers = statement_take_whole(st);
	p->undo_s = statement_take_whole(st);
	p->backdate_s = statement_take_whole(st);
	p->reconcile_s = statement_take_whole(st);
	for (size_t i = 0; i < REMINDERS_MAX; i++)
		p->reminder_days[i] = statement_take_whole(st);
}

static void
take_provider(struct statement *st, void *out)
{
	struct provider *p = out;

	statement_take_text(st, p->id, sizeof p->id);
	statement_take_text(st, p->contact.name, sizeof p->contact.name);
	statement_take_text(st, p->contact.phone, sizeof p->contact.phone);
	statement_take_text(st, p->contact.web, sizeof p->contact.web);
	statement_take_text(st, p->contact.hours, sizeof p->contact.hours);
	statement_take_text(st, p->verify_url, sizeof p->verify_url);
	statement_take_text(st, p->verify_token, sizeof p->verify_token);
	p->policy.lease_s = statement_take_whole(st);
	p->policy.checkin_s = statement_take_whole(st);
	p->policy.grace_s = statement_take_whole(st);
	p->policy.doubt_s = statement_take_whole(st);
	p->policy.retention_s = statement_take_whole(st);
	p->retail = statement_take_whole(st) != 0;
	p->created = statement_take_whole(st);
	take_policy_of_changes(st, &p->policy);
	p->leaves = statement_take_whole(st);
	statement_take_text(st, p->leaves_to, sizeof p->leaves_to);
	take_place(st, &p->place);
}

static enum err
get_provider(struct store *s, const char *id, struct provider *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PROVIDER_COLUMNS " FROM provider WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_provider, out);
}

static enum err
get_retail_provider(struct store *s, struct provider *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PROVIDER_COLUMNS " FROM provider WHERE retail = 1");

	return statement_get(&st, take_provider, out);
}

static enum err
each_provider(struct statement *st, store_provider_fn *fn, void *ctx)
{
	struct provider p;

	while (statement_row(st) == ERR_NONE) {
		take_provider(st, &p);
		if (st->err != ERR_NONE || !fn(ctx, &p))
			break;
	}
	return statement_end(st);
}

static enum err
list_providers(struct store *s, store_provider_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PROVIDER_COLUMNS " FROM provider ORDER BY created, id");

	return each_provider(&st, fn, ctx);
}

static enum err
list_children(struct store *s, const char *parent, const char *after, store_provider_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " PROVIDER_COLUMNS " FROM provider WHERE parent = ? AND id > ? ORDER BY id");

	statement_text(&st, parent);
	statement_text(&st, after);
	return each_provider(&st, fn, ctx);
}

void
store_sqlite_add_provider_operations(struct store *s)
{
	s->add_provider = add_provider;
	s->put_provider = put_provider;
	s->put_leaving = put_leaving;
	s->put_place = put_place;
	s->get_place = get_place;
	s->get_provider = get_provider;
	s->get_retail_provider = get_retail_provider;
	s->list_providers = list_providers;
	s->list_children = list_children;
}
