/* outgoing/mail_text.h: the words of a mail: ours in English and German, or a provider's own. Pure. */
#ifndef HOLDFAST_OUTGOING_MAIL_TEXT_H
#define HOLDFAST_OUTGOING_MAIL_TEXT_H

#include "base/buf.h"
#include "entitle/mail.h"

struct mail_words {
	const char *subject, *text; /* paragraphs, with an empty line between; both with placeholders */
};

/* Ours, for a kind and a language that are known. */
struct mail_words mail_text_builtin(enum mail_kind kind, const char *language);

/* What stands around each mail, in its language. */
struct mail_frame {
	const char *greeting;	/* "Hello {name}," */
	const char *greeting_nobody; /* "Hello," */
	const char *contact;	/* "Your provider is {provider}." and how it is reached */
	const char *reference;	/* "Your reference is {reference}." */
};
const struct mail_frame *mail_text_frame(const char *language);

/* What the placeholders stand for; the strings are borrowed. */
struct mail_values {
	const char *name, *provider, *phone, *web, *hours, *reference, *code, *link, *date, *device, *to_device;
};

/* Append ${text} with its placeholders replaced; one that is not known is left as it is. With ${html} the values
 * and the text are escaped, and {link} and {web} become links. */
void mail_text_fill(const char *text, const struct mail_values *values, bool html, struct buf *out);

/* A day as a person reads it: "25 November 2026", "25. November 2026"; in UTC. */
#define MAIL_DATE_SIZE 40
void mail_text_date(int64_t t, const char *language, char out[static MAIL_DATE_SIZE]);

#endif
