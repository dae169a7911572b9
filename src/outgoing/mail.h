/* outgoing/mail.h: a mail as RFC 5322 has it, with MIME (RFC 2045 to 2047): text and simple HTML of the same words.
 * Pure. No value can end a header: what holds a control character is refused. */
#ifndef HOLDFAST_OUTGOING_MAIL_H
#define HOLDFAST_OUTGOING_MAIL_H

#include "outgoing/mail_text.h"

struct mail {
	const struct mail_case *about;
	const struct brand *brand; /* of the provider; all empty: none */
	const struct mail_template *own; /* the provider's words; NULL: ours */
	const char *id;		/* the delivery's: a repetition has the same Message-ID */
	const char *from;	/* the address */
	const char *link;	/* where the welcome's code can be used; empty: none */
	int64_t now;
};

/* Append the whole mail, its lines ended by CR LF. ERR_MALFORMED: a value that no header may hold. ERR_LIMIT. */
enum err mail_write(const struct mail *mail, struct buf *out);

#endif
