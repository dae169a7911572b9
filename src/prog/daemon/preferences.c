/* daemon/preferences.c: see preferences.h. */
#include "prog/daemon/preferences.h"

#include <string.h>

#include "base/text.h"
#include "codec/json.h"
#include "os/file.h"
#include "prog/daemon/limits.h"

struct preferences
preferences_default(void)
{
	return (struct preferences){ .settings = settings_default() };
}

enum err
preferences_write(const struct preferences *p, struct buf *out)
{
	json_t *skip = json_array(), *quiet = json_array();
	json_t *value;
	enum err e;

	for (uint32_t i = 0; i < p->settings.skip_count; i++)
		json_array_append_new(skip, json_string(p->settings.skip[i]));
	for (uint32_t i = 0; i < p->quiet_count; i++)
		json_array_append_new(quiet, json_integer(p->quiet[i]));
	value = json_pack("{s:b, s:b, s:o, s:o}", "quarantine", p->settings.quarantine, "gentle",
	    p->settings.gentle, "skip", skip, "quiet", quiet);
	e = value == NULL ? ERR_NOMEM : json_write(value, out);
	json_decref(value);
	return e;
}

static bool
take_skip(const json_t *list, struct device_settings *s)
{
	struct fault why;
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!json_is_string(item) || settings_skip_add(s, json_string_value(item), &why) != ERR_NONE)
			return false;
	return json_is_array(list);
}

static bool
take_quiet(const json_t *list, struct preferences *p)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) {
		if (!json_is_integer(item) || json_integer_value(item) < 0 ||
		    json_integer_value(item) > UINT32_MAX || p->quiet_count == PREFERENCES_QUIET_MAX)
			return false;
		p->quiet[p->quiet_count++] = (uint32_t)json_integer_value(item);
	}
	return json_is_array(list);
}

enum err
preferences_read(struct bytes text, struct preferences *out, struct fault *why)
{
	struct preferences p = preferences_default();
	const json_t *skip = NULL, *quiet = NULL;
	const struct json_field fields[] = {
		{ .name = "quarantine", .kind = JSON_KIND_BOOL, .required = true, .out = &p.settings.quarantine },
		{ .name = "gentle", .kind = JSON_KIND_BOOL, .required = true, .out = &p.settings.gentle },
		{ .name = "skip", .kind = JSON_KIND_VALUE, .required = true, .out = &skip },
		{ .name = "quiet", .kind = JSON_KIND_VALUE, .required = true, .out = &quiet },
	};
	json_t *value = NULL;
	enum err e;

	if ((e = json_parse(text, &value, why)) != ERR_NONE ||
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], why)) != ERR_NONE)
		goto done;
	if (!take_skip(skip, &p.settings) || !take_quiet(quiet, &p)) {
		e = fault_set(why, ERR_MALFORMED, "\"skip\" must be a list of paths, \"quiet\" one of user ids");
		goto done;
	}
	*out = p;
done:
	json_decref(value);
	return e;
}

enum err
preferences_load(int dir, struct preferences *out, struct fault *why)
{
	struct buf text;
	enum err e;

	*out = preferences_default();
	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = file_read(dir, PREFERENCES_FILE, &text, why)) == ERR_NONE &&
	    (e = preferences_read(buf_bytes(&text), out, why)) != ERR_NONE)
		fault_within(why, PREFERENCES_FILE);
	buf_fini(&text);
	return e;
}

static uint32_t
find_quiet(const struct preferences *p, uint32_t uid)
{
	uint32_t i = 0;

	while (i < p->quiet_count && p->quiet[i] != uid)
		i++;
	return i;
}

struct device_settings
preferences_for(const struct preferences *p, uint32_t uid, bool owner)
{
	struct device_settings s = p->settings;

	s.notify = find_quiet(p, uid) == p->quiet_count;
	s.may_change = owner;
	return s;
}

static enum err
set_notify(struct preferences *p, uint32_t uid, bool notify, struct fault *why)
{
	uint32_t i = find_quiet(p, uid);

	if (notify && i < p->quiet_count) {
		p->quiet[i] = p->quiet[--p->quiet_count];
	} else if (!notify && i == p->quiet_count) {
		if (i == PREFERENCES_QUIET_MAX)
			return fault_set(why, ERR_LIMIT, "too many users of this device have set this");
		p->quiet[p->quiet_count++] = uid;
	}
	return ERR_NONE;
}

/* What is for the whole device is the same in both. */
static bool
same_for_all(const struct device_settings *a, const struct device_settings *b)
{
	if (a->quarantine != b->quarantine || a->gentle != b->gentle || a->skip_count != b->skip_count)
		return false;
	for (uint32_t i = 0; i < a->skip_count; i++)
		if (!text_equal(a->skip[i], b->skip[i]))
			return false;
	return true;
}

static enum err
save(int dir, const struct preferences *p, struct fault *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = preferences_write(p, &text)) != ERR_NONE)
		fault_set(why, e, "cannot write " PREFERENCES_FILE ": %s", err_name(e));
	else
		e = file_replace(dir, PREFERENCES_FILE, buf_bytes(&text), 0600, why);
	buf_fini(&text);
	return e;
}

enum err
preferences_change(int dir, struct preferences *p, const struct preferences_change *change,
    struct fault *why)
{
	struct preferences next = *p;
	enum err e;

	if ((e = settings_check(change->to, why)) != ERR_NONE)
		return e;
	if (!change->owner && !same_for_all(&p->settings, change->to))
		return fault_set(why, ERR_DENIED, "only the administrator of this device may change this setting");
	if (!same_for_all(&p->settings, change->to))
		next.settings = *change->to;
	if ((e = set_notify(&next, change->uid, change->to->notify, why)) == ERR_NONE &&
	    (e = save(dir, &next, why)) == ERR_NONE)
		*p = next;
	return e;
}
