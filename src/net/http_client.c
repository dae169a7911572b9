/* net/http_client.c: see http_client.h. */
#include "net/http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "net/http_client_internal.h"
#include "os/clock.h"

enum {
	CONNECT_TIMEOUT_MS = 10000,	/* a host that does not answer a SYN for longer is down */
	ANSWER_ROOM = 2 << 20,		/* answers kept in memory, TUF metadata the largest; more has a sink */
	PATIENCE_S = 60,		/* a download that hardly moves for so long goes on elsewhere */
	RETRY_AFTER_MAX_S = 86400	/* nobody may put us off for longer */
};

void
ask_global_init(void)
{
	static bool done;

	/* Our programs use libcurl from one thread. */
	if (!done)
		assert(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	done = true;
}

void
http_answer_fini(struct http_answer *answer)
{
	if (answer != NULL)
		buf_fini(&answer->body);
}

void
ask_free(struct ask *a)
{
	if (a == NULL)
		return;
	if (a->easy != NULL)
		curl_easy_cleanup(a->easy);
	curl_slist_free_all(a->headers);
	curl_slist_free_all(a->recipients);
	buf_fini(&a->upload);
	http_answer_fini(&a->answer);
	free(a);
}

static void
note_status(struct ask *a)
{
	long status = 0;

	if (curl_easy_getinfo(a->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK)
		a->answer.status = (int)status;
}

/* Before the first byte: where in the sink the body belongs, if anywhere. */
static enum err
place_sink(struct ask *a)
{
	note_status(a);
	a->placed = true;
	if (a->answer.status == 206 && a->resume_from > 0) {
		if (a->range_from != a->resume_from)
			return ERR_MALFORMED;
		a->received = a->resume_from;
	} else if (a->answer.status != 200) {
		a->dropped = true;
		return ERR_NONE;
	}
	if (ftruncate(a->sink, (off_t)a->received) != 0 || lseek(a->sink, (off_t)a->received, SEEK_SET) < 0)
		return ERR_IO;
	if (a->begins != NULL)
		a->begins(a->begins_ctx, &a->answer);
	return ERR_NONE;
}

static size_t
take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct ask *a = ctx;

	n *= size;
	if (a->sink >= 0 && !a->placed && (a->error = place_sink(a)) != ERR_NONE)
		return 0;
	/* Nobody wants it, and it may be as long as it likes: what counts came before it. */
	if (a->dropped)
		return 0;
	if (n > a->max_answer - a->received) {
		a->error = ERR_LIMIT;
		return 0;
	}
	a->received += n;
	if (a->sink >= 0) {
		a->error = io_write_all(a->sink, bytes_of(p, n));
	} else {
		buf_put(&a->answer.body, bytes_of(p, n));
		a->error = a->answer.body.err;
	}
	return a->error == ERR_NONE ? n : 0;
}

/* The value of ${line} when its name is ${name}, without spaces around it. */
static bool
header_value(struct bytes line, const char *name, struct bytes *value)
{
	size_t n = strlen(name);

	if (line.n <= n || line.p[n] != ':' || strncasecmp((const char *)line.p, name, n) != 0)
		return false;
	line = bytes_from(line, n + 1);
	while (line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
		line = bytes_from(line, 1);
	while (line.n > 0 && (line.p[line.n - 1] <= ' '))
		line.n--;
	*value = line;
	return true;
}

/* RFC 9110 §10.2.3: seconds, or a date. */
static void
take_retry_after(struct ask *a, struct bytes value)
{
	char text[64];
	uint64_t seconds;
	time_t at;

	if (text_to_u64(value, RETRY_AFTER_MAX_S, &seconds) == ERR_NONE)
		a->answer.retry_after_s = (int64_t)seconds;
	else if (text_from_bytes(text, sizeof text, value) == ERR_NONE &&
	    (at = curl_getdate(text, NULL)) > 0 && at > clock_wall())
		a->answer.retry_after_s = at - clock_wall() < RETRY_AFTER_MAX_S ? at - clock_wall()
										 : RETRY_AFTER_MAX_S;
}

/* RFC 9110 §14.4: "bytes FROM-TO/LENGTH". */
static void
take_content_range(struct ask *a, struct bytes value)
{
	static const char unit[] = "bytes ";
	size_t digits = 0;
	uint64_t from;

	if (value.n < sizeof unit || strncasecmp((const char *)value.p, unit, sizeof unit - 1) != 0)
		return;
	value = bytes_from(value, sizeof unit - 1);
	while (digits < value.n && value.p[digits] != '-')
		digits++;
	if (text_to_u64(bytes_of(value.p, digits), INT64_MAX, &from) == ERR_NONE)
		a->range_from = from;
}

static size_t
take_header(char *p, size_t size, size_t n, void *ctx)
{
	struct bytes line = bytes_of(p, size * n), value;
	struct ask *a = ctx;

	/* A value that does not fit is left out: the caller then does without. */
	if (header_value(line, "ETag", &value))
		text_from_bytes(a->answer.etag, sizeof a->answer.etag, value);
	else if (header_value(line, "Content-Type", &value))
		text_from_bytes(a->answer.content_type, sizeof a->answer.content_type, value);
	else if (header_value(line, "Retry-After", &value))
		take_retry_after(a, value);
	else if (header_value(line, "Content-Range", &value))
		take_content_range(a, value);
	return line.n;
}

static enum err
add_line(struct ask *a, const char *line)
{
	struct curl_slist *more = curl_slist_append(a->headers, line);

	if (more == NULL)
		return ERR_NOMEM;
	a->headers = more;
	return ERR_NONE;
}

static enum err
add_header(struct ask *a, const char *name, const char *value)
{
	struct buf line;
	char *text;
	enum err e;

	if (value == NULL)
		return ERR_NONE;
	buf_init(&line, 4096);
	buf_printf(&line, "%s: %s", name, value);
	if ((text = buf_take_string(&line)) == NULL) {
		buf_fini(&line);
		return ERR_NOMEM;
	}
	e = add_line(a, text);
	free(text);
	return e;
}

void
ask_note_host(struct ask *a, const char *url)
{
	CURLU *parts = curl_url();
	char *host = NULL;

	text_copy(a->host, sizeof a->host, "the server");
	if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	    strlen(host) < sizeof a->host)
		text_copy(a->host, sizeof a->host, host);
	curl_free(host);
	curl_url_cleanup(parts);
}

static enum err
add_range(struct ask *a, const struct http_call *call)
{
	char range[48];
	enum err e;

	if (call->sink < 0 || call->resume_from == 0)
		return ERR_NONE;
	snprintf(range, sizeof range, "bytes=%llu-", (unsigned long long)call->resume_from);
	if ((e = add_header(a, "Range", range)) != ERR_NONE)
		return e;
	return add_header(a, "If-Range", call->if_range);
}

static enum err
set_headers(struct ask *a, const struct http_call *call)
{
	enum err e;

	if (call->bearer != NULL) {
		char value[1024];
		int n = snprintf(value, sizeof value, "Bearer %s", call->bearer);

		if (n < 0 || (size_t)n >= sizeof value)
			return ERR_LIMIT;
		if ((e = add_header(a, "Authorization", value)) != ERR_NONE)
			return e;
	}
	if ((e = add_header(a, "If-None-Match", call->if_none_match)) != ERR_NONE ||
	    (e = add_range(a, call)) != ERR_NONE)
		return e;
	/* No 100-continue round trip before a small body. */
	if ((e = add_header(a, "Expect", "")) != ERR_NONE)
		return e;
	for (const char *const *line = call->headers; line != NULL && *line != NULL; line++)
		if ((e = add_line(a, *line)) != ERR_NONE)
			return e;
	return add_header(a, "Content-Type", call->content_type);
}

/* Called for every address that is about to be connected to. */
static curl_socket_t
open_within_reach(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct ask *a = ctx;

	(void)purpose;
	if (!address_is_within(&address->addr, a->reach)) {
		a->error = ERR_DENIED;
		return CURL_SOCKET_BAD;
	}
	a->error = ERR_NONE;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A connection that was made for another question may lead where this one may not go: none is taken over. */
static void
limit_reach(struct ask *a, enum address_reach reach)
{
	if (reach == ADDRESS_ANYWHERE)
		return;
	a->reach = reach;
	curl_easy_setopt(a->easy, CURLOPT_OPENSOCKETFUNCTION, open_within_reach);
	curl_easy_setopt(a->easy, CURLOPT_OPENSOCKETDATA, a);
	curl_easy_setopt(a->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(a->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(a->easy, CURLOPT_FORBID_REUSE, 1L);
}

static void
set_options(struct ask *a, const struct http_call *call)
{
	CURL *c = a->easy;

	curl_easy_setopt(c, CURLOPT_URL, call->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "Holdfast/" HOLDFAST_VERSION);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, a->headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, a);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, a);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, a->trouble);
	curl_easy_setopt(c, CURLOPT_PRIVATE, a);
	if (a->sink >= 0) {
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, (long)HTTP_SLOWEST);
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME,
		    (long)(call->patience_s > 0 ? call->patience_s : PATIENCE_S));
	}
	limit_reach(a, call->reach);
	if (text_equal(call->method, "GET"))
		return;
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
	curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, call->body.n == 0 ? "" : (const char *)call->body.p);
}

