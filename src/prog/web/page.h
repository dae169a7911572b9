/* prog/web/page.h: a page for a person: values put together by a handler, then a template of web/templates, then the
 * frame that all pages have. The page's words are in the template; a handler gives values, and no HTML.
 *
 *	struct page page;
 *
 *	page_open(&page, c, "Your devices");
 *	page_put(&page, "devices", list);
 *	page_answer(&page, 200, "portal/devices");
 *
 * Every template also sees: "title"; "static" (site.h); "at" and "area", by which the frame and menus know where they
 * are: {{#at.portal_devices}} and {{#area.portal}} hold for the above. The frame is "frame" and has the page at
 * {{content}}. Within a session there are also "csrf" (each form carries it as the field "csrf") and "who" (the person).
 * The frame shows "refresh" (what a browser does by itself, such as "2" or "0;url=ADDRESS"), "head" (markup) and
 * "home" (where its name leads) when a page puts them. */
#ifndef HOLDFAST_PROG_WEB_PAGE_H
#define HOLDFAST_PROG_WEB_PAGE_H

#include "codec/template.h"
#include "net/http_server.h"
#include "prog/web/web.h"

/* An article of ARTICLE_BYTES_MAX rendered, a long list, and what is around it. */
#define PAGE_MAX (1024 * 1024)

struct page {
	struct call *call;
	json_t *values;
	struct template_markup markup;
	enum err err;		/* the first failure sticks, and is what page_answer answers */
};

/* Of the call, web and request must be there; what is kept for later makes a call of these two. */
void page_open(struct page *p, struct call *c, const char *title);

/* ${value} is released; NULL (memory was short, or not UTF-8) sticks. */
void page_put(struct page *p, const char *name, json_t *value);
void page_put_text(struct page *p, const char *name, const char *text);

/* Text that is HTML already, and safe: made by cmark in its safe mode, or by our own code. */
void page_put_markup(struct page *p, const char *name, struct bytes html);

/* Answer with the page, and release it. Unless the handler has said otherwise it is not kept by anybody. */
void page_answer(struct page *p, int status, const char *template);

/* A page that says one thing: a title and a sentence, and where to go on: an address of ours, and its words. */
struct message {
	int status;
	const char *title, *text;
	const char *address, *go_on; /* NULL: nowhere */
};
void page_answer_message(struct call *c, const struct message *m);

/* For interfaces of pages: a route_refuse_fn. */
void page_refuse(struct call *c, int status, const char *code, const char *detail);

/* As answer_failure, for a person. */
void page_answer_failure(struct call *c, enum err e, const char *doing);

/* Go on at ${address} of ours, with a GET: the answer to a form. */
void page_see(struct call *c, const char *address);

#endif
