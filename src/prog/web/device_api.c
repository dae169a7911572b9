/* prog/web/device_api.c: what devices ask for; doc/device-protocol.md is the contract. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "entitle/authority_fellows.h"
#include "crypto/random.h"
#include "entitle/authority_seat.h"
#include "entitle/session.h"
#include "prog/web/answer.h"
#include "prog/web/leases.h"
#include "prog/web/rechecks.h"
#include "prog/web/seen.h"
#include "prog/web/routes.h"
#include "prog/web/waiters.h"

#define TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .out = o, .size = sizeof o }
#define NEED_TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }

/* A person tries a few times: ten at once, and one a minute. Each asks the provider's system. */
static const struct limit reactivations = { 10, 60 * 1000000 };
/* Each is kept. */
static const struct limit purchases = { 100, 60 * 1000000 };
/* Links into the portal. */
static const struct limit portals = { 20, 60 * 1000000 };
/* An open window asks now and then. */
static const struct limit fellows = { 60, 10 * 1000000 };

/* Answers when this device has asked that too often. */
static bool
may_ask_again(struct call *c, const char *what, const struct limit *limit)
{
	char name[ID_SIZE + 16];

	snprintf(name, sizeof name, "%s %s", what, c->principal.device.id);
	return routes_limit(c, name, limit, routes_refuse);
}

/* A nonce is 32 bytes in base64url. Answers when it is not. */
static bool
check_nonce(struct call *c, const char *nonce)
{
	struct buf b;
	bool good;

	buf_init(&b, 64);
	good = decode_base64url(bytes_of_text(nonce), &b) == ERR_NONE && b.n == 32;
	buf_fini(&b);
	if (!good)
		answer_problem(c->request, 400, "malformed_request",
		    "field \"nonce\" must be 32 bytes in base64url");
	return good;
}

static bool
machine_is_well_formed(const char *machine)
{
	size_t n = strlen(machine);

	return n >= 16 && n <= 64 && strspn(machine, "0123456789abcdefghijklmnopqrstuvwxyz-_") == n;
}

static bool
check_activation(struct call *c, struct activation *a, const char *key)
{
	struct buf b;
	bool good;

	buf_init(&b, 64);
	good = decode_base64url(bytes_of_text(key), &b) == ERR_NONE && b.n == sizeof a->device.key;
	if (good)
		memcpy(a->device.key, b.p, sizeof a->device.key);
	buf_fini(&b);
	if (good && machine_is_well_formed(a->device.machine) && a->device.name[0] != '\0')
		return true;
	answer_problem(c->request, 400, "malformed_request",
	    "\"machine\" must have 16 to 64 of 0-9 a-z - _, \"key\" 32 bytes in base64url, and"
	    " \"name\" must not be empty");
	return false;
}

static bool
read_activation(struct call *c, struct activation *a, char nonce[static NONCE_SIZE])
{
	char key[NONCE_SIZE] = "";
	const struct json_field fields[] = {
		NEED_TEXT("code", a->code),
		NEED_TEXT("machine", a->device.machine),
		NEED_TEXT("name", a->device.name),
		NEED_TEXT("platform", a->device.platform),
		NEED_TEXT("key", key),
		{ .name = "nonce", .kind = JSON_KIND_TEXT, .required = true, .out = nonce,
		    .size = NONCE_SIZE },
		TEXT("replace", a->replace),
	};
	json_t *body = answer_read_body(c->request, fields, sizeof fields / sizeof fields[0]);

	if (body == NULL)
		return false;
	json_decref(body);
	routes_client_address(c, a->peer, sizeof a->peer);
	return check_nonce(c, nonce) && check_activation(c, a, key);
}

static bool
add_seated(void *ctx, const struct device *d)
{
	if (d->seated)
		json_array_append_new(ctx, json_pack("{s:s, s:s, s:I}", "id", d->id, "name",
			d->name, "last_seen", (json_int_t)d->last_seen));
	return true;
}

