/* prog/courier/payments.c: see payments.h. */
#include "prog/courier/payments.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/random.h"
#include "os/channel.h"
#include "os/file.h"
#include "service/payment.h"

enum {
	ASK_TIMEOUT_MS = 10000,	/* a person waits, but a session is worth waiting for */
	ANSWER_MAX = 1 << 18,	/* a session with everything in it is about 5 KB */
	FORM_MAX = 8192
};

enum err
payments_init(struct payments *p, const char *key_file, const char *api, struct fault *why)
{
	struct buf text;
	enum err e;

	if (!http_url_is_private(api))
		return fault_set(why, ERR_DENIED,
		    "the payment service's address is not https: its key is not sent there");
	buf_init(&text, STRIPE_SECRETS_MAX * STRIPE_SECRET_SIZE);
	if ((e = file_read(AT_FDCWD, key_file, &text, why)) == ERR_NONE &&
	    (e = stripe_read_secrets(buf_bytes(&text), &p->keys)) != ERR_NONE)
		fault_set(why, e, "%s holds no API key of Stripe's", key_file);
	if (text.p != NULL)
		random_forget(text.p, text.n);
	buf_fini(&text);
	p->api = api;
	return e;
}

static void
answer(int asker, const char *url)
{
	struct buf b;

	buf_init(&b, CHANNEL_MESSAGE_MAX);
	payment_write_answer(url, &b);
	/* A web process that stopped waiting is no trouble of ours. */
	if (b.err == ERR_NONE)
		channel_send(asker, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	close(asker);
}

/* ${ctx} holds the connection to the web process that asked. */
static void
service_spoke(void *ctx, enum err e, const struct http_answer *got, const struct fault *how)
{
	struct fault why = { ERR_NONE, "" };
	char url[PAYMENT_URL_SIZE] = "";
	int *asker = ctx;
	struct buf b;

	buf_init(&b, sizeof url - 1);
	if (e == ERR_NONE)
		e = stripe_read_session(got->status, buf_bytes(&got->body), &b, &why);
	else
		why = *how;
	if (e == ERR_NONE)
		snprintf(url, sizeof url, "%.*s", (int)b.n, (const char *)b.p);
	if (e == ERR_NONE && !http_url_is_private(url)) {
		url[0] = '\0';
		e = fault_set(&why, ERR_DENIED, "the page to pay at is not https");
	}
	if (e != ERR_NONE)
		log_error("no place to pay at: %s", why.text[0] != '\0' ? why.text : err_name(e));
	answer(*asker, url);
	buf_fini(&b);
	free(asker);
}

static enum err
ask(const struct payments *p, struct http_client *client, const struct payment_request *q,
    struct buf *form, int *asker)
{
	char url[URL_SIZE + 32], idempotency[ID_SIZE + 32];
	const char *const headers[] = { "Stripe-Version: " STRIPE_VERSION, idempotency, NULL };
	const struct offer offer = { .title = q->title, .amount = q->amount, .currency = q->currency };
	struct http_call call = { .method = "POST", .url = url, .bearer = p->keys.list[0],
		.headers = headers, .content_type = "application/x-www-form-urlencoded",
		.timeout_ms = ASK_TIMEOUT_MS, .max_answer = ANSWER_MAX, .sink = -1 };
	enum err e;

	/* However often the button is pressed, it is the same session. */
	snprintf(idempotency, sizeof idempotency, "Idempotency-Key: %s", q->checkout);
	if ((size_t)snprintf(url, sizeof url, "%s/v1/checkout/sessions", p->api) >= sizeof url)
		return ERR_LIMIT;
	if ((e = stripe_write_session(&offer, q->checkout, q->page, form)) != ERR_NONE)
		return e;
	call.body = buf_bytes(form);
	return http_client_start(client, &call, service_spoke, asker);
}

enum err
payments_start(const struct payments *p, struct http_client *client, struct bytes message, int asker)
{
	struct payment_request q;
	int *ctx = NULL;
	struct buf form;
	enum err e;

	if ((e = payment_read_request(message, &q)) != ERR_NONE)
		return e;
	if (p->keys.count == 0)
		return ERR_UNSUPPORTED;
	buf_init(&form, FORM_MAX);
	if ((ctx = malloc(sizeof *ctx)) == NULL) {
		e = ERR_NOMEM;
	} else {
		*ctx = asker;
		if ((e = ask(p, client, &q, &form, ctx)) == ERR_NONE)
			ctx = NULL;
	}
	free(ctx);
	buf_fini(&form);
	return e;
}
