/* window/page_history.c: what happened on this device, the newest first. */
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

enum { SHOWN_MAX = 200 };

struct history_page {
	struct window *window;
	GtkListBox *list;
	bool asking, again;
};

static void
add_event(void *ctx, const struct reply *reply)
{
	struct history_page *p = ctx;
	GtkWidget *row = adw_action_row_new(), *last;
	char *when = words_of_time(reply->event.event.time, p->window->status.now);

	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), reply->event.event.text);
	adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
	adw_action_row_set_subtitle(ADW_ACTION_ROW(row), when);
	gtk_list_box_prepend(p->list, row);
	if (gtk_list_box_get_row_at_index(p->list, SHOWN_MAX) != NULL) {
		last = gtk_widget_get_last_child(GTK_WIDGET(p->list));
		gtk_list_box_remove(p->list, last);
	}
	g_free(when);
}

static void
listed(void *ctx, const struct reply *reply, const char *why)
{
	struct history_page *p = ctx;

	(void)reply;
	p->asking = false;
	if (why != NULL)
		window_toast(p->window, why);
	if (p->again)
		history_page_refresh(p);
}

void
history_page_refresh(struct history_page *p)
{
	const struct request request = { .kind = REQUEST_HISTORY };

	p->again = p->asking;
	if (p->asking)
		return;
	p->asking = true;
	parts_clear(p->list);
	link_list(p->window->link, &request, add_event, listed, p);
}

GtkWidget *
history_page_new(struct window *w, struct history_page **out)
{
	struct history_page *p = g_new0(struct history_page, 1);
	GtkBox *column;
	GtkWidget *page = parts_page(&column);

	p->window = w;
	p->list = parts_list(column);
	*out = p;
	return page;
}
