/* prog/web/seat_api.c: who sits on a subscription's seats, how many there are, and its activation code, as a
 * provider's systems and its help desk change them; the rules are entitle/authority_seat.h's. */
#include "entitle/authority_seat.h"

#include "base/text.h"
#include "crypto/random.h"
#include "prog/web/answer.h"
#include "prog/web/subscription_shapes.h"

typedef enum err change_fn(struct store *store, const struct provider *p, const struct seat_change *change,
    int64_t now, struct refusal *why);

/* The subscription as it is now, or why it was not changed. */
static void
answer_changed(struct call *c, enum err e, const struct refusal *why)
{
	struct subscription sub;

	if (e == ERR_NONE)
		e = authority_get(c->web->store, &c->principal.provider, c->parameter, &sub);
	if (e == ERR_NONE)
		subscription_answer_whole(c, &sub);
	else if (e == ERR_NOT_FOUND && why->code[0] != '\0')
		answer_problem_with(c->request, 404, why, NULL);
	else
		subscription_refuse(c, e, why, "changing seats");
}

/* ${to} is the other device of a move; empty: there is none. */
static void
change_seat(struct call *c, change_fn *fn, const char *to)
{
	struct seat_change change = { .subscription = c->parameter, .device = c->parameters[1], .to = to,
		.actor = c->principal.actor };
	struct refusal why = { "", "" };

	answer_changed(c, fn(c->web->store, &c->principal.provider, &change, c->now, &why), &why);
}

static void
release(struct call *c)
{
	change_seat(c, authority_release_seat, "");
}

static void
assign(struct call *c)
{
	change_seat(c, authority_assign_seat, "");
}

static void
undo(struct call *c)
{
	change_seat(c, authority_undo_transfer, "");
}

struct transfer_request {
	char to[ID_SIZE];
};
static const struct field transfer_fields[] = {
	{ SHAPE_TEXT(transfer_request, to, "to"), .flags = FIELD_REQUIRED | FIELD_FILLED,
	    .about = "The device of the same subscription that gets the seat" },
};
SHAPE(transfer, transfer_request, "TransferRequest");

static void
transfer(struct call *c)
{
	struct transfer_request request = { .to = "" };

	if (answer_take_body(c, &request))
		change_seat(c, authority_transfer_seat, request.to);
}

/* What is not sent stays as it is. */
struct terms_request {
	int64_t seats;
	json_t *release;
	int64_t paid_until;	/* UNSAID: not sent */
};
enum { UNSAID = -1 };
static const struct field terms_fields[] = {
	{ SHAPE_WHOLE(terms_request, seats, "seats", 1, SEATS_MAX) },
	{ SHAPE_LIST(terms_request, release, "release", NULL),
	    .about = "Ids of the devices that lose their seats, when there are to be fewer than are taken" },
	{ SHAPE_TIME(terms_request, paid_until, "paid_until"), .flags = FIELD_NULLABLE,
	    .about = "null: open-ended" },
};
SHAPE(terms, terms_request, "SubscriptionChange");

static enum err
set_seats(struct call *c, const struct terms_request *request, struct refusal *why)
{
	const char *release[SEATS_MAX];
	struct seat_count count = { .subscription = c->parameter, .seats = request->seats,
		.release = release, .actor = c->principal.actor };
	json_t *item;
	size_t i;

	json_array_foreach(request->release, i, item) {
		if (i == SEATS_MAX || !json_is_string(item)) {
			text_copy(why->code, sizeof why->code, "malformed_request");
			text_copy(why->detail, sizeof why->detail,
			    "field \"release\" must be a list of devices' ids");
			return ERR_MALFORMED;
		}
		release[count.count++] = json_string_value(item);
	}
	return authority_set_seats(c->web->store, &c->principal.provider, &count, c->now, why);
}

/* Both changes or neither. */
static enum err
set_terms(struct call *c, const struct terms_request *request, struct refusal *why)
{
	struct terms terms = { .sets_paid_until = true, .paid_until = request->paid_until,
		.actor = c->principal.actor };
	struct store *store = c->web->store;
	struct subscription sub;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	e = authority_get(store, &c->principal.provider, c->parameter, &sub);
	if (e == ERR_NONE && request->seats != 0)
		e = set_seats(c, request, why);
	if (e == ERR_NONE && request->paid_until != UNSAID)
		e = authority_set_terms(store, &c->principal.provider, c->parameter, &terms, c->now, &sub, why);
	if (e == ERR_NONE)
		e = store->commit(store);
	if (e != ERR_NONE)
		store->rollback(store);
	return e;
}

static void
change_terms(struct call *c)
{
	struct terms_request request = { .paid_until = UNSAID };
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &request))
		return;
	e = set_terms(c, &request, &why);
	if (e == ERR_MALFORMED)
		answer_problem_with(c->request, 400, &why, NULL);
	else
		answer_changed(c, e, &why);
}

struct code_answer {
	char code[CODE_SHOWN_SIZE];
};
static const struct field code_fields[] = {
	{ SHAPE_TEXT(code_answer, code, "activation_code"), .about = "In this answer, and nowhere else" },
};
SHAPE(code, code_answer, "ActivationCode");

static void
make_code(struct call *c)
{
	struct refusal why = { "", "" };
	struct code_answer answer;
	enum err e;

	e = authority_new_code(c->web->store, &c->principal.provider, c->parameter, c->principal.actor, c->now,
	    answer.code, &why);
	if (e == ERR_NONE)
		answer_shape(c, &answer);
	else
		subscription_refuse(c, e, &why, "making an activation code");
	random_forget(&answer, sizeof answer);
}

#define DEVICE "/v1/subscriptions/{subscription}/devices/{device}"

static const struct route routes[] = {
	{ "PATCH", "/v1/subscriptions/{subscription}", change_terms, PERMIT_OPERATE, "changeSubscription",
	    "Another number of seats, or another end of what is paid", .body = &terms_shape,
	    .answer = &subscription_shape },
	{ "POST", "/v1/subscriptions/{subscription}/code", make_code, PERMIT_SUPPORT, "newActivationCode",
	    "A new activation code; the one before opens nothing any more", .answer = &code_shape },
	{ "POST", DEVICE "/release", release, PERMIT_SUPPORT, "releaseSeat",
	    "Take a device's seat: it was removed, or is lost; it need not be there", .answer = &subscription_shape },
	{ "POST", DEVICE "/assign", assign, PERMIT_OPERATE, "assignSeat", "Give a device that had a seat one again",
	    .answer = &subscription_shape },
	{ "POST", DEVICE "/transfer", transfer, PERMIT_OPERATE, "transferSeat",
	    "Move a device's seat to another device, in one step", .body = &transfer_shape,
	    .answer = &subscription_shape },
	{ "POST", DEVICE "/undo", undo, PERMIT_OPERATE, "undoTransfer",
	    "Give a device back the seat that another one got from it", .answer = &subscription_shape },
};
const struct route_group seat_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
