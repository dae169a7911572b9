/* cli/show_json.c: the JSON of show.h. Field names are documented in holdfast(1) and stay. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/limits.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "entitle/notice.h"
#include "prog/cli/show.h"

enum { JSON_MAX = 1 << 20 };

json_t *
show_json_time(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

/* A name that is no text: how it may be shown, and what it is. */
static json_t *
describe_bytes(const char *path)
{
	char shown[AGENT_PATH_SIZE];
	json_t *value = NULL;
	struct buf bytes;

	text_make_plain(shown, sizeof shown, bytes_of_text(path));
	buf_init(&bytes, 2 * AGENT_PATH_SIZE);
	encode_base64url(bytes_of_text(path), &bytes);
	if (bytes.err == ERR_NONE)
		value = json_pack("{s:s, s:s#}", "path", shown, "path_bytes", (const char *)bytes.p,
		    (int)bytes.n);
	buf_fini(&bytes);
	return value;
}

json_t *
show_json_add_path(const char *path, json_t *value)
{
	json_t *text = json_string(path), *all = NULL;

	all = text != NULL ? json_pack("{s:o}", "path", text) : describe_bytes(path);
	if (all != NULL && (value == NULL || json_object_update(all, value) != 0)) {
		json_decref(all);
		all = NULL;
	}
	json_decref(value);
	return all;
}

static json_t *
text_or_null(const char *text)
{
	return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *
features(const struct device_status *s)
{
	json_t *list = json_array();

	if (list != NULL && (s->features & FEATURE_SCAN) != 0)
		json_array_append_new(list, json_string("scan"));
	if (list != NULL && (s->features & FEATURE_UPDATE) != 0)
		json_array_append_new(list, json_string("update"));
	return list;
}

static json_t *
warnings(const struct device_status *s)
{
	json_t *list = json_array();

	if (list != NULL && s->clock_wrong)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "reason",
		    reason_code(REASON_CLOCK), "headline", notice_for(REASON_CLOCK)->headline,
		    "ahead_s", (json_int_t)s->clock_off));
	return list;
}

static json_t *
provider(const struct device_status *s)
{
	if (s->provider.name[0] == '\0')
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", s->provider.name, "phone",
	    s->provider.phone, "web", s->provider.web, "hours", s->provider.hours, "reference",
	    text_or_null(s->reference));
}

static json_t *
data(const struct device_status *s)
{
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o}", "generation", (json_int_t)s->generation,
	    "signatures", (json_int_t)s->signatures, "received",
	    show_json_time(s->database_received), "confirmed",
	    show_json_time(s->database_confirmed), "trouble", text_or_null(s->update_trouble),
	    "trouble_time", show_json_time(s->update_trouble_time));
}

static json_t *
last_scan(const struct device_status *s)
{
	if (s->scanned == 0)
		return json_null();
	return json_pack("{s:o, s:I, s:I, s:I}", "time", show_json_time(s->scanned), "files",
	    (json_int_t)s->scan_files, "infected", (json_int_t)s->scan_infected, "incomplete",
	    (json_int_t)s->scan_incomplete);
}

json_t *
show_json_status(const struct device_status *s)
{
	return json_pack("{s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I,"
			 " s:o, s:o}",
	    "condition", condition_name(s->condition), "protected",
	    s->condition != CONDITION_UNPROTECTED, "reason", reason_code(s->reason), "now",
	    show_json_time(s->now), "since", show_json_time(s->since), "until",
	    show_json_time(s->until), "paid_until", show_json_time(s->paid_until), "device",
	    text_or_null(s->device), "name", text_or_null(s->device_name), "provider", provider(s),
	    "features", features(s), "data", data(s), "last_checkin", show_json_time(s->checked_in),
	    "checkin_trouble", text_or_null(s->checkin_trouble), "last_scan", last_scan(s),
	    "quarantined", (json_int_t)s->quarantined, "state_trouble",
	    text_or_null(s->state_trouble), "warnings", warnings(s));
}

static json_t *
filled(const char *text, const struct device_status *s)
{
	struct buf words;
	json_t *value;

	buf_init(&words, 4096);
	notice_write(text, s->provider.name, s->moved_to, &words);
	value = json_stringn((const char *)words.p, words.n);
	buf_fini(&words);
	return value;
}

static json_t *
options(const struct notice *notice, enum reason reason)
{
	static const char *const names[OPTION_COUNT] = { [OPTION_PURCHASE] = "purchase",
		[OPTION_CONTACT] = "contact",
		[OPTION_REACTIVATE] = "reactivate" };
	json_t *list = json_array();

	for (int i = 0; list != NULL && reason != REASON_NONE && i < OPTION_COUNT - 1; i++) {
		enum option o = notice->order[i];

		if (o != OPTION_NONE)
			json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b}", "option",
			    names[o], "title", option_title(o), "effect", option_effect(o),
			    "recommended", i == 0));
	}
	return list;
}

json_t *
show_json_subscription(const struct device_status *s)
{
	enum reason reason = s->condition == CONDITION_PROTECTED ? REASON_NONE : s->reason;
	const struct notice *notice = notice_for(reason);

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}",
	    "condition", condition_name(s->condition), "reason", reason_code(reason), "headline",
	    notice->headline, "why", filled(notice->why, s), "since", show_json_time(s->since), "who",
	    filled(notice->who, s), "next", filled(notice->next, s), "until",
	    show_json_time(s->until), "paid_until", show_json_time(s->paid_until), "provider",
	    provider(s), "options", options(notice, reason), "article", notice->article, "warnings",
	    warnings(s));
}

bool
show_json(json_t *value)
{
	struct buf text;
	bool good;

	buf_init(&text, JSON_MAX);
	good = value != NULL && json_write(value, &text) == ERR_NONE;
	if (good)
		printf("%.*s\n", (int)text.n, (const char *)text.p);
	else
		fprintf(stderr, "holdfast: out of memory\n");
	json_decref(value);
	buf_fini(&text);
	fflush(stdout);
	return good;
}
