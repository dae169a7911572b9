/* window/main.c: holdfast-window: the Subscription window and the device's status, for a person. Talks to
 * holdfastd's socket alone, with the rights of whoever runs it. */
#include <stdlib.h>

#include "agent/place.h"
#include "base/log.h"
#include "os/clock.h"
#include "prog/window/menu.h"
#include "prog/window/parts.h"
#include "prog/window/told.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

#define APPLICATION_ID "org.holdfast.Window"
#define NOTIFICATION_ID "condition"

struct program {
	struct window window;
	struct notify_memory told;
	char told_of[ID_SIZE];	/* the device whose memory that is */
	char *state;		/* --state */
	char *page;		/* --page */
	gboolean background;	/* --background: notifications, and a window when it is asked for */
	gboolean version;
};

void
window_toast(struct window *w, const char *text)
{
	AdwToast *toast = adw_toast_new(text);

	adw_toast_set_timeout(toast, 5);
	adw_toast_overlay_add_toast(w->toasts, toast);
}

void
window_show(struct window *w, const char *page)
{
	adw_view_stack_set_visible_child_name(w->stack, page);
}

static void
send_notification(struct program *p, const char *title, const char *body)
{
	GNotification *n = g_notification_new(title);

	g_notification_set_body(n, body);
	g_notification_set_default_action(n, "app.show");
	g_application_send_notification(G_APPLICATION(p->window.app), NOTIFICATION_ID, n);
	g_object_unref(n);
}

static void
notify(struct program *p)
{
	const struct device_status *s = &p->window.status;
	enum notify_kind what;
	char *words;

	if (!s->notify) {
		g_application_withdraw_notification(G_APPLICATION(p->window.app), NOTIFICATION_ID);
		return;
	}
	if (strcmp(p->told_of, s->device) != 0) {
		g_strlcpy(p->told_of, s->device, sizeof p->told_of);
		told_load(s->device, &p->told);
	}
	what = notify_decide(&p->told, s);
	if (what != NOTIFY_NOTHING && s->device[0] != '\0')
		told_save(s->device, &p->told);
	switch (what) {
	case NOTIFY_TROUBLE:
		words = words_of_notice(notice_for(s->reason)->why, s);
		send_notification(p, _(notice_for(s->reason)->headline), words);
		g_free(words);
		break;
	case NOTIFY_ENDS_SOON:
		words = words_of_time(s->paid_until, s->now);
		send_notification(p, _("Your subscription ends soon"), words);
		g_free(words);
		break;
	case NOTIFY_RESOLVED:
		g_application_withdraw_notification(G_APPLICATION(p->window.app), NOTIFICATION_ID);
		break;
	case NOTIFY_NOTHING:
		break;
	}
}

static void
on_status(void *ctx, const struct device_status *s)
{
	struct program *p = ctx;
	bool quarantine_changed = !p->window.known || p->window.status.quarantined != s->quarantined;

	p->window.known = true;
	p->window.status = *s;
	protection_page_update(p->window.protection, NULL);
	scan_page_update(p->window.scan);
	if (quarantine_changed)
		quarantine_page_refresh(p->window.quarantine);
	history_page_refresh(p->window.history);
	notify(p);
}

static void
on_lost(void *ctx, const char *why)
{
	struct program *p = ctx;

	p->window.known = false;
	protection_page_update(p->window.protection, why);
	scan_page_update(p->window.scan);
}

static void
add_page(struct window *w, GtkWidget *page, const char *name, const char *title, const char *icon)
{
	AdwViewStackPage *added = adw_view_stack_add_titled(w->stack, page, name, title);

	adw_view_stack_page_set_icon_name(added, icon);
}

static void
add_pages(struct window *w)
{
	add_page(w, protection_page_new(w, &w->protection), "protection", _("Protection"),
	    "security-high-symbolic");
	add_page(w, scan_page_new(w, &w->scan), "scan", _("Scan"), "system-search-symbolic");
	add_page(w, quarantine_page_new(w, &w->quarantine), "quarantine", _("Quarantine"),
	    "user-trash-symbolic");
	add_page(w, history_page_new(w, &w->history), "history", _("History"),
	    "document-open-recent-symbolic");
}

