/* prog/web/handlers.h: one handler for each operation of the server, as routes.c lists them. */
#ifndef HOLDFAST_PROG_WEB_HANDLERS_H
#define HOLDFAST_PROG_WEB_HANDLERS_H

#include "prog/web/web.h"

/* provider_api.c: for providers, with an API key; doc/provider-api.md. */
void provider_order(struct call *c);
void provider_list(struct call *c);
void provider_get(struct call *c);
void provider_suspend(struct call *c);
void provider_resume(struct call *c);
void provider_cancel(struct call *c);
void provider_reinstate(struct call *c);
void provider_events(struct call *c);

/* device_api.c: for devices; doc/device-protocol.md. */
void device_activate(struct call *c);
void device_checkin(struct call *c);
void device_reactivate(struct call *c);
void device_purchase(struct call *c);

/* checkout_pages.c: for persons who buy. */
void page_checkout(struct call *c);
void page_pay(struct call *c);

/* stripe_api.c: for the payment service Stripe. */
void stripe_webhook(struct call *c);

/* pages.c: for persons and monitors. */
void page_health(struct call *c);
void page_style(struct call *c);

/* updates.c: the published protection data, as files. */
void updates_get(struct call *c);

#endif
