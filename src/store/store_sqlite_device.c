/* store/store_sqlite_device.c: devices and seats. A seat is a device with seated = 1; whether one is free is
 * counted in the statement that takes it, so that no two can take the last one. */
#include "store/store_sqlite_internal.h"

#define DEVICE_COLUMNS                                                                      \
	"id, subscription, name, machine, platform, key, seated, left_reason, left_at, moved_to," \
	" created, last_seen, generation, moved_to_id, told"

/* ?1 is the subscription, ?2 the device, whose own seat does not count against it. */
#define A_SEAT_IS_FREE                                                                      \
	"(SELECT count(*) FROM device WHERE subscription = ?1 AND seated = 1 AND id <> ?2)"  \
	" < (SELECT seats FROM subscription WHERE id = ?1)"

static enum err
run_for_seat(struct statement *st)
{
	int64_t changed = 0;
	enum err e = statement_run(st, &changed);

	return e == ERR_NONE && changed == 0 ? ERR_LIMIT : e;
}

static enum err
add_device(struct store *s, const struct device *d, const uint8_t *token_digest)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT INTO device (subscription, id, name, machine, platform, key, token_digest,"
	    " created, last_seen, generation, seated, left_reason, left_at, moved_to)"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 1, 0, 0, '' WHERE " A_SEAT_IS_FREE);

	statement_text(&st, d->subscription);
	statement_text(&st, d->id);
	statement_text(&st, d->name);
	statement_text(&st, d->machine);
	statement_text(&st, d->platform);
	statement_blob(&st, bytes_of(d->key, sizeof d->key));
	statement_blob(&st, bytes_of(token_digest, HASH_MAX));
	statement_whole(&st, d->created);
	statement_whole(&st, d->last_seen);
	statement_whole(&st, d->generation);
	return run_for_seat(&st);
}

static enum err
seat_device(struct store *s, const struct device *d, const uint8_t *token_digest)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE device SET name = ?3, platform = ?4, key = ?5, token_digest = ?6, last_seen = ?7,"
	    " seated = 1, left_reason = 0, left_at = 0, moved_to = '', moved_to_id = '', told = 0"
	    " WHERE id = ?2 AND subscription = ?1 AND " A_SEAT_IS_FREE);

	statement_text(&st, d->subscription);
	statement_text(&st, d->id);
	statement_text(&st, d->name);
	statement_text(&st, d->platform);
	statement_blob(&st, bytes_of(d->key, sizeof d->key));
	statement_blob(&st, bytes_of(token_digest, HASH_MAX));
	statement_whole(&st, d->last_seen);
	return run_for_seat(&st);
}

static enum err
move_device(struct store *s, const struct device *d)
{
	struct statements *all = &store_sqlite_of(s)->statements;
	/* A row of the same machine is what it was before; it keeps its id as a machine of its own. */
	struct statement same = statement_begin(all,
	    "UPDATE device SET machine = id, seated = 0, left_reason = CASE WHEN seated THEN ?4 ELSE"
	    " left_reason END WHERE subscription = ?1 AND id <> ?2 AND machine = ?3");
	struct statement st = statement_begin(all,
	    "UPDATE device SET subscription = ?1, seated = 1, left_reason = 0, left_at = 0,"
	    " moved_to = '', moved_to_id = '', told = 0 WHERE id = ?2 AND " A_SEAT_IS_FREE);
	enum err e;

	statement_text(&same, d->subscription);
	statement_text(&same, d->id);
	statement_text(&same, d->machine);
	statement_whole(&same, REASON_REMOVED);
	if ((e = statement_run(&same, NULL)) != ERR_NONE)
		return e;
	statement_text(&st, d->subscription);
	statement_text(&st, d->id);
	return run_for_seat(&st);
}

