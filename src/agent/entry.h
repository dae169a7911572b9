/* agent/entry.h: what is remembered of a quarantined file, and of an event: as messages, and, in the
 * same form, in the quarantine's index. */
#ifndef HOLDFAST_AGENT_ENTRY_H
#define HOLDFAST_AGENT_ENTRY_H

#include "agent/limits.h"
#include "agent/wire.h"
#include "base/err.h"
#include "verdict/verdict.h"

/* A quarantined file: its content lies sealed under ${id}. */
struct quarantine_entry {
	char id[AGENT_ENTRY_ID_SIZE];
	bool final;		/* the original is gone; before that the entry may be rolled back */
	uint32_t owner;		/* user id of who had it quarantined, and may have it back */
	int64_t time;		/* trusted time */
	char path[AGENT_PATH_SIZE]; /* absolute; any bytes but NUL */
	uint64_t dev, ino;	/* which file that was */
	uint32_t mode, uid, gid;
	int64_t atime_s, mtime_s;
	uint32_t atime_ns, mtime_ns;
	uint64_t size;
	uint8_t sha256[32];
	char signature[VERDICT_SIGNATURE_SIZE];
	char where[VERDICT_WHERE_SIZE]; /* inside it; empty: the file itself */
};

void quarantine_entry_fields(struct wire *w, struct quarantine_entry *entry);

/* What an event was about. */
enum event_kind {
	EVENT_NONE = 0,
	EVENT_CONDITION,	/* protection began, ended or changed its reason */
	EVENT_ACTIVATED,
	EVENT_UPDATED,
	EVENT_UPDATE_REFUSED,
	EVENT_SCAN,
	EVENT_FOUND,
	EVENT_QUARANTINED,
	EVENT_RESTORED,
	EVENT_DELETED,
	EVENT_TROUBLE,
	EVENT_KINDS
};

/* Nobody in particular: an event that every user of the device may see. */
#define EVENT_OF_ALL UINT32_MAX

struct history_event {
	int64_t time;		/* trusted time */
	enum event_kind kind;
	uint32_t owner;		/* user id, or EVENT_OF_ALL */
	char text[AGENT_SENTENCE_SIZE]; /* a plain sentence */
};

void history_event_fields(struct wire *w, struct history_event *event);

/* Such as "update_refused". The reverse is false for a name that is none. */
const char *event_kind_name(enum event_kind kind);
bool event_kind_from_name(const char *name, enum event_kind *out);

#endif
