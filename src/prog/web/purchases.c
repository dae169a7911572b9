/* prog/web/purchases.c: see purchases.h. */
#include "prog/web/purchases.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "os/channel.h"
#include "prog/web/page.h"
#include "service/payment.h"

struct purchase {
	struct purchase *next, **at;
	struct web *web;
	struct http_request *request; /* NULL once the client has left */
	struct event *event;
	int courier;		/* this purchase's own connection */
};

struct purchases {
	struct purchase *first;
};

static void
purchase_free(struct purchase *p)
{
	*p->at = p->next;
	if (p->next != NULL)
		p->next->at = p->at;
	if (p->event != NULL)
		event_free(p->event);
	if (p->courier >= 0)
		close(p->courier);
	free(p);
}

/* A session that was made for who has left is found again when they come back. */
static void
client_left(void *ctx)
{
	struct purchase *p = ctx;

	p->request = NULL;
}

static void
send_unreachable(struct web *w, struct http_request *r)
{
	struct call c = { .web = w, .request = r };

	page_answer_message(&c, &(struct message){ 503, "The payment service cannot be reached",
	    "Nothing was charged. Go back and try again in a minute.", NULL, NULL });
}

/* Not a redirect: the form may only lead to this server (form-action), and a browser holds the answer to it. */
static void
send_on(struct web *w, struct http_request *r, const char *url)
{
	struct call c = { .web = w, .request = r };
	char refresh[PAYMENT_URL_SIZE + 8];
	struct page page;

	snprintf(refresh, sizeof refresh, "0;url=%s", url);
	page_open(&page, &c, "To the payment page");
	page_put_text(&page, "refresh", refresh);
	page_put_text(&page, "url", url);
	page_answer(&page, 200, "checkout/go_on");
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	char url[PAYMENT_URL_SIZE] = "";
	struct purchase *p = ctx;
	struct channel_message m;

	(void)fd;
	if ((what & EV_READ) != 0 && channel_receive(p->courier, room, &m) == ERR_NONE) {
		if (payment_read_answer(m.body, url) != ERR_NONE)
			url[0] = '\0';
		channel_close_fds(&m);
	}
	if (p->request != NULL && url[0] != '\0')
		send_on(p->web, p->request, url);
	else if (p->request != NULL)
		send_unreachable(p->web, p->request);
	purchase_free(p);
}

static enum err
write_request(const struct web *w, const struct checkout *checkout, struct buf *out)
{
	const struct offer *offer = pay_offer();
	struct payment_request q = { .amount = offer->amount };
	struct buf page;
	enum err e;

	buf_init(&page, sizeof q.page - 1);
	memcpy(q.checkout, checkout->id, sizeof q.checkout);
	if ((e = pay_write_page(w->base_url, checkout->id, &page)) == ERR_NONE &&
	    (e = text_from_bytes(q.page, sizeof q.page, buf_bytes(&page))) == ERR_NONE &&
	    (e = text_copy(q.title, sizeof q.title, offer->title)) == ERR_NONE &&
	    (e = text_copy(q.currency, sizeof q.currency, offer->currency)) == ERR_NONE) {
		payment_write_request(&q, out);
		e = out->err;
	}
	buf_fini(&page);
	return e;
}

static enum err
ask_courier(struct purchase *p, const struct checkout *checkout)
{
	struct timeval within = { PURCHASE_TIMEOUT_S, 0 };
	struct fault why = { ERR_NONE, "" };
	struct buf b;
	enum err e;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	if ((e = write_request(p->web, checkout, &b)) != ERR_NONE ||
	    (e = channel_connect(p->web->courier_path, &p->courier, &why)) != ERR_NONE ||
	    (e = channel_send(p->courier, buf_bytes(&b), NULL, 0)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	p->event = event_new(p->web->base, p->courier, EV_READ, courier_spoke, p);
	if (p->event != NULL && event_add(p->event, &within) == 0)
		e = ERR_NONE;
done:
	if (e != ERR_NONE)
		log_error("the courier: %s", why.text[0] != '\0' ? why.text : err_name(e));
	buf_fini(&b);
	return e;
}

static struct purchase *
purchase_add(struct web *w, struct http_request *r)
{
	struct purchase *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->web = w;
	p->request = r;
	p->courier = -1;
	p->next = w->purchases->first;
	p->at = &w->purchases->first;
	if (p->next != NULL)
		p->next->at = &p->next;
	w->purchases->first = p;
	return p;
}

void
purchases_start(struct web *w, struct http_request *r, const struct checkout *checkout)
{
	struct purchase *p = purchase_add(w, r);

	if (p != NULL && ask_courier(p, checkout) == ERR_NONE) {
		http_request_keep(r, client_left, p);
		return;
	}
	if (p != NULL)
		purchase_free(p);
	send_unreachable(w, r);
}

enum err
purchases_new(struct purchases **out)
{
	return (*out = calloc(1, sizeof **out)) == NULL ? ERR_NOMEM : ERR_NONE;
}

void
purchases_free(struct purchases *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		purchase_free(all->first);
	free(all);
}
