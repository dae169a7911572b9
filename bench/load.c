/* bench/load: how many requests does a server on this machine answer in a second, and how long does each take?
 * Plays a file of requests, a line each: METHOD PATH TOKEN BODY, where "-" is none. Each of the connections has
 * one request under way and sends the next when it is answered, or, with --rate, when its time has come: then
 * the time that a request waited for its connection counts, as it would for whoever sent it. Prints one line of
 * JSON. Only for loopback addresses: it is no tool to bother others with. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
    "usage: load --port N --requests FILE [--connections N] [--seconds N] [--rate N] [--once]\n"
    "  --connections N  8 unless given\n"
    "  --seconds N      10 unless given\n"
    "  --rate N         so many requests a second in all; as many as are answered unless given\n"
    "  --once           every request once, then end\n";

enum { CONNECTIONS_MAX = 4096, ANSWER_ROOM = 65536, EVENTS = 256 };

struct connection {
	int fd;
	bool busy;
	const char *out;	/* what is left of the request */
	size_t out_n;
	int64_t begun_ns;
	size_t got;		/* of the answer */
	char in[ANSWER_ROOM];
};

static struct {
	int port, connections, seconds;
	double rate;
	bool once;
	const char *requests;
} options = { .connections = 8, .seconds = 10 };

static struct {
	char **text;		/* each a whole HTTP request */
	size_t *size;
	size_t count, next;
	int64_t *took_ns;	/* of each answer */
	size_t answers, room, refused;
	int64_t first_due_ns;
	size_t due;		/* requests whose time has come, by --rate */
} run;

static void
fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
add_request(char *line)
{
	char *method = strtok(line, " "), *path = strtok(NULL, " "), *token = strtok(NULL, " ");
	char *body = strtok(NULL, ""), *text = NULL;
	int n;

	if (method == NULL || path == NULL || token == NULL || body == NULL) {
		fprintf(stderr, "load: a line is not METHOD PATH TOKEN BODY\n");
		exit(2);
	}
	if (strcmp(body, "-") == 0)
		body[0] = '\0';
	n = asprintf(&text,
	    "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s%s%sContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    method, path, options.port, strcmp(token, "-") == 0 ? "" : "Authorization: Bearer ",
	    strcmp(token, "-") == 0 ? "" : token, strcmp(token, "-") == 0 ? "" : "\r\n", strlen(body),
	    body);
	run.text = realloc(run.text, (run.count + 1) * sizeof *run.text);
	run.size = realloc(run.size, (run.count + 1) * sizeof *run.size);
	if (n < 0 || run.text == NULL || run.size == NULL)
		fail("memory");
	run.text[run.count] = text;
	run.size[run.count++] = (size_t)n;
}

static void
read_requests(void)
{
	FILE *f = fopen(options.requests, "r");
	size_t room = 0;
	char *line = NULL;
	ssize_t n;

	if (f == NULL)
		fail(options.requests);
	while ((n = getline(&line, &room, f)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		add_request(line);
	}
	free(line);
	fclose(f);
	if (run.count == 0) {
		fprintf(stderr, "load: %s is empty\n", options.requests);
		exit(2);
	}
}

static void
open_connection(struct connection *c, int epoll)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0)
		fail("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		fail("epoll");
}

/* Requests are far smaller than a socket's buffer. */
static void
start_request(struct connection *c, int64_t begun_ns)
{
	size_t i = run.next++ % run.count;
	ssize_t n = write(c->fd, run.text[i], run.size[i]);

	if (n != (ssize_t)run.size[i])
		fail("write");
	c->busy = true;
	c->begun_ns = begun_ns;
	c->got = 0;
}

static bool
may_start(int64_t now)
{
	if (options.once && run.next >= run.count)
		return false;
	if (options.rate == 0)
		return true;
	return (double)(now - run.first_due_ns) / 1e9 * options.rate > (double)run.next;
}

/* When the next request was due, by --rate; now without it. */
static int64_t
due_ns(int64_t now)
{
	if (options.rate == 0)
		return now;
	return run.first_due_ns + (int64_t)((double)run.next / options.rate * 1e9);
}

