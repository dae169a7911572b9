/* entitle/session.h: who is signed in at the pages: how that begins, how long it lasts, how it ends. Each function is
 * one transaction (or a part of one that is open). Owns the rules; cookies and forms are prog/web/session.h's, who may
 * sign in is said by whoever begins one. doc/pages.md has it in words. */
#ifndef HOLDFAST_ENTITLE_SESSION_H
#define HOLDFAST_ENTITLE_SESSION_H

#include "crypto/hmac.h"
#include "entitle/authority.h"

/* A link that signs somebody in is used at once, or not at all. */
#define SIGN_IN_LINK_S (15 * 60)

/* Begin a session about ${subject}, an address in small letters or an id. ${token} is its secret, shown once: it
 * belongs into a cookie. */
enum err session_begin(struct store *store, enum subject_kind kind, const char *subject, int64_t now,
    char token[static TOKEN_SIZE], struct session *out);

/* Whose token this is; it was seen now. ERR_DENIED: nobody's, or the session has ended: a person was idle for
 * a day (at a device: an hour) or signed in for two weeks (a working day); a user for half an hour or a working day. */
enum err session_find(struct store *store, const char *token, int64_t now, struct session *out);

/* How long a session of this kind may last, in seconds: for its cookie. */
int64_t session_span(enum subject_kind kind);

/* Sign out: here, or everywhere. */
enum err session_end(struct store *store, const struct session *s);
enum err session_end_all(struct store *store, enum subject_kind kind, const char *subject);

/* What each form that is sent within a session carries: it follows from the session's token, and nobody finds the
 * token by it. */
#define FORM_KEY_SIZE (2 * HMAC_SIZE + 1)
void session_make_form_key(const char *token, char out[static FORM_KEY_SIZE]);
/* True when ${sent} is the one of ${token}; takes as long when it is not. */
bool session_check_form_key(const char *token, const char *sent);

/* Make a link that signs in once. ${token} is its secret, shown once. */
enum err session_make_link(struct store *store, enum subject_kind kind, const char *subject, int64_t now,
    char token[static TOKEN_SIZE]);
/* Use it up. ERR_DENIED: there is none, it was used, or its time is over. */
enum err session_take_link(struct store *store, const char *token, int64_t now, struct sign_in_link *out);

/* Somebody asks for a link by mail: note it in the log of one of the address's subscriptions, which has it mailed.
 * ERR_NOT_FOUND: nobody's address; whoever asked must not learn that. */
enum err session_ask_link(struct store *store, const char *address, int64_t now);

/* An address as sessions have it: in small letters. False: it is none that mail can be sent to. */
bool session_normalise_address(const char *typed, char out[static MAIL_ADDRESS_SIZE]);

/* The subscriptions that a session is about, which are its person's own: at most ${most} of them, in the order of their
 * ids. What is purged, and what has been merged into another, is left out. */
enum err session_list_subscriptions(struct store *store, const struct session *s, struct subscription *out,
    size_t most, size_t *count);

#endif
