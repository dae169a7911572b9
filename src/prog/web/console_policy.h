/* prog/web/console_policy.h: a provider's contact card and policy on pages: shown to the provider, changed by the vendor. */
#ifndef HOLDFAST_PROG_WEB_CONSOLE_POLICY_H
#define HOLDFAST_PROG_WEB_CONSOLE_POLICY_H

#include "prog/web/console.h"

/* "card": {name, phone, web, hours}. */
void console_put_card(struct page *p, const struct contact *c);
/* Read the fields of that; what is wrong is in ${f}. */
void console_read_card(struct form *f, struct contact *c);

/* "policy": a list of {name, label, hint, value}; a span is written as "72h". */
void console_put_policy(struct page *p, const struct policy *policy);
void console_read_policy(struct form *f, struct policy *policy);

#endif
