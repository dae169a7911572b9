/* daemon/index.h: the quarantine's entries on the disk, ID.entry, and the list of them in memory.
 * Owns these files; the sealed contents are the quarantine's. */
#ifndef HOLDFAST_DAEMON_INDEX_H
#define HOLDFAST_DAEMON_INDEX_H

#include "agent/entry.h"

/* What is kept in memory of an entry. */
struct index_item {
	char id[AGENT_ENTRY_ID_SIZE];
	uint32_t owner;
	bool final;
	int64_t time;
	int64_t left_ms;	/* boot clock when the last one who could say went; 0: somebody will say */
};

struct index {
	int dir;			/* borrowed */
	struct index_item *items;	/* by time */
	size_t count, room;
};

/* Read all entries in ${dir}. One that is damaged is named in the log and left alone, and so is its
 * content. ERR_NOMEM, ERR_IO. The caller calls index_fini(out). */
enum err index_load(int dir, struct index *out, struct fault *why);
void index_fini(struct index *x);

/* Write an entry, new or changed. Errors as file_replace, ERR_NOMEM. */
enum err index_put(struct index *x, const struct quarantine_entry *entry, struct fault *why);

/* Read the entry ${id}. ERR_NOT_FOUND, ERR_MALFORMED. */
enum err index_get(const struct index *x, const char *id, struct quarantine_entry *out,
    struct fault *why);

/* Remove it. ERR_NOT_FOUND. */
enum err index_remove(struct index *x, const char *id, struct fault *why);

/* The position of ${id}, or x->count. */
size_t index_position(const struct index *x, const char *id);

/* An entry's file. ERR_MALFORMED; ${out} changes only on success. */
enum err index_read_entry(struct bytes file, struct quarantine_entry *out);

#endif
