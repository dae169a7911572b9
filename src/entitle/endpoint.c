/* entitle/endpoint.c: see endpoint.h. */
#include "entitle/endpoint.h"

#include <ctype.h>

#include "base/text.h"
#include "codec/encode.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"
#include "entitle/event.h"
#include "entitle/event_type.h"

static const char *const reach_names[REACH_COUNT] = { "none", "public", "private", "development" };
static const char *const delivery_kinds[DELIVERY_KINDS] = { "none", "webhook", "hub", "mail" };
static const char *const delivery_states[DELIVERY_STATES] = { "none", "pending", "delivered", "failed",
	"dropped" };

static const struct {
	const char *prefix;
} kinds[ENDPOINT_KINDS] = {
	[ENDPOINT_NONE] = { "" },
	[ENDPOINT_WEBHOOK] = { "whk_" },
	[ENDPOINT_HUB] = { "hub_" },
};

const char *
reach_name(enum reach r)
{
	return reach_names[r];
}

bool
reach_from_name(const char *name, enum reach *out)
{
	for (enum reach r = REACH_NONE + 1; r < REACH_COUNT; r++)
		if (text_equal(reach_names[r], name)) {
			*out = r;
			return true;
		}
	return false;
}

const char *
delivery_kind_name(enum delivery_kind k)
{
	return delivery_kinds[k];
}

const char *
delivery_state_name(enum delivery_state s)
{
	return delivery_states[s];
}

bool
delivery_state_from_name(const char *name, enum delivery_state *out)
{
	for (enum delivery_state s = DELIVERY_STATELESS + 1; s < DELIVERY_STATES; s++)
		if (text_equal(delivery_states[s], name)) {
			*out = s;
			return true;
		}
	return false;
}

/* The host of "https://host:port/…": a name or an address, without a user in front. Empty: it is no such
 * address. What the name resolves to is looked at when it is called. */
static struct bytes
host_of(const char *rest)
{
	struct bytes host = bytes_of(rest, strcspn(rest, "/?"));
	const char *port;

	for (const char *p = rest; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '#' || *p == '"' || *p == '\\')
			return (struct bytes){ NULL, 0 };
	for (size_t i = 0; i < host.n; i++)
		if (!isalnum(host.p[i]) && strchr(".-:[]", host.p[i]) == NULL)
			return (struct bytes){ NULL, 0 };
	port = rest[0] == '[' ? memchr(rest, ']', host.n) : memchr(rest, ':', host.n);
	if (port != NULL && rest[0] == '[')
		port++;
	else if (rest[0] == '[')
		return (struct bytes){ NULL, 0 };
	return port == NULL ? host : bytes_of(rest, (size_t)(port - rest));
}

