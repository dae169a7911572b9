/* agent/settings.c: see settings.h. */
#include "agent/settings.h"

#include <string.h>

#include "base/text.h"

struct device_settings
settings_default(void)
{
	return (struct device_settings){ .quarantine = true, .notify = true };
}

void
settings_fields(struct wire *w, struct device_settings *s)
{
	wire_bool(w, &s->quarantine);
	wire_bool(w, &s->gentle);
	wire_bool(w, &s->notify);
	wire_bool(w, &s->may_change);
	wire_count(w, &s->skip_count, SETTINGS_SKIP_MAX);
	for (uint32_t i = 0; i < s->skip_count; i++)
		wire_text(w, s->skip[i], sizeof s->skip[i]);
}

/* The path's own form: one slash between the parts and none at the end. False when it has "." or "..". */
static bool
make_plain_path(const char *path, char out[static SETTINGS_SKIP_SIZE])
{
	size_t n = 0;

	if (path[0] != '/' || !text_is_plain(path))
		return false;
	while (*path != '\0') {
		size_t part;

		path += strspn(path, "/");
		part = strcspn(path, "/");
		if ((part == 1 && path[0] == '.') || (part == 2 && path[0] == '.' && path[1] == '.') ||
		    n + 1 + part >= SETTINGS_SKIP_SIZE)
			return false;
		if (part == 0)
			break;
		out[n++] = '/';
		memcpy(out + n, path, part);
		n += part;
		path += part;
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return true;
}

static uint32_t
find(const struct device_settings *s, const char *plain)
{
	uint32_t i = 0;

	while (i < s->skip_count && !text_equal(s->skip[i], plain))
		i++;
	return i;
}

enum err
settings_check(const struct device_settings *s, struct fault *why)
{
	char plain[SETTINGS_SKIP_SIZE];

	for (uint32_t i = 0; i < s->skip_count; i++)
		if (!make_plain_path(s->skip[i], plain) || !text_equal(plain, s->skip[i]) || find(s, plain) != i)
			return fault_set(why, ERR_MALFORMED,
			    "a path to skip must be absolute, plain, and stand in the list once");
	return ERR_NONE;
}

enum err
settings_skip_add(struct device_settings *s, const char *path, struct fault *why)
{
	char plain[SETTINGS_SKIP_SIZE];

	if (!make_plain_path(path, plain))
		return fault_set(why, ERR_MALFORMED, "a path to skip must be absolute, plain text, and of at most %d bytes",
		    SETTINGS_SKIP_SIZE - 1);
	if (find(s, plain) < s->skip_count)
		return ERR_NONE;
	if (s->skip_count == SETTINGS_SKIP_MAX)
		return fault_set(why, ERR_LIMIT, "at most %d paths can be skipped", SETTINGS_SKIP_MAX);
	return text_copy(s->skip[s->skip_count++], sizeof s->skip[0], plain);
}

enum err
settings_skip_remove(struct device_settings *s, const char *path, struct fault *why)
{
	char plain[SETTINGS_SKIP_SIZE];
	uint32_t i = make_plain_path(path, plain) ? find(s, plain) : s->skip_count;

	if (i == s->skip_count)
		return fault_set(why, ERR_NOT_FOUND, "this path is not among those to skip");
	s->skip_count--;
	memmove(s->skip[i], s->skip[i + 1], (s->skip_count - i) * sizeof s->skip[0]);
	return ERR_NONE;
}

static bool
lies_within(const char *path, const char *folder)
{
	size_t n = text_equal(folder, "/") ? 0 : strlen(folder);

	return strncmp(path, folder, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

bool
settings_skips(const struct device_settings *s, const char *named, const char *path)
{
	for (uint32_t i = 0; i < s->skip_count; i++)
		if (lies_within(path, s->skip[i]) && !lies_within(named, s->skip[i]))
			return true;
	return false;
}
