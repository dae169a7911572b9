/* entitle/authority_reconcile.h: what is so here, beside what the provider's inventory says: where they differ, the
 * provider is right about its own customer, and the log says that there was a difference.
 *
 * The schedule says when (the event "reconcile_due" in the chain of the provider's id, every policy.reconcile_s);
 * whoever has the network fetches the inventory; these functions act on it. What it lacks is reported, never
 * cancelled: an inventory that came in half must not end anybody's protection. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_RECONCILE_H
#define HOLDFAST_ENTITLE_AUTHORITY_RECONCILE_H

#include "entitle/authority.h"

struct inventory_entry {
	char external_id[EXTERNAL_ID_SIZE];
	enum verify_answer says; /* active, suspended or cancelled */
};

struct inventory {
	const struct inventory_entry *entries;
	size_t count;
	int64_t as_of;		/* when the provider's system said so */
};

struct reconcile_report {
	int64_t agreed;
	int64_t repaired;	/* ours follows theirs now */
	int64_t reported;	/* a difference that only a person can settle: event "drift" */
	int64_t unknown;	/* theirs that we do not have */
	int64_t missing;	/* ours that they do not have */
};

/* Act on a part of the inventory; adds to ${report}. Each entry is one transaction, so that nobody waits long; one
 * that comes again changes nothing. A change that took effect here after ${as_of} stands. */
enum err authority_reconcile(struct store *store, const struct provider *p,
    const struct inventory *inventory, int64_t now, struct reconcile_report *report);

/* The inventory that began at ${began} is complete: whatever of ours it did not name is missing there. */
enum err authority_reconcile_end(struct store *store, const struct provider *p, int64_t began,
    int64_t now, struct reconcile_report *report);

#endif
