/* prog/web/support_feeds.c: the articles for programs: a site map (sitemaps.org), and changes as an Atom feed (RFC 4287). */
#include <stdlib.h>

#include "codec/encode.h"
#include "prog/web/answer.h"
#include "prog/web/support_pages.h"

static void
send_list(struct call *c, const char *type, const char *head, const char *tail,
    void (*item)(struct buf *out, const char *base, const struct article *a))
{
	const struct library *l = c->web->library;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_string(&text, head);
	for (size_t i = 0; l != NULL && i < library_count(l); i++)
		item(&text, c->web->base_url, library_at(l, i));
	buf_put_string(&text, tail);
	if (text.err == ERR_NONE)
		http_answer(c->request, 200, type, buf_bytes(&text));
	else
		answer_failure(c->request, text.err, "listing the articles");
	buf_fini(&text);
}

static void
put_address(struct buf *out, const char *base, const struct article *a)
{
	encode_html(base, out);
	buf_put_string(out, "support/");
	encode_html(a->id, out);
}

static void
put_site_item(struct buf *out, const char *base, const struct article *a)
{
	buf_put_string(out, "<url><loc>");
	put_address(out, base, a);
	buf_put_string(out, "</loc><lastmod>");
	encode_html(a->modified, out);
	buf_put_string(out, "</lastmod></url>\n");
}

void
support_sitemap_send(struct call *c)
{
	send_list(c, "application/xml",
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
	    "</urlset>\n", put_site_item);
}

static void
put_feed_item(struct buf *out, const char *base, const struct article *a)
{
	buf_put_string(out, "<entry><id>");
	put_address(out, base, a);
	buf_put_string(out, "</id><title>");
	encode_html(a->title, out);
	buf_put_string(out, "</title><updated>");
	encode_html(a->modified, out);
	buf_put_string(out, "T00:00:00Z</updated><link href=\"");
	put_address(out, base, a);
	buf_put_string(out, "\"/><summary>");
	encode_html(a->about, out);
	buf_put_string(out, "</summary></entry>\n");
}

void
support_changes_send(struct call *c)
{
	const struct library *l = c->web->library;
	const char *latest = "1970-01-01";
	struct buf head;
	char *text;

	for (size_t i = 0; l != NULL && i < library_count(l); i++)
		if (strcmp(library_at(l, i)->modified, latest) > 0)
			latest = library_at(l, i)->modified;
	buf_init(&head, 4096);
	buf_put_string(&head, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			      "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Help articles</title>"
			      "<author><name>Holdfast</name></author><id>");
	encode_html(c->web->base_url, &head);
	buf_printf(&head, "support</id><updated>%sT00:00:00Z</updated>\n", latest);
	text = buf_take_string(&head);
	send_list(c, "application/atom+xml", text != NULL ? text : "", "</feed>\n", put_feed_item);
	free(text);
	buf_fini(&head);
}