static void
refuse_activation(struct call *c, enum err e, const struct refusal *why,
    const struct subscription *sub, int64_t retry_s)
{
	struct store *store = c->web->store;
	json_t *more = json_object();
	json_t *devices;

	if (text_equal(why->code, "seats_taken")) {
		devices = json_array();
		if (devices != NULL)
			store->list_devices(store, sub->id, add_seated, devices);
		json_object_set_new(more, "devices", devices);
	}
	if (text_equal(why->code, "subscription_suspended"))
		json_object_set_new(more, "reason", json_string(reason_code(sub->reason)));
	if (e == ERR_LIMIT)
		answer_retry_after(c->request, retry_s);
	answer_problem_with(c->request, e == ERR_LIMIT ? 429 : e == ERR_NOT_FOUND ? 404 : 409, why,
	    more);
}

/* A device that has a seat elsewhere shows its token, and leaves that seat when it gets this one. */
static enum err
find_previous(struct call *c, struct activation *out)
{
	const char *bearer = http_request_bearer(c->request);
	struct device d;
	enum err e;

	if (bearer == NULL)
		return ERR_NONE;
	if ((e = authority_find_device(c->web->store, bearer, &d)) == ERR_NONE)
		memcpy(out->previous, d.id, ID_SIZE);
	/* One that is forgotten here is new here. */
	return e == ERR_DENIED ? ERR_NONE : e;
}

static void
activate(struct call *c)
{
	struct subscription sub = { .seats = 0 };
	struct activation a = { .code = "" };
	char nonce[NONCE_SIZE], token[TOKEN_SIZE];
	struct refusal why = { "", "" };
	int64_t retry_s = 0;
	struct device d;
	enum err e;

	if (!read_activation(c, &a, nonce))
		return;
	if ((e = find_previous(c, &a)) == ERR_NONE)
		e = authority_activate(c->web->store, &a, c->now, &d, token, &sub, &why, &retry_s);
	if (e == ERR_NONE)
		leases_answer(c->web, c->request, &d, nonce,
		    json_pack("{s:s, s:s}", "device", d.id, "token", token));
	else if (why.code[0] != '\0')
		refuse_activation(c, e, &why, &sub, retry_s);
	else
		answer_failure(c->request, e, "activating a device");
}

struct checkin {
	struct wait wait;
	int64_t generation;
};

static bool
read_checkin(struct call *c, struct checkin *out)
{
	const struct json_field fields[] = {
		NEED_TEXT("nonce", out->wait.nonce),
		TEXT("revision", out->wait.revision),
		{ .name = "wait_s", .kind = JSON_KIND_WHOLE, .out = &out->wait.seconds,
		    .most = WAIT_MAX_S },
		{ .name = "generation", .kind = JSON_KIND_WHOLE, .out = &out->generation,
		    .most = INT64_MAX },
	};
	json_t *body = answer_read_body(c->request, fields, sizeof fields / sizeof fields[0]);

	if (body == NULL)
		return false;
	json_decref(body);
	return check_nonce(c, out->wait.nonce);
}

static void
check_in(struct call *c)
{
	struct checkin in = { .generation = 0 };
	char revision[REVISION_SIZE];
	const struct device *d = &c->principal.device;
	enum err e;

	if (!read_checkin(c, &in))
		return;
	seen_note(c->web->seen, d, in.generation, c->now);
	if ((e = authority_note_contact(c->web->store, d, c->now)) != ERR_NONE) {
		answer_failure(c->request, e, "checking a device in");
		return;
	}
	/* Most ask for a lease and go: those cost no comparison. */
	if (in.wait.seconds == 0) {
		leases_answer(c->web, c->request, d, in.wait.nonce, NULL);
		return;
	}
	e = authority_revision(c->web->store, d->id, c->now, revision);
	if (e == ERR_NONE && text_equal(revision, in.wait.revision)) {
		e = waiters_add(c->web, c->request, d, &in.wait);
		if (e == ERR_NONE)
			return;
	}
	if (e == ERR_NONE)
		leases_answer(c->web, c->request, d, in.wait.nonce, NULL);
	else
		answer_failure(c->request, e, "checking a device in");
}

