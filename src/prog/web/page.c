/* prog/web/page.c: see page.h. */
#include "prog/web/page.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/text.h"
#include "prog/web/answer.h"
#include "prog/web/site.h"

void
page_put(struct page *p, const char *name, json_t *value)
{
	if (p->err != ERR_NONE)
		json_decref(value);
	else if (json_object_set_new(p->values, name, value) != 0)
		p->err = ERR_NOMEM;
}

/* What a person sent, and gets back to mend it, may be no text at all. */
static json_t *
make_text(const char *text)
{
	json_t *value = json_string(text);
	char *plain;

	if (value != NULL || (plain = malloc(strlen(text) + 8)) == NULL)
		return value;
	text_make_plain(plain, strlen(text) + 8, bytes_of_text(text));
	value = json_string(plain);
	free(plain);
	return value;
}

void
page_put_text(struct page *p, const char *name, const char *text)
{
	page_put(p, name, make_text(text));
}

void
page_put_markup(struct page *p, const char *name, struct bytes html)
{
	page_put(p, name, template_markup_add(&p->markup, html));
}

void
page_open(struct page *p, struct call *c, const char *title)
{
	*p = (struct page){ .call = c, .values = json_object() };
	if (p->values == NULL)
		p->err = ERR_NOMEM;
	page_put_text(p, "title", title);
	if (c->principal.form_key[0] != '\0') {
		page_put_text(p, "csrf", c->principal.form_key);
		page_put_text(p, "who", c->principal.kind == PRINCIPAL_USER ? c->principal.user.name :
		    c->principal.session.kind == SUBJECT_ADDRESS ? c->principal.session.subject : "This device's subscription");
		page_put(p, "is_user", json_boolean(c->principal.kind == PRINCIPAL_USER));
	}
	page_put(p, "static", json_incref((json_t *)(uintptr_t)site_addresses(c->web->site)));
}

/* "portal/devices" is "portal_devices" in "at" and "portal" in "area". */
static void
put_at(struct page *p, const char *template)
{
	char name[TEMPLATE_NAME_SIZE];

	if (text_copy(name, sizeof name, template) != ERR_NONE)
		return;
	for (char *c = name; *c != '\0'; c++)
		if (*c == '/')
			*c = '_';
	page_put(p, "at", json_pack("{s:b}", name, 1));
	/* What belongs to no part of the site, such as a message, is shown where the person is. */
	if (strchr(template, '/') == NULL)
		text_copy(name, sizeof name, p->call->principal.kind == PRINCIPAL_USER ? "console" : "portal");
	name[strcspn(name, "_")] = '\0';
	if (strchr(template, '/') != NULL || p->call->principal.form_key[0] != '\0')
		page_put(p, "area", json_pack("{s:b}", name, 1));
}

static enum err
render(struct page *p, const char *template, struct buf *out)
{
	const struct template_set *templates = site_templates(p->call->web->site);
	enum err e;

	if ((e = p->err) == ERR_NONE && (e = template_render(templates, template, p->values, &p->markup, out)) != ERR_NONE)
		log_error("the page %s: %s", template, err_name(e));
	return e;
}

/* No template, no memory: what a person can do all the same. A form may have been carried out. */
static void
answer_without_page(struct http_request *r)
{
	static const char text[] =
	    "This page cannot be shown: it has become too long, or the server is short of memory.\n\n"
	    "If you have sent a form, what it asked for may have been done: look before you send it again.\n"
	    "Go back and ask for less at once, or try again in a minute. If this stays so, tell whoever runs the server.\n";

	answer_retry_after(r, 60);
	http_answer(r, 503, "text/plain; charset=utf-8", bytes_of_text(text));
}

void
page_answer(struct page *p, int status, const char *template)
{
	struct http_request *r = p->call->request;
	struct buf content, whole;
	enum err e;

	buf_init(&content, PAGE_MAX);
	buf_init(&whole, PAGE_MAX);
	put_at(p, template);
	if ((e = render(p, template, &content)) == ERR_NONE) {
		page_put_markup(p, "content", buf_bytes(&content));
		e = render(p, "frame", &whole);
	}
	if (http_answer_find_header(r, "Cache-Control") == NULL)
		http_answer_header(r, "Cache-Control", "no-store");
	if (e == ERR_NONE)
		http_answer(r, status, "text/html; charset=utf-8", buf_bytes(&whole));
	else
		answer_without_page(r);
	buf_fini(&content);
	buf_fini(&whole);
	json_decref(p->values);
	template_markup_fini(&p->markup);
}

void
page_answer_message(struct call *c, const struct message *m)
{
	struct page page;

	page_open(&page, c, m->title);
	page_put_text(&page, "text", m->text);
	if (m->address != NULL) {
		page_put_text(&page, "address", m->address);
		page_put_text(&page, "go_on", m->go_on);
	}
	page_answer(&page, m->status, "message");
}

static const char *
title_of(int status)
{
	switch (status) {
	case 403:
		return "This is not yours to do";
	case 404:
		return "There is nothing here";
	case 405:
		return "This page does not take that";
	case 429:
		return "Too many at once";
	default:
		return status < 500 ? "This cannot be taken" : "This does not work just now";
	}
}

void
page_refuse(struct call *c, int status, const char *code, const char *detail)
{
	(void)code;
	page_answer_message(c, &(struct message){ status, title_of(status), detail, NULL, NULL });
}

void
page_answer_failure(struct call *c, enum err e, const char *doing)
{
	page_refuse(c, answer_log_failure(c->request, e, doing), "try_again",
	    "Nothing was changed. Wait a moment and try again.");
}

void
page_see(struct call *c, const char *address)
{
	http_answer_header(c->request, "Location", address);
	http_answer_header(c->request, "Cache-Control", "no-store");
	http_answer(c->request, 303, NULL, bytes_of(NULL, 0));
}