static bool
is_own_host(struct bytes host)
{
	static const char *const own[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (host.n == strlen(own[i]) && memcmp(host.p, own[i], host.n) == 0)
			return true;
	return false;
}

static enum err
check_url(const char *url, enum reach reach, struct refusal *why)
{
	bool https = strncmp(url, "https://", 8) == 0;
	struct bytes host = { NULL, 0 };

	if (https || strncmp(url, "http://", 7) == 0)
		host = host_of(url + (https ? 8 : 7));
	if (host.n == 0)
		return refuse(why, ERR_MALFORMED, "callback_url",
		    "The address to call must be like https://host.example/path.");
	if (is_own_host(host) && reach != REACH_DEVELOPMENT)
		return refuse(why, ERR_MALFORMED, "callback_url",
		    "The address to call must not be this server itself.");
	if (!https && !is_own_host(host))
		return refuse(why, ERR_MALFORMED, "callback_url",
		    "The address to call must begin with https://.");
	return ERR_NONE;
}

static bool
is_event_type(struct bytes word)
{
	const char *type;

	for (size_t i = 0; (type = event_type_at(i)) != NULL; i++)
		if (strlen(type) == word.n && memcmp(type, word.p, word.n) == 0)
			return true;
	return false;
}

/* The next word of ${rest}, which moves behind it; false at the end. */
static bool
next_word(const char **rest, struct bytes *word)
{
	*rest += strspn(*rest, " ");
	*word = bytes_of(*rest, strcspn(*rest, " "));
	*rest += word->n;
	return word->n > 0;
}

bool
endpoint_wants(const struct endpoint *p, const char *type)
{
	const char *rest = p->filter;
	struct bytes word;

	if (p->filter[0] == '\0')
		return true;
	while (next_word(&rest, &word))
		if (strlen(type) == word.n && memcmp(type, word.p, word.n) == 0)
			return true;
	return false;
}

static enum err
check_endpoint(const struct endpoint *p, enum reach reach, struct refusal *why)
{
	const char *rest = p->filter;
	struct bytes word;
	enum err e;

	if ((e = check_url(p->url, reach, why)) != ERR_NONE)
		return e;
	while (p->kind == ENDPOINT_WEBHOOK && next_word(&rest, &word))
		if (!is_event_type(word))
			return refuse(why, ERR_MALFORMED, "unknown_event_type",
			    "There is no event type \"%.*s\".", (int)(word.n > 60 ? 60 : word.n),
			    (const char *)word.p);
	return ERR_NONE;
}

/* "whsec_" and 32 random bytes in base64, as Standard Webhooks has it. */
static enum err
make_secret(char out[static ENDPOINT_SECRET_SIZE])
{
	uint8_t random[32];
	struct buf b;
	enum err e;

	random_fill(random, sizeof random);
	buf_init(&b, ENDPOINT_SECRET_SIZE);
	buf_put_string(&b, "whsec_");
	encode_base64(bytes_of(random, sizeof random), &b);
	if ((e = b.err) == ERR_NONE)
		e = text_from_bytes(out, ENDPOINT_SECRET_SIZE, buf_bytes(&b));
	if (b.p != NULL)
		random_forget(b.p, b.n);
	buf_fini(&b);
	random_forget(random, sizeof random);
	return e;
}

static bool
count_endpoint(void *ctx, const struct endpoint *p)
{
	(void)p;
	++*(int *)ctx;
	return true;
}

static enum err
log_endpoint(struct store *store, const struct endpoint *p, const char *kind, const char *actor,
    int64_t now)
{
	return event_append(store, p->provider, actor, kind,
	    json_pack("{s:s, s:s, s:s}", "endpoint", p->id, "provider", p->provider, "url", p->url), now);
}

static enum err
insert(struct store *store, const struct endpoint *p, const char *actor, struct refusal *why)
{
	int count = 0;
	enum err e;

	e = store->delivery.list_endpoints(store, p->provider, p->kind, count_endpoint, &count);
	if (e != ERR_NONE)
		return e;
	if (count >= ENDPOINTS_MAX)
		return refuse(why, ERR_LIMIT, "too_many_endpoints",
		    "There are %d endpoints already; remove one that is not needed.", count);
	if ((e = store->delivery.add_endpoint(store, p)) != ERR_NONE)
		return e;
	return log_endpoint(store, p, "endpoint_added", actor, p->created);
}

enum err
endpoint_add(struct store *store, const struct provider *owner, struct endpoint *p, enum reach reach,
    const char *actor, int64_t now, struct refusal *why)
{
	struct endpoint made = *p;
	enum err e;

	authority_make_id(kinds[p->kind].prefix, made.id);
	memcpy(made.provider, owner->id, sizeof made.provider);
	made.secret[0] = made.old_secret[0] = made.why[0] = '\0';
	made.created = now;
	made.old_until = made.disabled = 0;
	if ((e = check_endpoint(&made, reach, why)) != ERR_NONE ||
	    (p->kind == ENDPOINT_WEBHOOK && (e = make_secret(made.secret)) != ERR_NONE) ||
	    (e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, insert(store, &made, actor, why))) == ERR_NONE)
		*p = made;
	return e;
}

enum err
endpoint_get(struct store *store, const struct provider *owner, enum endpoint_kind kind, const char *id,
    struct endpoint *out)
{
	struct endpoint p;
	enum err e;

	if ((e = store->delivery.get_endpoint(store, id, &p)) != ERR_NONE)
		return e;
	if (!text_equal(p.provider, owner->id) || p.kind != kind)
		return ERR_NOT_FOUND;
	*out = p;
	return ERR_NONE;
}

enum err
endpoint_disable(struct store *store, struct endpoint *p, const char *why, const char *actor,
    int64_t now)
{
	enum err e;

	if (p->disabled != 0)
		return ERR_NONE;
	p->disabled = now;
	if ((e = text_copy(p->why, sizeof p->why, why)) != ERR_NONE ||
	    (e = store->delivery.put_endpoint(store, p)) != ERR_NONE ||
	    (e = store->delivery.fail_lane(store, p->id, "the endpoint was disabled", now)) != ERR_NONE)
		return e;
	return event_append(store, p->provider, actor, "endpoint_disabled",
	    json_pack("{s:s, s:s, s:s, s:s}", "endpoint", p->id, "provider", p->provider, "url", p->url,
		"why", why),
	    now);
}

/* From now on it is called again; nothing is left of how it failed. */
static enum err
enable(struct store *store, struct endpoint *p)
{
	struct lane lane;
	enum err e;

	p->disabled = 0;
	p->why[0] = '\0';
	if ((e = store->delivery.get_lane(store, p->id, &lane)) != ERR_NONE)
		return e;
	lane.failures = 0;
	lane.paused = 0;
	return store->delivery.put_lane(store, &lane);
}

