/* prog/web/portal.h: what the subscriber's pages share. A person sees and changes the subscriptions of their session, and
 * no others: each handler finds them by it. doc/pages.md describes the pages. */
#ifndef HOLDFAST_PROG_WEB_PORTAL_H
#define HOLDFAST_PROG_WEB_PORTAL_H

#include "prog/web/page.h"
#include "prog/web/routes.h"

/* More than a person has; who has more sees the first of them. */
#define PORTAL_SUBSCRIPTIONS_MAX 20

/* One of the person's subscriptions, with its provider, and what it means for its devices now. */
struct portal_item {
	struct subscription sub;
	struct provider provider;
	struct standing standing;
};

/* Call ${fn} with each. An error of it ends the walk. */
typedef enum err portal_item_fn(void *ctx, const struct portal_item *item);
enum err portal_each(struct call *c, portal_item_fn *fn, void *ctx);

/* The one of this id; ERR_NOT_FOUND also when it is somebody else's. */
enum err portal_find(struct call *c, const char *id, struct portal_item *out);

/* The device of this id, and its subscription. Likewise. */
enum err portal_find_device(struct call *c, const char *id, struct device *d, struct portal_item *item);

/* Answers 404 or a failure. */
void portal_refuse(struct call *c, enum err e, const char *doing);

/* A field of the form that was sent, or ""; false, and answered, when it is broken or too long. */
bool portal_take_field(struct call *c, const char *name, char *out, size_t size);

/* For templates. A moment as "when", or null. */
json_t *portal_time(int64_t t);

/* How a device is: id, name, platform, seen, seated, tag, tag_class, and its notice as of portal_notice. */
json_t *portal_device(struct call *c, const struct portal_item *item, const struct device *d);

/* What a person is told for ${reason}: headline, why, who, next, article, options. Options lead to a device; "" leaves
 * out those that need one. */
json_t *portal_notice(struct call *c, const struct portal_item *item, enum reason reason, const struct device *d);

/* The devices of the subscription that ${wanted} (NULL: all) takes. */
typedef bool portal_device_fn(const struct device *d);
enum err portal_devices(struct call *c, const struct portal_item *item, portal_device_fn *wanted, json_t *out);

/* The handlers; each in the file that its name begins with, and those of the sign-in in portal_sign_in.c. */
call_handler_fn portal_show_sign_in, portal_sign_in, portal_show_sent, portal_show_enter, portal_enter, portal_sign_out;
call_handler_fn portal_devices_show, portal_devices_show_one, portal_devices_change, portal_devices_show_code,
    portal_devices_renew_code;
call_handler_fn portal_data_show_purchases, portal_data_show_history, portal_data_show, portal_data_export,
    portal_data_delete;

#endif