static enum err
ask_new(const struct http_call *call, struct ask **out)
{
	struct ask *a = calloc(1, sizeof *a);
	enum err e = ERR_NOMEM;

	ask_global_init();
	if (a == NULL || (a->easy = curl_easy_init()) == NULL)
		goto done;
	a->answer.retry_after_s = -1;
	a->max_answer = call->max_answer;
	a->sink = call->sink;
	a->resume_from = call->resume_from;
	a->begins = call->begins;
	a->begins_ctx = call->begins_ctx;
	buf_init(&a->answer.body, ANSWER_ROOM);
	if ((e = set_headers(a, call)) != ERR_NONE)
		goto done;
	ask_note_host(a, call->url);
	set_options(a, call);
	*out = a;
	a = NULL;
done:
	ask_free(a);
	return e;
}

static enum err
judge(struct ask *a, CURLcode code, struct fault *why)
{
	const char *trouble = a->trouble[0] != '\0' ? a->trouble : curl_easy_strerror(code);

	note_status(a);
	/* An empty body never came through take_body. */
	if (code == CURLE_OK && a->sink >= 0 && !a->placed && (a->error = place_sink(a)) != ERR_NONE)
		code = CURLE_WRITE_ERROR;
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && a->dropped))
		return ERR_NONE;
	if (a->error == ERR_LIMIT)
		return fault_set(why, ERR_LIMIT, "the answer of %s is longer than %llu bytes",
		    a->host, (unsigned long long)a->max_answer);
	if (a->error == ERR_MALFORMED)
		return fault_set(why, ERR_MALFORMED, "%s sent another part than was asked for", a->host);
	if (a->error == ERR_DENIED)
		return fault_set(why, ERR_DENIED, "%s has an address that may not be called from here", a->host);
	if (a->error != ERR_NONE)
		return fault_set(why, a->error, "cannot keep the answer of %s: %s", a->host,
		    err_name(a->error));
	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		return fault_set(why, ERR_TIMEOUT, "%s did not answer in time", a->host);
	case CURLE_OUT_OF_MEMORY:
		return fault_set(why, ERR_NOMEM, "out of memory");
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return fault_set(why, ERR_MALFORMED, "not a web address that can be asked: %s",
		    trouble);
	default:
		return fault_set(why, ERR_CLOSED, "cannot reach %s: %s", a->host, trouble);
	}
}

