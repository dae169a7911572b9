/* prog/web/updates.h: the published protection data, as files. */
#ifndef HOLDFAST_PROG_WEB_UPDATES_H
#define HOLDFAST_PROG_WEB_UPDATES_H

#include "prog/web/web.h"

void updates_get(struct call *c);

#endif
