/* agent/entry.c: see entry.h. */
#include "agent/entry.h"

#include "base/text.h"

void
quarantine_entry_fields(struct wire *w, struct quarantine_entry *e)
{
	wire_text(w, e->id, sizeof e->id);
	wire_bool(w, &e->final);
	wire_u32(w, &e->owner);
	wire_i64(w, &e->time);
	wire_text(w, e->path, sizeof e->path);
	wire_u64(w, &e->dev);
	wire_u64(w, &e->ino);
	wire_u32(w, &e->mode);
	wire_u32(w, &e->uid);
	wire_u32(w, &e->gid);
	wire_i64(w, &e->atime_s);
	wire_i64(w, &e->mtime_s);
	wire_u32(w, &e->atime_ns);
	wire_u32(w, &e->mtime_ns);
	wire_u64(w, &e->size);
	wire_fixed(w, e->sha256, sizeof e->sha256);
	wire_plain(w, e->signature, sizeof e->signature);
	wire_plain(w, e->where, sizeof e->where);
}

void
history_event_fields(struct wire *w, struct history_event *event)
{
	wire_i64(w, &event->time);
	WIRE_ENUM(w, &event->kind, EVENT_KINDS);
	wire_u32(w, &event->owner);
	wire_plain(w, event->text, sizeof event->text);
}

static const char *const event_kinds[EVENT_KINDS] = {
	[EVENT_NONE] = "none",
	[EVENT_CONDITION] = "condition",
	[EVENT_ACTIVATED] = "activated",
	[EVENT_UPDATED] = "updated",
	[EVENT_UPDATE_REFUSED] = "update_refused",
	[EVENT_SCAN] = "scan",
	[EVENT_FOUND] = "found",
	[EVENT_QUARANTINED] = "quarantined",
	[EVENT_RESTORED] = "restored",
	[EVENT_DELETED] = "deleted",
	[EVENT_TROUBLE] = "trouble",
};

const char *
event_kind_name(enum event_kind kind)
{
	return (unsigned)kind < EVENT_KINDS ? event_kinds[kind] : event_kinds[EVENT_NONE];
}

bool
event_kind_from_name(const char *name, enum event_kind *out)
{
	for (int k = EVENT_CONDITION; k < EVENT_KINDS; k++) {
		if (!text_equal(event_kinds[k], name))
			continue;
		*out = (enum event_kind)k;
		return true;
	}
	return false;
}
