/* prog/web/page.h: the frame of a page for a person: begun, filled through encode_html, sent. */
#ifndef HOLDFAST_PROG_WEB_PAGE_H
#define HOLDFAST_PROG_WEB_PAGE_H

#include "base/buf.h"
#include "net/http_server.h"

/* ${title} is escaped. ${refresh}, if not NULL, is what the browser does by itself: "2" to ask for this
 * page again in two seconds, "0;url=ADDRESS" to go on; it is escaped here. */
void page_begin(struct buf *page, const char *title, const char *refresh);

/* Close the page, answer with it and release it. */
void page_send(struct http_request *r, int status, struct buf *page);

#endif
