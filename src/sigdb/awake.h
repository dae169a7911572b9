/* sigdb/awake.h: one signature that is looked at, and what was found of it in the object at hand. */
#ifndef HOLDFAST_SIGDB_AWAKE_H
#define HOLDFAST_SIGDB_AWAKE_H

#include "sigdb/conditions.h"
#include "sigdb/reach.h"

/* What was found of one subsignature. */
struct sub_state {
	uint32_t count;
	uint64_t last;		/* where its newest match began */
	bool matched;		/* ${last} is set */
	bool done;		/* one match says all, and it is there */
};

struct awake {
	uint32_t number;	/* of the signature in the database */
	bool waits;		/* all of it is to be looked for */
	bool decided;		/* reported, or its conditions do not hold */
	bool counts;		/* how often its parts are found matters */
	uint8_t *code;
	struct signature *signature;
	struct sub_state subs[SUBSIGNATURES_MAX];
	struct reach *reaches;	/* one a part: where the next may follow */
	size_t bytes;		/* of memory, about */
};

/* Load signature ${number}. ERR_MALFORMED, ERR_LIMIT, ERR_NOMEM. */
enum err awake_new(const struct sigdb *db, uint32_t number, struct awake **out);
void awake_free(struct awake *a);

/* Part ${part} of subsignature ${sub} matched, beginning at ${starts} and ending at ${ends}. What
 * follows from it is noted. *start is where its body began, when it is complete now: then the result is
 * true. ERR_LIMIT and ERR_NOMEM in *e. */
bool awake_note_part(struct awake *a, uint32_t sub, uint32_t part, const struct spots *starts,
    const struct spots *ends, const struct evaluated *object, uint64_t *start, enum err *e);

/* Subsignature ${sub} matched as a whole at ${start}. */
void awake_note_sub(struct awake *a, uint32_t sub, uint64_t start, bool in_parts);

#endif
