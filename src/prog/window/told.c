/* window/told.c: see told.h. */
#include "prog/window/told.h"

#include <glib.h>
#include <glib/gstdio.h>

static char *
file_name(void)
{
	return g_build_filename(g_get_user_state_dir(), "holdfast", "told.ini", NULL);
}

static char *
key_of(int reason)
{
	return g_strconcat("told_", reason_code((enum reason)reason), NULL);
}

void
told_load(const char *id, struct notify_memory *out)
{
	GKeyFile *file = g_key_file_new();
	char *name = file_name(), *reason;
	struct notify_memory m = { .kind = NOTIFY_NOTHING };

	if (g_key_file_load_from_file(file, name, G_KEY_FILE_NONE, NULL) && g_key_file_has_group(file, id)) {
		int kind = g_key_file_get_integer(file, id, "kind", NULL);

		m.kind = kind == NOTIFY_TROUBLE || kind == NOTIFY_ENDS_SOON ? (enum notify_kind)kind : NOTIFY_NOTHING;
		reason = g_key_file_get_string(file, id, "reason", NULL);
		if (reason == NULL || !reason_from_code(reason, &m.reason))
			m.reason = REASON_NONE;
		g_free(reason);
		for (int r = 0; r < REASON_COUNT; r++) {
			char *key = key_of(r);

			m.told[r] = g_key_file_get_int64(file, id, key, NULL);
			g_free(key);
		}
		m.told_end = g_key_file_get_int64(file, id, "told_end", NULL);
		m.ends = g_key_file_get_int64(file, id, "ends", NULL);
	}
	*out = m;
	g_free(name);
	g_key_file_unref(file);
}

void
told_save(const char *id, const struct notify_memory *m)
{
	GKeyFile *file = g_key_file_new();
	char *name = file_name(), *folder = g_path_get_dirname(name);

	/* What was told of other devices stays. */
	g_key_file_load_from_file(file, name, G_KEY_FILE_NONE, NULL);
	g_key_file_set_integer(file, id, "kind", (int)m->kind);
	g_key_file_set_string(file, id, "reason", reason_code(m->reason));
	for (int r = 0; r < REASON_COUNT; r++) {
		char *key = key_of(r);

		g_key_file_set_int64(file, id, key, m->told[r]);
		g_free(key);
	}
	g_key_file_set_int64(file, id, "told_end", m->told_end);
	g_key_file_set_int64(file, id, "ends", m->ends);
	if (g_mkdir_with_parents(folder, 0700) == 0)
		g_key_file_save_to_file(file, name, NULL);
	g_free(folder);
	g_free(name);
	g_key_file_unref(file);
}
