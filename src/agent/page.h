/* agent/page.h: which addresses are pages that a person's browser may be sent to. The address comes from a process that
 * has the network and may have been captured: what else a desktop opens by an address (files, shares, mail) is none. Pure. */
#ifndef HOLDFAST_AGENT_PAGE_H
#define HOLDFAST_AGENT_PAGE_H

#include <stdbool.h>

/* True for https, and for http to this machine itself (127.0.0.1, localhost, [::1]), with no space or control character. */
bool page_is_web(const char *url);

#endif
