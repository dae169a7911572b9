/* daemon/scans.h: scans that programs on the device run: objects in, verdicts out, findings sealed.
 * Owns the objects under way and the counts. Knows no socket: replies go to a function. */
#ifndef HOLDFAST_DAEMON_SCANS_H
#define HOLDFAST_DAEMON_SCANS_H

#include "agent/reply.h"
#include "agent/request.h"
#include "prog/daemon/engines.h"
#include "prog/daemon/history.h"
#include "prog/daemon/quarantine.h"

struct scans;
struct scan;

/* ${reply} is borrowed for the call. */
typedef void scan_reply_fn(void *ctx, const struct reply *reply);

/* What a scan came to. */
struct scan_counts {
	uint64_t files, infected, incomplete;
};
typedef void scans_ended_fn(void *ctx, const struct scan_counts *counts);

struct scans_setup {
	struct event_base *base;
	struct databases *databases;
	const struct pool_settings *pool;
	struct quarantine *quarantine;
	struct history *history;
	int64_t (*now)(void *ctx);	/* trusted time */
	scans_ended_fn *ended;
	void *ctx;
};

/* All in ${setup} is borrowed. ERR_NOMEM. */
enum err scans_new(const struct scans_setup *setup, struct scans **out);

/* Every scan was given to scans_forget before. */
void scans_free(struct scans *s);

struct scan_order {
	uint32_t uid;		/* who asks */
	bool quarantine;	/* seal what is infected */
	scan_reply_fn *reply;
	void *ctx;
};

/* Begin; the first reply is REPLY_SCAN. Errors as engines_hold. */
enum err scans_begin(struct scans *s, const struct scan_order *order, struct scan **out,
    struct fault *why);

/* An object to be scanned; ${fd} is given. Its verdict is a reply. ERR_CONFLICT: it breaks the window
 * or the tag is under way: the asker does not keep to the protocol. */
enum err scan_object(struct scan *scan, const struct request_object *object, int fd);

/* The asker says whether the sealed original is gone; the reply is REPLY_DONE. ERR_CONFLICT: no
 * such object waits for that. */
enum err scan_removed(struct scan *scan, const struct request_removed *removed);

/* All objects were sent: REPLY_DONE follows when the last one is done with. ERR_CONFLICT: twice. */
enum err scan_end(struct scan *scan, const struct request_end *end);

/* The asker has gone, or the scan may not go on: no more replies. What is half done is left
 * (quarantine_leave). */
void scans_forget(struct scan *scan);

#endif
