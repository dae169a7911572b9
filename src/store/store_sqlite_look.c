/* store/store_sqlite_look.c: what people look for; see entitle/store_look.h. */
#include "store/store_sqlite_internal.h"

#include <stdio.h>

#include "base/text.h"

/* Each way to find one has its index, which begins with whose it is, and a limit of its own: it reads no row of another
 * provider's, and no more than it finds. ?1 the provider, ?2 the text, ?3 behind all texts that begin with it, ?4 the
 * most. */
#define FOUND                                                                                          \
	"SELECT id AS found FROM subscription WHERE id = ?2"                                            \
	" UNION SELECT id FROM (SELECT id FROM subscription WHERE provider = ?1 AND reference = upper(?2) LIMIT ?4)" \
	" UNION SELECT id FROM (SELECT id FROM subscription WHERE provider = ?1 AND external_id >= ?2"  \
	"  AND external_id < ?3 ORDER BY external_id LIMIT ?4)"                                         \
	" UNION SELECT subscription FROM (SELECT subscription FROM recipient WHERE provider = ?1"       \
	"  AND address COLLATE NOCASE >= ?2 AND address COLLATE NOCASE < ?3 LIMIT ?4)"                  \
	" UNION SELECT subscription FROM (SELECT subscription FROM device WHERE provider = ?1"          \
	"  AND name COLLATE NOCASE >= ?2 AND name COLLATE NOCASE < ?3 LIMIT ?4)"                        \
	" UNION SELECT subscription FROM device WHERE id = ?2"

static enum err
search(struct store *s, const char *provider, const char *text, int64_t most, store_found_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " SUBSCRIPTION_COLUMNS " FROM (" FOUND ") CROSS JOIN subscription ON id = found"
	    " WHERE provider = ?1 ORDER BY external_id LIMIT ?4");
	char end[EXTERNAL_ID_SIZE + MAIL_ADDRESS_SIZE];
	struct subscription sub;

	/* U+10FFFF is behind every letter. */
	snprintf(end, sizeof end, "%.*s\xf4\x8f\xbf\xbf", MAIL_ADDRESS_SIZE, text);
	statement_text(&st, provider);
	statement_text(&st, text);
	statement_text(&st, end);
	statement_whole(&st, most);
	while (text[0] != '\0' && statement_row(&st) == ERR_NONE) {
		store_sqlite_take_subscription(&st, &sub);
		if (st.err != ERR_NONE || !fn(ctx, &sub))
			break;
	}
	return statement_end(&st);
}

#define FLEET_COLUMNS                                                                                  \
	"s.id, s.external_id, s.reference, s.state, s.reason, s.since, s.paid_until, s.expiry_grace_s," \
	" s.grace_until, s.doubt_until, d.id, d.name, d.platform, d.seated, d.left_reason, d.left_at,"  \
	" d.moved_to, d.created, d.last_seen, d.generation"

/* What a standing is made of, and what a list shows. */
static void
take_pair(struct statement *st, struct subscription *sub, struct device *d)
{
	statement_take_text(st, sub->id, sizeof sub->id);
	statement_take_text(st, sub->external_id, sizeof sub->external_id);
	statement_take_text(st, sub->reference, sizeof sub->reference);
	sub->state = (enum sub_state)statement_take_whole(st);
	sub->reason = (enum reason)statement_take_whole(st);
	sub->since = statement_take_whole(st);
	sub->paid_until = statement_take_whole(st);
	sub->expiry_grace_s = statement_take_whole(st);
	sub->grace_until = statement_take_whole(st);
	sub->doubt_until = statement_take_whole(st);
	statement_take_text(st, d->id, sizeof d->id);
	statement_take_text(st, d->name, sizeof d->name);
	statement_take_text(st, d->platform, sizeof d->platform);
	d->seated = statement_take_whole(st) != 0;
	d->left = (enum reason)statement_take_whole(st);
	d->left_at = statement_take_whole(st);
	statement_take_text(st, d->moved_to, sizeof d->moved_to);
	d->created = statement_take_whole(st);
	d->last_seen = statement_take_whole(st);
	d->generation = statement_take_whole(st);
	memcpy(d->subscription, sub->id, sizeof d->subscription);
	if ((unsigned)sub->state >= SUB_STATES || (unsigned)sub->reason >= REASON_COUNT ||
	    (unsigned)d->left >= REASON_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
list_fleet(struct store *s, const char *provider, store_fleet_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " FLEET_COLUMNS " FROM subscription s JOIN device d ON d.subscription = s.id"
	    " WHERE s.provider = ? ORDER BY s.id, d.id");
	struct subscription sub = { .state = SUB_NONE };
	struct device d = { .seated = false };

	statement_text(&st, provider);
	text_copy(sub.provider, sizeof sub.provider, provider);
	while (statement_row(&st) == ERR_NONE) {
		take_pair(&st, &sub, &d);
		if (st.err != ERR_NONE || !fn(ctx, &sub, &d))
			break;
	}
	return statement_end(&st);
}

/* ?1 position, ?2 actor, ?3 kind, ?4 limit, ?5 first position, ?6 whose. */
#define AUDIT(which, order)                                                                            \
	"SELECT " EVENT_COLUMNS " FROM event AS e WHERE position < ?1 AND position >= ?5 AND (?2 = '' OR instr(actor, ?2) > 0)" \
	" AND (?3 = '' OR kind = ?3)" which " ORDER BY " order " DESC LIMIT ?4"

static enum err
list_audit(struct store *s, const struct audit_filter *filter, store_audit_fn *fn, void *ctx)
{
	const char *about = filter->chain != NULL ? filter->chain : filter->provider;
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, filter->chain != NULL
		/* In a chain the number grows with the position, and has the index. */
		? AUDIT(" AND chain = ?6", "seq")
		: about != NULL
		? AUDIT(" AND (chain = ?6 OR EXISTS (SELECT 1 FROM subscription WHERE id = e.chain AND"
			" provider = ?6) OR (chain = '" CHAIN_VENDOR "' AND detail <> '' AND"
			" json_extract(detail, '$.provider') = ?6))", "position")
		/* Ids of providers begin with "prv_". */
		: AUDIT(" AND (chain = '" CHAIN_VENDOR "' OR (chain >= 'prv_' AND chain < 'prv`'))", "position"));
	struct event e;

	statement_whole(&st, filter->before == 0 ? INT64_MAX : filter->before);
	statement_text(&st, filter->actor);
	statement_text(&st, filter->kind);
	statement_whole(&st, filter->limit);
	statement_whole(&st, filter->from);
	if (about != NULL)
		statement_text(&st, about);
	while (statement_row(&st) == ERR_NONE) {
		store_sqlite_take_event(&st, &e);
		if (st.err != ERR_NONE || !fn(ctx, &e))
			break;
	}
	return statement_end(&st);
}

static enum err
list_sent(struct store *s, const char *subscription, int64_t most, store_delivery_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DELIVERY_COLUMNS " FROM delivery WHERE subject = ? AND subject <> '' ORDER BY seq DESC LIMIT ?");
	struct delivery d;

	statement_text(&st, subscription);
	statement_whole(&st, most);
	while (statement_row(&st) == ERR_NONE) {
		store_sqlite_take_delivery(&st, &d);
		if (st.err != ERR_NONE || !fn(ctx, &d, bytes_of(NULL, 0)))
			break;
	}
	return statement_end(&st);
}

void
store_sqlite_add_look_operations(struct store *s)
{
	s->look = (struct store_look){
		.search = search,
		.list_fleet = list_fleet,
		.list_audit = list_audit,
		.list_sent = list_sent,
	};
}
