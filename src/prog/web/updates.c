/* prog/web/updates.c: what the publisher released, served as the plain files that it is. Any other web
 * server could do the same: nothing here is secret, and nothing is decided here. */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "prog/web/answer.h"
#include "prog/web/updates.h"

/* Names that a repository has: letters, digits, dots and dashes, no part that begins with a dot. */
static bool
path_is_plain(const char *path)
{
	char before = '/';

	for (; *path != '\0'; before = *path++) {
		if (*path == '.' && before == '/')
			return false;
		if (*path == '/' && before == '/')
			return false;
		if (!isalnum((unsigned char)*path) && strchr("/.-_", *path) == NULL)
			return false;
	}
	return true;
}

/* Only the timestamp and the search for a newer root change; all else is named by its version or hash. */
static const char *
cache_rule(const char *path)
{
	if (text_equal(path, "metadata/timestamp.json"))
		return "public, max-age=60, must-revalidate";
	return "public, max-age=31536000, immutable";
}

/* Where to begin: a download that broke off goes on, if it is of this very file. Other forms of ranges are not asked
 * for by our devices; whoever asks for them gets all. */
static uint64_t
find_start(const struct call *c, const char *etag, uint64_t size)
{
	static const char unit[] = "bytes=";
	const char *range = http_request_header(c->request, "Range");
	const char *same = http_request_header(c->request, "If-Range");
	size_t n = range == NULL ? 0 : strlen(range);
	uint64_t from;

	if (n < sizeof unit || strncmp(range, unit, sizeof unit - 1) != 0 || range[n - 1] != '-')
		return 0;
	if (same != NULL && !text_equal(same, etag))
		return 0;
	range += sizeof unit - 1;
	if (text_to_u64(bytes_of(range, strlen(range) - 1), INT64_MAX, &from) != ERR_NONE || from >= size)
		return 0;
	return from;
}

static void
send_file(struct call *c, int fd, const struct stat *st)
{
	const char *known = http_request_header(c->request, "If-None-Match");
	char etag[64];

	snprintf(etag, sizeof etag, "\"%llx-%llx-%llx\"", (unsigned long long)st->st_ino,
	    (unsigned long long)st->st_size,
	    (unsigned long long)st->st_mtim.tv_sec * 1000000000ULL +
		(unsigned long long)st->st_mtim.tv_nsec);
	http_answer_header(c->request, "ETag", etag);
	http_answer_header(c->request, "Cache-Control", cache_rule(c->parameter));
	if (known != NULL && text_equal(known, etag)) {
		close(fd);
		http_answer(c->request, 304, NULL, bytes_of(NULL, 0));
		return;
	}
	http_answer_file(c->request, "application/octet-stream", fd,
	    find_start(c, etag, (uint64_t)st->st_size), (uint64_t)st->st_size);
}

void
updates_get(struct call *c)
{
	struct stat st;
	int fd = -1;

	if (c->web->updates_dir >= 0 && path_is_plain(c->parameter))
		fd = openat(c->web->updates_dir, c->parameter,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		send_file(c, fd, &st);
		return;
	}
	if (fd >= 0)
		close(fd);
	answer_problem(c->request, 404, "not_found", "No such file has been published.");
}
