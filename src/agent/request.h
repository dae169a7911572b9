/* agent/request.h: what a program on the device may ask of the daemon over its socket.
 * One connection, one thing at a time: a request is answered (agent/reply.h) before the next one,
 * but for a scan, whose objects are sent ahead within the window that REPLY_SCAN gave.
 * Who may ask what is the daemon's business; this is the form.
 *
 *	REQUEST_OBJECT comes with one descriptor: the file, open for reading only.
 *	REQUEST_UNSEAL comes with one: an empty regular file, open for writing.
 */
#ifndef HOLDFAST_AGENT_REQUEST_H
#define HOLDFAST_AGENT_REQUEST_H

#include "agent/limits.h"
#include "agent/settings.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "entitle/limits.h"

enum request_kind {
	REQUEST_NONE = 0,
	REQUEST_STATUS,		/* -> STATUS */
	REQUEST_WATCH,		/* -> STATUS now and at each change, until the connection ends */
	REQUEST_ACTIVATE,	/* -> DONE, SEATS, FAULT */
	REQUEST_REACTIVATE,	/* -> REACTIVATED, FAULT */
	REQUEST_PURCHASE,	/* -> ADDRESS, FAULT */
	REQUEST_UPDATE,		/* -> UPDATED, REFUSED, FAULT */
	REQUEST_SCAN,		/* -> SCAN, REFUSED, FAULT */
	REQUEST_OBJECT,		/* in a scan -> VERDICT, in any order; REFUSED or FAULT end the scan */
	REQUEST_REMOVED,	/* in a scan: the sealed original is gone, or could not be removed -> DONE */
	REQUEST_SCAN_END,	/* in a scan -> DONE */
	REQUEST_ENTRY,		/* -> ENTRY, END */
	REQUEST_UNSEAL,		/* -> ENTRY: the content is in the file; FAULT */
	REQUEST_DROP,		/* -> DONE, FAULT */
	REQUEST_HISTORY,	/* -> EVENT, END */
	REQUEST_DEVICES,	/* -> DEVICES, FAULT */
	REQUEST_SETTINGS,	/* -> SETTINGS */
	REQUEST_SET,		/* -> SETTINGS as they are now, FAULT */
	REQUEST_PORTAL,		/* -> ADDRESS, which signs in once, at once; FAULT */
	REQUEST_KINDS
};

struct request_activate {
	char code[AGENT_CODE_SIZE];
	char name[NAME_SIZE];
	char replace[ID_SIZE];	/* empty: take a free seat */
};

struct request_object {
	uint64_t tag;		/* comes back with the verdict */
	char path[AGENT_PATH_SIZE]; /* absolute; to be shown and remembered, never opened */
};

struct request_removed {
	uint64_t tag;
	bool removed;
};

struct request_end {
	uint64_t files, errors;	/* that were met, and that could not be read */
	bool cancelled;
};

struct request_entry {
	char id[AGENT_ENTRY_ID_SIZE]; /* ENTRY: the one after this, empty for the first */
	bool restored;		/* DROP: it was put back; else its content is to be lost */
};

struct request {
	enum request_kind kind;
	union {
		struct request_activate activate;
		bool quarantine;	/* SCAN: seal what is infected */
		struct request_object object;
		struct request_removed removed;
		struct request_end end;
		struct request_entry entry;	/* ENTRY, UNSEAL, DROP */
		uint64_t cursor;	/* HISTORY: 0, then as EVENT said */
		struct device_settings settings; /* SET: all of them */
	};
};

/* Append the message; the error sticks in ${out}. */
void request_write(const struct request *r, struct buf *out);

/* Read a whole message. ERR_MALFORMED; the output changes only on success. */
enum err request_read(struct bytes body, struct request *out);

#endif
