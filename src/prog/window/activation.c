/* window/activation.c: enter an activation code; when all seats are taken, choose whose to take. */
#include "base/text.h"
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

struct activation {
	struct window *window;
	GtkWindow *dialog;
	AdwEntryRow *code, *name;
	GtkWidget *go, *spinner;
	GtkLabel *trouble;
	AdwPreferencesGroup *seats;	/* NULL: not asked for */
	GtkBox *column;
	char replace[ID_SIZE];
	char *from;		/* name of the device whose licence moves here; NULL: ask */
	bool closed;		/* while an answer is awaited */
	bool waiting;
};

static void ask_service(struct activation *a);

static void
activation_free(struct activation *a)
{
	g_free(a->from);
	g_free(a);
}

static void
on_seat(GtkButton *button, gpointer data)
{
	struct activation *a = data;

	text_copy(a->replace, sizeof a->replace, g_object_get_data(G_OBJECT(button), "device"));
	ask_service(a);
}

static void
show_seats(struct activation *a, const struct seat_list *seats, int64_t now)
{
	if (a->seats != NULL)
		gtk_box_remove(a->column, GTK_WIDGET(a->seats));
	a->seats = parts_group(a->column, _("All seats are taken. Which device shall give way?"));
	adw_preferences_group_set_description(a->seats,
	    _("It is not protected any more from then on, and says so."));
	for (uint32_t i = 0; i < seats->count; i++) {
		const struct seat_holder *h = &seats->holders[i];
		AdwActionRow *row = parts_fact(a->seats, h->name);
		GtkWidget *take = gtk_button_new_with_label(_("Move the licence here"));
		char *when = words_of_time(h->last_seen, now);
		char *seen = g_strdup_printf(_("last seen %s"), when);

		parts_set(row, seen);
		gtk_widget_set_valign(take, GTK_ALIGN_CENTER);
		g_object_set_data_full(G_OBJECT(take), "device", g_strdup(h->id), g_free);
		g_signal_connect(take, "clicked", G_CALLBACK(on_seat), a);
		adw_action_row_add_suffix(row, take);
		g_free(seen);
		g_free(when);
	}
}

static void
set_waiting(struct activation *a, bool waiting)
{
	a->waiting = waiting;
	gtk_widget_set_visible(a->spinner, waiting);
	gtk_widget_set_sensitive(GTK_WIDGET(a->column), !waiting);
}

static void
say(struct activation *a, const char *text)
{
	gtk_label_set_text(a->trouble, text);
	gtk_widget_set_visible(GTK_WIDGET(a->trouble), text[0] != '\0');
}

/* The device that was chosen before gives way; if there is no such one, or more than one, the person chooses. */
static void
take_or_ask(struct activation *a, const struct seat_list *seats)
{
	const struct seat_holder *found = NULL;
	uint32_t count = 0;

	for (uint32_t i = 0; a->from != NULL && i < seats->count; i++)
		if (text_equal(seats->holders[i].name, a->from)) {
			found = &seats->holders[i];
			count++;
		}
	g_clear_pointer(&a->from, g_free);
	say(a, "");
	if (count == 1) {
		text_copy(a->replace, sizeof a->replace, found->id);
		ask_service(a);
	} else {
		show_seats(a, seats, a->window->status.now);
	}
}

static void
answered(void *ctx, const struct reply *reply, const char *why)
{
	struct activation *a = ctx;

	if (a->closed) {
		activation_free(a);
		return;
	}
	set_waiting(a, false);
	if (reply == NULL) {
		say(a, why != NULL ? why : "");
	} else if (reply->kind == REPLY_DONE) {
		window_toast(a->window, _("This device is activated"));
		gtk_window_close(a->dialog);
	} else if (reply->kind == REPLY_SEATS) {
		take_or_ask(a, &reply->seats);
	} else {
		say(a, reply->kind == REPLY_FAULT ? reply->fault.text : _("The service refused."));
	}
}