static void
note_answer(struct connection *c, int64_t now)
{
	if (run.answers == run.room) {
		run.room = run.room == 0 ? 65536 : run.room * 2;
		run.took_ns = realloc(run.took_ns, run.room * sizeof *run.took_ns);
		if (run.took_ns == NULL)
			fail("memory");
	}
	run.took_ns[run.answers++] = now - c->begun_ns;
	if (c->got < 12 || c->in[9] != '2') {
		if (run.refused++ == 0)
			fprintf(stderr, "load: refused: %.300s\n", c->in);
	}
	c->busy = false;
}

/* Whether the whole answer is there; it has a Content-Length, as ours all have. */
static bool
is_whole(struct connection *c)
{
	char *end, *length;

	c->in[c->got] = '\0';
	if ((end = strstr(c->in, "\r\n\r\n")) == NULL)
		return false;
	length = strcasestr(c->in, "\r\nContent-Length: ");
	if (length == NULL || length > end) {
		fprintf(stderr, "load: an answer without a length\n");
		exit(2);
	}
	return c->got >= (size_t)(end + 4 - c->in) + strtoul(length + 18, NULL, 10);
}

static void
take_answer(struct connection *c)
{
	ssize_t n = read(c->fd, c->in + c->got, sizeof c->in - 1 - c->got);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail("a connection was closed");
	c->got += (size_t)n;
	if (is_whole(c))
		note_answer(c, now_ns());
}

static int
start_due(struct connection *all)
{
	int busy = 0;

	for (int i = 0; i < options.connections; i++) {
		int64_t now = now_ns();

		if (!all[i].busy && may_start(now))
			start_request(&all[i], due_ns(now));
		busy += all[i].busy;
	}
	return busy;
}

static void
play(struct connection *all, int epoll)
{
	struct epoll_event events[EVENTS];
	int64_t end = now_ns() + (int64_t)options.seconds * 1000000000;

	run.first_due_ns = now_ns();
	for (;;) {
		bool over = now_ns() >= end;
		int busy = over ? 0 : start_due(all), n;

		if (over || (busy == 0 && options.once && run.next >= run.count))
			return;
		/* By --rate the next may be due before anything is answered. */
		n = epoll_wait(epoll, events, EVENTS, options.rate == 0 ? 1000 : 0);
		for (int i = 0; i < n; i++)
			take_answer(events[i].data.ptr);
	}
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double
percentile_ms(double p)
{
	size_t i = (size_t)((double)run.answers * p);

	if (run.answers == 0)
		return 0;
	return (double)run.took_ns[i < run.answers ? i : run.answers - 1] / 1e6;
}

static void
read_options(int argc, char **argv)
{
	static const struct option known[] = { { "port", required_argument, NULL, 'p' },
		{ "requests", required_argument, NULL, 'r' },
		{ "connections", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' }, { "rate", required_argument, NULL, 'R' },
		{ "once", no_argument, NULL, 'o' }, { 0 } };
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 'p':
			options.port = atoi(optarg);
			break;
		case 'r':
			options.requests = optarg;
			break;
		case 'c':
			options.connections = atoi(optarg);
			break;
		case 's':
			options.seconds = atoi(optarg);
			break;
		case 'R':
			options.rate = atof(optarg);
			break;
		case 'o':
			options.once = true;
			break;
		default:
			fputs(usage, stderr);
			exit(2);
		}
	}
	if (options.port <= 0 || options.port > 65535 || options.requests == NULL || optind != argc ||
	    options.connections < 1 || options.connections > CONNECTIONS_MAX || options.seconds < 1) {
		fputs(usage, stderr);
		exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct connection *all;
	int64_t begun;
	double took;
	int epoll;

	read_options(argc, argv);
	read_requests();
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) < 0 ||
	    (all = calloc((size_t)options.connections, sizeof *all)) == NULL)
		fail("set up");
	for (int i = 0; i < options.connections; i++)
		open_connection(&all[i], epoll);
	begun = now_ns();
	play(all, epoll);
	took = (double)(now_ns() - begun) / 1e9;
	qsort(run.took_ns, run.answers, sizeof *run.took_ns, compare);
	printf("{\"answers\":%zu,\"refused\":%zu,\"seconds\":%.3f,\"per_second\":%.1f,\"p50_ms\":%.3f,"
	       "\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
	    run.answers, run.refused, took, (double)run.answers / took, percentile_ms(0.5),
	    percentile_ms(0.99), percentile_ms(1));
	return run.refused == 0 ? 0 : 1;
}
