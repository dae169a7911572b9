/* window/parts.c: see parts.h. */
#include "prog/window/parts.h"

#include "prog/window/words.h"

enum { GAP = 18, WIDEST = 640 };

void
parts_init(void)
{
	/* What a fact says matters more than what it is called: not in the pale grey of a subtitle. */
	static const char css[] = "row.fact label.subtitle { opacity: 0.9; font-size: 1em; }"
				  "row.fact label.title { opacity: 0.8; font-size: 0.9em; }";
	GtkCssProvider *style = gtk_css_provider_new();

	gtk_css_provider_load_from_data(style, css, -1);
	gtk_style_context_add_provider_for_display(gdk_display_get_default(), GTK_STYLE_PROVIDER(style),
	    GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
	g_object_unref(style);
}

GtkWidget *
parts_page(GtkBox **column)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, GAP);
	GtkWidget *clamp = adw_clamp_new(), *scroll = gtk_scrolled_window_new();

	gtk_widget_set_margin_top(box, GAP);
	gtk_widget_set_margin_bottom(box, GAP);
	gtk_widget_set_margin_start(box, GAP);
	gtk_widget_set_margin_end(box, GAP);
	adw_clamp_set_maximum_size(ADW_CLAMP(clamp), WIDEST);
	adw_clamp_set_child(ADW_CLAMP(clamp), box);
	gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroll), GTK_POLICY_NEVER,
	    GTK_POLICY_AUTOMATIC);
	gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroll), clamp);
	gtk_widget_set_vexpand(scroll, TRUE);
	*column = GTK_BOX(box);
	return scroll;
}

AdwPreferencesGroup *
parts_group(GtkBox *column, const char *title)
{
	GtkWidget *group = adw_preferences_group_new();

	if (title != NULL)
		adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(group), title);
	gtk_box_append(column, group);
	return ADW_PREFERENCES_GROUP(group);
}

AdwActionRow *
parts_fact(AdwPreferencesGroup *group, const char *label)
{
	GtkWidget *row = adw_action_row_new();

	/* Names come from the provider: never as markup. */
	adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), label);
	adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 0);
	gtk_widget_add_css_class(row, "fact");
	gtk_widget_set_visible(row, FALSE);
	adw_preferences_group_add(group, row);
	return ADW_ACTION_ROW(row);
}

void
parts_set(AdwActionRow *fact, const char *value)
{
	adw_action_row_set_subtitle(fact, value);
	gtk_accessible_update_property(GTK_ACCESSIBLE(fact), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, value,
	    -1);
	gtk_widget_set_visible(GTK_WIDGET(fact), value[0] != '\0');
}

static void
copy(GtkButton *button, gpointer data)
{
	GdkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(button));

	gdk_clipboard_set_text(clipboard, adw_action_row_get_subtitle(data));
}

void
parts_make_copyable(AdwActionRow *fact)
{
	GtkWidget *button = gtk_button_new_from_icon_name("edit-copy-symbolic");
	char *label = g_strdup_printf(_("Copy: %s"),
	    adw_preferences_row_get_title(ADW_PREFERENCES_ROW(fact)));

	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	gtk_widget_add_css_class(button, "flat");
	gtk_widget_set_tooltip_text(button, label);
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
	g_signal_connect(button, "clicked", G_CALLBACK(copy), fact);
	adw_action_row_add_suffix(fact, button);
	g_free(label);
}

static GtkWidget *
choice_line(const char *text, const char *css_class)
{
	GtkWidget *label = gtk_label_new(text);

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_xalign(GTK_LABEL(label), 0);
	gtk_widget_add_css_class(label, css_class);
	return label;
}

