/* prog/web/tmf_hub.h: listeners of the TM Forum interfaces: POST and DELETE of a hub. */
#ifndef HOLDFAST_PROG_WEB_TMF_HUB_H
#define HOLDFAST_PROG_WEB_TMF_HUB_H

#include "prog/web/web.h"

void tmf_hub_add(struct call *c);
void tmf_hub_remove(struct call *c);

#endif
