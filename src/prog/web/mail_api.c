/* prog/web/mail_api.c: how a provider's mail looks and reads; doc/mail.md says which there is. */
#include "base/text.h"
#include "codec/json.h"
#include "entitle/mail.h"
#include "entitle/recipient.h"
#include "outgoing/mail_text.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"

#define BRAND_FIELDS                                                                                 \
	{ SHAPE_TEXT(brand, logo, "logo"), .about = "Words in place of a logo; empty: your name" },    \
	{ SHAPE_TEXT(brand, colour, "colour"), .about = "Such as #1a2b3c; empty: as it comes" },       \
	{ SHAPE_TEXT(brand, sender, "sender"), .about = "The name that mail comes from; empty: yours" }, \
	{ SHAPE_TEXT(brand, reply_to, "reply_to"), .about = "The address that answers go to; empty: none" }

static const struct field brand_fields[] = { BRAND_FIELDS };
SHAPE(brand, brand, "MailBrand");
static const struct field brand_request_fields[] = { BRAND_FIELDS };
SHAPE(brand_request, brand, "MailBrandRequest");

struct template_answer {
	struct mail_template t;
	json_t *paragraphs, *placeholders;
	bool own;
};
static const struct field template_fields[] = {
	{ SHAPE_TEXT(template_answer, t.kind, "kind") },
	{ SHAPE_TEXT(template_answer, t.language, "language") },
	{ SHAPE_BOOL(template_answer, own, "own"), .about = "Whether these are your words, or ours" },
	{ SHAPE_TEXT(template_answer, t.subject, "subject") },
	{ SHAPE_LIST(template_answer, paragraphs, "paragraphs", NULL) },
	{ SHAPE_LIST(template_answer, placeholders, "placeholders", NULL), .about = "What may stand in braces" },
};
SHAPE(template, template_answer, "MailTemplate");

static const struct field template_request_fields[] = {
	{ SHAPE_TEXT(template_answer, t.subject, "subject"), .flags = FIELD_REQUIRED | FIELD_FILLED },
	{ SHAPE_LIST(template_answer, paragraphs, "paragraphs", NULL), .flags = FIELD_REQUIRED },
};
SHAPE(template_request, template_answer, "MailTemplateRequest");

static void
refuse_mail(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	if (e == ERR_MALFORMED && why->code[0] != '\0')
		answer_problem_with(c->request, 422, why, NULL);
	else
		answer_error(c, e, &(struct answer_error){ .why = why, .missing = "unknown_mail",
				       .sentence = "There is no such mail, or not in that language.",
				       .doing = doing });
}

static void
look_at_brand(struct call *c)
{
	struct brand brand = { .provider = "" };
	enum err e = brand_get(c->web->store, &c->principal.provider, &brand);

	if (e == ERR_NONE || e == ERR_NOT_FOUND)
		answer_shape(c, &brand);
	else
		answer_failure(c->request, e, "looking up a brand");
}

static void
set_brand(struct call *c)
{
	struct brand brand = { .provider = "" };
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &brand))
		return;
	e = brand_set(c->web->store, &c->principal.provider, &brand, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_shape(c, &brand);
	else
		refuse_mail(c, e, &why, "setting a brand");
}

/* The pieces of ${text} between each two ${separator}. */
static json_t *
split(const char *text, const char *separator)
{
	json_t *list = json_array();

	while (*text != '\0') {
		const char *end = strstr(text, separator);
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

		if (n > 0)
			json_array_append_new(list, json_stringn(text, n));
		text += end == NULL ? n : n + strlen(separator);
	}
	return list;
}

/* What the path names. Answers when it is nothing that there is. */
static bool
find_mail(struct call *c, enum mail_kind *kind)
{
	static const struct refusal none = { "", "" };

	if (mail_kind_from_name(c->parameters[0], kind) && mail_language_is_known(c->parameters[1]))
		return true;
	refuse_mail(c, ERR_NOT_FOUND, &none, "looking up a mail");
	return false;
}

