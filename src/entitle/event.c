/* entitle/event.c: see event.h. */
#include "entitle/event.h"

#include "base/text.h"
#include "codec/json.h"
#include "crypto/random.h"

static bool
has_sum(const struct event *e)
{
	static const uint8_t none[HASH_MAX];

	return memcmp(e->sum, none, sizeof none) != 0;
}

static enum err
sum_detail(const struct event *e, uint8_t out[static HASH_MAX])
{
	struct buf b;
	enum err err;

	buf_init(&b, EVENT_SALT_SIZE + EVENT_DETAIL_SIZE);
	buf_put(&b, bytes_of(e->salt, sizeof e->salt));
	buf_put_string(&b, e->detail);
	if ((err = b.err) == ERR_NONE)
		err = hash_of(HASH_SHA256, buf_bytes(&b), out);
	buf_fini(&b);
	return err;
}

enum err
event_digest(const struct event *e, const uint8_t *previous, uint8_t out[static HASH_MAX])
{
	struct buf b;
	enum err err;

	buf_init(&b, 4096);
	buf_put(&b, bytes_of(previous, HASH_MAX));
	buf_put_text(&b, e->chain);
	buf_i64le(&b, e->seq);
	buf_i64le(&b, e->at);
	buf_put_text(&b, e->actor);
	buf_put_text(&b, e->kind);
	/* Events from before there were sums vouch for the detail itself. */
	if (has_sum(e))
		buf_put(&b, bytes_of(e->sum, HASH_MAX));
	else
		buf_put_text(&b, e->detail);
	if ((err = b.err) == ERR_NONE)
		err = hash_of(HASH_SHA256, buf_bytes(&b), out);
	buf_fini(&b);
	return err;
}

static enum err
fill_event(struct event *e, const char *actor, const char *kind, const json_t *detail)
{
	struct buf text;
	enum err err;

	buf_init(&text, EVENT_DETAIL_SIZE);
	if ((err = text_copy(e->actor, sizeof e->actor, actor)) == ERR_NONE &&
	    (err = text_copy(e->kind, sizeof e->kind, kind)) == ERR_NONE &&
	    (err = json_write_canonical(detail, &text)) == ERR_NONE)
		err = text_from_bytes(e->detail, sizeof e->detail, buf_bytes(&text));
	buf_fini(&text);
	return err;
}

enum err
event_append(struct store *store, const char *chain, const char *actor, const char *kind,
    json_t *detail, int64_t now)
{
	struct event last = { .seq = 0 }, e = { .at = now };
	enum err err = ERR_NOMEM;

	if (detail == NULL)
		goto done;
	err = store->get_last_event(store, chain, &last);
	if (err != ERR_NONE && err != ERR_NOT_FOUND)
		goto done;
	e.seq = last.seq + 1;
	random_fill(e.salt, sizeof e.salt);
	if ((err = text_copy(e.chain, sizeof e.chain, chain)) != ERR_NONE ||
	    (err = fill_event(&e, actor, kind, detail)) != ERR_NONE ||
	    (err = sum_detail(&e, e.sum)) != ERR_NONE ||
	    (err = event_digest(&e, last.hash, e.hash)) != ERR_NONE)
		goto done;
	err = store->add_event(store, &e);
done:
	json_decref(detail);
	return err;
}

struct verification {
	struct event_check check;
	struct event last;	/* of the chain that is being walked */
	enum err err;
};

static bool
verify_event(void *ctx, const struct event *e)
{
	struct verification *v = ctx;
	uint8_t want[HASH_MAX], sum[HASH_MAX];

	if (!text_equal(v->last.chain, e->chain)) {
		v->last = (struct event){ .seq = 0 };
		v->check.chains++;
	}
	if ((v->err = event_digest(e, v->last.hash, want)) != ERR_NONE ||
	    (v->err = sum_detail(e, sum)) != ERR_NONE)
		return false;
	v->check.events++;
	v->check.purged += e->purged;
	if (e->seq != v->last.seq + 1 || memcmp(want, e->hash, HASH_MAX) != 0 ||
	    (has_sum(e) && !e->purged && memcmp(sum, e->sum, HASH_MAX) != 0)) {
		v->check.broken_at = e->position;
		return false;
	}
	v->last = *e;
	return true;
}

enum err
event_verify_log(struct store *store, struct event_check *out)
{
	struct verification v = { .err = ERR_NONE };
	enum err err = store->walk_chains(store, verify_event, &v);

	if (err == ERR_NONE)
		err = v.err;
	if (err == ERR_NONE)
		*out = v.check;
	return err;
}
