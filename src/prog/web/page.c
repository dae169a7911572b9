/* prog/web/page.c: see page.h. */
#include "prog/web/page.h"

#include "codec/encode.h"

enum { PAGE_MAX = 65536 };

void
page_begin(struct buf *page, const char *title, const char *refresh)
{
	buf_init(page, PAGE_MAX);
	buf_put_string(page, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
			     "<meta name=\"viewport\" content=\"width=device-width\">");
	if (refresh != NULL) {
		buf_put_string(page, "<meta http-equiv=\"refresh\" content=\"");
		encode_html(refresh, page);
		buf_put_string(page, "\">");
	}
	buf_printf(page,
	    "<title>%s</title><link rel=\"stylesheet\" href=\"/static/style.css\"></head><body><main>"
	    "<h1>%s</h1>",
	    title, title);
}

void
page_send(struct http_request *r, int status, struct buf *page)
{
	buf_put_string(page, "</main></body></html>\n");
	if (page->err == ERR_NONE)
		http_answer(r, status, "text/html; charset=utf-8", buf_bytes(page));
	else
		http_answer(r, 503, NULL, bytes_of(NULL, 0));
	buf_fini(page);
}
