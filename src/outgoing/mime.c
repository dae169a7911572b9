/* outgoing/mime.c: see mime.h. */
#include "outgoing/mime.h"

#include <ctype.h>
#include <time.h>

#include "base/text.h"
#include "codec/encode.h"
#include "entitle/recipient.h"

enum {
	ENCODED_WORD_BYTES = 42, /* 56 letters of base64 and 12 around them: below the 75 of RFC 2047 */
	QUOTED_LINE = 75	/* RFC 2045: 76 with the '=' at its end */
};

/* Printable ASCII that stands for itself in every header. */
static bool
is_simple(const char *text)
{
	if (strlen(text) > 60)
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) && strchr(" -'", *text) == NULL)
			return false;
	return true;
}

void
mime_put_words(const char *text, struct buf *out)
{
	struct bytes rest = bytes_of_text(text);

	if (is_simple(text)) {
		buf_put_string(out, text);
		return;
	}
	for (bool first = true; rest.n > 0; first = false) {
		size_t n = rest.n < ENCODED_WORD_BYTES ? rest.n : ENCODED_WORD_BYTES;

		while (n < rest.n && n > 1 && (rest.p[n] & 0xc0) == 0x80)
			n--;
		buf_put_string(out, first ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
		encode_base64(bytes_of(rest.p, n), out);
		buf_put_string(out, "?=");
		rest = bytes_from(rest, n);
	}
}

enum err
mime_put_mailbox(const char *header, const char *name, const char *address, struct buf *out)
{
	if (!text_is_plain(name) || !mail_address_is_valid(address))
		return ERR_MALFORMED;
	buf_printf(out, "%s: ", header);
	if (name[0] != '\0') {
		mime_put_words(name, out);
		buf_put_string(out, "\r\n ");
	}
	buf_printf(out, "<%s>\r\n", address);
	return ERR_NONE;
}

void
mime_put_date(int64_t now, struct buf *out)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
		"Nov", "Dec" };
	time_t t = (time_t)now;
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	buf_printf(out, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday,
	    months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
mime_put_quoted(struct bytes text, struct buf *out)
{
	size_t column = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		bool at_end = i + 1 == text.n || text.p[i + 1] == '\n';
		bool plain = c > ' ' && c <= '~' && c != '=';

		if (c == '\n') {
			buf_put_string(out, "\r\n");
			column = 0;
			continue;
		}
		plain = plain || (c == ' ' && !at_end);
		/* A dot alone on a line means the end to a mail server; libcurl doubles it, relays may not. */
		plain = plain && !(c == '.' && column == 0);
		if (column + (plain ? 1 : 3) > QUOTED_LINE) {
			buf_put_string(out, "=\r\n");
			column = 0;
		}
		if (plain)
			buf_u8(out, c);
		else
			buf_printf(out, "=%02X", (unsigned)c);
		column += plain ? 1 : 3;
	}
}
