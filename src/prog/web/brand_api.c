/* prog/web/brand_api.c: how a provider's mail looks and reads; the rules are entitle/mail.h's. */
#include "entitle/mail.h"

#include "base/text.h"
#include "prog/web/answer.h"
#include "prog/web/routes.h"
#include "prog/web/shape.h"

static const struct field brand_fields[] = {
	{ SHAPE_TEXT(brand, logo, "logo"), .about = "Words where a logo would stand; empty: your name" },
	{ SHAPE_TEXT(brand, colour, "colour"), .about = "Such as #1a2b3c; empty: as it comes" },
	{ SHAPE_TEXT(brand, sender, "sender"), .about = "The name in From; empty: yours" },
	{ SHAPE_TEXT(brand, reply_to, "reply_to"), .about = "A mail address; empty: none" },
};
SHAPE(brand, brand, "Brand");
static const struct shape brand_request_shape = { "BrandRequest", brand_fields,
	sizeof brand_fields / sizeof brand_fields[0], sizeof(struct brand) };

static void
refuse(struct call *c, enum err e, const struct refusal *why, const char *doing)
{
	if (e == ERR_MALFORMED && why != NULL && why->code[0] != '\0')
		answer_problem_with(c->request, 422, why, NULL);
	else
		answer_error(c, e, &(struct answer_error){ .why = why, .missing = "no_template",
				       .sentence = "You have no words of your own for this mail.", .doing = doing });
}

static void
look_at_brand(struct call *c)
{
	struct brand b = { .logo = "" };
	enum err e = brand_get(c->web->store, &c->principal.provider, &b);

	if (e == ERR_NONE || e == ERR_NOT_FOUND)
		answer_shape(c, &b);
	else
		answer_failure(c->request, e, "looking up a brand");
}

static void
set_brand(struct call *c)
{
	struct brand b = { .logo = "" };
	struct refusal why = { "", "" };
	enum err e;

	if (!answer_take_body(c, &b))
		return;
	e = brand_set(c->web->store, &c->principal.provider, &b, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_shape(c, &b);
	else
		refuse(c, e, &why, "setting a brand");
}

struct template_body {
	char subject[MAIL_SUBJECT_SIZE];
	json_t *lines;
};
#define TEMPLATE_FIELDS                                                                              \
	{ SHAPE_TEXT(template_body, subject, "subject"), .flags = FIELD_REQUIRED | FIELD_FILLED },     \
	{ SHAPE_LIST(template_body, lines, "lines", NULL), .flags = FIELD_REQUIRED,                    \
	    .about = "The text, line by line; placeholders such as {name} are filled in" }
static const struct field template_request_fields[] = { TEMPLATE_FIELDS };
SHAPE(template_request, template_body, "MailTemplateRequest");
static const struct field template_fields[] = { TEMPLATE_FIELDS };
SHAPE(template, template_body, "MailTemplate");

/* The kind and language that the path names; answers when there is no such kind. */
static bool
find_kind(struct call *c, enum mail_kind *kind)
{
	if (mail_kind_from_name(c->parameter, kind))
		return true;
	answer_problem(c->request, 404, "unknown_mail", "There is no such kind of mail.");
	return false;
}

static void
answer_template(struct call *c, const struct mail_template *t)
{
	struct template_body body = { .lines = json_array() };
	struct bytes rest = bytes_of_text(t->text);

	text_copy(body.subject, sizeof body.subject, t->subject);
	while (rest.n > 0) {
		size_t n = bytes_find(rest, '\n');

		json_array_append_new(body.lines, json_stringn((const char *)rest.p, n));
		rest = bytes_from(rest, n + 1);
	}
	answer_shape(c, &body);
}

static void
look_at_template(struct call *c)
{
	struct mail_template t;
	enum mail_kind kind;
	enum err e;

	if (!find_kind(c, &kind))
		return;
	e = mail_template_get(c->web->store, &c->principal.provider, kind, c->parameters[1], &t);
	if (e == ERR_NONE)
		answer_template(c, &t);
	else
		refuse(c, e, NULL, "looking up a template");
}

static enum err
join_lines(const json_t *lines, char out[static MAIL_TEXT_SIZE])
{
	struct buf b;
	enum err e;

	buf_init(&b, MAIL_TEXT_SIZE - 1);
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const char *line = json_string_value(json_array_get(lines, i));

		if (line == NULL || !text_is_plain(line))
			b.err = ERR_MALFORMED;
		else
			buf_printf(&b, "%s\n", line);
	}
	if ((e = b.err) == ERR_NONE)
		e = text_from_bytes(out, MAIL_TEXT_SIZE, buf_bytes(&b));
	buf_fini(&b);
	return e;
}

static void
set_template(struct call *c)
{
	struct template_body body = { .lines = NULL };
	struct mail_template t = { .text = "" };
	struct refusal why = { "", "" };
	enum mail_kind kind;
	enum err e;

	if (!find_kind(c, &kind) || !answer_take_body(c, &body))
		return;
	if (json_array_size(body.lines) == 0 || join_lines(body.lines, t.text) != ERR_NONE) {
		answer_problem(c->request, 400, "malformed_request",
		    "field \"lines\" must be a list of lines, of 4000 bytes in all");
		return;
	}
	text_copy(t.kind, sizeof t.kind, mail_kind_name(kind));
	text_copy(t.subject, sizeof t.subject, body.subject);
	if (text_copy(t.language, sizeof t.language, c->parameters[1]) != ERR_NONE)
		t.language[0] = '\0';
	e = mail_template_set(c->web->store, &c->principal.provider, &t, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_template(c, &t);
	else
		refuse(c, e, &why, "setting a template");
}

static void
remove_template(struct call *c)
{
	struct mail_template t = { .text = "" };
	struct refusal why = { "", "" };
	enum mail_kind kind;
	enum err e;

	if (!find_kind(c, &kind))
		return;
	text_copy(t.kind, sizeof t.kind, mail_kind_name(kind));
	if (text_copy(t.language, sizeof t.language, c->parameters[1]) != ERR_NONE)
		t.language[0] = '\0';
	e = mail_template_set(c->web->store, &c->principal.provider, &t, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		answer_done(c);
	else
		refuse(c, e, &why, "removing a template");
}

static const struct route routes[] = {
	{ "GET", "/v1/brand", look_at_brand, PERMIT_READ, "getBrand", "How your mail looks",
	    .answer = &brand_shape },
	{ "PUT", "/v1/brand", set_brand, PERMIT_OWN, "setBrand", "How your mail is to look",
	    .body = &brand_request_shape, .answer = &brand_shape },
	{ "GET", "/v1/mail/{kind}/{language}", look_at_template, PERMIT_READ, "getMailTemplate",
	    "Your own words for a kind of mail", .answer = &template_shape },
	{ "PUT", "/v1/mail/{kind}/{language}", set_template, PERMIT_OWN, "setMailTemplate",
	    "Words of your own for a kind of mail", .body = &template_request_shape, .answer = &template_shape },
	{ "DELETE", "/v1/mail/{kind}/{language}", remove_template, PERMIT_OWN, "removeMailTemplate",
	    "Our words again" },
};
const struct route_group brand_routes = { "/v1/", routes_refuse, routes, sizeof routes / sizeof routes[0] };
