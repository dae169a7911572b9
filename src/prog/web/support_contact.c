/* prog/web/support_contact.c: see support_contact.h. */
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/contact_request.h"
#include "entitle/recipient.h"
#include "prog/web/form.h"
#include "prog/web/support_contact.h"
#include "prog/web/support_pages.h"
#include "prog/web/visitor.h"

/* Requests from one address in an hour. */
enum { REQUESTS_MAX = 10 };

/* What is to be mended: {field: sentence}, and the same as a list for the summary. */
struct wrongs {
	json_t *by_field, *list;
};

static void
add_wrong(struct wrongs *w, const char *field, const char *text)
{
	json_object_set_new(w->by_field, field, json_string(text));
	json_array_append_new(w->list, json_pack("{s:s, s:s}", "field", field, "text", text));
}

/* The form, filled with ${r}; ${w}, if not NULL, is given away. */
static void
send_form(struct call *c, const struct contact_request *r, const char *visitor, struct wrongs *w)
{
	struct page page;

	support_page_open(&page, c, "Contact us", "");
	page_put_text(&page, "visitor", visitor);
	page_put_text(&page, "name", r->name);
	page_put_text(&page, "mail", r->mail);
	page_put_text(&page, "text", r->text);
	page_put_text(&page, "quoted", r->quoted);
	page_put_text(&page, "article", r->article);
	page_put_text(&page, "device", r->device);
	if (w != NULL) {
		page_put(&page, "has_errors", json_true());
		page_put(&page, "errors", w->list);
		page_put(&page, "wrong", w->by_field);
	}
	page_answer(&page, w == NULL ? 200 : 400, "support/contact");
}

/* What does not fit, or is no plain text, is left out. */
static void
read_optional(struct bytes form, const char *name, char *out, size_t size)
{
	if (decode_form_field(form, name, out, size) != ERR_NONE || !text_is_plain(out))
		out[0] = '\0';
}

void
support_contact_show(struct call *c)
{
	struct bytes query = http_request_query(c->request);
	struct contact_request r = { .at = 0 };
	char visitor[SUPPORT_VISITOR_SIZE];

	read_optional(query, "article", r.article, sizeof r.article);
	read_optional(query, "device", r.device, sizeof r.device);
	read_optional(query, "reference", r.quoted, sizeof r.quoted);
	visitor_name(c, visitor);
	send_form(c, &r, visitor, NULL);
}

/* Read the field ${name}; what is wrong with it is noted, and false. */
static bool
read_field(struct bytes form, const char *name, char *out, size_t size, struct wrongs *w)
{
	switch (decode_form_field(form, name, out, size)) {
	case ERR_NONE:
		return true;
	case ERR_LIMIT:
		add_wrong(w, name, "This is too long: shorten it.");
		break;
	case ERR_NOT_FOUND:
		add_wrong(w, name, "This is missing.");
		break;
	default:
		add_wrong(w, name, "This cannot be read: type it again.");
		break;
	}
	out[0] = '\0';
	return false;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static void
check_text(struct contact_request *r, struct wrongs *w)
{
	if (is_blank(r->text))
		add_wrong(w, "text", "Tell us what is the matter.");
	else if (!form_lines_are_plain(r->text))
		add_wrong(w, "text", "This holds characters that cannot be shown: use letters, digits and signs.");
}

static void
read_form(struct bytes form, struct contact_request *r, struct wrongs *w)
{
	char consent[8];

	if (read_field(form, "name", r->name, sizeof r->name, w) && (is_blank(r->name) || !text_is_plain(r->name)))
		add_wrong(w, "name", "Tell us your name.");
	if (read_field(form, "mail", r->mail, sizeof r->mail, w) && !mail_address_is_valid(r->mail))
		add_wrong(w, "mail", "That is not a mail address: the answer would not reach you.");
	if (read_field(form, "text", r->text, sizeof r->text, w))
		check_text(r, w);
	/* Nobody needs to have one. */
	switch (decode_form_field(form, "quoted", r->quoted, sizeof r->quoted)) {
	case ERR_NONE:
		if (!text_is_plain(r->quoted))
			add_wrong(w, "quoted", "That is no reference.");
		break;
	case ERR_NOT_FOUND:
		r->quoted[0] = '\0';
		break;
	default:
		r->quoted[0] = '\0';
		add_wrong(w, "quoted", "That is no reference.");
	}
	read_optional(form, "article", r->article, sizeof r->article);
	read_optional(form, "device", r->device, sizeof r->device);
	/* Without consent it was never said; the form asks again. */
	read_optional(form, "consent", consent, sizeof consent);
	if (json_array_size(w->list) == 0 && !text_equal(consent, "yes"))
		r->device[0] = '\0';
}

void
support_contact_take(struct call *c)
{
	struct wrongs w = { json_object(), json_array() };
	struct contact_request r = { .at = 0 };
	char visitor[SUPPORT_VISITOR_SIZE], address[REFERENCE_SIZE + sizeof "/support/contact/"];
	enum err e;

	if (visitor_check(c, visitor)) {
		read_form(http_request_body(c->request), &r, &w);
		if (json_array_size(w.list) > 0) {
			send_form(c, &r, visitor, &w);
			return;
		}
		if (visitor_may(c, "contact", REQUESTS_MAX)) {
			if ((e = contact_request_take(c->web->store, &r, c->now)) == ERR_NONE) {
				snprintf(address, sizeof address, "/support/contact/%s", r.reference);
				page_see(c, address);
			} else {
				page_answer_failure(c, e, "keeping a request for help");
			}
		}
	}
	json_decref(w.by_field);
	json_decref(w.list);
}

/* Shows nothing of what was asked: the address may be anybody's. */
void
support_contact_thank(struct call *c)
{
	struct store *store = c->web->store;
	struct contact_request r;
	struct page page;
	enum err e;

	if ((e = store->support.get_contact_request(store, c->parameter, &r)) == ERR_NOT_FOUND) {
		page_refuse(c, 404, "not_found", "There is no such request (any more).");
		return;
	}
	if (e != ERR_NONE) {
		page_answer_failure(c, e, "looking up a request for help");
		return;
	}
	support_page_open(&page, c, "Thank you: we have your request", "");
	page_put_text(&page, "reference", r.reference);
	page_answer(&page, 200, "support/contact_kept");
}
