/* outgoing/request_mail.c: see request_mail.h. */
#include "outgoing/request_mail.h"

#include <stdio.h>

#include "base/text.h"
#include "entitle/recipient.h"
#include "outgoing/mime.h"

/* Two texts of SUPPORT_TEXT_SIZE, and what is said around them. */
enum { CONTENT_MAX = 3 * SUPPORT_TEXT_SIZE };

static void
put_fact(const char *name, const char *value, struct buf *out)
{
	if (value[0] != '\0')
		buf_printf(out, "%s: %s\n", name, value);
}

/* A browser sends CR LF; here a line ends with LF. Other control characters become '?'. */
static void
put_typed(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		if (*text == '\r')
			continue;
		if (*text != '\n' && *text != '\t' && ((unsigned char)*text < ' ' || *text == 0x7f))
			buf_put_string(out, "?");
		else
			buf_put(out, bytes_of(text, 1));
	}
	buf_put_string(out, "\n");
}

static void
put_text(const struct request_mail *mail, struct buf *out)
{
	const struct contact_request *r = mail->request;

	put_typed(r->text, out);
	buf_put_string(out, "\n-- \n");
	put_fact("Request", r->reference, out);
	put_fact("From", r->name, out);
	put_fact("Mail", r->mail, out);
	put_fact("Subscription quoted", r->quoted, out);
	if (r->quoted[0] != '\0' && r->subscription[0] == '\0')
		buf_put_string(out, "  (no subscription here has that reference)\n");
	put_fact("Subscription", r->subscription, out);
	if (r->article[0] != '\0')
		buf_printf(out, "Article: %ssupport/%s\n", mail->base_url, r->article);
	if (r->device[0] == '\0')
		buf_put_string(out, "The person did not send what the device says.\n");
	else
		buf_put_string(out, "What the device said, as the person sent it:\n");
	if (r->device[0] != '\0')
		put_typed(r->device, out);
}

static enum err
put_headers(const struct request_mail *mail, struct buf *out)
{
	const struct contact_request *r = mail->request;
	const char *host = strchr(mail->from, '@');
	char subject[2 * REFERENCE_SIZE + NAME_SIZE];
	enum err e;

	if (host == NULL || !text_is_plain(r->reference) || !text_is_plain(r->name) || !text_is_plain(mail->id))
		return ERR_MALFORMED;
	if ((e = mime_put_mailbox("From", "", mail->from, out)) != ERR_NONE ||
	    (e = mime_put_mailbox("To", "", mail->to, out)) != ERR_NONE)
		return e;
	/* An address that we would not write to is in the text alone. */
	if (mail_address_is_valid(r->mail) &&
	    (e = mime_put_mailbox("Reply-To", r->name, r->mail, out)) != ERR_NONE)
		return e;
	snprintf(subject, sizeof subject, "Request %s from %s", r->reference, r->name);
	buf_put_string(out, "Subject: ");
	mime_put_words(subject, out);
	buf_put_string(out, "\r\n");
	mime_put_date(mail->now, out);
	buf_printf(out, "Message-ID: <%s%s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
			"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: "
			"quoted-printable\r\n\r\n", mail->id, host);
	return out->err;
}

enum err
request_mail_write(const struct request_mail *mail, struct buf *out)
{
	struct buf text;
	enum err e;

	buf_init(&text, CONTENT_MAX);
	put_text(mail, &text);
	e = text.err;
	if (e == ERR_NONE && (e = put_headers(mail, out)) == ERR_NONE) {
		mime_put_quoted(buf_bytes(&text), out);
		buf_put_string(out, "\r\n");
		e = out->err;
	}
	buf_fini(&text);
	return e;
}
