/* Goal of this test: no server holds a download, or what is said of it, by how slowly or how much it talks. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "net/http_client.h"

/* Bytes of a body that never ends by itself; a minute of drops. */
enum { ENDLESS = 1 << 30, DROPS = 1200, DROP_US = 50000 };

/* One question, answered with ${head} and then ${step} bytes at a time, ${pause} microseconds apart, ${length} in all or
 * until nobody listens. */
struct server {
	const char *head;
	size_t length, step;
	useconds_t pause;
	pid_t pid;
	char url[64];
};

static void
serve_one(const struct server *s, int listener)
{
	static const char body[65536];
	int fd = accept(listener, NULL, NULL);
	char request[4096];
	size_t sent = 0;
	ssize_t n = read(fd, request, sizeof request);

	if (n > 0)
		n = write(fd, s->head, strlen(s->head));
	while (n > 0 && sent < s->length && (n = write(fd, body, s->step)) > 0) {
		sent += (size_t)n;
		usleep(s->pause);
	}
	close(fd);
}

static void
server_start(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof at;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK_EQ(bind(listener, (struct sockaddr *)&at, size), 0);
	CHECK_EQ(listen(listener, 5), 0);
	CHECK_EQ(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%u/", (unsigned)ntohs(at.sin_port));
	s->pid = fork();
	if (s->pid == 0) {
		signal(SIGPIPE, SIG_IGN);
		serve_one(s, listener);
		_exit(0);
	}
	CHECK(s->pid > 0);
	close(listener);
}

static void
server_end(const struct server *s)
{
	kill(s->pid, SIGKILL);
	CHECK_EQ(waitpid(s->pid, NULL, 0), s->pid);
}

/* Ask it for a file of at most ${most} bytes; *size is what the sink then holds. */
static enum err
download(struct server *s, uint64_t most, struct http_answer *answer, off_t *size)
{
	char path[200];
	struct http_call call = { .method = "GET", .timeout_ms = 120000, .max_answer = most, .patience_s = 2 };
	struct fault why;
	enum err e;

	snprintf(path, sizeof path, "%s/sink", test_dir());
	call.sink = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(call.sink >= 0);
	server_start(s);
	call.url = s->url;
	e = http_ask(&call, answer, &why);
	if (e == ERR_NONE)
		http_answer_fini(answer);
	*size = lseek(call.sink, 0, SEEK_END);
	server_end(s);
	close(call.sink);
	return e;
}

TEST(a_file_comes_whole_and_one_byte_more_than_allowed_is_a_limit)
{
	struct server s = { .head = "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n", .length = 65536, .step = 65536 };
	struct http_answer answer;
	off_t size;

	CHECK_EQ(download(&s, 65536, &answer, &size), ERR_NONE);
	CHECK_EQ(size, 65536);
	CHECK_EQ(download(&s, 65535, &answer, &size), ERR_LIMIT);
	CHECK_EQ(answer.status, 200);
}

TEST(a_server_that_drips_is_left_long_before_it_has_told_all)
{
	struct server s = { .head = "HTTP/1.1 200 OK\r\nContent-Length: 1200\r\n\r\n", .length = DROPS, .step = 1,
		.pause = DROP_US };
	struct http_answer answer;
	off_t size;

	CHECK_EQ(download(&s, 65536, &answer, &size), ERR_TIMEOUT);
	CHECK(size < DROPS);
}

TEST(the_page_of_an_error_is_not_waited_for_and_its_status_is_known)
{
	struct server endless = { .head = "HTTP/1.1 404 Not Found\r\n\r\n", .length = ENDLESS, .step = 65536 };
	struct server busy = { .head = "HTTP/1.1 503 Busy\r\nRetry-After: 77\r\nContent-Length: 5000\r\n\r\n",
		.length = 5000, .step = 5000 };
	struct http_answer answer;
	off_t size;

	CHECK_EQ(download(&endless, 100, &answer, &size), ERR_NONE);
	CHECK_EQ(answer.status, 404);
	CHECK_EQ(size, 0);
	CHECK_EQ(download(&busy, 100, &answer, &size), ERR_NONE);
	CHECK_EQ(answer.status, 503);
	CHECK_EQ(answer.retry_after_s, 77);
	CHECK_EQ(size, 0);
}
