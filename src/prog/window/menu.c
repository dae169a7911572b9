/* window/menu.c: see menu.h. */
#include "prog/window/menu.h"

#include "prog/window/words.h"

static void
on_page(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	(void)action;
	window_show(data, g_variant_get_string(parameter, NULL));
}

static void
on_settings(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	(void)action, (void)parameter;
	settings_show(data);
}

static void
on_contact(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	(void)action, (void)parameter;
	contact_show(data);
}

static void
on_portal(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	(void)action, (void)parameter;
	browse_portal(data);
}

static void
on_help(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	(void)action, (void)parameter;
	browse_article(data, "");
}

static void
on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	struct window *w = data;

	(void)action, (void)parameter;
	adw_show_about_window(w->top, "application-name", "Holdfast", "version", HOLDFAST_VERSION, "comments",
	    _("Protection of this device, from your service provider."), "license-type", GTK_LICENSE_APACHE_2_0,
	    NULL);
}

static void
on_quit(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	struct window *w = data;

	(void)action, (void)parameter;
	g_application_quit(G_APPLICATION(w->app));
}

void
menu_add_actions(struct window *w)
{
	static const GActionEntry actions[] = { { .name = "page", .activate = on_page, .parameter_type = "s" },
		{ .name = "settings", .activate = on_settings }, { .name = "contact", .activate = on_contact },
		{ .name = "portal", .activate = on_portal }, { .name = "help", .activate = on_help }, { .name = "about", .activate = on_about },
		{ .name = "quit", .activate = on_quit } };
	static const struct {
		const char *action, *keys[2];
	} keys[] = { { "app.page('protection')", { "<Control>1", NULL } },
		{ "app.page('scan')", { "<Control>2", NULL } }, { "app.page('quarantine')", { "<Control>3", NULL } },
		{ "app.page('history')", { "<Control>4", NULL } }, { "app.settings", { "<Control>comma", NULL } },
		{ "app.help", { "F1", NULL } }, { "window.close", { "<Control>w", NULL } },
		{ "app.quit", { "<Control>q", NULL } } };

	g_action_map_add_action_entries(G_ACTION_MAP(w->app), actions, G_N_ELEMENTS(actions), w);
	for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
		gtk_application_set_accels_for_action(GTK_APPLICATION(w->app), keys[i].action, keys[i].keys);
}

GtkWidget *
menu_button_new(void)
{
	GMenu *menu = g_menu_new(), *pages = g_menu_new(), *more = g_menu_new();
	GtkWidget *button = gtk_menu_button_new();

	g_menu_append(pages, _("_Protection"), "app.page('protection')");
	g_menu_append(pages, _("S_can"), "app.page('scan')");
	g_menu_append(pages, _("_Quarantine"), "app.page('quarantine')");
	g_menu_append(pages, _("_History"), "app.page('history')");
	g_menu_append(more, _("_Settings"), "app.settings");
	g_menu_append(more, _("_Contact my service provider"), "app.contact");
	g_menu_append(more, _("_Manage my subscription in the browser"), "app.portal");
	g_menu_append(more, _("H_elp articles"), "app.help");
	g_menu_append(more, _("_About Holdfast"), "app.about");
	g_menu_append_section(menu, NULL, G_MENU_MODEL(pages));
	g_menu_append_section(menu, NULL, G_MENU_MODEL(more));
	gtk_menu_button_set_icon_name(GTK_MENU_BUTTON(button), "open-menu-symbolic");
	gtk_menu_button_set_menu_model(GTK_MENU_BUTTON(button), G_MENU_MODEL(menu));
	gtk_menu_button_set_primary(GTK_MENU_BUTTON(button), TRUE);
	gtk_widget_set_tooltip_text(button, _("Menu"));
	gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Menu"), -1);
	g_object_unref(pages);
	g_object_unref(more);
	g_object_unref(menu);
	return button;
}
