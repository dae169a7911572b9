/* daemon/quarantine.h: files taken out of harm's way: sealed copies and what is known of the originals.
 * Owns the folder quarantine/ and its key. At every moment a file is whole in one of two places: where
 * it was, or here (doc/device.md, "Quarantine"). Never opens a user's path: descriptors are handed in.
 */
#ifndef HOLDFAST_DAEMON_QUARANTINE_H
#define HOLDFAST_DAEMON_QUARANTINE_H

#include "agent/entry.h"
#include "crypto/seal.h"
#include "prog/daemon/tasks.h"

struct quarantine;

/* Open. What was half done when the last daemon ended is left (quarantine_leave).
 * ${dir} is the state directory, borrowed like ${tasks}.
 * ERR_MALFORMED: the key is damaged. ERR_NOMEM, ERR_IO and the like. */
enum err quarantine_open(int dir, struct tasks *tasks, struct quarantine **out, struct fault *why);
void quarantine_close(struct quarantine *q);

/* ${entry} is borrowed for the call. */
typedef void quarantine_done_fn(void *ctx, enum err e, const struct quarantine_entry *entry,
    const struct fault *why);

struct quarantine_call {
	quarantine_done_fn *done;
	void *ctx;
};

/* Seal a copy of the regular file ${fd} (given), keep it and ${draft}, whose owner, time, path,
 * signature and where are the caller's; the rest is taken from the descriptor. Once done, the entry is
 * on the disk but not final. ERR_FULL: there is no room; nothing was kept. */
enum err quarantine_seal(struct quarantine *q, const struct quarantine_entry *draft, int fd,
    struct quarantine_call call);

/* The original is gone: the entry is final. One of the same file that was left half done before is
 * dropped: this one has its content. */
enum err quarantine_finish(struct quarantine *q, const char *id, struct fault *why);

/* Nobody was told to remove the original, or nobody can be about to any more: look. It is there, the
 * same file: the entry is dropped. Else it becomes final. An entry that is final stays. */
void quarantine_settle(struct quarantine *q, const char *id);

/* Somebody was told to remove the original, and nobody will say whether it is gone. It is: the entry
 * becomes final. If not, a removal may still be on its way: a program acts on what it was sent also
 * after the connection ended. Only after QUARANTINE_PATIENCE_MS is the entry settled. */
#define QUARANTINE_PATIENCE_MS 60000
void quarantine_leave(struct quarantine *q, const char *id);

/* Look at all that was left, at ${now_ms} by the boot clock. True when some still is: look again in
 * QUARANTINE_LOOK_S. */
#define QUARANTINE_LOOK_S 2
bool quarantine_look(struct quarantine *q, int64_t now_ms);

/* The final entry after ${id} in the order of time ("": the first) that ${uid} may have; ${all}: of
 * every owner. ERR_NOT_FOUND: no more, or no such id. */
enum err quarantine_next(struct quarantine *q, const char *id, uint32_t uid, bool all,
    struct quarantine_entry *out);

/* How many there are for ${uid}. */
uint64_t quarantine_count(const struct quarantine *q, uint32_t uid, bool all);

/* The final entry ${id}. ERR_NOT_FOUND also when ${uid} may not have it, so that nobody learns of
 * others' files. */
enum err quarantine_find(struct quarantine *q, const char *id, uint32_t uid, bool all,
    struct quarantine_entry *out, struct fault *why);

/* Write the content of ${entry} to ${to} (given), an empty regular file, and check its digest. */
enum err quarantine_unseal(struct quarantine *q, const struct quarantine_entry *entry, int to,
    struct quarantine_call call);

/* Drop the entry and its content for good. */
enum err quarantine_drop(struct quarantine *q, const char *id, struct fault *why);

#endif