static void
ask_service(struct activation *a)
{
	struct request request = { .kind = REQUEST_ACTIVATE };
	const char *code = gtk_editable_get_text(GTK_EDITABLE(a->code));
	const char *name = gtk_editable_get_text(GTK_EDITABLE(a->name));

	if (code[0] == '\0' ||
	    text_copy(request.activate.code, sizeof request.activate.code, code) != ERR_NONE) {
		say(a, _("Enter the code from your provider: 13 letters and digits."));
		return;
	}
	if (name[0] == '\0' || !text_is_plain(name) ||
	    text_copy(request.activate.name, sizeof request.activate.name, name) != ERR_NONE) {
		say(a, _("Give this device a name of at most 80 letters."));
		return;
	}
	text_copy(request.activate.replace, sizeof request.activate.replace, a->replace);
	a->replace[0] = '\0';
	set_waiting(a, true);
	link_ask(a->window->link, &request, answered, a);
}

static void
on_go(GtkWidget *widget, gpointer data)
{
	(void)widget;
	ask_service(data);
}

static gboolean
on_close(GtkWindow *dialog, gpointer data)
{
	struct activation *a = data;

	(void)dialog;
	/* The answer that is under way still finds its asker. */
	a->closed = true;
	if (!a->waiting)
		activation_free(a);
	return FALSE;
}

static AdwEntryRow *
entry(AdwPreferencesGroup *group, const char *label, const char *text)
{
	GtkWidget *row = adw_entry_row_new();

	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), label);
	gtk_editable_set_text(GTK_EDITABLE(row), text);
	adw_preferences_group_add(group, row);
	return ADW_ENTRY_ROW(row);
}

static void
fill(struct activation *a)
{
	AdwPreferencesGroup *group = parts_group(a->column, NULL);
	const char *name = a->window->status.device_name;

	if (a->from != NULL) {
		char *text = g_strdup_printf(_("The code of your subscription proves that it is yours. "
			"%s is not protected any more from then on, and says so."), a->from);

		adw_preferences_group_set_description(group, text);
		g_free(text);
	}
	a->code = entry(group, _("Activation code"), "");
	a->name = entry(group, _("Name of this device"), name[0] != '\0' ? name : g_get_host_name());
	a->go = gtk_button_new_with_label(_("Activate"));
	gtk_widget_add_css_class(a->go, "suggested-action");
	gtk_widget_add_css_class(a->go, "pill");
	gtk_widget_set_halign(a->go, GTK_ALIGN_CENTER);
	g_signal_connect(a->go, "clicked", G_CALLBACK(on_go), a);
	g_signal_connect(a->code, "entry-activated", G_CALLBACK(on_go), a);
	gtk_box_append(a->column, a->go);
	a->trouble = parts_text(a->column, "error");
	gtk_widget_set_visible(GTK_WIDGET(a->trouble), FALSE);
}

void
activation_ask(struct window *w, const char *from)
{
	struct activation *a = g_new0(struct activation, 1);
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new(), *page;

	a->window = w;
	a->from = g_strdup(from);
	a->dialog = GTK_WINDOW(adw_window_new());
	gtk_window_set_transient_for(a->dialog, w->top);
	gtk_window_set_modal(a->dialog, TRUE);
	gtk_window_set_title(a->dialog, from != NULL ? _("Move the licence here") : _("Activate this device"));
	gtk_window_set_default_size(a->dialog, 460, 420);
	page = parts_page(&a->column);
	fill(a);
	a->spinner = gtk_spinner_new();
	gtk_spinner_start(GTK_SPINNER(a->spinner));
	gtk_widget_set_visible(a->spinner, FALSE);
	adw_header_bar_pack_end(ADW_HEADER_BAR(bar), a->spinner);
	gtk_box_append(GTK_BOX(box), bar);
	gtk_box_append(GTK_BOX(box), page);
	adw_window_set_content(ADW_WINDOW(a->dialog), box);
	g_signal_connect(a->dialog, "close-request", G_CALLBACK(on_close), a);
	parts_close_by_escape(a->dialog);
	gtk_window_present(a->dialog);
	gtk_widget_grab_focus(GTK_WIDGET(a->code));
}