static enum err
unseat_device(struct store *s, const struct device *d)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE device SET seated = 0, left_reason = ?, left_at = ?, moved_to = ?, moved_to_id = ?,"
	    " told = 0 WHERE id = ?");
	int64_t changed = 0;
	enum err e;

	statement_whole(&st, d->left);
	statement_whole(&st, d->left_at);
	statement_text(&st, d->moved_to);
	statement_text(&st, d->moved_to_id);
	statement_text(&st, d->id);
	e = statement_run(&st, &changed);
	return e == ERR_NONE && changed == 0 ? ERR_NOT_FOUND : e;
}

static void
take_device(struct statement *st, void *out)
{
	struct device *d = out;

	statement_take_text(st, d->id, sizeof d->id);
	statement_take_text(st, d->subscription, sizeof d->subscription);
	statement_take_text(st, d->name, sizeof d->name);
	statement_take_text(st, d->machine, sizeof d->machine);
	statement_take_text(st, d->platform, sizeof d->platform);
	statement_take_blob(st, d->key, sizeof d->key);
	d->seated = statement_take_whole(st) != 0;
	d->left = (enum reason)statement_take_whole(st);
	d->left_at = statement_take_whole(st);
	statement_take_text(st, d->moved_to, sizeof d->moved_to);
	d->created = statement_take_whole(st);
	d->last_seen = statement_take_whole(st);
	d->generation = statement_take_whole(st);
	statement_take_text(st, d->moved_to_id, sizeof d->moved_to_id);
	d->told = statement_take_whole(st);
	if ((unsigned)d->left >= REASON_COUNT)
		st->err = ERR_MALFORMED;
}

static enum err
get_device(struct store *s, const char *id, struct device *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DEVICE_COLUMNS " FROM device WHERE id = ?");

	statement_text(&st, id);
	return statement_get(&st, take_device, out);
}

static enum err
find_device_by_token(struct store *s, const uint8_t *digest, struct device *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DEVICE_COLUMNS " FROM device WHERE token_digest = ?");

	statement_blob(&st, bytes_of(digest, HASH_MAX));
	return statement_get(&st, take_device, out);
}

static enum err
find_device_by_machine(struct store *s, const char *subscription, const char *machine,
    struct device *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DEVICE_COLUMNS " FROM device WHERE subscription = ? AND machine = ?");

	statement_text(&st, subscription);
	statement_text(&st, machine);
	return statement_get(&st, take_device, out);
}

static enum err
list_devices(struct store *s, const char *subscription, store_device_fn *fn, void *ctx)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT " DEVICE_COLUMNS " FROM device WHERE subscription = ? ORDER BY created, id");
	struct device d;

	statement_text(&st, subscription);
	while (statement_row(&st) == ERR_NONE) {
		take_device(&st, &d);
		if (st.err != ERR_NONE || !fn(ctx, &d))
			break;
	}
	return statement_end(&st);
}

static enum err
note_device_seen(struct store *s, const char *id, int64_t now, int64_t generation)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE device SET last_seen = ?, generation = ? WHERE id = ?");

	statement_whole(&st, now);
	statement_whole(&st, generation);
	statement_text(&st, id);
	return statement_run(&st, NULL);
}

static enum err
note_device_told(struct store *s, const char *id, int64_t now)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE device SET told = ? WHERE id = ?");

	statement_whole(&st, now);
	statement_text(&st, id);
	return statement_run(&st, NULL);
}

static enum err
purge_devices(struct store *s, const char *subscription)
{
	/* The token stays: the device is still told why it is not protected. */
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "UPDATE device SET name = '', machine = id, platform = '', moved_to = '' WHERE subscription = ?");

	statement_text(&st, subscription);
	return statement_run(&st, NULL);
}

void
store_sqlite_add_device_operations(struct store *s)
{
	s->add_device = add_device;
	s->seat_device = seat_device;
	s->move_device = move_device;
	s->unseat_device = unseat_device;
	s->get_device = get_device;
	s->find_device_by_token = find_device_by_token;
	s->find_device_by_machine = find_device_by_machine;
	s->list_devices = list_devices;
	s->note_device_seen = note_device_seen;
	s->note_device_told = note_device_told;
	s->purge_devices = purge_devices;
}
