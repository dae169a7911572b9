/* prog/web/console.h: what the console's pages share: the frame's menu by what the asker may, what was just done, and how
 * times, subscriptions and reasons are shown. The pages themselves are console_*.c, their words web/templates/console. */
#ifndef HOLDFAST_PROG_WEB_CONSOLE_H
#define HOLDFAST_PROG_WEB_CONSOLE_H

#include "prog/web/form.h"
#include "prog/web/page.h"
#include "prog/web/routes.h"

/* A page for whoever is signed in: "may" holds what the asker may do (support, operate, own), "vendor" whether the
 * vendor's; "done" is a sentence on what the form before this page did. */
void console_open(struct page *p, struct call *c, const char *title);

/* Go on at ${address}, a format, where a page says what was done: ${done} is one of the codes in console.c. */
void console_done(struct call *c, const char *done, const char *address, ...)
    __attribute__((format(printf, 3, 4)));

/* What a rule refused: a box on the page. ${why} may be NULL or say nothing: then there is none. */
void console_put_refusal(struct page *p, const struct refusal *why);

/* The status for what a rule returned: 404, 409, 422; 0: it is no refusal, but a failure. */
int console_status(enum err e);

/* Answer what a rule returned where the page cannot be shown again: nothing of this id, or a failure. */
void console_refuse(struct call *c, enum err e, const struct refusal *why, const char *doing);

/* {at, text}, as templates show times; null for 0. */
json_t *console_time(int64_t t);

/* {code, text, tone} of a state, such as "Suspended" in "warn"; of a device's condition. */
json_t *console_state(enum sub_state state);
json_t *console_reason(enum reason reason);

/* A line of a list of subscriptions: id, external_id, reference, state, reason, seats, since, paid_until. */
json_t *console_subscription_line(const struct subscription *s, int64_t now);

/* Where a device's protection stands, as it will be told at its next contact: {kind, text, tone, reason, since}. */
json_t *console_condition(const struct subscription *s, const struct device *d, const struct block *block,
    int64_t now);

/* What happened, in words: {at, who, what, more: [{name, value}]}. */
json_t *console_event(struct call *c, const struct event *e);

/* A choice of a form: {value, text, chosen}. */
json_t *console_choice(const char *value, const char *text, bool chosen);

/* Pictures go into a page through here. */
struct chart;
void console_put_chart(struct page *p, const char *name, void (*draw)(const struct chart *c, struct buf *out),
    const struct chart *chart);

#endif
