/* daemon/record.h: what the daemon remembers across restarts besides the lease: state.json.
 * Nothing in it protects anything by itself: lost, it is learnt again. */
#ifndef HOLDFAST_DAEMON_RECORD_H
#define HOLDFAST_DAEMON_RECORD_H

#include "base/buf.h"
#include "base/bytes.h"
#include "entitle/condition.h"
#include "entitle/trusted_time.h"

#define RECORD_FILE "state.json"

struct record {
	struct trusted_time time;
	int64_t lease_issued;		/* of the newest lease ever accepted: an older one is refused */
	bool lease_ended;		/* that one ended protection: nor does another of the same second count */
	int64_t checked_in;		/* when the server last answered; 0: never */
	int64_t confirmed;		/* when the protection data was last known to be current */
	int64_t scanned;		/* when the last scan ended */
	int64_t scan_files, scan_infected, scan_incomplete;
	int64_t update_trouble_time;
	char checkin_trouble[FAULT_TEXT]; /* why the last one failed; empty: it did not */
	char update_trouble[FAULT_TEXT];
	enum condition_kind condition;	/* as last told in the history */
	enum reason reason;
};

/* Append as JSON. ERR_NOMEM. */
enum err record_write(const struct record *r, struct buf *out);

/* ERR_MALFORMED. ${out} changes only on success. */
enum err record_read(struct bytes text, struct record *out, struct fault *why);

/* Load; what is not there or damaged is as new, and the error says so: ${out} is always filled. */
enum err record_load(int dir, struct record *out, struct fault *why);
enum err record_save(int dir, const struct record *r, struct fault *why);

#endif
