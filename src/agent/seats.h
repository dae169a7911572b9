/* agent/seats.h: the fields of a list of devices that have the seats; both protocols carry it. */
#ifndef HOLDFAST_AGENT_SEATS_H
#define HOLDFAST_AGENT_SEATS_H

#include "agent/job.h"
#include "agent/wire.h"

void seats_fields(struct wire *w, struct seat_list *list);

void fellows_fields(struct wire *w, struct fellow_list *list);

#endif
