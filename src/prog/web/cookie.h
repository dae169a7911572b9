/* prog/web/cookie.h: what a browser keeps for us, as it sends it along. */
#ifndef HOLDFAST_PROG_WEB_COOKIE_H
#define HOLDFAST_PROG_WEB_COOKIE_H

#include "prog/web/web.h"

/* The value of the first cookie of this name, as "a=1; NAME=...; b=2" has it. False: there is none, or it has not room in
 * ${size} with a NUL. */
bool cookie_find(const struct call *c, const char *name, char *out, size_t size);

#endif
