/* prog/web/support_contact.h: "Contact us": a request for help, kept under a reference that the person quotes. */
#ifndef HOLDFAST_PROG_WEB_SUPPORT_CONTACT_H
#define HOLDFAST_PROG_WEB_SUPPORT_CONTACT_H

#include "prog/web/web.h"

/* The form. ?article=ID: where it began; ?reference=TEXT: the subscription's; ?device=TEXT: the device's condition, to
 * be sent only when the person says so. */
void support_contact_show(struct call *c);

/* Take it: checked, kept, answered by the way to where it is acknowledged with its reference. */
void support_contact_take(struct call *c);
void support_contact_thank(struct call *c);

#endif
