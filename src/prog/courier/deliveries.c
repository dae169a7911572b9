/* prog/courier/deliveries.c: see deliveries.h. */
#include "prog/courier/deliveries.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/random.h"
#include "os/channel.h"
#include "os/file.h"
#include "outgoing/delivery_message.h"

enum {
	POST_TIMEOUT_MS = 15000, /* Standard Webhooks: 15 to 30 s */
	POST_ANSWER_MAX = 16384, /* nobody reads it; a receiver that sends more is cut off */
	MAIL_TIMEOUT_MS = 30000	/* a mail server may look a sender up first */
};

enum err
deliveries_read_password(struct deliveries *d, const char *file, struct fault *why)
{
	struct bytes text;
	struct buf b;
	enum err e;

	buf_init(&b, SMTP_PASSWORD_SIZE);
	if ((e = file_read(AT_FDCWD, file, &b, why)) == ERR_NONE) {
		text = buf_bytes(&b);
		e = text_from_bytes(d->smtp_password, sizeof d->smtp_password,
		    bytes_first(text, bytes_find(text, '\n')));
		if (e != ERR_NONE)
			fault_set(why, e, "%s holds no password of at most %d letters in its first line", file,
			    SMTP_PASSWORD_SIZE - 1);
	}
	if (b.p != NULL)
		random_forget(b.p, b.n);
	buf_fini(&b);
	return e;
}

static void
answer(int asker, const struct delivery_result *r)
{
	struct buf b;

	buf_init(&b, 1024);
	delivery_write_result(r, &b);
	/* A clerk that has ended asks again. */
	if (b.err == ERR_NONE)
		channel_send(asker, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	close(asker);
}

/* ${ctx} holds the connection to the clerk. */
static void
receiver_spoke(void *ctx, enum err e, const struct http_answer *got, const struct fault *why)
{
	struct delivery_result r = { .retry_after_s = got->retry_after_s, .status = got->status };
	int *asker = ctx;

	/* What it says behind its status does not matter, however long it is. */
	if (e == ERR_NONE || (e == ERR_LIMIT && got->status != 0))
		r.outcome = RESULT_ANSWERED;
	else
		r.outcome = e == ERR_DENIED || e == ERR_MALFORMED ? RESULT_REFUSED : RESULT_UNREACHABLE;
	if (r.outcome != RESULT_ANSWERED) {
		r.status = 0;
		text_make_plain(r.words, sizeof r.words, bytes_of_text(why->text));
	}
	answer(*asker, &r);
	free(asker);
}

static void
mail_server_spoke(void *ctx, enum err e, const struct http_answer *got, const struct fault *why)
{
	struct delivery_result r = { .retry_after_s = -1, .status = got->status };
	int *asker = ctx;

	/* 4xx and 5xx are its refusals; without one it was not reached, or would not let us in. */
	if (e == ERR_NONE || (got->status >= 400 && got->status != 530 && got->status != 535))
		r.outcome = RESULT_ANSWERED;
	else
		r.outcome = RESULT_UNREACHABLE;
	if (e != ERR_NONE)
		text_make_plain(r.words, sizeof r.words, bytes_of_text(why->text));
	answer(*asker, &r);
	free(asker);
}

static enum err
post(const struct deliveries *d, struct http_client *client, struct bytes message, int *asker)
{
	const char *headers[POST_HEADERS_MAX + 1] = { NULL };
	struct post_request q;
	struct http_call call = { .method = "POST", .url = q.url, .headers = headers,
		.content_type = "application/json", .timeout_ms = POST_TIMEOUT_MS,
		.max_answer = POST_ANSWER_MAX, .sink = -1, .reach = d->reach };
	enum err e;

	if ((e = delivery_read_post(message, &q)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < q.header_count; i++)
		headers[i] = q.headers[i];
	call.body = q.body;
	return http_client_start(client, &call, receiver_spoke, asker);
}

static enum err
send_mail(const struct deliveries *d, struct http_client *client, struct bytes message, int *asker)
{
	static const struct delivery_result none = { RESULT_UNREACHABLE, 0, -1, "no mail server is set up" };
	struct smtp_message m = { .url = d->smtp_url, .user = d->smtp_user, .password = d->smtp_password,
		.from = d->mail_from, .timeout_ms = MAIL_TIMEOUT_MS };
	struct mail_request q;
	enum err e;

	if ((e = delivery_read_mail(message, &q)) != ERR_NONE)
		return e;
	if (d->smtp_url == NULL) {
		answer(*asker, &none);
		free(asker);
		return ERR_NONE;
	}
	m.to = q.to;
	m.content = q.content;
	return smtp_start(client, &m, mail_server_spoke, asker);
}

enum err
deliveries_start(const struct deliveries *d, struct http_client *client, struct bytes message, int asker)
{
	int *ctx = malloc(sizeof *ctx);
	enum err e;

	if (ctx == NULL)
		return ERR_NOMEM;
	*ctx = asker;
	e = message.p[0] == DELIVERY_POST ? post(d, client, message, ctx) : send_mail(d, client, message, ctx);
	if (e != ERR_NONE)
		free(ctx);
	return e;
}
