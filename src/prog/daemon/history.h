/* daemon/history.h: what happened on this device, one event a line, the person's own to read.
 * Owns history.jsonl and history.1.jsonl. A line that a crash cut is passed over. */
#ifndef HOLDFAST_DAEMON_HISTORY_H
#define HOLDFAST_DAEMON_HISTORY_H

#include "agent/entry.h"

struct history;

/* ${dir} is borrowed. ERR_NOMEM, ERR_IO and the like. */
enum err history_open(int dir, struct history **out, struct fault *why);
void history_close(struct history *h);

/* Append an event; control characters in the words are replaced. A disk that is full costs the event,
 * which is then logged. */
void history_add(struct history *h, int64_t time, enum event_kind kind, uint32_t owner,
    const char *text);

/* The first event at or behind *cursor (0: the oldest) that ${uid} may see, which is all of them for
 * root and for ${all}; *cursor moves behind it. ERR_NOT_FOUND: there is none. */
enum err history_next(struct history *h, uint32_t uid, bool all, uint64_t *cursor,
    struct history_event *out);

/* One line of the file, without its end. ERR_MALFORMED, ERR_NOMEM. */
enum err history_read_line(struct bytes line, struct history_event *out);

#endif
