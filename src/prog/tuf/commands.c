/* tuf/commands.c: see commands.h. */
#include "prog/tuf/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/encode.h"
#include "net/http_client.h"
#include "os/clock.h"
#include "os/file.h"
#include "tuf/client.h"

enum {
	METADATA_TIMEOUT_MS = 60000,
	TARGET_TIMEOUT_MS = 3600000,
	URL_MAX = 8192	/* what web servers take */
};

/* --- the network --- */

/* "BASE/PATH". */
static enum err
make_url(const char *base, const char *path, struct buf *out, struct fault *why)
{
	size_t n = strlen(base);

	buf_put_string(out, base);
	if (n == 0 || base[n - 1] != '/')
		buf_u8(out, '/');
	buf_put_string(out, path);
	buf_u8(out, '\0');
	return out->err == ERR_NONE ? ERR_NONE :
				      fault_set(why, out->err, "the address of %s is too long", path);
}

/* Ask for ${path}. ERR_NOT_FOUND also for 403: it is what some stores say of what they do not have. */
static enum err
fetch(const char *base, const char *path, struct http_call *call, struct http_answer *answer,
    struct fault *why)
{
	struct buf url;
	enum err e;

	buf_init(&url, URL_MAX);
	call->method = "GET";
	if ((e = make_url(base, path, &url, why)) != ERR_NONE)
		goto done;
	call->url = (const char *)url.p;
	if ((e = http_ask(call, answer, why)) != ERR_NONE || answer->status == 200)
		goto done;
	e = answer->status == 404 || answer->status == 403 ? ERR_NOT_FOUND : ERR_CLOSED;
	fault_set(why, e, "the repository answered with status %d for %s", answer->status, path);
	http_answer_fini(answer);
done:
	buf_fini(&url);
	return e;
}

static enum err
fetch_metadata(void *ctx, const char *path, struct buf *out, struct fault *why)
{
	const struct tuf_options *o = ctx;
	struct http_call call = { .timeout_ms = METADATA_TIMEOUT_MS, .max_answer = out->max, .sink = -1 };
	struct http_answer answer;
	enum err e;

	if ((e = fetch(o->metadata_url, path, &call, &answer, why)) != ERR_NONE)
		return e;
	buf_put(out, buf_bytes(&answer.body));
	http_answer_fini(&answer);
	return out->err == ERR_NONE ? ERR_NONE : fault_set(why, out->err, "cannot keep %s", path);
}

/* --- targets --- */

/* A path as an address: what has a meaning of its own there is escaped, '/' parts folders. */
static void
escape_path(const char *path, struct buf *out)
{
	static const char kept[] = "/!$&'()*+,;=:@";

	for (; *path != '\0'; path++) {
		char one[2] = { *path, '\0' };

		if (strchr(kept, *path) != NULL)
			buf_u8(out, (uint8_t)*path);
		else
			encode_url(one, out);
	}
	buf_u8(out, '\0');
}

static enum err
fetch_to(const struct tuf_options *o, const struct tuf_target *target, int to, struct fault *why)
{
	struct http_call call = { .timeout_ms = TARGET_TIMEOUT_MS, .max_answer = target->length,
		.sink = to };
	struct http_answer answer;
	struct buf path;
	enum err e;

	buf_init(&path, URL_MAX);
	escape_path(target->path, &path);
	if (path.err != ERR_NONE)
		e = fault_set(why, path.err, "the address of %s is too long", target->name);
	else if ((e = fetch(o->target_url, (const char *)path.p, &call, &answer, why)) == ERR_NONE) {
		http_answer_fini(&answer);
		e = tuf_target_check(target, to, why);
	}
	buf_fini(&path);
	return e;
}

/* True when what lies there already is the target. */
static bool
is_there(int dir, const char *name, const struct tuf_target *target)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	bool is;

	if (fd < 0)
		return false;
	is = tuf_target_check(target, fd, NULL) == ERR_NONE;
	close(fd);
	return is;
}

/* Fetch beside its name, which it gets only when it is whole and right. */
static enum err
place(const struct tuf_options *o, int dir, const char *name, const struct tuf_target *target,
    struct fault *why)
{
	char fresh[TUF_FILE_SIZE + sizeof FILE_NEW_SUFFIX];
	enum err e;
	int fd;

