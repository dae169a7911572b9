/* window/page_quarantine.c: what was put away: put it back, or delete it for good. Whatever the subscription's
 * state: these files are the person's own. */
#include "agent/putback.h"
#include "base/text.h"
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

/* Widgets for more than a person scrolls through make the window slow; the command line lists them all. */
enum { SHOWN_MAX = 300 };

struct quarantine_page {
	struct window *window;
	guint count;		/* of the list */
	GtkLabel *rest;
	GtkLabel *headline;
	GtkListBox *list;
	bool asking, again;	/* a list is under way; it must be asked once more */
};

/* What one row needs; it goes with the row. */
struct row {
	struct quarantine_page *page;
	struct quarantine_entry entry;
};

static void
free_row(gpointer data, GClosure *closure)
{
	(void)closure;
	g_free(data);
}

static void
dropped(void *ctx, const struct reply *reply, const char *why)
{
	struct quarantine_page *p = ctx;

	if (reply == NULL || reply->kind != REPLY_DONE)
		window_toast(p->window, reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text
			: why != NULL ? why : "");
	quarantine_page_refresh(p);
}

static void
drop(struct quarantine_page *p, const char *id, bool restored)
{
	struct request request = { .kind = REQUEST_DROP, .entry = { .restored = restored } };

	text_copy(request.entry.id, sizeof request.entry.id, id);
	link_ask(p->window->link, &request, dropped, p);
}

/* Writing the file back waits for the disk: in a thread. */
struct restoring {
	struct quarantine_page *page;
	char *state;
	struct quarantine_entry entry;
	enum err err;
	struct fault why;
};

static void
restore_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	struct restoring *r = data;

	(void)source, (void)cancellable;
	r->err = putback_write(r->state, &r->entry, r->entry.path, true, &r->why);
	g_task_return_boolean(task, TRUE);
}

static void
restored(GObject *source, GAsyncResult *result, gpointer data)
{
	struct restoring *r = g_task_get_task_data(G_TASK(result));
	char *text;

	(void)source, (void)data;
	if (r->err == ERR_NONE) {
		drop(r->page, r->entry.id, true);
		text = g_strdup(_("The file is back in its place"));
	} else {
		text = g_strdup(r->why.text);
	}
	window_toast(r->page->window, text);
	g_free(text);
}

static void
free_restoring(gpointer data)
{
	struct restoring *r = data;

	g_free(r->state);
	g_free(r);
}

static void
on_restore_answer(AdwMessageDialog *dialog, const char *answer, gpointer data)
{
	struct row *row = data;
	struct restoring *r;
	GTask *task;

	(void)dialog;
	if (strcmp(answer, "restore") != 0)
		return;
	r = g_new0(struct restoring, 1);
	r->page = row->page;
	r->state = g_strdup(row->page->window->state);
	r->entry = row->entry;
	task = g_task_new(NULL, NULL, restored, NULL);
	g_task_set_task_data(task, r, free_restoring);
	g_task_run_in_thread(task, restore_in_thread);
	g_object_unref(task);
}

static void
on_delete_answer(AdwMessageDialog *dialog, const char *answer, gpointer data)
{
	struct row *row = data;

	(void)dialog;
	if (strcmp(answer, "delete") == 0)
		drop(row->page, row->entry.id, false);
}

/* Ask before: one cannot be undone, the other brings something harmful back. */
static void
ask(const struct row *row, const char *title, const char *answer, const char *label, GCallback done)
{
	GtkWidget *dialog = adw_message_dialog_new(row->page->window->top, title, NULL);
	struct row *copy = g_memdup2(row, sizeof *row);
	char path[AGENT_PATH_SIZE], *body;

	text_make_plain(path, sizeof path, bytes_of_text(row->entry.path));
	body = g_strdup_printf(_("%s\nIt was put away because %s was found in it."), path,
	    row->entry.signature);
	adw_message_dialog_set_body(ADW_MESSAGE_DIALOG(dialog), body);
	adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), answer, label,
	    NULL);
	adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), answer,
	    ADW_RESPONSE_DESTRUCTIVE);
	adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
	adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
	g_signal_connect_data(dialog, "response", done, copy, free_row, 0);
	gtk_window_present(GTK_WINDOW(dialog));
	g_free(body);
}

