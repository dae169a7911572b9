/* window/window.h: what the parts of the window share. One window is one device. */
#ifndef HOLDFAST_WINDOW_WINDOW_H
#define HOLDFAST_WINDOW_WINDOW_H

#include <adwaita.h>

#include "prog/window/link.h"

/* A page keeps to itself; these are all that the others may call. */
struct protection_page;
struct scan_page;
struct quarantine_page;
struct history_page;
struct fellows;

struct window {
	AdwApplication *app;
	GtkWindow *top;
	AdwToastOverlay *toasts;
	AdwViewStack *stack;
	struct link *link;
	const char *state;	/* the daemon's state directory */
	bool known;		/* ${status} was said by the daemon */
	struct device_status status;
	struct protection_page *protection;
	struct scan_page *scan;
	struct quarantine_page *quarantine;
	struct history_page *history;
};

/* A line that goes away by itself. */
void window_toast(struct window *w, const char *text);

/* Bring a page ("protection", "scan", "quarantine", "history") to the front. */
void window_show(struct window *w, const char *page);

/* Each makes the page's widget and keeps *out for as long as the window lives. */
GtkWidget *protection_page_new(struct window *w, struct protection_page **out);
GtkWidget *scan_page_new(struct window *w, struct scan_page **out);
GtkWidget *quarantine_page_new(struct window *w, struct quarantine_page **out);
GtkWidget *history_page_new(struct window *w, struct history_page **out);

/* The device's condition is w->status; or it is not known, and ${why} says why not. */
void protection_page_update(struct protection_page *p, const char *why);
void scan_page_update(struct scan_page *p);

/* Ask the daemon for the list again. */
void quarantine_page_refresh(struct quarantine_page *p);
void history_page_refresh(struct history_page *p);

/* Scan a folder or a file, and show it. */
void scan_page_start(struct scan_page *p, const char *path);

/* Ask for an activation code, and whose seat to take when all are taken: that of the device called ${from}, unless
 * it is NULL or not the only one of that name; then the person is asked. */
void activation_ask(struct window *w, const char *from);

/* The provider's card. */
void contact_show(struct window *w);

/* What a person can set. */
void settings_show(struct window *w);

/* Show a page of the web; where no browser is, its address is put on the clipboard and said. What is no page
 * (agent/page.h) is not opened, and that is said. */
void browse(struct window *w, const char *url);
/* The same of the provider's card, which is signed, and where many say http: nothing secret goes there. */
void browse_card(struct window *w, const char *url);
/* The help article, such as "HF-1002"; "" for all of them. */
void browse_article(struct window *w, const char *article);
/* The person's own pages at the server, signed in by this device. */
void browse_portal(struct window *w);

/* A row, in ${group}, of the devices on this subscription. It keeps itself up to date while it can be seen. */
struct fellows *fellows_new(struct window *w, AdwPreferencesGroup *group);
void fellows_update(struct fellows *f);

#endif
