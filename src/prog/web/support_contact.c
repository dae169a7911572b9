/* prog/web/support_contact.c: see support_contact.h. */
#include "prog/web/support_contact.h"

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/contact_request.h"
#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/visitor.h"

/* Requests from one address in an hour. */
enum { REQUESTS_MAX = 10 };

static void
put_field(struct buf *page, const char *name, const char *label, const char *type, const char *value)
{
	buf_printf(page, "<p><label for=\"%s\">%s</label><br><input id=\"%s\" name=\"%s\" %s value=\"", name, label,
	    name, name, type);
	encode_html(value, page);
	buf_put_string(page, "\"></p>");
}

static void
put_device(struct buf *page, const char *device)
{
	if (device[0] == '\0')
		return;
	buf_put_string(page, "<p><input id=\"consent\" name=\"consent\" type=\"checkbox\" value=\"yes\"> "
			     "<label for=\"consent\">Send what this device says of its condition: <q>");
	encode_html(device, page);
	buf_put_string(page, "</q></label><input type=\"hidden\" name=\"device\" value=\"");
	encode_html(device, page);
	buf_put_string(page, "\"></p>");
}

/* The form, filled with ${r}; ${wrong}, if not NULL, says what is to be mended. */
static void
send_form(struct call *c, int status, const struct contact_request *r, const char *visitor,
    const char *wrong)
{
	struct buf page;

	page_begin(&page, "Contact us", NULL);
	if (wrong != NULL)
		buf_printf(&page, "<p role=\"alert\"><strong>%s</strong></p>", wrong);
	buf_put_string(&page, "<form method=\"post\" action=\"/support/contact\">");
	visitor_field(visitor, &page);
	put_field(&page, "name", "Your name", "type=\"text\" required", r->name);
	put_field(&page, "mail", "Your mail address, for the answer", "type=\"email\" required", r->mail);
	put_field(&page, "quoted", "The reference that the Subscription window shows, if you have one",
	    "type=\"text\"", r->quoted);
	buf_put_string(&page, "<p><label for=\"text\">What is the matter?</label><br><textarea id=\"text\" "
			      "name=\"text\" rows=\"8\" required maxlength=\"3000\">\n");
	encode_html(r->text, &page);
	buf_put_string(&page, "</textarea></p><input type=\"hidden\" name=\"article\" value=\"");
	encode_html(r->article, &page);
	buf_put_string(&page, "\">");
	put_device(&page, r->device);
	buf_put_string(&page, "<p><button>Send</button></p></form><p>Never send passwords or activation codes.</p>"
			      "<p><a href=\"/support\">All articles</a></p>");
	page_send(c->request, status, &page);
}

void
support_contact_show(struct call *c)
{
	struct bytes query = http_request_query(c->request);
	struct contact_request r = { .at = 0 };
	char visitor[SUPPORT_VISITOR_SIZE];

	/* What does not fit is left out: the form is there all the same. */
	if (decode_form_field(query, "article", r.article, sizeof r.article) != ERR_NONE)
		r.article[0] = '\0';
	if (decode_form_field(query, "device", r.device, sizeof r.device) != ERR_NONE)
		r.device[0] = '\0';
	if (decode_form_field(query, "reference", r.quoted, sizeof r.quoted) != ERR_NONE)
		r.quoted[0] = '\0';
	visitor_name(c, visitor);
	send_form(c, 200, &r, visitor, NULL);
}

/* What is wrong with the field ${name}; NULL: it is in ${out}. */
static const char *
read_field(struct bytes form, const char *name, char *out, size_t size)
{
	switch (decode_form_field(form, name, out, size)) {
	case ERR_NONE:
		return NULL;
	case ERR_LIMIT:
		out[0] = '\0';
		return "One of the fields is too long: shorten it.";
	default:
		out[0] = '\0';
		return "A field is missing or was sent twice: fill in all of them.";
	}
}

/* Enough to send an answer to; whether it is somebody's, the answer shows. */
static bool
is_mail_address(const char *mail)
{
	const char *at = strchr(mail, '@');

	return at != NULL && at != mail && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	    strpbrk(mail, " \t\r\n<>,;\"\\") == NULL && text_is_plain(mail);
}

/* Plain but for line ends and tabs. */
static bool
is_text(const char *text)
{
	char line[SUPPORT_TEXT_SIZE];

	text_copy(line, sizeof line, text);
	for (char *at = line; *at != '\0'; at++)
		if (strchr("\t\r\n", *at) != NULL)
			*at = ' ';
	return text_is_plain(line);
}

static const char *
read_form(struct bytes form, struct contact_request *r)
{
	const char *wrong, *first = NULL;
	char consent[8];
	const struct {
		const char *name;
		char *out;
		size_t size;
	} fields[] = { { "name", r->name, sizeof r->name }, { "mail", r->mail, sizeof r->mail },
		{ "text", r->text, sizeof r->text }, { "article", r->article, sizeof r->article } };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		wrong = read_field(form, fields[i].name, fields[i].out, fields[i].size);
		if (first == NULL)
			first = wrong;
	}
	/* Nobody needs to have one. */
	if (decode_form_field(form, "quoted", r->quoted, sizeof r->quoted) != ERR_NONE)
		r->quoted[0] = '\0';
	/* Without consent it was never said. */
	if (decode_form_field(form, "consent", consent, sizeof consent) != ERR_NONE ||
	    !text_equal(consent, "yes") ||
	    decode_form_field(form, "device", r->device, sizeof r->device) != ERR_NONE ||
	    !text_is_plain(r->device))
		r->device[0] = '\0';
	if (first != NULL)
		return first;
	if (!text_is_plain(r->article) || !text_is_plain(r->quoted))
		return "The reference holds characters that no reference has.";
	if (r->name[0] == '\0' || !text_is_plain(r->name))
		return "Tell us your name.";
	if (!is_mail_address(r->mail))
		return "That is not a mail address: the answer would not reach you.";
	if (!is_text(r->text))
		return "The text holds characters that cannot be shown: write it in letters, digits and signs.";
	return r->text[strspn(r->text, " \t\r\n")] == '\0' ? "Tell us what is the matter." : NULL;
}

void
support_contact_take(struct call *c)
{
	struct store *store = c->web->store;
	struct contact_request r = { .at = 0 };
	char visitor[SUPPORT_VISITOR_SIZE];
	const char *wrong;
	struct buf page;
	enum err e;

	if (!visitor_check(c, visitor))
		return;
	if ((wrong = read_form(http_request_body(c->request), &r)) != NULL) {
		send_form(c, 400, &r, visitor, wrong);
		return;
	}
	if (!visitor_may(c, "contact", REQUESTS_MAX))
		return;
	if ((e = contact_request_take(store, &r, c->now)) != ERR_NONE) {
		answer_failure(c->request, e, "keeping a request for help");
		return;
	}
	page_begin(&page, "Thank you: we have your request", NULL);
	buf_put_string(&page, "<p>Your reference is <strong>");
	encode_html(r.reference, &page);
	buf_put_string(&page, "</strong>. Quote it when you write again. The answer goes to ");
	encode_html(r.mail, &page);
	buf_put_string(&page, ".</p><p><a href=\"/support\">All articles</a></p>");
	page_send(c->request, 200, &page);
}
