/* window/settings.c: what a person can set on this device. The daemon keeps it; it is shown and changed whatever the
 * subscription's state. Each change counts at once. */
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

struct settings {
	struct window *window;
	GtkWindow *dialog;
	struct device_settings now;	/* as the daemon said last */
	AdwPreferencesGroup *scans, *skips;
	struct parts_switch quarantine, gentle, notify;
	GtkWidget *add;
	GPtrArray *shown;		/* rows of paths */
	unsigned waiting;		/* answers to come */
	bool known, closed;
};

static void settings_free(struct settings *s);
static void answered(void *ctx, const struct reply *reply, const char *why);

static void
send(struct settings *s, const struct device_settings *wanted)
{
	struct request *request = g_new0(struct request, 1);

	request->kind = REQUEST_SET;
	request->settings = *wanted;
	s->waiting++;
	link_ask(s->window->link, request, answered, s);
	g_free(request);
}

static void
on_switch(GObject *button, GParamSpec *property, gpointer data)
{
	struct settings *s = data;
	struct device_settings wanted = s->now;

	(void)button, (void)property;
	wanted.quarantine = gtk_switch_get_active(s->quarantine.button);
	wanted.gentle = gtk_switch_get_active(s->gentle.button);
	wanted.notify = gtk_switch_get_active(s->notify.button);
	send(s, &wanted);
}

static void
say_trouble(struct settings *s, const char *text)
{
	adw_preferences_window_add_toast(ADW_PREFERENCES_WINDOW(s->dialog), adw_toast_new(text));
}

static void
on_remove(GtkButton *button, gpointer data)
{
	struct settings *s = data;
	struct device_settings wanted = s->now;
	struct fault why;

	if (settings_skip_remove(&wanted, g_object_get_data(G_OBJECT(button), "path"), &why) == ERR_NONE)
		send(s, &wanted);
}

static void
on_chosen(GtkNativeDialog *dialog, int response, gpointer data)
{
	GFile *file = response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog)) : NULL;
	char *path = file != NULL ? g_file_get_path(file) : NULL;
	struct settings *s = data;
	struct device_settings wanted;
	struct fault why;

	s->waiting--;
	if (path != NULL && !s->closed) {
		wanted = s->now;
		if (settings_skip_add(&wanted, path, &why) == ERR_NONE)
			send(s, &wanted);
		else
			say_trouble(s, why.text);
	}
	g_free(path);
	g_clear_object(&file);
	g_object_unref(dialog);
	if (s->closed && s->waiting == 0)
		settings_free(s);
}

static void
on_add(GtkButton *button, gpointer data)
{
	struct settings *s = data;
	GtkFileChooserNative *dialog = gtk_file_chooser_native_new(_("A folder to pass over"), s->dialog,
	    GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Pass over"), _("_Cancel"));

	(void)button;
	s->waiting++;
	g_signal_connect(dialog, "response", G_CALLBACK(on_chosen), s);
	gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(dialog), TRUE);
	gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}

static void
add_skip(struct settings *s, const char *path)
{
	GtkWidget *row = adw_action_row_new(), *button = gtk_button_new_from_icon_name("list-remove-symbolic");
	char *said = g_strdup_printf(_("Do not pass over any more: %s"), path);

	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), path);
	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	gtk_widget_set_tooltip_text(button, said);
	gtk_widget_set_sensitive(button, s->now.may_change);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
	g_object_set_data_full(G_OBJECT(button), "path", g_strdup(path), g_free);
	g_signal_connect(button, "clicked", G_CALLBACK(on_remove), s);
	adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
	adw_preferences_group_add(s->skips, row);
	g_ptr_array_add(s->shown, row);
	g_free(said);
}

static void
show(struct settings *s)
{
	parts_turn(&s->quarantine, s->now.quarantine);
	parts_turn(&s->gentle, s->now.gentle);
	parts_turn(&s->notify, s->now.notify);
	gtk_widget_set_sensitive(GTK_WIDGET(s->quarantine.row), s->now.may_change);
	gtk_widget_set_sensitive(GTK_WIDGET(s->gentle.row), s->now.may_change);
	gtk_widget_set_sensitive(s->add, s->now.may_change && s->now.skip_count < SETTINGS_SKIP_MAX);
	gtk_widget_set_sensitive(GTK_WIDGET(s->notify.row), TRUE);
	adw_preferences_group_set_description(s->scans, s->now.may_change ? NULL
	    : _("Only the administrator of this device may change these."));
	for (guint i = 0; i < s->shown->len; i++)
		adw_preferences_group_remove(s->skips, g_ptr_array_index(s->shown, i));
	g_ptr_array_set_size(s->shown, 0);
	for (uint32_t i = 0; i < s->now.skip_count; i++)
		add_skip(s, s->now.skip[i]);
}

