/* net/smtp.c: hand a mail to a mail server; see http_client.h. */
#include <stdlib.h>

#include "base/text.h"
#include "net/http_client_internal.h"

enum { CONNECT_TIMEOUT_MS = 10000 };

static size_t
give(char *out, size_t size, size_t n, void *ctx)
{
	struct ask *a = ctx;
	size_t left = a->upload.n - a->uploaded;

	n = size * n < left ? size * n : left;
	memcpy(out, a->upload.p + a->uploaded, n);
	a->uploaded += n;
	return n;
}

/* To this machine itself a mail may go in the clear; to all others only when it is encrypted. */
static bool
is_own(const char *url)
{
	static const char *const own[] = { "smtp://127.0.0.1", "smtp://localhost", "smtp://[::1]" };

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		size_t n = strlen(own[i]);

		if (strncmp(url, own[i], n) == 0 && (url[n] == '\0' || url[n] == ':' || url[n] == '/'))
			return true;
	}
	return false;
}

static void
set_options(struct ask *a, const struct smtp_message *m)
{
	CURL *c = a->easy;

	curl_easy_setopt(c, CURLOPT_URL, m->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_USE_SSL, is_own(m->url) ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)m->timeout_ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, m->from);
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, a->recipients);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(c, CURLOPT_READDATA, a);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, a->trouble);
	curl_easy_setopt(c, CURLOPT_PRIVATE, a);
	if (m->user == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_USERNAME, m->user);
	curl_easy_setopt(c, CURLOPT_PASSWORD, m->password);
}

enum err
smtp_start(struct http_client *c, const struct smtp_message *message, http_done_fn *done, void *ctx)
{
	struct ask *a = calloc(1, sizeof *a);
	enum err e = ERR_NOMEM;

	if (a == NULL)
		return ERR_NOMEM;
	a->answer.retry_after_s = -1;
	a->sink = -1;
	buf_init(&a->answer.body, 0);
	buf_init(&a->upload, message->content.n);
	buf_put(&a->upload, message->content);
	if (a->upload.err != ERR_NONE || (a->easy = curl_easy_init()) == NULL ||
	    (a->recipients = curl_slist_append(NULL, message->to)) == NULL)
		goto done;
	ask_note_host(a, message->url);
	set_options(a, message);
	e = ask_start(c, a, done, ctx);
	a = NULL;
done:
	ask_free(a);
	return e;
}
