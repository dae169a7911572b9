/* outgoing/request_mail.h: a person's request for help as a mail to whoever answers it, plain text; an answer to it goes
 * to the person. Pure. */
#ifndef HOLDFAST_OUTGOING_REQUEST_MAIL_H
#define HOLDFAST_OUTGOING_REQUEST_MAIL_H

#include "base/buf.h"
#include "base/err.h"
#include "entitle/store_support.h"

struct request_mail {
	const struct contact_request *request;
	const char *id;		/* the delivery's: a repetition has the same Message-ID */
	const char *from, *to;	/* addresses */
	const char *base_url;	/* of this server, with a '/' at the end: where the article is */
	int64_t now;
};

/* Append the whole mail, its lines ended by CR LF. ERR_MALFORMED: a value that no header may hold. ERR_LIMIT. */
enum err request_mail_write(const struct request_mail *mail, struct buf *out);

#endif
