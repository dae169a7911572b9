/* prog/web/console_subscription.h: the page of one subscription, shown again by each form on it that was refused. */
#ifndef HOLDFAST_PROG_WEB_CONSOLE_SUBSCRIPTION_H
#define HOLDFAST_PROG_WEB_CONSOLE_SUBSCRIPTION_H

#include "prog/web/console.h"

/* What stands on the page besides how things are. */
struct console_shown {
	int status;
	const struct refusal *why; /* a form was refused; NULL: none was */
	struct form *form;	/* what was sent with it; NULL */
	const char *code;	/* a new activation code, shown this once; NULL */
};

/* Answer with the page of the subscription that the path names; 404 when it is not the asker's. */
void console_show_subscription(struct call *c, const struct console_shown *shown);

#endif