static void
on_restore(GtkButton *button, gpointer data)
{
	(void)button;
	ask(data, _("Put this file back?"), "restore", _("_Put back"), G_CALLBACK(on_restore_answer));
}

static void
on_delete(GtkButton *button, gpointer data)
{
	(void)button;
	ask(data, _("Delete this file for good?"), "delete", _("_Delete"), G_CALLBACK(on_delete_answer));
}

static void
add_button(AdwActionRow *to, const char *label, const char *path, GCallback clicked, const struct row *row)
{
	GtkWidget *button = gtk_button_new_with_label(label);
	char *said = g_strdup_printf("%s: %s", label, path);

	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
	g_signal_connect_data(button, "clicked", clicked, g_memdup2(row, sizeof *row), free_row, 0);
	adw_action_row_add_suffix(to, button);
	g_free(said);
}

static void
add_entry(void *ctx, const struct reply *reply)
{
	struct row row = { .page = ctx, .entry = reply->entry };
	GtkWidget *shown;
	char path[AGENT_PATH_SIZE], *when, *text;

	if (row.page->count++ >= SHOWN_MAX)
		return;
	shown = adw_action_row_new();
	text_make_plain(path, sizeof path, bytes_of_text(reply->entry.path));
	when = words_of_time(reply->entry.time, row.page->window->status.now);
	text = g_strdup_printf("%s – %s", reply->entry.signature, when);
	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(shown), FALSE);
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(shown), path);
	adw_action_row_set_subtitle(ADW_ACTION_ROW(shown), text);
	add_button(ADW_ACTION_ROW(shown), _("Put back"), path, G_CALLBACK(on_restore), &row);
	add_button(ADW_ACTION_ROW(shown), _("Delete"), path, G_CALLBACK(on_delete), &row);
	gtk_list_box_append(row.page->list, shown);
	g_free(text);
	g_free(when);
}

static void
say_rest(struct quarantine_page *p)
{
	guint rest = p->count > SHOWN_MAX ? p->count - SHOWN_MAX : 0;
	char *text = g_strdup_printf(ngettext("and %u more: \"holdfast quarantine list\" shows all of them",
		"and %u more: \"holdfast quarantine list\" shows all of them", rest), rest);

	gtk_label_set_text(p->rest, text);
	gtk_widget_set_visible(GTK_WIDGET(p->rest), rest > 0);
	g_free(text);
}

static void
listed(void *ctx, const struct reply *reply, const char *why)
{
	struct quarantine_page *p = ctx;
	bool any = gtk_widget_get_first_child(GTK_WIDGET(p->list)) != NULL;

	p->asking = false;
	gtk_widget_set_visible(GTK_WIDGET(p->list), any);
	say_rest(p);
	if (reply == NULL)
		gtk_label_set_text(p->headline, why != NULL ? why : "");
	else
		gtk_label_set_text(p->headline, any ? _("These files can harm nobody here")
						    : _("Nothing was put away"));
	if (p->again)
		quarantine_page_refresh(p);
}

void
quarantine_page_refresh(struct quarantine_page *p)
{
	const struct request request = { .kind = REQUEST_ENTRY };

	p->again = p->asking;
	if (p->asking)
		return;
	p->asking = true;
	parts_clear(p->list);
	p->count = 0;
	link_list(p->window->link, &request, add_entry, listed, p);
}

GtkWidget *
quarantine_page_new(struct window *w, struct quarantine_page **out)
{
	struct quarantine_page *p = g_new0(struct quarantine_page, 1);
	GtkBox *column;
	GtkWidget *page = parts_page(&column);

	p->window = w;
	p->headline = parts_text(column, "title-2");
	p->list = parts_list(column);
	p->rest = parts_text(column, "body");
	gtk_widget_set_visible(GTK_WIDGET(p->rest), FALSE);
	*out = p;
	return page;
}
