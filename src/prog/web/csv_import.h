/* prog/web/csv_import.h: a table of subscriptions, taken in with a report by line. A line says how a subscription is to
 * be, so the same table may be sent again: what is so already is unchanged. */
#ifndef HOLDFAST_PROG_WEB_CSV_IMPORT_H
#define HOLDFAST_PROG_WEB_CSV_IMPORT_H

#include "entitle/authority.h"
#include "prog/web/shape.h"

struct csv_import {
	struct store *store;
	const struct provider *provider;
	const char *actor;
	int64_t now;
	bool dry_run;		/* only report what would be done */
};

enum csv_result {
	CSV_NONE = 0,
	CSV_CREATED,
	CSV_CHANGED,
	CSV_UNCHANGED,
	CSV_REFUSED,
	CSV_RESULTS
};

struct csv_report {
	bool dry_run;
	int64_t counts[CSV_RESULTS];
	json_t *lines;		/* objects: line, external_id, result, and id, activation_code, code, detail */
};
extern const struct shape csv_report_shape;

/* The caller releases out->lines. ERR_MALFORMED: its first line names no columns of ours, with a sentence; a later line
 * that cannot be taken is refused in the report. Any other error: nothing was changed. */
enum err csv_import(const struct csv_import *in, struct bytes text, struct csv_report *out, struct fault *why);

/* The asker's subscriptions as a table; the handler of a route whose query is csv_export_query_shape. csv_api.c. */
struct call;
extern const struct shape csv_export_query_shape;
void csv_export(struct call *c);

#endif