static void
reactivate(struct call *c)
{
	char nonce[NONCE_SIZE] = "";
	const struct json_field fields[] = { NEED_TEXT("nonce", nonce) };
	json_t *body = answer_read_body(c->request, fields, 1);

	if (body == NULL)
		return;
	json_decref(body);
	if (check_nonce(c, nonce) && may_ask_again(c, "reactivate", &reactivations))
		rechecks_start(c->web, c->request, &c->principal.device, nonce, c->now);
}

static void
begin_purchase(struct call *c)
{
	json_t *body = answer_read_body(c->request, NULL, 0);
	struct checkout checkout;
	struct buf url;
	enum err e;

	if (body == NULL)
		return;
	json_decref(body);
	if (c->web->pay == PAY_NONE) {
		answer_problem(c->request, 409, "nothing_for_sale",
		    "Nothing is sold here. Ask your provider.");
		return;
	}
	if (!may_ask_again(c, "purchase", &purchases))
		return;
	buf_init(&url, 1024);
	e = authority_begin_checkout(c->web->store, &c->principal.device, c->now, &checkout);
	if (e == ERR_NONE)
		e = pay_write_page(c->web->base_url, checkout.id, &url);
	if (e == ERR_NONE)
		answer_json(c->request, 201,
		    json_pack("{s:s#}", "url", (const char *)url.p, (int)url.n));
	else
		answer_failure(c->request, e, "beginning a purchase");
	buf_fini(&url);
}

static bool
add_fellow(void *ctx, const struct fellow *f)
{
	json_array_append_new(ctx, json_pack("{s:s, s:I, s:b}", "name", f->name, "last_seen",
		(json_int_t)f->last_seen, "this", f->is_asker));
	return true;
}

static void
list_fellows(struct call *c)
{
	json_t *body = answer_read_body(c->request, NULL, 0), *devices;
	int64_t seats = 0;
	enum err e;

	if (body == NULL)
		return;
	json_decref(body);
	if (!may_ask_again(c, "devices", &fellows))
		return;
	devices = json_array();
	e = devices == NULL ? ERR_NOMEM
			    : authority_fellows(c->web->store, &c->principal.device, add_fellow, devices, &seats);
	if (e == ERR_NONE)
		answer_json(c->request, 200,
		    json_pack("{s:I, s:O}", "seats", (json_int_t)seats, "devices", devices));
	else
		answer_failure(c->request, e, "listing a device's fellows");
	json_decref(devices);
}

/* A link that signs in to the portal, for the device's own subscription. */
static void
open_portal(struct call *c)
{
	json_t *body = answer_read_body(c->request, NULL, 0);
	const struct device *d = &c->principal.device;
	char token[TOKEN_SIZE];
	enum err e;

	if (body == NULL)
		return;
	json_decref(body);
	/* One that was removed, sold perhaps, has no say in what the others do. */
	if (!d->seated) {
		answer_problem(c->request, 409, "not_seated",
		    "This device has no seat in its subscription: sign in by mail, or at a device that has one.");
		return;
	}
	if (!may_ask_again(c, "portal", &portals))
		return;
	e = session_make_link(c->web->store, SUBJECT_SUBSCRIPTION, d->subscription, c->now, token);
	if (e == ERR_NONE)
		answer_json(c->request, 201, json_pack("{s:o}", "url",
			json_sprintf("%sportal/enter/%s", c->web->base_url, token)));
	else
		answer_failure(c->request, e, "making a link into the portal");
	random_forget(token, sizeof token);
}

static const struct route routes[] = {
	/* The code is the right to activate, and guessing is limited. */
	{ "POST", "/device/v1/activate", activate, PERMIT_ANYONE },
	{ "POST", "/device/v1/checkin", check_in, PERMIT_DEVICE },
	{ "POST", "/device/v1/reactivate", reactivate, PERMIT_DEVICE },
	{ "POST", "/device/v1/purchase", begin_purchase, PERMIT_DEVICE },
	{ "POST", "/device/v1/portal", open_portal, PERMIT_DEVICE },
	{ "POST", "/device/v1/devices", list_fellows, PERMIT_DEVICE },
};
const struct route_group device_routes = { "/device/", routes_refuse, routes,
	sizeof routes / sizeof routes[0] };
