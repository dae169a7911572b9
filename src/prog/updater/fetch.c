/* updater/fetch.c: see fetch.h. */
#include "prog/updater/fetch.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "net/http_client.h"
#include "os/clock.h"
#include "os/file.h"

enum {
	METADATA_TIMEOUT_MS = 30000,
	TARGET_TIMEOUT_MS = 1800000,	/* so that after a very slow place there is time for another */
	NOTE_MAX = 4096,		/* an address, a digest and an ETag */
	NOTE_LINES = 3,
	ROUNDS_MAX = 8			/* through all places, as long as each round brings something */
};

/* What is kept beside the trusted metadata. A note is as many lines as its file needs. */
static const char seen_note[] = "timestamp.seen";	/* from where, SHA-256, ETag */
static const char part_name[] = "download.part";
static const char part_note[] = "download.seen";	/* which target, ETag */

struct note {
	char text[NOTE_MAX];
	const char *lines[NOTE_LINES];	/* "" where there is none */
};

static void
read_note(int dir, const char *name, struct note *n)
{
	struct fault unused;
	struct buf text;
	char *at = n->text, *end;

	n->text[0] = '\0';
	buf_init(&text, NOTE_MAX - 1);
	if (file_read(dir, name, &text, &unused) == ERR_NONE)
		text_from_bytes(n->text, sizeof n->text, buf_bytes(&text));
	buf_fini(&text);
	for (size_t i = 0; i < NOTE_LINES; i++) {
		n->lines[i] = at;
		end = strchr(at, '\n');
		if (end == NULL) {
			at += strlen(at);
			continue;
		}
		*end = '\0';
		at = end + 1;
	}
}

/* A note that cannot be kept costs a download, no more. */
static void
keep_note(int dir, const char *name, const char *const lines[static NOTE_LINES])
{
	struct fault unused;
	struct buf text;

	buf_init(&text, NOTE_MAX - 1);
	for (size_t i = 0; i < NOTE_LINES; i++)
		buf_printf(&text, "%s\n", lines[i]);
	if (text.err != ERR_NONE || file_replace(dir, name, buf_bytes(&text), 0644, &unused) != ERR_NONE)
		unlinkat(dir, name, 0);
	buf_fini(&text);
}

/* Place 0 is the first, the mirrors follow. */
static const char *
place(const struct fetcher *f, uint32_t i)
{
	return i == 0 ? f->job->server : f->job->update.mirrors[i - 1];
}

static uint32_t
place_count(const struct fetcher *f)
{
	return 1 + f->job->update.mirror_count;
}

bool
fetch_is_outage(enum err e)
{
	return e == ERR_CLOSED || e == ERR_TIMEOUT;
}

/* The same of what no other place sends: more than was announced. */
static bool
may_be_better_elsewhere(enum err e)
{
	return fetch_is_outage(e) || e == ERR_LIMIT;
}

/* 304 and 206 come only to those who asked for them. */
static bool
is_success(const struct http_call *call, int status)
{
	return status == 200 || (status == 206 && call->resume_from > 0) ||
	    (status == 304 && call->if_none_match != NULL);
}

static enum err
ask(struct fetcher *f, const char *base, const char *path, struct http_call *call, struct http_answer *answer,
    struct fault *why)
{
	char url[URL_SIZE + TUF_PATH_SIZE + 16];
	size_t n = strlen(base);
	const char *slash = n > 0 && base[n - 1] == '/' ? "" : "/";
	const char *folder = call->sink >= 0 ? "targets/" : "metadata/";
	int length = snprintf(url, sizeof url, "%s%s%s%s", base, slash, folder, path);
	int64_t left_ms = f->deadline_ms - clock_boot_ms();
	enum err e;

	if (length < 0 || (size_t)length >= sizeof url)
		return fault_set(why, ERR_LIMIT, "the address of %s is too long", path);
	if (left_ms <= 0)
		return fault_set(why, ERR_TIMEOUT, "the update did not come in the time that it has; the next one goes on from there");
	if (call->timeout_ms > left_ms)
		call->timeout_ms = left_ms;
	call->url = url;
	call->method = "GET";
	e = http_ask(call, answer, why);
	if (is_success(call, answer->status)) {
		/* One serves: what others asked for does not matter any more. */
		f->retry_after_s = -1;
		return e;
	}
	/* A refusal with a page too long to keep is a refusal. */
	if (e != ERR_NONE && e != ERR_LIMIT)
		return e;
	http_answer_fini(answer);
	if (answer->status == 404)
		return fault_set(why, ERR_NOT_FOUND, "the update service does not have %s", path);
	if (answer->retry_after_s > f->retry_after_s)
		f->retry_after_s = answer->retry_after_s;
	return fault_set(why, ERR_CLOSED, "the update service answered with status %d for %s",
	    answer->status, path);
}