static void
make_window(struct program *p)
{
	struct window *w = &p->window;
	GtkWidget *top = adw_application_window_new(GTK_APPLICATION(w->app));
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *bar = adw_header_bar_new();
	GtkWidget *title = adw_view_switcher_title_new(), *below = adw_view_switcher_bar_new();
	GtkWidget *stack = adw_view_stack_new(), *toasts = adw_toast_overlay_new();

	w->top = GTK_WINDOW(top);
	w->stack = ADW_VIEW_STACK(stack);
	w->toasts = ADW_TOAST_OVERLAY(toasts);
	add_pages(w);
	adw_view_switcher_title_set_title(ADW_VIEW_SWITCHER_TITLE(title), "Holdfast");
	adw_view_switcher_title_set_stack(ADW_VIEW_SWITCHER_TITLE(title), w->stack);
	adw_view_switcher_bar_set_stack(ADW_VIEW_SWITCHER_BAR(below), w->stack);
	/* In a narrow window the switcher moves from the top to the bottom. */
	g_object_bind_property(title, "title-visible", below, "reveal", G_BINDING_SYNC_CREATE);
	adw_header_bar_pack_end(ADW_HEADER_BAR(bar), menu_button_new());
	adw_header_bar_set_title_widget(ADW_HEADER_BAR(bar), title);
	gtk_widget_set_vexpand(stack, TRUE);
	adw_toast_overlay_set_child(w->toasts, stack);
	gtk_box_append(GTK_BOX(box), bar);
	gtk_box_append(GTK_BOX(box), toasts);
	gtk_box_append(GTK_BOX(box), below);
	adw_application_window_set_content(ADW_APPLICATION_WINDOW(top), box);
	gtk_window_set_title(w->top, "Holdfast");
	gtk_window_set_default_size(w->top, 720, 820);
	gtk_window_set_hide_on_close(w->top, p->background);
}

static void
on_activate(GApplication *app, gpointer data)
{
	struct program *p = data;
	bool first = p->window.top == NULL;

	if (first) {
		const struct link_face face = { on_status, on_lost, p };

		p->window.app = ADW_APPLICATION(app);
		parts_init();
		menu_add_actions(&p->window);
		make_window(p);
		p->window.link = link_new(p->window.state, &face);
		if (p->page != NULL && strcmp(p->page, "settings") != 0)
			window_show(&p->window, p->page);
	}
	if (!first || !p->background)
		gtk_window_present(p->window.top);
	if (first && p->page != NULL && strcmp(p->page, "settings") == 0)
		settings_show(&p->window);
	if (first && p->background)
		g_application_hold(app);
}

static void
on_show(GSimpleAction *action, GVariant *parameter, gpointer data)
{
	struct program *p = data;

	(void)action, (void)parameter;
	if (p->window.top != NULL)
		gtk_window_present(p->window.top);
}

/* -1: go on. */
static int
on_options(GApplication *app, GVariantDict *options, gpointer data)
{
	struct program *p = data;

	(void)app, (void)options;
	if (p->state != NULL)
		p->window.state = p->state;
	if (!p->version)
		return -1;
	g_print("holdfast-window " HOLDFAST_VERSION "\n");
	return 0;
}

static void
add_options(GApplication *app, struct program *p)
{
	const GOptionEntry entries[] = {
		{ "state", 0, 0, G_OPTION_ARG_FILENAME, &p->state,
		    N_("holdfastd's state directory"), N_("DIR") },
		{ "page", 0, 0, G_OPTION_ARG_STRING, &p->page,
		    N_("the page to show first: protection, scan, quarantine, history, settings"), N_("PAGE") },
		{ "background", 0, 0, G_OPTION_ARG_NONE, &p->background,
		    N_("show no window, only notifications"), NULL },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &p->version, N_("print the version"), NULL },
		{ NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL }
	};

	g_application_add_main_option_entries(app, entries);
}

int
main(int argc, char **argv)
{
	static const GActionEntry actions[] = { { .name = "show", .activate = on_show } };
	static struct program p;
	AdwApplication *app;
	int status;

	log_init("holdfast-window");
	words_init();
	p.window.state = getenv(AGENT_STATE_VARIABLE);
	if (p.window.state == NULL || p.window.state[0] == '\0')
		p.window.state = AGENT_STATE_DIR;
	app = adw_application_new(APPLICATION_ID, G_APPLICATION_DEFAULT_FLAGS);
	add_options(G_APPLICATION(app), &p);
	g_action_map_add_action_entries(G_ACTION_MAP(app), actions, G_N_ELEMENTS(actions), &p);
	g_signal_connect(app, "handle-local-options", G_CALLBACK(on_options), &p);
	g_signal_connect(app, "activate", G_CALLBACK(on_activate), &p);
	status = g_application_run(G_APPLICATION(app), argc, argv);
	link_free(p.window.link);
	g_object_unref(app);
	return status;
}
