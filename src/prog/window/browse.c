/* window/browse.c: pages of the web, shown by the person's own browser. */
#include "agent/page.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

struct browsing {
	struct window *window;
	char *url;
};

static void
shown(GObject *parent, GAsyncResult *result, gpointer data)
{
	struct browsing *b = data;

	if (!gtk_show_uri_full_finish(GTK_WINDOW(parent), result, NULL)) {
		gdk_clipboard_set_text(gtk_widget_get_clipboard(GTK_WIDGET(parent)), b->url);
		window_toast(b->window, _("No browser could be opened. The address is on the clipboard."));
	}
	g_free(b->url);
	g_free(b);
}

static void
show(struct window *w, const char *url)
{
	struct browsing *b = g_new0(struct browsing, 1);

	b->window = w;
	b->url = g_strdup(url);
	gtk_show_uri_full(w->top, url, GDK_CURRENT_TIME, NULL, shown, b);
}

void
browse(struct window *w, const char *url)
{
	if (page_is_web(url))
		show(w, url);
	else
		window_toast(w, _("The service sent an address that is no web page. It was not opened."));
}

void
browse_card(struct window *w, const char *url)
{
	if (page_is_web(url) || g_str_has_prefix(url, "http://"))
		show(w, url);
}

void
browse_article(struct window *w, const char *article)
{
	char *url = g_strconcat(w->status.help, article, NULL);

	if (w->known && w->status.help[0] != '\0')
		browse(w, url);
	else
		window_toast(w, _("Help is not to be had before the protection service of this device answers"));
	g_free(url);
}

static void
portal_known(void *ctx, const struct reply *reply, const char *why)
{
	struct window *w = ctx;

	if (reply != NULL && reply->kind == REPLY_ADDRESS)
		browse(w, reply->url);
	else
		window_toast(w, reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text : why != NULL ? why : "");
}

void
browse_portal(struct window *w)
{
	const struct request request = { .kind = REQUEST_PORTAL };

	link_ask(w->link, &request, portal_known, w);
}
