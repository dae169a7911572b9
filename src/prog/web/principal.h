/* prog/web/principal.h: who asks, and what a route asks of them.
 * Owns authentication, for every interface; routes_dispatch calls it before any handler runs. */
#ifndef HOLDFAST_PROG_WEB_PRINCIPAL_H
#define HOLDFAST_PROG_WEB_PRINCIPAL_H

#include "entitle/access.h"
#include "entitle/session.h"
#include "entitle/user.h"

enum principal_kind {
	PRINCIPAL_NONE = 0,	/* nobody: sent nothing that we know */
	PRINCIPAL_DEVICE,
	PRINCIPAL_PROVIDER,	/* one of its systems, by an API key or a token */
	PRINCIPAL_VENDOR,
	PRINCIPAL_PERSON,	/* a subscriber, signed in to the portal */
	PRINCIPAL_USER		/* who works at a provider or the vendor, signed in to the console */
};

struct principal {
	enum principal_kind kind;
	enum role role;		/* of a provider's or the vendor's credential, or of a user */
	struct provider provider; /* whose system or user asks; all empty for the vendor's, a device, a person */
	struct device device;	/* PRINCIPAL_DEVICE */
	char credential[ID_SIZE]; /* the key or client; empty for a device */
	struct seal_key sealing; /* seals what only this credential may read; not a device's */
	struct session session;	/* PRINCIPAL_PERSON, PRINCIPAL_USER */
	char form_key[FORM_KEY_SIZE]; /* what forms within the session carry */
	struct user user;	/* PRINCIPAL_USER */
	char actor[NAME_SIZE];	/* for the event log, such as "provider prv_… key_…" */
};

/* Whom a route lets in. Zero lets in nobody, so that a forgotten cell fails closed. */
enum permission {
	PERMIT_NOBODY = 0,
	PERMIT_ANYONE,		/* not even asked who they are */
	PERMIT_DEVICE,
	PERMIT_READ,		/* a provider's credential: any role */
	PERMIT_SUPPORT,		/* … support and above */
	PERMIT_OPERATE,		/* … operator and above */
	PERMIT_OWN,		/* … owner */
	PERMIT_VENDOR,
	PERMIT_PERSON,		/* a subscriber's session */
	PERMIT_CONSOLE,		/* a user's session, of a provider or the vendor: any role */
	PERMIT_CONSOLE_READ,	/* … of a provider alone: any role */
	PERMIT_CONSOLE_SUPPORT,	/* … support and above */
	PERMIT_CONSOLE_OPERATE,	/* … operator and above */
	PERMIT_CONSOLE_OWN,	/* … owner */
	PERMIT_CONSOLE_VENDOR,	/* … of the vendor alone: any role */
	PERMIT_CONSOLE_VENDOR_OWN, /* … of the vendor alone: owner */
	PERMISSIONS
};

/* "anyone", "device", "read", … */
const char *permission_name(enum permission p);

/* Whom ${bearer}, the token that was sent (NULL: none), stands for. ERR_DENIED: nobody known. */
enum err principal_find(struct store *store, const char *bearer, int64_t now,
    struct principal *out);

/* Whom a session stands for; the form's key is the caller's to fill in. ERR_DENIED: nobody (any more). */
enum err principal_of_session(struct store *store, const struct session *s, struct principal *out);

/* ERR_NONE: ${p} may. ERR_DENIED: nobody, or a device with an operation for keys, or the reverse: it would
 * have to say who else it is. ERR_CONFLICT: a key or a user, and the role may not. */
enum err principal_check(const struct principal *p, enum permission permission);

#endif
