/* net/http_server.c: see http_server.h. */
#include "net/http_server.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"

struct http_server {
	struct evhttp *http;
	struct evhttp_bound_socket *socket;
	http_handler_fn *handler;
	void *ctx;
};

/* One of ours for each of libevent's, for as long as it is unanswered. */
struct http_request {
	struct evhttp_request *inner;
	http_gone_fn *gone;
	void *ctx;
	http_filter_fn *filter;
	void *filter_ctx;
};

static const struct {
	const char *name, *value;
} security_headers[] = {
	{ "X-Content-Type-Options", "nosniff" },
	/* Not "no-referrer": a form's Origin would be "null" then, and tell us nothing. */
	{ "Referrer-Policy", "same-origin" },
	{ "Content-Security-Policy",
	    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self';"
	    " frame-ancestors 'none'; base-uri 'none'" },
};

static void
client_left(struct evhttp_connection *connection, void *ctx)
{
	struct http_request *r = ctx;

	(void)connection;
	if (r->gone != NULL)
		r->gone(r->ctx);
	free(r);
}

static void
take_request(struct evhttp_request *inner, void *ctx)
{
	struct http_server *s = ctx;
	struct http_request *r = calloc(1, sizeof *r);

	if (r == NULL) {
		evhttp_send_error(inner, 503, NULL);
		return;
	}
	r->inner = inner;
	evhttp_connection_set_closecb(evhttp_request_get_connection(inner), client_left, r);
	s->handler(s->ctx, r);
}

enum err
http_server_new(struct event_base *base, int listener, http_handler_fn *handler, void *ctx,
    struct http_server **out)
{
	struct http_server *s = calloc(1, sizeof *s);
	struct evconnlistener *accepting;

	if (s == NULL || (s->http = evhttp_new(base)) == NULL)
		goto nomem;
	s->handler = handler;
	s->ctx = ctx;
	evhttp_set_max_body_size(s->http, HTTP_BODY_MAX);
	evhttp_set_max_headers_size(s->http, HTTP_HEADERS_MAX);
	evhttp_set_timeout(s->http, HTTP_IDLE_S);
	evhttp_set_allowed_methods(s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
		EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_PATCH);
	evhttp_set_gencb(s->http, take_request, s);
	accepting = evconnlistener_new(base, NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, listener);
	if (accepting == NULL ||
	    (s->socket = evhttp_bind_listener(s->http, accepting)) == NULL)
		goto nomem;
	*out = s;
	return ERR_NONE;
nomem:
	http_server_free(s);
	return ERR_NOMEM;
}

void
http_server_stop(struct http_server *s)
{
	if (s->socket != NULL)
		evconnlistener_disable(evhttp_bound_socket_get_listener(s->socket));
}

void
http_server_free(struct http_server *s)
{
	if (s == NULL)
		return;
	if (s->http != NULL)
		evhttp_free(s->http);
	free(s);
}

const char *
http_request_method(const struct http_request *r)
{
	switch (evhttp_request_get_command(r->inner)) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	default:
		return "";
	}
}

const char *
http_request_path(const struct http_request *r)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->inner);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);

	return path == NULL || path[0] == '\0' ? "/" : path;
}

struct bytes
http_request_query(const struct http_request *r)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(r->inner);
	const char *query = uri == NULL ? NULL : evhttp_uri_get_query(uri);

	return bytes_of_text(query == NULL ? "" : query);
}

struct bytes
http_request_body(const struct http_request *r)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(r->inner);
	size_t n = evbuffer_get_length(in);

	return bytes_of(n == 0 ? NULL : evbuffer_pullup(in, -1), n);
}

const char *
http_request_header(const struct http_request *r, const char *name)
{
	return evhttp_find_header(evhttp_request_get_input_headers(r->inner), name);
}

const char *
http_request_peer(const struct http_request *r)
{
	char *address = NULL;
	ev_uint16_t port;

	evhttp_connection_get_peer(evhttp_request_get_connection(r->inner), &address, &port);
	return address == NULL ? "" : address;
}

const char *
http_request_bearer(const struct http_request *r)
{
	static const char scheme[] = "Bearer ";
	const char *value = http_request_header(r, "Authorization");

	if (value == NULL || strncasecmp(value, scheme, sizeof scheme - 1) != 0)
		return NULL;
	return value + sizeof scheme - 1;
}

void
http_answer_header(struct http_request *r, const char *name, const char *value)
{
	/* libevent refuses values with line breaks, so none can split the answer. */
	evhttp_add_header(evhttp_request_get_output_headers(r->inner), name, value);
}

static void
begin_answer(struct http_request *r, const char *content_type)
{
	for (size_t i = 0; i < sizeof security_headers / sizeof security_headers[0]; i++)
		http_answer_header(r, security_headers[i].name, security_headers[i].value);
	if (content_type != NULL)
		http_answer_header(r, "Content-Type", content_type);
	if (evhttp_find_header(evhttp_request_get_output_headers(r->inner), "Cache-Control") == NULL)
		http_answer_header(r, "Cache-Control", "no-store");
	evhttp_connection_set_closecb(evhttp_request_get_connection(r->inner), NULL, NULL);
}

const char *
http_answer_find_header(const struct http_request *r, const char *name)
{
	return evhttp_find_header(evhttp_request_get_output_headers(r->inner), name);
}

void
http_answer(struct http_request *r, int status, const char *content_type, struct bytes body)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(r->inner);
	struct http_outgoing answer = { status, content_type, body };

	if (r->filter != NULL)
		r->filter(r->filter_ctx, r, &answer);
	begin_answer(r, answer.content_type);
	if (answer.body.n > 0)
		evbuffer_add(out, answer.body.p, answer.body.n);
	evhttp_send_reply(r->inner, answer.status, NULL, NULL);
	free(r);
}

void
http_request_filter(struct http_request *r, http_filter_fn *filter, void *ctx)
{
	r->filter = filter;
	r->filter_ctx = ctx;
}

void
http_answer_file(struct http_request *r, const char *content_type, int fd, uint64_t from, uint64_t size)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(r->inner);
	char range[80];

	if (from > 0) {
		snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)from,
		    (unsigned long long)size - 1, (unsigned long long)size);
		http_answer_header(r, "Content-Range", range);
	}
	begin_answer(r, content_type);
	if (size == 0)
		close(fd);
	else if (evbuffer_add_file(out, fd, (ev_off_t)from, (ev_off_t)(size - from)) != 0)
		close(fd);
	evhttp_send_reply(r->inner, from > 0 ? 206 : 200, NULL, NULL);
	free(r);
}

void
http_request_keep(struct http_request *r, http_gone_fn *gone, void *ctx)
{
	r->gone = gone;
	r->ctx = ctx;
}
