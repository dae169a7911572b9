/* prog/web/page.c: see page.h. */
#include "prog/web/page.h"

#include "codec/encode.h"

/* An article of ARTICLE_BYTES_MAX, rendered, and what is around it. */
enum { PAGE_MAX = 4 * 65536 };

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
	buf_put_string(page, "<title>");
	encode_html(title, page);
	buf_put_string(page, "</title><link rel=\"stylesheet\" href=\"/static/style.css\"></head><body><main><h1>");
	encode_html(title, page);
	buf_put_string(page, "</h1>");
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
