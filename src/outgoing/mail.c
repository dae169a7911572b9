/* outgoing/mail.c: see mail.h. */
#include "outgoing/mail.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "outgoing/mime.h"

enum { PART_MAX = 16384 };	/* a template of 4000 bytes, escaped, and the frame */

#define DEFAULT_COLOUR "#1f4e79"

/* The strings that placeholders stand for, where they are not kept elsewhere. */
struct values {
	struct mail_values v;
	char date[MAIL_DATE_SIZE], device[NAME_SIZE], to_device[NAME_SIZE];
};

static void
copy_member(const json_t *detail, const char *name, char out[static NAME_SIZE])
{
	const char *text = json_string_value(json_object_get(detail, name));

	text_make_plain(out, NAME_SIZE, bytes_of_text(text == NULL ? "" : text));
}

static void
fill_values(const struct mail *mail, struct values *out)
{
	const struct mail_case *c = mail->about;
	json_t *detail = json_loads(c->event.detail, 0, NULL);

	mail_text_date(c->ends, c->recipient.language, out->date);
	copy_member(detail, "from_name", out->device);
	copy_member(detail, "to_name", out->to_device);
	json_decref(detail);
	out->v = (struct mail_values){ .name = c->recipient.name, .provider = c->provider.contact.name,
		.phone = c->provider.contact.phone, .web = c->provider.contact.web,
		.hours = c->provider.contact.hours, .reference = c->subscription.reference,
		.code = c->recipient.code, .link = mail->link, .date = out->date, .device = out->device,
		.to_device = out->to_device };
}

static const char *
greeting(const struct mail *mail)
{
	const struct mail_frame *frame = mail_text_frame(mail->about->recipient.language);

	return mail->about->recipient.name[0] == '\0' ? frame->greeting_nobody : frame->greeting;
}

static bool
has_contact(const struct mail_values *v)
{
	return v->phone[0] != '\0' || v->web[0] != '\0' || v->hours[0] != '\0';
}

/* The lines of the contact card that are not empty. */
static void
put_contact(const struct mail_values *v, const char *line_end, bool html, struct buf *out)
{
	static const char *const lines[] = { "{phone}", "{web}", "{hours}" };
	const char *const values[] = { v->phone, v->web, v->hours };

	for (size_t i = 0; i < 3; i++)
		if (values[i][0] != '\0') {
			mail_text_fill(lines[i], v, html, out);
			buf_put_string(out, line_end);
		}
}

static void
put_text(const struct mail *mail, const char *text, const struct mail_values *v, struct buf *out)
{
	const struct mail_frame *frame = mail_text_frame(mail->about->recipient.language);

	mail_text_fill(greeting(mail), v, false, out);
	buf_put_string(out, "\n\n");
	mail_text_fill(text, v, false, out);
	buf_put_string(out, "\n\n");
	if (has_contact(v)) {
		mail_text_fill(frame->contact, v, false, out);
		buf_put_string(out, "\n");
		put_contact(v, "\n", false, out);
	}
	mail_text_fill(frame->reference, v, false, out);
	buf_put_string(out, "\n");
}

static void
put_paragraph(const char *text, const struct mail_values *v, struct buf *out)
{
	buf_put_string(out, "<p>");
	mail_text_fill(text, v, true, out);
	buf_put_string(out, "</p>\n");
}

/* Paragraphs, where the text has an empty line. */
static void
put_paragraphs(const char *text, const struct mail_values *v, struct buf *out)
{
	char paragraph[MAIL_TEXT_SIZE];

	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t n = end == NULL ? strlen(text) : (size_t)(end - text);

		if (text_from_bytes(paragraph, sizeof paragraph, bytes_of(text, n)) == ERR_NONE && n > 0)
			put_paragraph(paragraph, v, out);
		text += n;
		text += strspn(text, "\n");
	}
}