	snprintf(fresh, sizeof fresh, "%s" FILE_NEW_SUFFIX, name);
	unlinkat(dir, fresh, 0);
	fd = openat(dir, fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fault_errno(why, "cannot make a file in %s", o->target_dir);
	if ((e = fetch_to(o, target, fd, why)) == ERR_NONE &&
	    (fsync(fd) != 0 || renameat(dir, fresh, dir, name) != 0 || file_sync_dir(dir) != ERR_NONE))
		e = fault_errno(why, "cannot keep %s", target->name);
	if (e != ERR_NONE)
		unlinkat(dir, fresh, 0);
	close(fd);
	return e;
}

static enum err
download_one(const struct tuf_options *o, struct tuf_client *c, int dir, const char *name,
    struct fault *why)
{
	struct tuf_target target;
	struct buf file;
	enum err e;

	buf_init(&file, TUF_FILE_SIZE);
	if ((e = tuf_client_target(c, name, &target, why)) != ERR_NONE)
		goto done;
	encode_url(name, &file);
	buf_u8(&file, '\0');
	if (file.err != ERR_NONE) {
		e = fault_set(why, file.err, "%s is too long for a file's name", name);
		goto done;
	}
	if (is_there(dir, (const char *)file.p, &target))
		printf("%s: unchanged\n", (const char *)file.p);
	else if ((e = place(o, dir, (const char *)file.p, &target, why)) == ERR_NONE)
		printf("%s: fetched\n", (const char *)file.p);
done:
	buf_fini(&file);
	return e;
}

/* --- commands --- */

/* The same root again is no reason to complain. */
static enum err
compare_root(int dir, const struct buf *root, struct fault *why)
{
	struct buf there;
	enum err e;

	buf_init(&there, TUF_ROOT_MAX);
	if ((e = file_read(dir, "root.json", &there, why)) == ERR_NONE &&
	    !bytes_equal(buf_bytes(&there), buf_bytes(root)))
		e = fault_set(why, ERR_EXISTS, "another root is trusted there already, and stays");
	else if (e == ERR_NONE)
		why->err = ERR_NONE;
	buf_fini(&there);
	return e;
}

enum err
tuf_run_init(const struct tuf_options *o, struct fault *why)
{
	struct buf root;
	int dir = -1;
	enum err e;

	buf_init(&root, TUF_ROOT_MAX);
	if ((e = file_read(AT_FDCWD, o->root, &root, why)) != ERR_NONE ||
	    (e = file_open_dir(AT_FDCWD, o->metadata_dir, true, &dir, why)) != ERR_NONE)
		goto done;
	if ((e = tuf_client_init(dir, buf_bytes(&root), why)) == ERR_EXISTS)
		e = compare_root(dir, &root, why);
done:
	if (dir >= 0)
		close(dir);
	buf_fini(&root);
	return e;
}

/* Refresh, and hand the client over. */
static enum err
open_fresh(const struct tuf_options *o, struct tuf_client **out, struct fault *why)
{
	struct tuf_client *c = NULL;
	int dir = -1;
	enum err e;

	if ((e = file_open_dir(AT_FDCWD, o->metadata_dir, false, &dir, why)) != ERR_NONE)
		return e;
	if ((e = tuf_client_open(dir, &c, why)) == ERR_NONE &&
	    (e = tuf_client_refresh(c, fetch_metadata, (void *)(uintptr_t)o, clock_wall(), why)) ==
		ERR_NONE) {
		*out = c;
		c = NULL;
	}
	tuf_client_free(c);
	close(dir);
	return e;
}

enum err
tuf_run_refresh(const struct tuf_options *o, struct fault *why)
{
	struct tuf_client *c = NULL;
	enum err e;

	if ((e = open_fresh(o, &c, why)) == ERR_NONE)
		for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++)
			printf("%s: version %lld\n", tuf_role_name(role),
			    (long long)tuf_client_version(c, role));
	tuf_client_free(c);
	return e;
}

enum err
tuf_run_download(const struct tuf_options *o, struct fault *why)
{
	struct tuf_client *c = NULL;
	int dir = -1;
	enum err e;

	if ((e = open_fresh(o, &c, why)) != ERR_NONE)
		return e;
	e = file_open_dir(AT_FDCWD, o->target_dir, true, &dir, why);
	for (int i = 0; i < o->name_count && e == ERR_NONE; i++)
		e = download_one(o, c, dir, o->names[i], why);
	if (dir >= 0)
		close(dir);
	tuf_client_free(c);
	return e;
}
