/* prog/web/principal.c: see principal.h. */
#include "prog/web/principal.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"

/* Where users work whom a row lets in. */
enum at {
	AT_NONE = 0,		/* the row is not for users */
	AT_PROVIDER,
	AT_VENDOR,
	AT_EITHER
};

static const struct {
	const char *name;
	enum principal_kind kind;
	enum role least;
	enum at at;		/* where a user works */
} needs[PERMISSIONS] = {
	[PERMIT_NOBODY] = { "nobody", PRINCIPAL_NONE, ROLE_COUNT },
	[PERMIT_ANYONE] = { "anyone", PRINCIPAL_NONE, ROLE_NONE },
	[PERMIT_DEVICE] = { "device", PRINCIPAL_DEVICE, ROLE_NONE },
	[PERMIT_READ] = { "read", PRINCIPAL_PROVIDER, ROLE_READ_ONLY },
	[PERMIT_SUPPORT] = { "support", PRINCIPAL_PROVIDER, ROLE_SUPPORT },
	[PERMIT_OPERATE] = { "operate", PRINCIPAL_PROVIDER, ROLE_OPERATOR },
	[PERMIT_OWN] = { "own", PRINCIPAL_PROVIDER, ROLE_OWNER },
	[PERMIT_VENDOR] = { "vendor", PRINCIPAL_VENDOR, ROLE_VENDOR },
	[PERMIT_PERSON] = { "person", PRINCIPAL_PERSON, ROLE_NONE },
	[PERMIT_CONSOLE] = { "console", PRINCIPAL_USER, ROLE_READ_ONLY, AT_EITHER },
	[PERMIT_CONSOLE_READ] = { "console_read", PRINCIPAL_USER, ROLE_READ_ONLY, AT_PROVIDER },
	[PERMIT_CONSOLE_SUPPORT] = { "console_support", PRINCIPAL_USER, ROLE_SUPPORT, AT_PROVIDER },
	[PERMIT_CONSOLE_OPERATE] = { "console_operate", PRINCIPAL_USER, ROLE_OPERATOR, AT_PROVIDER },
	[PERMIT_CONSOLE_OWN] = { "console_own", PRINCIPAL_USER, ROLE_OWNER, AT_PROVIDER },
	[PERMIT_CONSOLE_VENDOR] = { "console_vendor", PRINCIPAL_USER, ROLE_READ_ONLY, AT_VENDOR },
	[PERMIT_CONSOLE_VENDOR_OWN] = { "console_vendor_own", PRINCIPAL_USER, ROLE_OWNER, AT_VENDOR },
};

const char *
permission_name(enum permission p)
{
	return needs[p].name;
}

static enum err
become_credential(struct store *store, struct credential *c, int64_t now, struct principal *out)
{
	enum err e;

	text_copy(out->credential, sizeof out->credential, c->id);
	out->role = c->role;
	if (c->role == ROLE_VENDOR) {
		out->kind = PRINCIPAL_VENDOR;
		snprintf(out->actor, sizeof out->actor, "vendor %s", c->id);
	} else {
		if ((e = store->get_provider(store, c->provider, &out->provider)) != ERR_NONE)
			return e;
		out->kind = PRINCIPAL_PROVIDER;
		snprintf(out->actor, sizeof out->actor, "provider %s %s", c->provider, c->id);
	}
	/* For people only: a store that has no room for it must not keep the answer back. */
	if ((e = access_note_used(store, c, now)) != ERR_NONE)
		log_warn("the last use of %s is not written: %s", c->id, err_name(e));
	return ERR_NONE;
}

static enum err
find_device(struct store *store, const char *token, struct principal *out)
{
	struct principal p = { .kind = PRINCIPAL_DEVICE };
	enum err e;

	if ((e = authority_find_device(store, token, &p.device)) != ERR_NONE)
		return e;
	snprintf(p.actor, sizeof p.actor, "device %s", p.device.id);
	*out = p;
	return ERR_NONE;
}

enum err
principal_find(struct store *store, const char *bearer, int64_t now, struct principal *out)
{
	struct principal p = { .kind = PRINCIPAL_NONE };
	struct access a;
	enum err e = ERR_DENIED;

	if (bearer == NULL)
		return ERR_DENIED;
	if (strncmp(bearer, "hfk_", 4) == 0)
		e = access_find_key(store, bearer, &a);
	else if (strncmp(bearer, "hft_", 4) == 0)
		e = access_find_token(store, bearer, now, &a);
	else if (strncmp(bearer, "hfd_", 4) == 0)
		return find_device(store, bearer, out);
	if (e == ERR_NONE && (e = become_credential(store, &a.credential, now, &p)) == ERR_NONE) {
		p.sealing = a.sealing;
		*out = p;
	}
	return e;
}

static enum err
become_user(struct store *store, struct principal *p)
{
	enum err e;

	if ((e = store->user.get(store, p->session.subject, &p->user)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_DENIED : e;
	if (p->user.disabled != 0 || p->session.created < p->user.since)
		return ERR_DENIED;
	if (p->user.provider[0] != '\0' &&
	    (e = store->get_provider(store, p->user.provider, &p->provider)) != ERR_NONE)
		return e;
	p->kind = PRINCIPAL_USER;
	p->role = p->user.role;
	user_write_actor(&p->user, p->actor);
	return ERR_NONE;
}

enum err
principal_of_session(struct store *store, const struct session *s, struct principal *out)
{
	struct principal p = { .kind = PRINCIPAL_PERSON, .session = *s };
	enum err e = ERR_NONE;

	/* Not the address: the log is for ever, and a person may be forgotten. */
	text_copy(p.actor, sizeof p.actor, s->kind == SUBJECT_SUBSCRIPTION ? "person at a device" : "person");
	if (s->kind == SUBJECT_USER)
		e = become_user(store, &p);
	if (e == ERR_NONE)
		*out = p;
	return e;
}

static bool
works_at(const struct principal *p, enum at at)
{
	return at == AT_EITHER || at == (p->user.provider[0] == '\0' ? AT_VENDOR : AT_PROVIDER);
}

enum err
principal_check(const struct principal *p, enum permission permission)
{
	if (permission == PERMIT_ANYONE)
		return ERR_NONE;
	if (permission == PERMIT_NOBODY || p->kind == PRINCIPAL_NONE)
		return ERR_DENIED;
	if (p->kind == PRINCIPAL_USER && p->kind == needs[permission].kind && !works_at(p, needs[permission].at))
		return ERR_CONFLICT;
	if (p->kind == needs[permission].kind)
		return p->role >= needs[permission].least ? ERR_NONE : ERR_CONFLICT;
	/* A session is for its own area, and a key for none. */
	if (p->kind == PRINCIPAL_PERSON || p->kind == PRINCIPAL_USER || needs[permission].kind == PRINCIPAL_PERSON ||
	    needs[permission].kind == PRINCIPAL_USER)
		return ERR_DENIED;
	/* A device's token is no key, and a key no device's token; but the vendor's is a key too. */
	return p->kind == PRINCIPAL_DEVICE || permission == PERMIT_DEVICE ? ERR_DENIED : ERR_CONFLICT;
}
