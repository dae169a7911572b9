/* prog/web/session.h: sessions as browsers have them: a cookie, forms that carry the session's key, and the way to the
 * sign-in for who has none. Two areas of the site have sessions of their own: a person may be a subscriber and work
 * at a provider. How long a session lasts is entitle/session.h's. */
#ifndef HOLDFAST_PROG_WEB_SESSION_H
#define HOLDFAST_PROG_WEB_SESSION_H

#include "entitle/session.h"
#include "prog/web/web.h"

/* The name of the field that each form within a session carries; its value is "csrf" in templates. */
#define SESSION_FORM_FIELD "csrf"

/* True when a row with this permission asks for a session. */
bool session_is_for(enum permission permission);

/* Let in who is signed in to the permission's area and may: c->principal is then filled in. A form that does not carry
 * the session's key, or comes from another site, is refused. All else is answered: false; who is not signed in is sent
 * to the sign-in, which leads back here. */
bool session_let_in(struct call *c, enum permission permission);

/* Sign in: begin a session about ${subject} and have the answer set its cookie. The session that the browser had is
 * ended. ${permission} says in which area. */
enum err session_start(struct call *c, enum permission permission, enum subject_kind kind, const char *subject);

/* Sign out: here, or everywhere that the session's subject is. The answer takes the cookie back. */
enum err session_stop(struct call *c, bool everywhere);

/* For forms before a session: whether this one comes from a page of ours; answered when not. */
bool session_is_own_form(struct call *c);

/* Read the local address to go on at, "next" of a query or form, into ${out}: ${otherwise} unless it begins with
 * ${area} ("/portal") and holds nothing that could lead elsewhere. */
#define NEXT_SIZE 256
void session_read_next(struct bytes form, const char *area, const char *otherwise, char out[static NEXT_SIZE]);

/* Keep ${next}, which was read so, in the browser until a link by mail is opened there; and take it out again. */
void session_keep_next(struct call *c, const char *next);
void session_take_next(struct call *c, const char *area, const char *otherwise, char out[static NEXT_SIZE]);

#endif
