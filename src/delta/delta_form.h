/* delta/delta_form.h: what delta_make.c and delta_apply.c share: the numbers of the form. Not for others. */
#ifndef HOLDFAST_DELTA_DELTA_FORM_H
#define HOLDFAST_DELTA_DELTA_FORM_H

#include "delta/delta.h"

#define DELTA_MAGIC "HFdelta1"
enum { DELTA_MAGIC_SIZE = 8, DELTA_HEADER = DELTA_MAGIC_SIZE + 16, DELTA_SHARD_HEADER = 20 };

/* One shard: how long it is, how long packed (0: as it is in the old file), and the stretch that it leans on. */
struct delta_shard {
	uint32_t length, packed, stretch;
	uint64_t from;
};

#endif