static void
settings_free(struct settings *s)
{
	g_ptr_array_unref(s->shown);
	g_free(s);
}

static void
answered(void *ctx, const struct reply *reply, const char *why)
{
	struct settings *s = ctx;

	s->waiting--;
	if (s->closed) {
		if (s->waiting == 0)
			settings_free(s);
		return;
	}
	if (reply != NULL && reply->kind == REPLY_SETTINGS) {
		s->now = reply->settings;
		s->known = true;
		show(s);
		return;
	}
	/* It is not so: show what is. */
	if (s->known)
		show(s);
	say_trouble(s, reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text : why != NULL ? why : "");
}

static gboolean
on_close(GtkWindow *dialog, gpointer data)
{
	struct settings *s = data;

	(void)dialog;
	s->closed = true;
	if (s->waiting == 0)
		settings_free(s);
	return FALSE;
}

static AdwPreferencesGroup *
add_group(AdwPreferencesPage *page, const char *title)
{
	GtkWidget *group = adw_preferences_group_new();

	adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), title);
	adw_preferences_page_add(page, ADW_PREFERENCES_GROUP(group));
	return ADW_PREFERENCES_GROUP(group);
}

static void
fill(struct settings *s, AdwPreferencesPage *page)
{
	AdwPreferencesGroup *notices;

	s->scans = add_group(page, _("Scanning"));
	s->quarantine = parts_switch_new(s->scans, _("Put away what is infected"),
	    _("Infected files go into the quarantine, from where you can put them back. When off, you are only told."));
	s->gentle = parts_switch_new(s->scans, _("Leave room for other programs"),
	    _("Scans take half of the processors at most, and take longer. Counts from the next scan on."));
	s->skips = add_group(page, _("Folders that scans pass over"));
	adw_preferences_group_set_description(s->skips,
	    _("What is in them is not looked at, unless you choose it for a scan yourself."));
	s->add = gtk_button_new_with_label(_("Add…"));
	gtk_accessible_update_property(GTK_ACCESSIBLE(s->add), GTK_ACCESSIBLE_PROPERTY_LABEL,
	    _("Add a folder to pass over"), -1);
	gtk_widget_add_css_class(s->add, "flat");
	g_signal_connect(s->add, "clicked", G_CALLBACK(on_add), s);
	adw_preferences_group_set_header_suffix(s->skips, s->add);
	notices = add_group(page, _("Notifications"));
	s->notify = parts_switch_new(notices, _("Tell me on the desktop"),
	    _("When protection ends or returns, and ahead of an end that is known: at most once a day for each cause."));
	parts_switch_follow(&s->quarantine, G_CALLBACK(on_switch), s);
	parts_switch_follow(&s->gentle, G_CALLBACK(on_switch), s);
	parts_switch_follow(&s->notify, G_CALLBACK(on_switch), s);
}

void
settings_show(struct window *w)
{
	const struct request request = { .kind = REQUEST_SETTINGS };
	struct settings *s = g_new0(struct settings, 1);
	GtkWidget *page = adw_preferences_page_new();

	s->window = w;
	s->shown = g_ptr_array_new();
	s->dialog = GTK_WINDOW(adw_preferences_window_new());
	gtk_window_set_transient_for(s->dialog, w->top);
	gtk_window_set_modal(s->dialog, TRUE);
	gtk_window_set_title(s->dialog, _("Settings"));
	adw_preferences_window_set_search_enabled(ADW_PREFERENCES_WINDOW(s->dialog), FALSE);
	fill(s, ADW_PREFERENCES_PAGE(page));
	adw_preferences_window_add(ADW_PREFERENCES_WINDOW(s->dialog), ADW_PREFERENCES_PAGE(page));
	/* Until the daemon has said how it is, nothing can be changed. */
	gtk_widget_set_sensitive(GTK_WIDGET(s->quarantine.row), FALSE);
	gtk_widget_set_sensitive(GTK_WIDGET(s->gentle.row), FALSE);
	gtk_widget_set_sensitive(GTK_WIDGET(s->notify.row), FALSE);
	gtk_widget_set_sensitive(s->add, FALSE);
	g_signal_connect(s->dialog, "close-request", G_CALLBACK(on_close), s);
	s->waiting = 1;
	link_ask(w->link, &request, answered, s);
	gtk_window_present(s->dialog);
}
