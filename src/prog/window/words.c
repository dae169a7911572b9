/* window/words.c: see words.h. */
#include "prog/window/words.h"

#include <locale.h>

#include "os/process.h"

void
words_init(void)
{
	char dir[2048], *built;

	setlocale(LC_ALL, "");
	bindtextdomain("holdfast", HOLDFAST_LOCALE_DIR);
	/* Run from where it was built, its words are there too. */
	if (process_own_dir(dir, sizeof dir) == ERR_NONE) {
		built = g_build_filename(dir, "..", "..", "..", "po", NULL);
		if (g_file_test(built, G_FILE_TEST_IS_DIR))
			bindtextdomain("holdfast", built);
		g_free(built);
	}
	bind_textdomain_codeset("holdfast", "UTF-8");
	textdomain("holdfast");
}

char *
words_of_notice(const char *text, const struct device_status *s)
{
	struct buf words;
	char *filled;

	/* gettext gives its header for an empty text. */
	if (text[0] == '\0')
		return g_strdup("");
	buf_init(&words, 4096);
	notice_write(_(text), s->provider.name[0] != '\0' ? s->provider.name : _("your provider"),
	    s->moved_to[0] != '\0' ? s->moved_to : _("another device"), &words);
	filled = g_strndup((const char *)words.p, words.n);
	buf_fini(&words);
	return filled;
}

char *
words_of_span(int64_t seconds)
{
	int days = (int)(seconds / 86400), hours = (int)(seconds / 3600);
	int minutes = (int)(seconds / 60);

	if (days > 0)
		return g_strdup_printf(ngettext("%d day", "%d days", (unsigned long)days), days);
	if (hours > 0)
		return g_strdup_printf(ngettext("%d hour", "%d hours", (unsigned long)hours), hours);
	if (minutes > 0)
		return g_strdup_printf(ngettext("%d minute", "%d minutes", (unsigned long)minutes),
		    minutes);
	return g_strdup(_("less than a minute"));
}

char *
words_of_time(int64_t t, int64_t now)
{
	GDateTime *when;
	char *date, *span, *all;

	if (t == 0 || (when = g_date_time_new_from_unix_local(t)) == NULL)
		return g_strdup(_("never"));
	date = g_date_time_format(when, _("%e %B %Y, %H:%M"));
	span = words_of_span(t > now ? t - now : now - t);
	all = g_strdup_printf(t > now ? _("%s (in %s)") : _("%s (%s ago)"), g_strstrip(date), span);
	g_free(span);
	g_free(date);
	g_date_time_unref(when);
	return all;
}
