/* entitle/mail.h: which mail a subscriber gets, what each may say, and when there is no reason for it any more; how a
 * provider's mail looks. Owns the rules; the words and the form of a mail are outgoing/'s. */
#ifndef HOLDFAST_ENTITLE_MAIL_H
#define HOLDFAST_ENTITLE_MAIL_H

#include "entitle/authority.h"

enum mail_kind {
	MAIL_NONE = 0,
	MAIL_WELCOME,		/* with the activation code and link */
	MAIL_SUSPENDED,
	MAIL_CANCELLED,
	MAIL_REINSTATED,	/* also after a suspension */
	MAIL_TRANSFERRED,	/* a device took another's seat */
	MAIL_EXPIRED,
	MAIL_REMIND_EXPIRY,
	MAIL_REMIND_SUSPENSION,	/* its grace is half over */
	MAIL_REMIND_ACTIVATION,	/* ordered, and not activated yet */
	MAIL_REMIND_CANCELLATION, /* a cancellation that was dated ahead */
	MAIL_REMIND_LEAVING,	/* the provider ends its service, and the person has not answered */
	MAIL_LEAVING,		/* the provider has announced that */
	MAIL_PROVIDER_SUSPENDED, /* the provider itself, or one above it, is suspended */
	MAIL_SIGN_IN,		/* a link into the portal, which was asked for */
	MAIL_KINDS
};

/* "welcome", "reminder_expiry", …; "none". */
const char *mail_kind_name(enum mail_kind k);
/* False: there is no such kind. */
bool mail_kind_from_name(const char *name, enum mail_kind *out);

/* What to mail because of ${e}, an event of a subscription; MAIL_NONE: nothing. */
enum mail_kind mail_kind_of(const struct event *e);

/* The placeholders {name}, {provider}, … that a text of this kind may hold, with a space between. */
const char *mail_placeholders(enum mail_kind k);

/* All that a mail is made of. */
struct mail_case {
	enum mail_kind kind;
	struct event event;
	struct subscription subscription;
	struct provider provider;
	struct recipient recipient;
	int64_t ends;		/* when what it is about ends; 0: it does not say */
};

/* Fill in ${out} for the event at ${position} of a subscription. ERR_EXPIRED: what the mail would say is no longer
 * so, or nobody is left to get it. */
enum err mail_open_case(struct store *store, enum mail_kind kind, const char *subscription, int64_t position,
    int64_t now, struct mail_case *out);

/* How a provider's mail looks. ERR_NOT_FOUND: as it comes. */
enum err brand_get(struct store *store, const struct provider *p, struct brand *out);
/* Refused: ERR_MALFORMED "brand_colour", "mail_address", "malformed_request". */
enum err brand_set(struct store *store, const struct provider *p, const struct brand *b, const char *actor,
    int64_t now, struct refusal *why);

/* A provider's own words for a kind and a language. ERR_NOT_FOUND: it has none. */
enum err mail_template_get(struct store *store, const struct provider *p, enum mail_kind kind,
    const char *language, struct mail_template *out);
/* An empty text: ours again. Refused: ERR_MALFORMED "mail_language", "mail_placeholder" (one that this kind does not
 * have, a brace alone, or sign_in without {link}), "malformed_request" (control characters, an empty subject). */
enum err mail_template_set(struct store *store, const struct provider *p, const struct mail_template *t,
    const char *actor, int64_t now, struct refusal *why);

#endif