/* The timestamp that is trusted here, if it is just what ${base} served when it gave the ETag of ${n}: one that came and
 * was refused must not be what "unchanged" means. */
static bool
has_seen(const struct fetcher *f, const char *base, const struct note *n, struct buf *kept)
{
	char digest[HASH_HEX_SIZE];
	struct fault unused;

	return n->lines[2][0] != '\0' && text_equal(n->lines[0], base) &&
	    file_read(f->dir, "timestamp.json", kept, &unused) == ERR_NONE &&
	    hash_sha256_hex(buf_bytes(kept), digest) == ERR_NONE && text_equal(digest, n->lines[1]);
}

static void
note_seen(const struct fetcher *f, const char *base, const struct http_answer *answer)
{
	char digest[HASH_HEX_SIZE];

	if (answer->etag[0] == '\0' || hash_sha256_hex(buf_bytes(&answer->body), digest) != ERR_NONE)
		unlinkat(f->dir, seen_note, 0);
	else
		keep_note(f->dir, seen_note, (const char *const[]){ base, digest, answer->etag });
}

static enum err
fetch_timestamp(struct fetcher *f, const char *base, struct buf *out, struct fault *why)
{
	struct http_call call = { .timeout_ms = METADATA_TIMEOUT_MS, .max_answer = out->max, .sink = -1 };
	struct http_answer answer;
	struct note note;
	struct buf kept;
	enum err e;

	buf_init(&kept, out->max);
	read_note(f->dir, seen_note, &note);
	if (has_seen(f, base, &note, &kept))
		call.if_none_match = note.lines[2];
	if ((e = ask(f, base, "timestamp.json", &call, &answer, why)) != ERR_NONE)
		goto done;
	buf_put(out, buf_bytes(answer.status == 304 ? &kept : &answer.body));
	if (answer.status == 200)
		note_seen(f, base, &answer);
	http_answer_fini(&answer);
done:
	buf_fini(&kept);
	return e;
}

static enum err
fetch_file(struct fetcher *f, const char *base, const char *path, struct buf *out, struct fault *why)
{
	struct http_call call = { .timeout_ms = METADATA_TIMEOUT_MS, .max_answer = out->max - out->n, .sink = -1 };
	struct http_answer answer;
	enum err e = ask(f, base, path, &call, &answer, why);

	if (e != ERR_NONE)
		return e;
	buf_put(out, buf_bytes(&answer.body));
	http_answer_fini(&answer);
	return ERR_NONE;
}

enum err
fetch_metadata(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	struct fetcher *f = ctx;
	size_t n = strlen(path);
	bool is_root = n > 10 && text_equal(path + n - 10, ".root.json");
	enum err e = ERR_CLOSED;	/* nobody was asked yet */

	for (uint32_t i = 0; i < place_count(f) && may_be_better_elsewhere(e); i++)
		e = text_equal(path, "timestamp.json") ? fetch_timestamp(f, place(f, i), out, why)
						       : fetch_file(f, place(f, i), path, out, why);
	/* What was served once, and refused, must not stand in the daemon's way. */
	if (e == ERR_NOT_FOUND && is_root)
		unlinkat(f->dir, path, 0);
	if (e != ERR_NONE)
		return e;
	if (out->err != ERR_NONE)
		return fault_set(why, out->err, "cannot keep %s: %s", path, err_name(out->err));
	return is_root ? file_replace(f->dir, path, buf_bytes(out), 0644, why) : ERR_NONE;
}

/* A target on its way. */
struct download {
	const struct fetcher *fetcher;
	const struct tuf_target *target;
	int fd;
	struct note note;
};

static uint64_t
size_so_far(const struct download *d)
{
	struct stat st;

	return fstat(d->fd, &st) == 0 && (uint64_t)st.st_size <= d->target->length ? (uint64_t)st.st_size : 0;
}