static enum err
apply(struct store *store, struct endpoint *p, const struct endpoint_change *c, enum reach reach,
    int64_t now, struct refusal *why)
{
	enum err e = ERR_NONE;

	if ((c->url != NULL && text_copy(p->url, sizeof p->url, c->url) != ERR_NONE) ||
	    (c->filter != NULL && text_copy(p->filter, sizeof p->filter, c->filter) != ERR_NONE))
		return refuse(why, ERR_MALFORMED, "malformed_request", "That is too long.");
	if ((e = check_endpoint(p, reach, why)) != ERR_NONE)
		return e;
	if (c->disabled != NULL && !*c->disabled && p->disabled != 0)
		e = enable(store, p);
	if (e == ERR_NONE && c->disabled != NULL && *c->disabled)
		e = endpoint_disable(store, p, "by_owner", c->actor, now);
	if (e != ERR_NONE || (e = store->delivery.put_endpoint(store, p)) != ERR_NONE)
		return e;
	return log_endpoint(store, p, "endpoint_changed", c->actor, now);
}

enum err
endpoint_change(struct store *store, const struct provider *owner, struct endpoint *p,
    const struct endpoint_change *change, enum reach reach, int64_t now, struct refusal *why)
{
	struct endpoint fresh;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = endpoint_get(store, owner, p->kind, p->id, &fresh)) == ERR_NONE)
		e = apply(store, &fresh, change, reach, now, why);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*p = fresh;
	return e;
}

static enum err
rotate(struct store *store, const struct provider *owner, struct endpoint *p, const char *actor,
    int64_t now)
{
	enum err e;

	if ((e = endpoint_get(store, owner, ENDPOINT_WEBHOOK, p->id, p)) != ERR_NONE)
		return e;
	memcpy(p->old_secret, p->secret, sizeof p->old_secret);
	p->old_until = now + SECRET_OVERLAP_S;
	if ((e = make_secret(p->secret)) != ERR_NONE ||
	    (e = store->delivery.put_endpoint(store, p)) != ERR_NONE)
		return e;
	return log_endpoint(store, p, "endpoint_secret_rotated", actor, now);
}

enum err
endpoint_rotate_secret(struct store *store, const struct provider *owner, struct endpoint *p,
    const char *actor, int64_t now)
{
	struct endpoint fresh = *p;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = finish_transaction(store, rotate(store, owner, &fresh, actor, now))) == ERR_NONE)
		*p = fresh;
	return e;
}

enum err
endpoint_remove(struct store *store, const struct provider *owner, enum endpoint_kind kind,
    const char *id, const char *actor, int64_t now)
{
	struct endpoint p;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = endpoint_get(store, owner, kind, id, &p)) == ERR_NONE &&
	    (e = store->delivery.remove_endpoint(store, id)) == ERR_NONE)
		e = log_endpoint(store, &p, "endpoint_removed", actor, now);
	return finish_transaction(store, e);
}

enum err
delivery_get(struct store *store, const struct provider *owner, const char *id, struct delivery *out,
    struct buf *body)
{
	return store->delivery.get(store, owner->id, id, out, body);
}

static enum err
renew(struct store *store, struct delivery *d, int64_t now, struct refusal *why)
{
	struct endpoint p;
	enum err e;

	if (d->state == DELIVERY_PENDING)
		return refuse(why, ERR_CONFLICT, "still_pending", "It is still being tried.");
	e = store->delivery.get_endpoint(store, d->lane, &p);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NONE && p.disabled != 0)
		return refuse(why, ERR_CONFLICT, "endpoint_disabled", "Its endpoint is disabled.");
	d->state = DELIVERY_PENDING;
	d->due = now;
	d->until = now + DELIVERY_WINDOW_S;
	d->finished = d->attempts = 0;
	d->error[0] = '\0';
	return store->delivery.put(store, d);
}

enum err
delivery_replay(struct store *store, const struct provider *owner, const char *id, int64_t now,
    struct delivery *out, struct refusal *why)
{
	struct delivery d;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = store->delivery.get(store, owner->id, id, &d, NULL)) == ERR_NONE)
		e = renew(store, &d, now, why);
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = d;
	return e;
}

enum err
delivery_replay_failed(struct store *store, const struct provider *owner, const char *endpoint,
    int64_t since, int64_t now, int64_t *count)
{
	const struct replay r = { owner->id, endpoint, since, now, now + DELIVERY_WINDOW_S };
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	return finish_transaction(store, store->delivery.replay(store, &r, count));
}
