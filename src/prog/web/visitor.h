/* prog/web/visitor.h: a visitor of the support site: nobody that we know, told from the others by a random name in
 * a cookie. The cookie is sent back to this site alone, and each form carries the name as well, so that no other
 * site can send a form on a visitor's behalf. */
#ifndef HOLDFAST_PROG_WEB_VISITOR_H
#define HOLDFAST_PROG_WEB_VISITOR_H

#include "entitle/store_support.h"
#include "prog/web/web.h"

/* The visitor's name, from the cookie; a new one, which the answer sets, when there is none. */
void visitor_name(struct call *c, char out[static SUPPORT_VISITOR_SIZE]);

/* Whether the form that was sent is this visitor's own, by its hidden field "visitor"; if not, that is answered. */
bool visitor_check(struct call *c, char out[static SUPPORT_VISITOR_SIZE]);

/* Count one more of ${what} from where the request comes; above ${most} in an hour that is answered: false. */
bool visitor_may(struct call *c, const char *what, int64_t most);

#endif
