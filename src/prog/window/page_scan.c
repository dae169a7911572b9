/* window/page_scan.c: one scan at a time, in a thread: progress, what was found, and a way to stop it. */
#include "agent/scanning.h"
#include "agent/talk.h"
#include "base/text.h"
#include "os/walk.h"
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

enum { REDRAW_MS = 100, LISTED_MAX = 500 };

/* What the thread tells: written under the lock, taken by the window's timer. */
struct running {
	GMutex lock;
	GThread *thread;
	char *path, *state;
	gint cancelled;		/* atomic */
	guint64 files, bytes, found, gaps, errors;
	guint64 total_files;	/* 0: not counted yet */
	char current[AGENT_PATH_SIZE];
	GPtrArray *lines;	/* of char *, new since the last look: "title\nsubtitle" */
	bool ended;
	struct reply said;
	char *why;		/* NULL: it went to its end */
};

struct scan_page {
	struct window *window;
	GtkLabel *headline, *detail;
	GtkProgressBar *bar;
	GtkWidget *choose_folder, *choose_file, *cancel, *show_found;
	GtkListBox *list;
	guint listed;
	gint64 began;
	struct running *running;
	guint timer;
};

static bool
is_cancelled(void *ctx)
{
	struct running *r = ctx;

	return g_atomic_int_get(&r->cancelled) != 0;
}

static void
add_line(struct running *r, const char *path, const char *text)
{
	char shown[AGENT_PATH_SIZE];

	text_make_plain(shown, sizeof shown, bytes_of_text(path));
	if (r->lines->len < LISTED_MAX)
		g_ptr_array_add(r->lines, g_strdup_printf("%s\n%s", shown, text));
}

static char *
words_of_result(const struct scanning_result *result)
{
	const struct verdict *v = result->verdict;
	GString *text = g_string_new("");

	for (size_t i = 0; i < v->finding_count && i < 5; i++)
		g_string_append_printf(text, "%s%s%s", i > 0 ? ", " : "", v->findings[i].signature,
		    v->findings[i].where[0] != '\0' ? _(" (inside it)") : "");
	for (int g = VERDICT_GAP_NONE + 1; g < VERDICT_GAPS; g++)
		if (v->missed[g].count > 0)
			g_string_append_printf(text, "%s%s", text->len > 0 ? "; " : "",
			    _(verdict_gap_words((enum verdict_gap)g)));
	if (result->entry[0] != '\0')
		g_string_append(text, _(" – moved to the quarantine"));
	if (result->trouble[0] != '\0')
		g_string_append_printf(text, " – %s", result->trouble);
	return g_string_free(text, FALSE);
}

static void
on_result(void *ctx, const struct scanning_result *result)
{
	enum verdict_kind kind = verdict_kind(result->verdict);
	struct running *r = ctx;

	g_mutex_lock(&r->lock);
	r->files++;
	r->bytes += result->size;
	r->found += kind == VERDICT_INFECTED || kind == VERDICT_SUSPICIOUS;
	r->gaps += kind == VERDICT_INCOMPLETE || kind == VERDICT_NONE;
	if (kind != VERDICT_CLEAN || result->trouble[0] != '\0') {
		char *text = words_of_result(result);

		add_line(r, result->path, text);
		g_free(text);
	}
	g_mutex_unlock(&r->lock);
}

static void
on_unread(void *ctx, const char *path, const char *why)
{
	struct running *r = ctx;

	g_mutex_lock(&r->lock);
	r->errors++;
	add_line(r, path, why);
	g_mutex_unlock(&r->lock);
}

static void
on_progress(void *ctx, const char *path)
{
	struct running *r = ctx;

	g_mutex_lock(&r->lock);
	text_make_plain(r->current, sizeof r->current, bytes_of_text(path));
	g_mutex_unlock(&r->lock);
}

/* Counting comes first: without it nobody can say how long it takes. */
struct count {
	struct running *running;
	guint64 files;
	struct device_settings settings;	/* what the scan will pass over is not counted */
};

static bool
count_wanted(void *ctx, const char *path)
{
	const struct count *c = ctx;

	return !settings_skips(&c->settings, c->running->path, path);
}

static bool
count_file(void *ctx, const char *path, int fd)
{
	struct count *c = ctx;

	(void)path;
	close(fd);
	c->files++;
	return !is_cancelled(c->running);
}

static void
count_trouble(void *ctx, const char *path, const char *words)
{
	(void)ctx, (void)path, (void)words;
}

static void
count_files(struct running *r)
{
	const struct request request = { .kind = REQUEST_SETTINGS };
	struct count count = { .running = r, .settings = settings_default() };
	const struct walk_settings settings = { .recursive = true, .wanted = count_wanted, .file = count_file,
		.trouble = count_trouble, .ctx = &count };
	struct reply reply;
	struct fault unused;

	/* A daemon that does not answer is the scan's to tell. */
	if (talk_once(r->state, &request, &reply, &unused) == ERR_NONE) {
		if (reply.kind == REPLY_SETTINGS)
			count.settings = reply.settings;
		reply_fini(&reply);
	}
	walk_path(&settings, r->path);
	g_mutex_lock(&r->lock);
	r->total_files = count.files;
	g_mutex_unlock(&r->lock);
}

