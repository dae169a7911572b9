/* prog/clerk/mails.c: see mails.h. The queue holds which mail, not what it says: so a reminder whose cause has ended
 * says nothing any more, and no activation code lies in it. */
#include "prog/clerk/mails.h"

#include <stdio.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/endpoint.h"
#include "entitle/recipient.h"
#include "entitle/session.h"
#include "outgoing/mail.h"

/* What no mail will tell is kept no longer. */
static enum err
forget_code(struct clerk *c, const char *subscription)
{
	return recipient_keep_code(c->store, subscription, "");
}

enum err
mails_keep(struct clerk *c, const struct event *event, const struct subscription *sub, int64_t now)
{
	enum mail_kind kind = mail_kind_of(event);
	struct delivery d = { .kind = DELIVERY_MAIL, .lane = LANE_MAIL, .position = event->position,
		.state = DELIVERY_PENDING, .created = now, .due = now, .until = now + DELIVERY_WINDOW_S };
	struct store *store = c->store;
	struct recipient r;
	bool has_code;
	enum err e;

	if (kind == MAIL_NONE)
		return ERR_NONE;
	if ((e = store->delivery.get_recipient(store, sub->id, &r)) != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	has_code = r.code[0] != '\0';
	random_forget(r.code, sizeof r.code);
	if (c->mail_from == NULL)
		return has_code ? forget_code(c, sub->id) : ERR_NONE;
	if (kind == MAIL_WELCOME && !has_code)
		return ERR_NONE;
	authority_make_id("msg_", d.id);
	memcpy(d.provider, sub->provider, sizeof d.provider);
	memcpy(d.subject, sub->id, sizeof d.subject);
	text_copy(d.type, sizeof d.type, mail_kind_name(kind));
	return store->delivery.add(store, &d, bytes_of_text(""));
}

/* It is made when it is mailed: so nobody finds it in the store, and its time begins with the mail. */
static enum err
make_sign_in_link(const struct clerk *c, const struct mail_case *about, int64_t now, char *out, size_t size)
{
	char address[MAIL_ADDRESS_SIZE], token[TOKEN_SIZE];
	enum err e;

	if (!session_normalise_address(about->recipient.address, address))
		return ERR_MALFORMED;
	if ((e = session_make_link(c->store, SUBJECT_ADDRESS, address, now, token)) != ERR_NONE)
		return e;
	if ((size_t)snprintf(out, size, "%sportal/enter/%s", c->base_url, token) >= size)
		e = ERR_LIMIT;
	random_forget(token, sizeof token);
	return e;
}

static enum err
make_link(const struct clerk *c, const struct mail_case *about, int64_t now, char *out, size_t size)
{
	out[0] = '\0';
	if (about->kind == MAIL_SIGN_IN)
		return make_sign_in_link(c, about, now, out, size);
	/* The code stands behind the '#', which no browser sends: so no proxy writes it down. */
	if (about->recipient.code[0] != '\0' &&
	    (size_t)snprintf(out, size, "%sactivate#%s", c->base_url, about->recipient.code) >= size)
		out[0] = '\0';
	return ERR_NONE;
}

static enum err
write_case(struct clerk *c, const struct delivery *d, const struct mail_case *about, int64_t now,
    struct buf *content)
{
	struct brand brand = { .provider = "" };
	struct mail_template own;
	char link[URL_SIZE + CODE_SHOWN_SIZE + 16];
	struct mail mail = { .about = about, .brand = &brand, .id = d->id, .from = c->mail_from, .link = link,
		.now = now };
	enum err e;

	e = brand_get(c->store, &about->provider, &brand);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	e = mail_template_get(c->store, &about->provider, about->kind, about->recipient.language, &own);
	if (e == ERR_NONE)
		mail.own = &own;
	else if (e != ERR_NOT_FOUND)
		return e;
	if ((e = make_link(c, about, now, link, sizeof link)) == ERR_NONE)
		e = mail_write(&mail, content);
	random_forget(link, sizeof link);
	return e;
}

enum err
mails_write(struct clerk *c, const struct delivery *d, int64_t now, struct buf *out)
{
	static struct mail_case about;
	struct mail_request q;
	enum mail_kind kind;
	struct buf content;
	enum err e;

	if (!mail_kind_from_name(d->type, &kind))
		return ERR_MALFORMED;
	buf_init(&content, MAIL_CONTENT_MAX);
	if ((e = mail_open_case(c->store, kind, d->subject, d->position, now, &about)) == ERR_NONE &&
	    (e = write_case(c, d, &about, now, &content)) == ERR_NONE) {
		memcpy(q.to, about.recipient.address, sizeof q.to);
		q.content = buf_bytes(&content);
		delivery_write_mail(&q, out);
		e = out->err;
	}
	if (content.p != NULL)
		random_forget(content.p, content.n);
	buf_fini(&content);
	random_forget(&about, sizeof about);
	return e;
}

/* A later event brings a welcome of its own. */
static bool
find_welcome(void *ctx, const struct event *e)
{
	*(bool *)ctx = mail_kind_of(e) == MAIL_WELCOME;
	return !*(bool *)ctx;
}

enum err
mails_finish(struct clerk *c, const struct delivery *d)
{
	bool is_newer = false;
	enum err e;

	/* One that failed may be replayed, and needs its code then. */
	if (!text_equal(d->type, mail_kind_name(MAIL_WELCOME)) || d->state != DELIVERY_DELIVERED)
		return ERR_NONE;
	e = c->store->list_events(c->store, d->subject, d->position, find_welcome, &is_newer);
	return e != ERR_NONE || is_newer ? e : forget_code(c, d->subject);
}