enum err
http_ask(const struct http_call *call, struct http_answer *out, struct fault *why)
{
	struct ask *a = NULL;
	enum err e;

	*out = (struct http_answer){ .retry_after_s = -1 };
	if ((e = ask_new(call, &a)) != ERR_NONE)
		return fault_set(why, e, "cannot ask: %s", err_name(e));
	if ((e = judge(a, curl_easy_perform(a->easy), why)) != ERR_NONE)
		buf_fini(&a->answer.body);
	*out = a->answer;
	buf_init(&a->answer.body, 0);
	ask_free(a);
	return e;
}

bool
http_url_is_private(const char *url)
{
	static const char *const own[] = { "127.0.0.1", "localhost", "[::1]" };
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL;
	bool is_private = false;

	if (parts == NULL || curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
		goto done;
	is_private = text_equal(scheme, "https");
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (text_equal(scheme, "http") && text_equal(host, own[i]))
			is_private = true;
done:
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	return is_private;
}

enum err
http_client_new(struct http_client **out)
{
	struct http_client *c = calloc(1, sizeof *c);

	ask_global_init();
	if (c == NULL || (c->multi = curl_multi_init()) == NULL) {
		free(c);
		return ERR_NOMEM;
	}
	*out = c;
	return ERR_NONE;
}

void
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return;
	while (c->asks != NULL) {
		struct ask *a = c->asks;

		c->asks = a->next;
		curl_multi_remove_handle(c->multi, a->easy);
		ask_free(a);
	}
	curl_multi_cleanup(c->multi);
	free(c);
}

enum err
http_client_start(struct http_client *c, const struct http_call *call, http_done_fn *done, void *ctx)
{
	struct ask *a = NULL;
	enum err e;

	assert(call->sink < 0);
	if ((e = ask_new(call, &a)) != ERR_NONE)
		return e;
	return ask_start(c, a, done, ctx);
}

enum err
ask_start(struct http_client *c, struct ask *a, http_done_fn *done, void *ctx)
{
	a->done = done;
	a->ctx = ctx;
	if (curl_multi_add_handle(c->multi, a->easy) != CURLM_OK) {
		ask_free(a);
		return ERR_NOMEM;
	}
	a->next = c->asks;
	c->asks = a;
	return ERR_NONE;
}

static void
finish(struct http_client *c, struct ask *a, CURLcode code)
{
	struct fault why = { ERR_NONE, "" };
	enum err e = judge(a, code, &why);

	curl_multi_remove_handle(c->multi, a->easy);
	for (struct ask **at = &c->asks; *at != NULL; at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	a->done(a->ctx, e, &a->answer, &why);
	ask_free(a);
}

size_t
http_client_busy(const struct http_client *c)
{
	size_t n = 0;

	for (const struct ask *a = c->asks; a != NULL; a = a->next)
		n++;
	return n;
}

enum err
http_client_turn(struct http_client *c, int fd, int timeout_ms)
{
	struct curl_waitfd extra = { .fd = fd, .events = CURL_WAIT_POLLIN };
	CURLMsg *message;
	int left;

	if (curl_multi_perform(c->multi, &left) != CURLM_OK)
		return ERR_IO;
	while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
		struct ask *a = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&a);
		finish(c, a, message->data.result);
	}
	if (curl_multi_poll(c->multi, &extra, fd >= 0 ? 1 : 0, timeout_ms, NULL) != CURLM_OK)
		return ERR_IO;
	return ERR_NONE;
}
