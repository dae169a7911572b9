/* entitle/authority_seat.h: who sits on a subscription's seats, changed from the console, the portal or a provider's
 * system. Devices that take a seat themselves do so by authority_activate.
 *
 * No device is asked: one that loses its seat is told at its next contact, however long it is off, and its lease
 * says why. Seats are counted and taken in one statement of the store; a move takes one and gives it in one
 * transaction. Everything is an event in the subscription's log. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_SEAT_H
#define HOLDFAST_ENTITLE_AUTHORITY_SEAT_H

#include "entitle/authority.h"

struct seat_change {
	const char *subscription;
	const char *device;	/* one of the subscription's */
	const char *to;		/* authority_transfer_seat: another of them */
	const char *actor;	/* for the log */
	bool by_person;		/* counts against the policy's moves in 30 days */
};

/* All: ERR_NOT_FOUND when the subscription is not ${p}'s, "unknown_device" when the device is not one of it.
 * ERR_CONFLICT "subscription_cancelled"; "transfer_limit" when a person has moved seats too often. */

/* Take the device's seat: it was removed, or is lost, sold or dead. ERR_CONFLICT "not_seated". */
enum err authority_release_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why);

/* Give a device that had one a seat again. ERR_CONFLICT "already_seated", "seats_taken". */
enum err authority_assign_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why);

/* Move the seat of ${device} to ${to}, in one step. ERR_CONFLICT "not_seated", "already_seated". */
enum err authority_transfer_seat(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why);

/* Give ${device} back the seat that another device got from it; that one loses it. ERR_CONFLICT
 * "nothing_to_undo" (it was not a move, or the other has moved on), "undo_over" (too long ago). */
enum err authority_undo_transfer(struct store *store, const struct provider *p,
    const struct seat_change *change, int64_t now, struct refusal *why);

struct seat_count {
	const char *subscription;
	int64_t seats;		/* 1 to SEATS_MAX */
	const char *const *release; /* the devices that lose theirs, if there must be fewer */
	size_t count;
	const char *actor;
};

/* Change the number of seats. Never below those taken without saying which: ERR_CONFLICT "seats_in_use". A device
 * that so lost its seat gets it back by itself as soon as one is free. */
enum err authority_set_seats(struct store *store, const struct provider *p,
    const struct seat_count *count, int64_t now, struct refusal *why);

/* A new activation code, shown once; the old one opens nothing any more, and nobody's seat is touched. */
enum err authority_new_code(struct store *store, const struct provider *p, const char *subscription,
    const char *actor, int64_t now, char code[static CODE_SHOWN_SIZE], struct refusal *why);

/* The device has asked, and is about to be told. If it is the first time since it lost its seat, that is now
 * complete: the log says so. */
enum err authority_note_contact(struct store *store, const struct device *d, int64_t now);

#endif