/* Take up what there is of it; of another target nothing is kept. */
static enum err
open_part(struct download *d, struct fault *why)
{
	int dir = d->fetcher->dir;

	read_note(dir, part_note, &d->note);
	d->fd = openat(dir, part_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->fd < 0)
		return fault_errno(why, "cannot make a file for the download");
	if (text_equal(d->note.lines[0], d->target->path))
		return ERR_NONE;
	unlinkat(dir, part_note, 0);
	return ftruncate(d->fd, 0) == 0 ? ERR_NONE : fault_errno(why, "cannot begin the download");
}

/* Only a strong ETag says that two answers are the same byte for byte (RFC 9110 §13.1.5). */
static void
note_part(void *ctx, const struct http_answer *answer)
{
	const struct download *d = ctx;

	if (answer->status != 200)
		return;
	if (answer->etag[0] != '"')
		unlinkat(d->fetcher->dir, part_note, 0);
	else
		keep_note(d->fetcher->dir, part_note, (const char *const[]){ d->target->path, answer->etag, "" });
}

/* Whoever spoilt it, the next try begins with nothing. */
static enum err
forget_part(const struct download *d, struct fault *why)
{
	unlinkat(d->fetcher->dir, part_note, 0);
	return ftruncate(d->fd, 0) == 0 ? ERR_NONE : fault_errno(why, "cannot begin the download anew");
}

/* Whether the answer shows that what it was to go on from, or what came, is not the target: too much, another part, or a
 * part that is not there (416). */
static bool
is_spoilt(enum err e, int status)
{
	return status == 416 || (status != 0 && (e == ERR_LIMIT || e == ERR_MALFORMED)) || e == ERR_FORGED;
}

/* From one place: the rest, if it is the same file there, else all of it. */
static enum err
fetch_part(struct fetcher *f, struct download *d, const char *base, struct fault *why)
{
	struct http_call call = { .timeout_ms = TARGET_TIMEOUT_MS, .max_answer = d->target->length, .sink = d->fd,
		.begins = note_part, .begins_ctx = d };
	struct http_answer answer = { .status = 0 };
	struct fault trouble;
	enum err e = ERR_NONE;

	read_note(f->dir, part_note, &d->note);
	if (text_equal(d->note.lines[0], d->target->path) && d->note.lines[1][0] == '"') {
		call.resume_from = size_so_far(d);
		call.if_range = d->note.lines[1];
	}
	if (call.resume_from < d->target->length || d->target->length == 0) {
		if ((e = ask(f, base, d->target->path, &call, &answer, why)) == ERR_NONE)
			http_answer_fini(&answer);
	}
	if (e == ERR_NONE)
		e = tuf_target_check(d->target, d->fd, why);
	if (e == ERR_FULL)
		return fault_set(why, e, "there is no room on the disk for the update");
	if (!is_spoilt(e, answer.status))
		return e;
	if (forget_part(d, &trouble) != ERR_NONE)
		return fault_set(why, trouble.err, "%s", trouble.text);
	return call.resume_from > 0 ? fetch_part(f, d, base, why) : e;
}

enum err
fetch_target(struct fetcher *f, const struct tuf_target *target, int *out, struct fault *why)
{
	struct download d = { .fetcher = f, .target = target, .fd = -1 };
	uint64_t before;
	enum err e;

	if ((e = open_part(&d, why)) != ERR_NONE)
		goto done;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		before = size_so_far(&d);
		for (uint32_t i = 0; i < place_count(f); i++) {
			e = fetch_part(f, &d, place(f, i), why);
			if (!may_be_better_elsewhere(e) && e != ERR_FORGED && e != ERR_NOT_FOUND && e != ERR_MALFORMED)
				break;
		}
		if (!fetch_is_outage(e) || size_so_far(&d) <= before || f->retry_after_s >= 0)
			break;
	}
	if (e != ERR_NONE)
		goto done;
	*out = d.fd;
	d.fd = -1;
done:
	if (d.fd >= 0)
		close(d.fd);
	return e;
}

bool
fetch_has_part(const struct fetcher *f, const struct tuf_target *target)
{
	struct note note;
	struct stat st;

	read_note(f->dir, part_note, &note);
	return text_equal(note.lines[0], target->path) &&
	    fstatat(f->dir, part_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

void
fetch_forget(const struct fetcher *f)
{
	unlinkat(f->dir, part_note, 0);
	unlinkat(f->dir, part_name, 0);
}