static void
answer_template(struct call *c, enum mail_kind kind)
{
	struct mail_words ours = mail_text_builtin(kind, c->parameters[1]);
	struct template_answer a = { .own = true };
	enum err e;

	e = mail_template_get(c->web->store, &c->principal.provider, kind, c->parameters[1], &a.t);
	if (e != ERR_NONE && e != ERR_NOT_FOUND) {
		answer_failure(c->request, e, "looking up a mail");
		return;
	}
	a.own = e == ERR_NONE;
	if (!a.own) {
		text_copy(a.t.kind, sizeof a.t.kind, mail_kind_name(kind));
		text_copy(a.t.language, sizeof a.t.language, c->parameters[1]);
		text_copy(a.t.subject, sizeof a.t.subject, ours.subject);
	}
	a.paragraphs = split(a.own ? a.t.text : ours.text, "\n\n");
	a.placeholders = split(mail_placeholders(kind), " ");
	answer_shape(c, &a);
}

static void
look_at_template(struct call *c)
{
	enum mail_kind kind;

	if (find_mail(c, &kind))
		answer_template(c, kind);
}

/* Paragraphs with an empty line between. Answers when they are too long, or none. */
static bool
join(struct call *c, const json_t *paragraphs, char text[static MAIL_TEXT_SIZE])
{
	struct buf b;
	json_t *item;
	bool good = json_array_size(paragraphs) > 0;
	size_t i;

	buf_init(&b, MAIL_TEXT_SIZE - 1);
	json_array_foreach(paragraphs, i, item) {
		const char *piece = json_string_value(item);

		good = good && piece != NULL && piece[0] != '\0' && strchr(piece, '\n') == NULL;
		if (good)
			buf_printf(&b, "%s%s", i == 0 ? "" : "\n\n", piece);
	}
	good = good && b.err == ERR_NONE && text_from_bytes(text, MAIL_TEXT_SIZE, buf_bytes(&b)) == ERR_NONE;
	buf_fini(&b);
	if (!good)
		answer_problem(c->request, 400, "malformed_request",
		    "field \"paragraphs\" must be a list of texts, together at most 4000 bytes long");
	return good;
}

static void
put_template(struct call *c, enum mail_kind kind, struct mail_template *t)
{
	struct refusal why = { "", "" };
	enum err e;

	text_copy(t->kind, sizeof t->kind, mail_kind_name(kind));
	text_copy(t->language, sizeof t->language, c->parameters[1]);
	e = mail_template_set(c->web->store, &c->principal.provider, t, c->principal.actor, c->now, &why);
	if (e != ERR_NONE)
		refuse_mail(c, e, &why, "setting a mail's words");
	else if (t->text[0] == '\0')
		answer_done(c);
	else
		answer_template(c, kind);
}

static void
set_template(struct call *c)
{
	struct template_answer in = { .own = true };
	enum mail_kind kind;

	if (find_mail(c, &kind) && answer_take_body(c, &in) && join(c, in.paragraphs, in.t.text))
		put_template(c, kind, &in.t);
}

static void
remove_template(struct call *c)
{
	struct mail_template none = { .text = "" };
	enum mail_kind kind;

	if (find_mail(c, &kind))
		put_template(c, kind, &none);
}

static const struct route routes[] = {
	{ "GET", "/v1/mail/brand", look_at_brand, PERMIT_READ, "getMailBrand", "How your mail looks",
	    .answer = &brand_shape },
	{ "PUT", "/v1/mail/brand", set_brand, PERMIT_OWN, "setMailBrand", "How your mail is to look",
	    .body = &brand_request_shape, .answer = &brand_shape },
	{ "GET", "/v1/mail/templates/{kind}/{language}", look_at_template, PERMIT_READ, "getMailTemplate",
	    "The words of a mail: yours, or ours", .answer = &template_shape },
	{ "PUT", "/v1/mail/templates/{kind}/{language}", set_template, PERMIT_OWN, "setMailTemplate",
	    "Words of your own for a mail", .body = &template_request_shape, .answer = &template_shape },
	{ "DELETE", "/v1/mail/templates/{kind}/{language}", remove_template, PERMIT_OWN, "removeMailTemplate",
	    "Our words again" },
};
const struct route_group mail_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
