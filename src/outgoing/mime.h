/* outgoing/mime.h: the pieces that every mail is made of: header values as RFC 5322 and 2047 have them, content as
 * quoted-printable. No value can end a header: what holds a control character is refused. Pure. */
#ifndef HOLDFAST_OUTGOING_MIME_H
#define HOLDFAST_OUTGOING_MIME_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* RFC 2047: ${text}, which text_is_plain, as it is or as encoded words, each of whole letters, folded between them. */
void mime_put_words(const char *text, struct buf *out);

/* The header line "${header}: Name <address>"; an empty name is left away. ERR_MALFORMED. */
enum err mime_put_mailbox(const char *header, const char *name, const char *address, struct buf *out);

/* The header line "Date: …". */
void mime_put_date(int64_t now, struct buf *out);

/* RFC 2045 §6.7; a line of the text is a line of it. */
void mime_put_quoted(struct bytes text, struct buf *out);

#endif
