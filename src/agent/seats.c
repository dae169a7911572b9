/* agent/seats.c: see seats.h. */
#include "agent/seats.h"

void
seats_fields(struct wire *w, struct seat_list *list)
{
	wire_count(w, &list->count, AGENT_SEATS_MAX);
	wire_u32(w, &list->unlisted);
	for (uint32_t i = 0; i < list->count; i++) {
		wire_text(w, list->holders[i].id, sizeof list->holders[i].id);
		wire_plain(w, list->holders[i].name, sizeof list->holders[i].name);
		wire_i64(w, &list->holders[i].last_seen);
	}
}
