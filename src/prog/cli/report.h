/* cli/report.h: what a scan shows: a line a finding, progress on a terminal, a summary at the end. */
#ifndef HOLDFAST_CLI_REPORT_H
#define HOLDFAST_CLI_REPORT_H

#include "agent/reply.h"

struct report {
	bool json;
	bool progress;		/* redraw a line on standard error */
	bool drawn;
	int64_t began_ms, drawn_ms;
	uint64_t files, bytes;	/* scanned to an end */
	uint64_t infected, incomplete, errors, quarantined;
	bool cancelled;
};

void report_begin(struct report *r, bool json);

/* What became of an infected file: its entry in the quarantine (empty: none), and what went wrong. */
void report_verdict(struct report *r, const char *path, const struct verdict *v, const char *entry,
    const char *trouble);

/* A file that could not be read at all. */
void report_error(struct report *r, const char *path, const char *why);

/* Redraw the progress line, not too often. */
void report_progress(struct report *r, const char *path);

void report_end(struct report *r);

#endif
