/* entitle/authority_fellows.h: which devices share a subscription with one of them, as far as that one is told.
 * Names and times only: what could be used against another device (its id, its machine, its address) is not here. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_FELLOWS_H
#define HOLDFAST_ENTITLE_AUTHORITY_FELLOWS_H

#include "entitle/authority.h"

struct fellow {
	char name[NAME_SIZE];
	int64_t last_seen;
	bool is_asker;
};

/* Return false to stop. */
typedef bool fellow_fn(void *ctx, const struct fellow *fellow);

/* Call ${fn} for each device with a seat of ${asker}'s subscription that ${asker} may know of; *seats is how many
 * seats there are. A device with a seat, or one that lost it to a smaller number of seats, knows them all. One whose
 * licence moved may have been sold: it learns of the device that has it now, whose name its lease says too. One
 * that was removed may be stolen: it learns of none, and *seats is 0. ERR_NOT_FOUND: no such subscription. */
enum err authority_fellows(struct store *store, const struct device *asker, fellow_fn *fn, void *ctx,
    int64_t *seats);

#endif