static gpointer
run(gpointer data)
{
	struct running *r = data;
	char *paths[] = { r->path };
	const struct scanning_order order = { r->state, true, paths, 1 };
	const struct scanning_face face = { .result = on_result, .unread = on_unread,
		.progress = on_progress, .cancelled = is_cancelled, .ctx = r };
	struct fault why;
	enum err e;

	count_files(r);
	e = scanning_run(&order, &face, &r->said, &why);
	g_mutex_lock(&r->lock);
	if (e != ERR_NONE)
		r->why = g_strdup(why.text);
	r->ended = true;
	g_mutex_unlock(&r->lock);
	return NULL;
}

static void
add_row(struct scan_page *p, const char *line)
{
	char **parts = g_strsplit(line, "\n", 2);
	GtkWidget *row;

	if (p->listed++ < LISTED_MAX) {
		row = adw_action_row_new();
		adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
		adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), parts[0]);
		adw_action_row_set_subtitle(ADW_ACTION_ROW(row), parts[1]);
		gtk_list_box_append(p->list, row);
		gtk_widget_set_visible(GTK_WIDGET(p->list), TRUE);
	}
	g_strfreev(parts);
}

/* "1,234 files, 56 MB, 12 MB/s, 2 minutes left". */
static char *
words_of_progress(const struct scan_page *p, const struct running *r)
{
	double seconds = (double)(g_get_monotonic_time() - p->began) / 1e6 + 0.001;
	char *size = g_format_size(r->bytes), *speed = g_format_size((guint64)((double)r->bytes / seconds));
	char *text, *left = NULL;

	if (r->total_files > r->files && r->files > 0 && !r->ended) {
		char *span = words_of_span((int64_t)(seconds / (double)r->files *
		    (double)(r->total_files - r->files)));

		left = g_strdup_printf(_(", %s left"), span);
		g_free(span);
	}
	text = g_strdup_printf(ngettext("%llu file, %s, %s/s%s",
		"%llu files, %s, %s/s%s", (unsigned long)r->files),
	    (unsigned long long)r->files, size, speed, left != NULL ? left : "");
	g_free(left);
	g_free(size);
	g_free(speed);
	return text;
}

static char *
words_of_end(const struct running *r)
{
	if (r->said.kind == REPLY_REFUSED)
		return g_strdup_printf(_("The scan was ended: %s"),
		    _(notice_for(r->said.refused.reason)->headline));
	if (r->said.kind == REPLY_FAULT)
		return g_strdup(r->said.fault.text);
	if (r->why != NULL)
		return g_strdup(r->why);
	if (is_cancelled((struct running *)(uintptr_t)r))
		return g_strdup(_("The scan was stopped"));
	if (r->found > 0)
		return g_strdup_printf(ngettext("%llu infected file was found",
			"%llu infected files were found", (unsigned long)r->found),
		    (unsigned long long)r->found);
	if (r->gaps + r->errors > 0)
		return g_strdup(_("Nothing was found, but not everything could be looked at"));
	return g_strdup(_("Nothing was found"));
}

static void
running_free(struct running *r)
{
	g_thread_join(r->thread);
	g_ptr_array_unref(r->lines);
	g_mutex_clear(&r->lock);
	g_free(r->path);
	g_free(r->state);
	g_free(r->why);
	g_free(r);
}

static void
show_progress(struct scan_page *p, struct running *r)
{
	char *detail = words_of_progress(p, r);

	for (guint i = 0; i < r->lines->len; i++)
		add_row(p, g_ptr_array_index(r->lines, i));
	g_ptr_array_set_size(r->lines, 0);
	if (r->total_files > 0)
		gtk_progress_bar_set_fraction(p->bar,
		    MIN(1.0, (double)r->files / (double)r->total_files));
	else
		gtk_progress_bar_pulse(p->bar);
	gtk_progress_bar_set_text(p->bar, r->current);
	gtk_label_set_text(p->detail, detail);
	g_free(detail);
}

static gboolean
look(gpointer data)
{
	struct scan_page *p = data;
	struct running *r = p->running;
	bool ended;

	g_mutex_lock(&r->lock);
	ended = r->ended;
	show_progress(p, r);
	g_mutex_unlock(&r->lock);
	if (!ended)
		return G_SOURCE_CONTINUE;
	char *end = words_of_end(r);

	gtk_label_set_text(p->headline, end);
	gtk_widget_set_visible(p->show_found, r->found > 0);
	g_free(end);
	p->running = NULL;
	p->timer = 0;
	running_free(r);
	scan_page_update(p);
	quarantine_page_refresh(p->window->quarantine);
	history_page_refresh(p->window->history);
	return G_SOURCE_REMOVE;
}

