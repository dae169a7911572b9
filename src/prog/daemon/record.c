/* daemon/record.c: see record.h. */
#include "prog/daemon/record.h"

#include "base/text.h"
#include "codec/json.h"
#include "os/file.h"
#include "prog/daemon/limits.h"

static const int64_t WHOLE_MAX = INT64_MAX / 4;

enum err
record_write(const struct record *r, struct buf *out)
{
	json_t *value = json_pack(
	    "{s:I, s:I, s:s, s:b, s:I, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:s, s:s}",
	    "floor", (json_int_t)r->time.floor, "floor_boot_ms", (json_int_t)r->time.floor_boot_ms,
	    "boot", r->time.boot_id, "learnt", r->time.learnt, "lease_issued",
	    (json_int_t)r->lease_issued, "lease_ended", r->lease_ended, "checked_in", (json_int_t)r->checked_in, "confirmed",
	    (json_int_t)r->confirmed, "scanned", (json_int_t)r->scanned, "scan_files",
	    (json_int_t)r->scan_files, "scan_infected", (json_int_t)r->scan_infected,
	    "scan_incomplete", (json_int_t)r->scan_incomplete, "update_trouble_time",
	    (json_int_t)r->update_trouble_time, "checkin_trouble", r->checkin_trouble,
	    "update_trouble", r->update_trouble, "condition", condition_name(r->condition),
	    "reason", reason_code(r->reason));
	enum err e = value == NULL ? ERR_NOMEM : json_write(value, out);

	json_decref(value);
	return e;
}

#define TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }
#define WHOLE(n, o) { .name = n, .kind = JSON_KIND_WHOLE, .required = true, .out = &o, .most = WHOLE_MAX }

static bool
condition_from_name(const char *name, enum condition_kind *out)
{
	for (int k = CONDITION_UNPROTECTED; k <= CONDITION_PROTECTED; k++) {
		if (!text_equal(condition_name((enum condition_kind)k), name))
			continue;
		*out = (enum condition_kind)k;
		return true;
	}
	return false;
}

enum err
record_read(struct bytes text, struct record *out, struct fault *why)
{
	char condition[32], reason[32];
	json_t *value = NULL;
	struct record r = { .lease_issued = 0 };
	const struct json_field fields[] = { WHOLE("floor", r.time.floor),
		WHOLE("floor_boot_ms", r.time.floor_boot_ms), TEXT("boot", r.time.boot_id),
		{ .name = "learnt", .kind = JSON_KIND_BOOL, .required = true, .out = &r.time.learnt },
		WHOLE("lease_issued", r.lease_issued),
		/* Not in records from before. */
		{ .name = "lease_ended", .kind = JSON_KIND_BOOL, .out = &r.lease_ended }, WHOLE("checked_in", r.checked_in),
		WHOLE("confirmed", r.confirmed), WHOLE("scanned", r.scanned),
		WHOLE("scan_files", r.scan_files), WHOLE("scan_infected", r.scan_infected),
		WHOLE("scan_incomplete", r.scan_incomplete),
		WHOLE("update_trouble_time", r.update_trouble_time),
		TEXT("checkin_trouble", r.checkin_trouble), TEXT("update_trouble", r.update_trouble),
		TEXT("condition", condition), TEXT("reason", reason) };
	enum err e;

	if ((e = json_parse(text, &value, why)) != ERR_NONE ||
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], why)) != ERR_NONE)
		goto done;
	if (!condition_from_name(condition, &r.condition) || !reason_from_code(reason, &r.reason)) {
		e = fault_set(why, ERR_MALFORMED, "unknown condition or reason");
		goto done;
	}
	*out = r;
done:
	json_decref(value);
	return e;
}

enum err
record_load(int dir, struct record *out, struct fault *why)
{
	struct record fresh = { .reason = REASON_NOT_ACTIVATED };
	struct buf text;
	enum err e;

	*out = fresh;
	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = file_read(dir, RECORD_FILE, &text, why)) == ERR_NONE &&
	    (e = record_read(buf_bytes(&text), out, why)) != ERR_NONE)
		fault_within(why, RECORD_FILE);
	buf_fini(&text);
	return e;
}

enum err
record_save(int dir, const struct record *r, struct fault *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = record_write(r, &text)) != ERR_NONE)
		fault_set(why, e, "cannot write " RECORD_FILE ": %s", err_name(e));
	else
		e = file_replace(dir, RECORD_FILE, buf_bytes(&text), 0600, why);
	buf_fini(&text);
	return e;
}