GtkWidget *
parts_choice(const char *title, const char *effect, bool recommended)
{
	GtkWidget *button = gtk_button_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
	char *shown = recommended ? g_strdup_printf(_("%s (recommended)"), title) : g_strdup(title);

	gtk_box_append(GTK_BOX(box), choice_line(shown, "heading"));
	gtk_box_append(GTK_BOX(box), choice_line(effect, "body"));
	gtk_widget_set_margin_top(box, 8);
	gtk_widget_set_margin_bottom(box, 8);
	gtk_button_set_child(GTK_BUTTON(button), box);
	if (recommended)
		gtk_widget_add_css_class(button, "suggested-action");
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, shown,
	    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, effect, -1);
	g_free(shown);
	return button;
}

void
parts_close_by_escape(GtkWindow *dialog)
{
	GtkEventController *keys = gtk_shortcut_controller_new();

	gtk_shortcut_controller_add_shortcut(GTK_SHORTCUT_CONTROLLER(keys),
	    gtk_shortcut_new(gtk_keyval_trigger_new(GDK_KEY_Escape, 0), gtk_named_action_new("window.close")));
	gtk_widget_add_controller(GTK_WIDGET(dialog), keys);
}

GtkLabel *
parts_text(GtkBox *column, const char *css_class)
{
	GtkWidget *label = gtk_label_new("");

	gtk_label_set_wrap(GTK_LABEL(label), TRUE);
	/* A long name without a space must not make the window wide. */
	gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
	gtk_label_set_justify(GTK_LABEL(label), GTK_JUSTIFY_CENTER);
	if (css_class != NULL)
		gtk_widget_add_css_class(label, css_class);
	gtk_box_append(column, label);
	return GTK_LABEL(label);
}

GtkWidget *
parts_button(GtkBox *box, const char *label, GCallback clicked, gpointer data)
{
	GtkWidget *button = gtk_button_new_with_mnemonic(label);

	/* GTK 4.8 has a screen reader say the mark of the mnemonic, and then the label that it points to. */
	gtk_accessible_reset_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL);
	gtk_widget_set_halign(button, GTK_ALIGN_CENTER);
	gtk_widget_add_css_class(button, "pill");
	g_signal_connect(button, "clicked", clicked, data);
	gtk_box_append(box, button);
	return button;
}

struct parts_switch
parts_switch_new(AdwPreferencesGroup *group, const char *title, const char *what)
{
	struct parts_switch s = { ADW_ACTION_ROW(adw_action_row_new()), GTK_SWITCH(gtk_switch_new()), 0 };

	adw_preferences_row_set_title(ADW_PREFERENCES_ROW(s.row), title);
	adw_action_row_set_subtitle(s.row, what);
	adw_action_row_set_subtitle_lines(s.row, 0);
	gtk_widget_set_valign(GTK_WIDGET(s.button), GTK_ALIGN_CENTER);
	adw_action_row_add_suffix(s.row, GTK_WIDGET(s.button));
	adw_action_row_set_activatable_widget(s.row, GTK_WIDGET(s.button));
	gtk_accessible_update_property(GTK_ACCESSIBLE(s.button), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
	    GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, what, -1);
	adw_preferences_group_add(group, GTK_WIDGET(s.row));
	return s;
}

void
parts_switch_follow(struct parts_switch *s, GCallback changed, gpointer data)
{
	s->signal = g_signal_connect(s->button, "notify::active", changed, data);
}

void
parts_turn(struct parts_switch *s, bool on)
{
	g_signal_handler_block(s->button, s->signal);
	gtk_switch_set_active(s->button, on);
	g_signal_handler_unblock(s->button, s->signal);
}

GtkListBox *
parts_list(GtkBox *column)
{
	GtkWidget *list = gtk_list_box_new();

	gtk_list_box_set_selection_mode(GTK_LIST_BOX(list), GTK_SELECTION_NONE);
	gtk_widget_add_css_class(list, "boxed-list");
	gtk_box_append(column, list);
	return GTK_LIST_BOX(list);
}

void
parts_clear(GtkListBox *list)
{
	GtkWidget *row;

	while ((row = gtk_widget_get_first_child(GTK_WIDGET(list))) != NULL)
		gtk_list_box_remove(list, row);
}