void
scan_page_start(struct scan_page *p, const char *path)
{
	struct running *r;

	window_show(p->window, "scan");
	if (p->running != NULL) {
		window_toast(p->window, _("A scan is under way already"));
		return;
	}
	r = g_new0(struct running, 1);
	g_mutex_init(&r->lock);
	r->path = g_strdup(path);
	r->state = g_strdup(p->window->state);
	r->lines = g_ptr_array_new_with_free_func(g_free);
	parts_clear(p->list);
	gtk_widget_set_visible(GTK_WIDGET(p->list), FALSE);
	p->listed = 0;
	p->began = g_get_monotonic_time();
	p->running = r;
	gtk_label_set_text(p->headline, _("Scanning…"));
	gtk_widget_set_visible(p->show_found, FALSE);
	scan_page_update(p);
	r->thread = g_thread_new("scan", run, r);
	p->timer = g_timeout_add(REDRAW_MS, look, p);
}

void
scan_page_update(struct scan_page *p)
{
	bool may = p->window->known && (p->window->status.features & FEATURE_SCAN) != 0;

	gtk_widget_set_sensitive(p->choose_folder, may && p->running == NULL);
	gtk_widget_set_sensitive(p->choose_file, may && p->running == NULL);
	gtk_widget_set_visible(p->cancel, p->running != NULL);
	gtk_widget_set_visible(GTK_WIDGET(p->bar), p->running != NULL);
	if (p->running == NULL && !may)
		gtk_label_set_text(p->headline, _("Scanning needs an active subscription"));
	else if (p->running == NULL && p->began == 0)
		gtk_label_set_text(p->headline, _("Scan files and folders"));
}

static void
on_cancel(GtkButton *button, gpointer data)
{
	struct scan_page *p = data;

	(void)button;
	if (p->running != NULL)
		g_atomic_int_set(&p->running->cancelled, 1);
	gtk_label_set_text(p->headline, _("Stopping…"));
}

static void
on_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
	struct scan_page *p = data;
	GFile *file = NULL;
	char *path;

	if (response == GTK_RESPONSE_ACCEPT)
		file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
	if (file != NULL && (path = g_file_get_path(file)) != NULL) {
		scan_page_start(p, path);
		g_free(path);
	}
	g_clear_object(&file);
	g_object_unref(dialog);
}

static void
choose(struct scan_page *p, const char *title, GtkFileChooserAction action)
{
	GtkFileChooserNative *dialog = gtk_file_chooser_native_new(title, p->window->top, action,
	    _("_Scan"), _("_Cancel"));

	g_signal_connect(dialog, "response", G_CALLBACK(on_chosen), p);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void
on_folder(GtkButton *button, gpointer data)
{
	(void)button;
	choose(data, _("Scan a folder"), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER);
}

static void
on_file(GtkButton *button, gpointer data)
{
	(void)button;
	choose(data, _("Scan a file"), GTK_FILE_CHOOSER_ACTION_OPEN);
}

static void
on_show_found(GtkButton *button, gpointer data)
{
	struct scan_page *p = data;

	(void)button;
	window_show(p->window, "quarantine");
}

GtkWidget *
scan_page_new(struct window *w, struct scan_page **out)
{
	struct scan_page *p = g_new0(struct scan_page, 1);
	GtkWidget *buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12), *page;
	GtkBox *column;

	p->window = w;
	page = parts_page(&column);
	p->headline = parts_text(column, "title-2");
	gtk_widget_set_halign(buttons, GTK_ALIGN_CENTER);
	p->choose_folder = parts_button(GTK_BOX(buttons), _("Scan a _folder…"), G_CALLBACK(on_folder), p);
	p->choose_file = parts_button(GTK_BOX(buttons), _("Scan a f_ile…"), G_CALLBACK(on_file), p);
	p->cancel = parts_button(GTK_BOX(buttons), _("_Stop"), G_CALLBACK(on_cancel), p);
	gtk_box_append(column, buttons);
	p->bar = GTK_PROGRESS_BAR(gtk_progress_bar_new());
	gtk_progress_bar_set_show_text(p->bar, TRUE);
	gtk_progress_bar_set_ellipsize(p->bar, PANGO_ELLIPSIZE_MIDDLE);
	gtk_box_append(column, GTK_WIDGET(p->bar));
	p->detail = parts_text(column, "body");
	p->show_found = parts_button(column, _("Show the _quarantine"), G_CALLBACK(on_show_found), p);
	gtk_widget_set_visible(p->show_found, FALSE);
	p->list = parts_list(column);
	gtk_widget_set_visible(GTK_WIDGET(p->list), FALSE);
	scan_page_update(p);
	*out = p;
	return page;
}
