/* window/link.h: the window's connection to the daemon, within GLib's main loop.
 * Owns the watching connection, which comes back by itself, and the threads in which other questions wait.
 * Knows nothing of widgets. All functions and all calls back are in the main thread. */
#ifndef HOLDFAST_WINDOW_LINK_H
#define HOLDFAST_WINDOW_LINK_H

#include <glib.h>

#include "agent/talk.h"

struct link;

/* What comes in by itself: the device's condition now and at each change; or why the daemon does not answer,
 * until it does again. Everything is borrowed for the call. */
struct link_face {
	void (*status)(void *ctx, const struct device_status *s);
	void (*lost)(void *ctx, const char *why);
	void *ctx;
};

/* Watch the daemon whose state directory is ${state}; both are borrowed for good. Never fails: a daemon that
 * is not there is tried again every two seconds. */
struct link *link_new(const char *state, const struct link_face *face);
void link_free(struct link *l);

/* The answer to one question: a reply, or NULL and why none came. */
typedef void link_answer_fn(void *ctx, const struct reply *reply, const char *why);

/* Ask one thing on a connection of its own, in a thread; ${done} is called once, unless the link was freed.
 * The request is copied, and wiped when it was sent. */
void link_ask(struct link *l, const struct request *request, link_answer_fn *done, void *ctx);

/* As link_ask, for REQUEST_ENTRY and REQUEST_HISTORY: ${item} is called for each reply of the list, then
 * ${done} with the last, which is none of them. */
typedef void link_item_fn(void *ctx, const struct reply *reply);
void link_list(struct link *l, const struct request *first, link_item_fn *item, link_answer_fn *done,
    void *ctx);

#endif
