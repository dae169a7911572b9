/* prog/web/once.h: a command with an Idempotency-Key is carried out once, however often it comes.
 * The command and its answer are one transaction: whoever was killed in between did neither, and a second
 * one that comes meanwhile waits for the first and gets its answer. */
#ifndef HOLDFAST_PROG_WEB_ONCE_H
#define HOLDFAST_PROG_WEB_ONCE_H

#include "prog/web/routes.h"

/* Answers are kept so long. */
#define ONCE_KEPT_S (48 * 3600)

/* Have ${handler}, which answers at once, carry the command out, or answer as it did before. Errors are
 * said by ${refuse}: 400 when the key is none, 422 "idempotency_key_reused" when the key came with another
 * request. Answers of 500 and above, and 429, are not kept: nothing was done then. */
void once_run(struct call *c, call_handler_fn *handler, route_refuse_fn *refuse);

#endif
