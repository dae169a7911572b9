/* window/fellows.c: the devices on this subscription, in a row that opens; for a device without a licence, a way to
 * move it here. */
#include "base/text.h"
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

/* Others come and go without this device's being told: while the window is open, look so often. */
enum { AGAIN_S = 60, SUBTITLE_SIZE = 256 };

struct fellows {
	struct window *window;
	AdwExpanderRow *row;
	GPtrArray *shown;	/* of the rows in it */
	bool asking;
	gint64 asked;		/* monotonic time; 0: not yet */
	/* what was so when it was asked */
	enum condition_kind condition;
	enum reason reason;
	char moved_to[NAME_SIZE], device[ID_SIZE];
};

static void
on_move(GtkButton *button, gpointer data)
{
	struct fellows *f = data;

	activation_ask(f->window, g_object_get_data(G_OBJECT(button), "name"));
}

static void
add_move_button(struct fellows *f, AdwActionRow *row, const char *name)
{
	GtkWidget *button = gtk_button_new_with_label(_("Move the licence here"));
	char *said = g_strdup_printf(_("Move the licence here: %s"), name);

	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, said, -1);
	g_object_set_data_full(G_OBJECT(button), "name", g_strdup(name), g_free);
	g_signal_connect(button, "clicked", G_CALLBACK(on_move), f);
	adw_action_row_add_suffix(row, button);
	g_free(said);
}

static void
add_device(struct fellows *f, const struct fellow_device *d, bool may_move)
{
	GtkWidget *row = adw_action_row_new();
	char *when = words_of_time(d->last_seen, f->window->status.now);
	char *seen = d->is_this ? g_strdup(_("this device")) : g_strdup_printf(_("last seen %s"), when);

	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), d->name);
	adw_action_row_set_subtitle(ADW_ACTION_ROW(row), seen);
	gtk_accessible_update_property(GTK_ACCESSIBLE(row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, seen, -1);
	if (may_move && !d->is_this)
		add_move_button(f, ADW_ACTION_ROW(row), d->name);
	adw_expander_row_add_row(f->row, row);
	g_ptr_array_add(f->shown, row);
	g_free(seen);
	g_free(when);
}

static void
clear(struct fellows *f)
{
	for (guint i = 0; i < f->shown->len; i++)
		adw_expander_row_remove(f->row, g_ptr_array_index(f->shown, i));
	g_ptr_array_set_size(f->shown, 0);
}

static void
say(struct fellows *f, const char *text)
{
	adw_expander_row_set_subtitle(f->row, text);
	gtk_accessible_update_property(GTK_ACCESSIBLE(f->row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text, -1);
}

static void
say_count(struct fellows *f, const struct fellow_list *list)
{
	unsigned long long taken = (unsigned long long)list->count + list->unlisted;
	char text[SUBTITLE_SIZE];

	if (list->seats > 0)
		g_snprintf(text, sizeof text, ngettext("%llu of %llu seat is taken", "%llu of %llu seats are taken",
			(unsigned long)list->seats), taken, (unsigned long long)list->seats);
	else
		g_strlcpy(text, list->count > 0 ? _("The licence is on another device")
		    : _("This device has no licence of the subscription"), sizeof text);
	say(f, text);
}

static void
add_rest(struct fellows *f, uint32_t unlisted)
{
	GtkWidget *row = adw_action_row_new();
	char *text = g_strdup_printf(ngettext("and %u more", "and %u more", unlisted), unlisted);

	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), text);
	adw_expander_row_add_row(f->row, row);
	g_ptr_array_add(f->shown, row);
	g_free(text);
}

static void
listed(void *ctx, const struct reply *reply, const char *why)
{
	struct fellows *f = ctx;
	bool may_move = f->window->status.condition == CONDITION_UNPROTECTED;

	f->asking = false;
	if (reply == NULL || reply->kind != REPLY_DEVICES) {
		/* What was known stays: it is old, not wrong. */
		say(f, reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text : why != NULL ? why : "");
		return;
	}
	clear(f);
	say_count(f, &reply->devices);
	for (uint32_t i = 0; i < reply->devices.count; i++)
		add_device(f, &reply->devices.devices[i], may_move);
	/* What can be done about it shall be seen. */
	if (may_move && reply->devices.count > 0)
		adw_expander_row_set_expanded(f->row, TRUE);
	if (reply->devices.unlisted > 0)
		add_rest(f, reply->devices.unlisted);
}

static bool
is_due(const struct fellows *f)
{
	const struct device_status *s = &f->window->status;

	return f->asked == 0 || g_get_monotonic_time() - f->asked >= AGAIN_S * G_USEC_PER_SEC ||
	    f->condition != s->condition || f->reason != s->reason || !text_equal(f->moved_to, s->moved_to) ||
	    !text_equal(f->device, s->device);
}

static void
ask(struct fellows *f)
{
	const struct request request = { .kind = REQUEST_DEVICES };
	const struct device_status *s = &f->window->status;

	f->asking = true;
	f->asked = g_get_monotonic_time();
	f->condition = s->condition;
	f->reason = s->reason;
	memcpy(f->moved_to, s->moved_to, sizeof f->moved_to);
	memcpy(f->device, s->device, sizeof f->device);
	link_ask(f->window->link, &request, listed, f);
}

void
fellows_update(struct fellows *f)
{
	bool known = f->window->known && f->window->status.enrolled;

	gtk_widget_set_visible(GTK_WIDGET(f->row), known);
	/* A window that nobody sees asks nobody. */
	if (known && !f->asking && is_due(f) && gtk_widget_get_mapped(GTK_WIDGET(f->window->top)))
		ask(f);
}

static void
on_opened(GObject *row, GParamSpec *property, gpointer data)
{
	struct fellows *f = data;

	(void)row, (void)property;
	/* By the person: what is shown may be a minute old. */
	if (!f->asking && f->window->known && adw_expander_row_get_expanded(f->row) &&
	    g_get_monotonic_time() - f->asked > G_USEC_PER_SEC)
		ask(f);
}

static void
on_mapped(GtkWidget *row, gpointer data)
{
	(void)row;
	fellows_update(data);
}

/* Removing, moving and undoing are the portal's business: there the person is known, not only the device. */
static void
add_manage_button(struct fellows *f)
{
	GtkWidget *button = gtk_button_new_with_label(_("Manage"));

	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
	    _("Manage my subscription in the browser"), -1);
	gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "app.portal");
	adw_expander_row_add_action(f->row, button);
}

struct fellows *
fellows_new(struct window *w, AdwPreferencesGroup *group)
{
	struct fellows *f = g_new0(struct fellows, 1);

	f->window = w;
	f->shown = g_ptr_array_new();
	f->row = ADW_EXPANDER_ROW(adw_expander_row_new());
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(f->row), _("Devices on this subscription"));
	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(f->row), FALSE);
	add_manage_button(f);
	gtk_widget_add_css_class(GTK_WIDGET(f->row), "fact");
	gtk_widget_set_visible(GTK_WIDGET(f->row), FALSE);
	g_signal_connect(f->row, "notify::expanded", G_CALLBACK(on_opened), f);
	g_signal_connect(f->row, "map", G_CALLBACK(on_mapped), f);
	adw_preferences_group_add(group, GTK_WIDGET(f->row));
	return f;
}
