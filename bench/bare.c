/* bench/bare: the yardstick: what libevent's HTTP server does on one core when the answer costs nothing: a fixed
 * one of 320 bytes. Listens on a free port of 127.0.0.1, prints it, and runs until it is killed. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { ANSWER_SIZE = 320 };

static void
answer(struct evhttp_request *r, void *ctx)
{
	evbuffer_add(evhttp_request_get_output_buffer(r), ctx, ANSWER_SIZE);
	evhttp_send_reply(r, 200, NULL, NULL);
}

int
main(void)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = base == NULL ? NULL : evhttp_new(base);
	struct evhttp_bound_socket *bound =
	    http == NULL ? NULL : evhttp_bind_socket_with_handle(http, "127.0.0.1", 0);
	struct sockaddr_in at;
	socklen_t n = sizeof at;
	char text[ANSWER_SIZE];

	memset(text, 'x', sizeof text);
	if (bound == NULL ||
	    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&at, &n) != 0) {
		fputs("bare: cannot listen\n", stderr);
		return 2;
	}
	evhttp_set_gencb(http, answer, text);
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return event_base_dispatch(base);
}
