/* agent/reply.h: what the daemon answers over its socket, and what it says of the device.
 * Owns the messages' form; agent/request.h says which answers which. */
#ifndef HOLDFAST_AGENT_REPLY_H
#define HOLDFAST_AGENT_REPLY_H

#include "agent/entry.h"
#include "agent/job.h"
#include "agent/settings.h"
#include "entitle/condition.h"
#include "entitle/lease.h"
#include "verdict/verdict.h"

enum reply_kind {
	REPLY_NONE = 0,
	REPLY_STATUS,
	REPLY_FAULT,		/* it could not be done: ${fault} */
	REPLY_REFUSED,		/* the subscription does not allow it: ${refused} */
	REPLY_DONE,
	REPLY_SEATS,		/* all seats are taken, by these devices */
	REPLY_REACTIVATED,
	REPLY_ADDRESS,		/* of a page on the web */
	REPLY_UPDATED,
	REPLY_SCAN,		/* objects may be sent now */
	REPLY_VERDICT,
	REPLY_ENTRY,
	REPLY_EVENT,
	REPLY_END,		/* of a list */
	REPLY_DEVICES,
	REPLY_SETTINGS,
	REPLY_KINDS
};

/* Times are seconds since 1970; 0: never, or not known. */
struct device_status {
	enum condition_kind condition;
	enum reason reason;
	int64_t now;			/* trusted time */
	int64_t since, until;		/* as struct condition has them */
	int64_t paid_until;		/* 0: open-ended */
	bool enrolled;
	bool clock_wrong;
	int64_t clock_off;		/* seconds that the device's clock is ahead */
	char device[ID_SIZE], device_name[NAME_SIZE];
	char moved_to[NAME_SIZE];
	struct contact provider;
	char reference[REFERENCE_SIZE];
	char help[URL_SIZE];		/* where the help articles lie, such as https://…/support/ */
	bool notify;			/* the asker wants to be told on the desktop */
	uint32_t features;
	uint64_t generation, signatures; /* of the protection data in use; 0: none */
	int64_t database_received, database_confirmed;
	int64_t checked_in, next_checkin;
	int64_t scanned;		/* when the last scan ended */
	uint64_t scan_files, scan_infected, scan_incomplete;
	uint64_t quarantined;		/* files that the asker may have back */
	char checkin_trouble[AGENT_SENTENCE_SIZE]; /* why the last check-in failed; empty: it did not */
	char update_trouble[AGENT_SENTENCE_SIZE];
	int64_t update_trouble_time;
	char state_trouble[AGENT_SENTENCE_SIZE]; /* what is wrong with the agent's own files */
};

/* What the notice of entitle/notice.h is filled with. */
struct reply_refused {
	enum reason reason;
	int64_t since;
	char provider[NAME_SIZE];
	char moved_to[NAME_SIZE];
};

struct reply_fault {
	enum err err;
	char text[AGENT_SENTENCE_SIZE];
};

struct reply_reactivated {
	enum reactivation outcome;
	char detail[AGENT_SENTENCE_SIZE];
};

struct reply_updated {
	bool fresh;			/* a newer generation came into use */
	uint64_t generation;
};

struct reply_scan {
	uint32_t window;		/* objects that may be under way */
	uint64_t generation, signatures;
};

struct reply_verdict {
	uint64_t tag;
	char entry[AGENT_ENTRY_ID_SIZE]; /* sealed under this id: now remove the original */
	char trouble[AGENT_SENTENCE_SIZE]; /* why it could not be sealed, though it should be */
	struct verdict verdict;
};

struct reply_event {
	uint64_t cursor;		/* for the one after it */
	struct history_event event;
};

struct reply {
	enum reply_kind kind;
	union {
		struct device_status status;
		struct reply_fault fault;
		struct reply_refused refused;
		struct seat_list seats;
		struct reply_reactivated reactivated;
		char url[URL_SIZE];
		struct reply_updated updated;
		struct reply_scan scan;
		struct reply_verdict verdict;
		struct quarantine_entry entry;
		struct reply_event event;
		struct fellow_list devices;
		struct device_settings settings;
	};
};

/* Append the message; the error sticks in ${out}. */
void reply_write(const struct reply *r, struct buf *out);

/* Read a whole message; the caller calls reply_fini(out) on success. ERR_MALFORMED, ERR_NOMEM. */
enum err reply_read(struct bytes body, struct reply *out);

/* Free what a reply that was read holds. */
void reply_fini(struct reply *r);

/* A fault as a reply, its sentence made plain. */
void reply_of_fault(const struct fault *why, struct reply *out);

#endif