static void
put_html(const struct mail *mail, const char *text, const struct mail_values *v, struct buf *out)
{
	const struct mail_frame *frame = mail_text_frame(mail->about->recipient.language);
	const struct brand *b = mail->brand;

	buf_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\"><body style=\"margin:0;font-family:sans-serif\">\n"
			"<div style=\"background:%s;color:#ffffff;padding:16px;font-size:20px\">",
	    text_equal(mail->about->recipient.language, "de") ? "de" : "en",
	    b->colour[0] == '\0' ? DEFAULT_COLOUR : b->colour);
	encode_html(b->logo[0] == '\0' ? v->provider : b->logo, out);
	buf_put_string(out, "</div>\n<div style=\"padding:16px\">\n");
	put_paragraph(greeting(mail), v, out);
	put_paragraphs(text, v, out);
	buf_put_string(out, "<p>");
	if (has_contact(v)) {
		mail_text_fill(frame->contact, v, true, out);
		buf_put_string(out, "<br>\n");
		put_contact(v, "<br>\n", true, out);
	}
	mail_text_fill(frame->reference, v, true, out);
	buf_put_string(out, "</p>\n</div>\n</body></html>\n");
}

static enum err
put_headers(const struct mail *mail, const char *subject, const struct mail_values *v, struct buf *out)
{
	const struct mail_case *c = mail->about;
	const char *host = strchr(mail->from, '@');
	struct buf filled;
	char *text = NULL;
	enum err e;

	buf_init(&filled, PART_MAX);
	mail_text_fill(subject, v, false, &filled);
	if ((text = buf_take_string(&filled)) == NULL) {
		e = ERR_NOMEM;
		goto done;
	}
	e = ERR_MALFORMED;
	if (host == NULL || !text_is_plain(text) || !text_is_plain(mail->id))
		goto done;
	if ((e = mime_put_mailbox("From", mail->brand->sender[0] != '\0' ? mail->brand->sender : v->provider,
		 mail->from, out)) != ERR_NONE ||
	    (e = mime_put_mailbox("To", c->recipient.name, c->recipient.address, out)) != ERR_NONE ||
	    (mail->brand->reply_to[0] != '\0' &&
		(e = mime_put_mailbox("Reply-To", "", mail->brand->reply_to, out)) != ERR_NONE))
		goto done;
	buf_put_string(out, "Subject: ");
	mime_put_words(text, out);
	buf_put_string(out, "\r\n");
	mime_put_date(mail->now, out);
	/* RFC 3834: no answering machine answers it. */
	buf_printf(out, "Message-ID: <%s%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n", mail->id,
	    host);
	e = out->err;
done:
	free(text);
	buf_fini(&filled);
	return e;
}

/* "=_" never stands in quoted-printable text. */
#define BOUNDARY "=_part_of_a_mail"

static void
put_part(const char *type, struct bytes content, struct buf *out)
{
	buf_printf(out, "--" BOUNDARY "\r\nContent-Type: %s; charset=UTF-8\r\n"
			"Content-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	mime_put_quoted(content, out);
	buf_put_string(out, "\r\n");
}

enum err
mail_write(const struct mail *mail, struct buf *out)
{
	struct mail_words words = mail_text_builtin(mail->about->kind, mail->about->recipient.language);
	struct buf text, html;
	struct values values;
	enum err e;

	buf_init(&text, PART_MAX);
	buf_init(&html, PART_MAX);
	if (mail->own != NULL)
		words = (struct mail_words){ mail->own->subject, mail->own->text };
	fill_values(mail, &values);
	if ((e = put_headers(mail, words.subject, &values.v, out)) != ERR_NONE)
		goto done;
	put_text(mail, words.text, &values.v, &text);
	put_html(mail, words.text, &values.v, &html);
	e = text.err != ERR_NONE ? text.err : html.err;
	if (e != ERR_NONE)
		goto done;
	buf_put_string(out, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n\r\n");
	put_part("text/plain", buf_bytes(&text), out);
	put_part("text/html", buf_bytes(&html), out);
	buf_put_string(out, "--" BOUNDARY "--\r\n");
	e = out->err;
done:
	buf_fini(&text);
	buf_fini(&html);
	return e;
}
