/* prog/web/purchases.c: see purchases.h. */
#include "prog/web/purchases.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "os/channel.h"
#include "prog/web/page.h"
#include "prog/web/questions.h"
#include "service/payment.h"

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

/* A session that was made for who has left is found again when they come back. */
static void
courier_spoke(struct question *q, struct bytes said)
{
	char url[PAYMENT_URL_SIZE];

	if (q->request == NULL)
		return;
	if (payment_read_answer(said, url) == ERR_NONE && url[0] != '\0')
		send_on(q->web, q->request, url);
	else
		send_unreachable(q->web, q->request);
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

void
purchases_start(struct web *w, struct http_request *r, const struct checkout *checkout)
{
	struct question *q = calloc(1, sizeof *q);
	enum err e = ERR_NOMEM;
	struct buf b;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	if (q != NULL && (e = write_request(w, checkout, &b)) == ERR_NONE) {
		*q = (struct question){ .web = w, .request = r, .answered = courier_spoke };
		e = question_ask(q, &b, PURCHASE_TIMEOUT_MS);
	}
	buf_fini(&b);
	if (e == ERR_NONE)
		return;
	free(q);
	send_unreachable(w, r);
}
