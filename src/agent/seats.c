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

void
fellows_fields(struct wire *w, struct fellow_list *list)
{
	wire_u64(w, &list->seats);
	wire_count(w, &list->count, AGENT_SEATS_MAX);
	wire_u32(w, &list->unlisted);
	for (uint32_t i = 0; i < list->count; i++) {
		wire_plain(w, list->devices[i].name, sizeof list->devices[i].name);
		wire_i64(w, &list->devices[i].last_seen);
		wire_bool(w, &list->devices[i].is_this);
	}
}
