/* agent/putback.h: write a quarantined file back, with the rights of whoever asks; the daemon only fills a
 * descriptor. The entry stays in the quarantine: dropping it is a request of its own. */
#ifndef HOLDFAST_AGENT_PUTBACK_H
#define HOLDFAST_AGENT_PUTBACK_H

#include "agent/entry.h"

/* The entry ${id} of the daemon at ${state}. ERR_NOT_FOUND: the asker has none of that id. */
enum err putback_find(const char *state, const char *id, struct quarantine_entry *out,
    struct fault *why);

/* Write its content to ${path}, where nothing may be: ERR_EXISTS. With ${as_it_was}, its owner (when that is
 * possible), mode and times too; without, it is an ordinary new file. After any interruption the file is
 * there whole, or not at all. */
enum err putback_write(const char *state, const struct quarantine_entry *entry, const char *path,
    bool as_it_was, struct fault *why);

#endif
