/* daemon/databases.c: see databases.h. */
#include "prog/daemon/databases.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "prog/daemon/limits.h"

static const char pointer_name[] = "current.json";
enum { NAME_ROOM = 40, COPY_CHUNK = 65536 };

/* What is on its way in. */
struct taking {
	struct databases *all;
	int from;
	struct database database;
	databases_done_fn *done;
	void *ctx;
};

struct databases {
	int dir;		/* database/ */
	struct tasks *tasks;
	const struct pool_settings *pool;
	struct database current, previous;
	int fd;			/* the current one, or -1 */
	bool checked;		/* its bytes are known to be those that were taken */
	struct taking *taking;
	struct checking *checking;
};

/* The look at what lay on the disk when the daemon started. */
struct checking {
	struct databases *all;
	struct database database;
	databases_done_fn *done;
	void *ctx;
};

static void
name_of(uint64_t generation, const char *suffix, char out[static NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "%llu.hfdb%s", (unsigned long long)generation, suffix);
}

static json_t *
database_to_json(const struct database *d)
{
	char digest[HASH_HEX_SIZE];

	if (d->generation == 0)
		return json_null();
	encode_hex(bytes_of(d->sha256, sizeof d->sha256), digest);
	return json_pack("{s:I, s:I, s:I, s:I, s:s}", "generation", (json_int_t)d->generation, "size",
	    (json_int_t)d->size, "signatures", (json_int_t)d->signatures, "received",
	    (json_int_t)d->received, "sha256", digest);
}

#define WHOLE(n, o) { .name = n, .kind = JSON_KIND_WHOLE, .required = true, .out = &o, .most = INT64_MAX }

static enum err
database_from_json(const json_t *from, struct database *out, struct fault *why)
{
	int64_t generation, size, signatures, received;
	char digest[HASH_HEX_SIZE];
	const struct json_field fields[] = { WHOLE("generation", generation), WHOLE("size", size),
		WHOLE("signatures", signatures), WHOLE("received", received),
		{ .name = "sha256", .kind = JSON_KIND_TEXT, .required = true, .out = digest,
		    .size = sizeof digest } };
	struct database d;
	enum err e;

	*out = (struct database){ .generation = 0 };
	if (json_is_null(from))
		return ERR_NONE;
	if ((e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why)) != ERR_NONE)
		return e;
	if (decode_hex(bytes_of_text(digest), d.sha256, sizeof d.sha256) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "\"sha256\" is no digest");
	d.generation = (uint64_t)generation;
	d.size = (uint64_t)size;
	d.signatures = (uint64_t)signatures;
	d.received = received;
	*out = d;
	return ERR_NONE;
}

static enum err
read_pointer(struct databases *d, struct fault *why)
{
	json_t *value = NULL, *current = NULL, *previous = NULL;
	const struct json_field fields[] = {
		{ .name = "current", .kind = JSON_KIND_VALUE, .required = true, .out = &current },
		{ .name = "previous", .kind = JSON_KIND_VALUE, .required = true, .out = &previous },
	};
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = file_read(d->dir, pointer_name, &text, why)) == ERR_NONE &&
	    (e = json_parse(buf_bytes(&text), &value, why)) == ERR_NONE &&
	    (e = json_read_object(value, fields, 2, why)) == ERR_NONE &&
	    (e = database_from_json(current, &d->current, why)) == ERR_NONE)
		e = database_from_json(previous, &d->previous, why);
	json_decref(value);
	buf_fini(&text);
	return e;
}

static enum err
write_pointer(const struct databases *d, const struct database *current,
    const struct database *previous, struct fault *why)
{
	json_t *value = json_pack("{s:o, s:o}", "current", database_to_json(current), "previous",
	    database_to_json(previous));
	struct buf text;
	enum err e = ERR_NOMEM;

	buf_init(&text, DAEMON_FILE_MAX);
	if (value == NULL || (e = json_write(value, &text)) != ERR_NONE)
		fault_set(why, e, "cannot write %s: %s", pointer_name, err_name(e));
	else
		e = file_replace(d->dir, pointer_name, buf_bytes(&text), 0600, why);
	json_decref(value);
	buf_fini(&text);
	return e;
}

static enum err
open_database(const struct databases *d, const struct database *which, int *out, struct fault *why)
{
	char name[NAME_ROOM];
	struct stat st;
	int fd;

	if (which->generation == 0)
		return fault_set(why, ERR_NOT_FOUND, "there is no protection data");
	name_of(which->generation, "", name);
	if ((fd = openat(d->dir, name, O_RDONLY | O_CLOEXEC)) < 0)
		return fault_errno(why, "cannot open the protection data %s", name);
	/* A changed byte is found by databases_check; a missing end must not get that far. */
	if (fstat(fd, &st) != 0 || (uint64_t)st.st_size != which->size) {
		close(fd);
		return fault_set(why, ERR_TRUNCATED, "the protection data %s is damaged", name);
	}
	*out = fd;
	return ERR_NONE;
}

/* Remove every database that is neither the current nor the previous one. */
static void
remove_others(const struct databases *d)
{
	char current[NAME_ROOM], previous[NAME_ROOM];
	int again = openat(d->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;

	name_of(d->current.generation, "", current);
	name_of(d->previous.generation, "", previous);
	if (list == NULL) {
		if (again >= 0)
			close(again);
		return;
	}
	while ((entry = readdir(list)) != NULL) {
		size_t n = strlen(entry->d_name);

		if (n > 5 && strcmp(entry->d_name + n - 5, ".hfdb") == 0 &&
		    strcmp(entry->d_name, current) != 0 && strcmp(entry->d_name, previous) != 0)
			unlinkat(d->dir, entry->d_name, 0);
	}
	closedir(list);
}

static void
open_what_there_is(struct databases *d)
{
	struct fault why;
	enum err e = read_pointer(d, &why);

	if (e == ERR_NOT_FOUND)
		return;
	if (e != ERR_NONE) {
		log_error("%s: %s; the protection data will be fetched again", pointer_name, why.text);
		d->current = d->previous = (struct database){ .generation = 0 };
	} else if (open_database(d, &d->current, &d->fd, &why) != ERR_NONE) {
		log_error("%s", why.text);
		databases_go_back(d, &why);
	}
	remove_others(d);
}

enum err
databases_open(int dir, struct tasks *tasks, const struct pool_settings *pool, struct databases **out,
    struct fault *why)
{
	struct databases *d = calloc(1, sizeof *d);
	enum err e;

	if (d == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	d->dir = d->fd = -1;
	d->tasks = tasks;
	d->pool = pool;
	if ((e = file_open_dir(dir, "database", true, &d->dir, why)) != ERR_NONE) {
		databases_close(d);
		return e;
	}
	file_remove_leftovers(d->dir);
	open_what_there_is(d);
	*out = d;
	return ERR_NONE;
}

static void
taking_free(struct taking *t)
{
	if (t == NULL)
		return;
	close(t->from);
	free(t);
}

void
databases_close(struct databases *d)
{
	if (d == NULL)
		return;
	taking_free(d->taking);
	free(d->checking);
	if (d->fd >= 0)
		close(d->fd);
	if (d->dir >= 0)
		close(d->dir);
	free(d);
}

const struct database *
databases_current(const struct databases *d)
{
	return &d->current;
}

int
databases_fd(const struct databases *d)
{
	return d->fd;
}

bool
databases_is_checked(const struct databases *d)
{
	return d->checked;
}

/* Read ${from} to its end, copy it to ${to} unless that is -1, and compare it with ${want}. */
static enum err
copy_checked(int from, int to, const struct database *want, struct fault *why)
{
	static uint8_t chunk[COPY_CHUNK];
	struct hash *hash = NULL;
	uint8_t digest[HASH_MAX];
	uint64_t at = 0;
	size_t got;
	enum err e;

	if ((e = hash_new(HASH_SHA256, &hash)) != ERR_NONE)
		return fault_set(why, e, "cannot check the update: %s", err_name(e));
	/* From its start, and no further than it may reach, whatever the updater made of it. */
	if (lseek(from, 0, SEEK_SET) != 0)
		e = fault_errno(why, "cannot read the update");
	while (e == ERR_NONE && (e = io_read_full(from, chunk, sizeof chunk, &got)) == ERR_NONE &&
	    got > 0 && (at += got) <= want->size) {
		hash_add(hash, bytes_of(chunk, got));
		if (to >= 0)
			e = io_write_all(to, bytes_of(chunk, got));
	}
	hash_finish(hash, digest);
	hash_free(hash);
	if (e == ERR_FULL)
		return fault_set(why, e, "there is no room on the disk for the update");
	if (e != ERR_NONE)
		return fault_set(why, e, "cannot copy the update: %s", err_name(e));
	if (at != want->size || memcmp(digest, want->sha256, sizeof want->sha256) != 0)
		return fault_set(why, ERR_FORGED, "the update is not what its publisher described");
	return ERR_NONE;
}

static enum err
copy_in(struct taking *t, const char *fresh, struct fault *why)
{
	int dir = t->all->dir, to;
	enum err e;

	unlinkat(dir, fresh, 0);
	if ((to = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return fault_errno(why, "cannot make a file for the update");
	e = copy_checked(t->from, to, &t->database, why);
	if (e == ERR_NONE && fsync(to) != 0)
		e = fault_errno(why, "cannot keep the update");
	close(to);
	return e;
}

static enum err
try_it(struct taking *t, const char *fresh, struct pool_database *out, struct fault *why)
{
	int fd = openat(t->all->dir, fresh, O_RDONLY | O_CLOEXEC);
	enum err e;

	if (fd < 0)
		return fault_errno(why, "cannot open the update");
	if ((e = pool_test_database(t->all->pool, fd, out, why)) != ERR_NONE)
		fault_within(why, "generation %llu cannot be used",
		    (unsigned long long)t->database.generation);
	close(fd);
	return e;
}

/* In the helper process. */
static enum err
run_taking(void *ctx, struct buf *result, struct fault *why)
{
	char fresh[NAME_ROOM], name[NAME_ROOM];
	struct pool_database said = { .signatures = 0 };
	struct taking *t = ctx;
	int dir = t->all->dir;
	enum err e;

	name_of(t->database.generation, "", name);
	name_of(t->database.generation, FILE_NEW_SUFFIX, fresh);
	if ((e = copy_in(t, fresh, why)) != ERR_NONE || (e = try_it(t, fresh, &said, why)) != ERR_NONE)
		goto done;
	if (renameat(dir, fresh, dir, name) != 0 || file_sync_dir(dir) != ERR_NONE) {
		e = fault_errno(why, "cannot keep the update");
		goto done;
	}
	buf_u64le(result, said.signatures);
done:
	if (e != ERR_NONE)
		unlinkat(dir, fresh, 0);
	return e;
}

/* The new one is on the disk and good: from here on it is the one. */
static enum err
switch_to(struct databases *d, const struct database *fresh, struct fault *why)
{
	/* The same generation taken again replaces itself: the one before it stays. */
	struct database previous = d->current.generation == fresh->generation ? d->previous : d->current;
	enum err e;
	int fd;

	if ((e = open_database(d, fresh, &fd, why)) != ERR_NONE)
		return e;
	if ((e = write_pointer(d, fresh, &previous, why)) != ERR_NONE) {
		close(fd);
		return e;
	}
	if (d->fd >= 0)
		close(d->fd);
	d->fd = fd;
	d->previous = previous;
	d->current = *fresh;
	d->checked = true;
	remove_others(d);
	return ERR_NONE;
}

static void
finish_taking(void *ctx, enum err e, struct bytes result, const struct fault *told)
{
	struct reader r = reader_over(result);
	struct taking *t = ctx;
	struct databases *d = t->all;
	struct fault why = *told;

	d->taking = NULL;
	if (e == ERR_NONE) {
		t->database.signatures = reader_u64le(&r);
		e = switch_to(d, &t->database, &why);
	}
	t->done(t->ctx, e, &why);
	taking_free(t);
}

enum err
databases_take(struct databases *d, int fd, const struct outcome_update *update, int64_t now,
    databases_done_fn *done, void *ctx)
{
	struct taking *t = NULL;
	enum err e = ERR_NOMEM;

	if (d->taking != NULL)
		e = ERR_CONFLICT;
	else if (update->length > DAEMON_DATABASE_MAX || update->generation == 0)
		e = ERR_LIMIT;
	else
		t = calloc(1, sizeof *t);
	if (t == NULL) {
		close(fd);
		return e;
	}
	*t = (struct taking){ .all = d, .from = fd, .done = done, .ctx = ctx };
	t->database = (struct database){ .generation = update->generation, .size = update->length,
		.received = now };
	memcpy(t->database.sha256, update->sha256, sizeof t->database.sha256);
	d->taking = t;
	e = tasks_add(d->tasks,
	    (struct task_work){ .run = run_taking, .done = finish_taking, .ctx = t });
	if (e != ERR_NONE) {
		d->taking = NULL;
		taking_free(t);
	}
	return e;
}

enum err
databases_go_back(struct databases *d, struct fault *why)
{
	const struct database none = { .generation = 0 };
	struct database to = d->previous;
	int fd = -1;
	enum err e = open_database(d, &to, &fd, why);

	if (e != ERR_NONE)
		to = none;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = fd;
	d->current = to;
	d->previous = none;
	d->checked = false;
	/* Should this fail, the next start comes to the same conclusion. */
	if (write_pointer(d, &to, &none, why) != ERR_NONE)
		log_error("%s", why->text);
	if (to.generation != 0)
		log_warn("back to generation %llu of the protection data",
		    (unsigned long long)to.generation);
	return e != ERR_NONE ? ERR_NOT_FOUND : ERR_NONE;
}

/* In the helper process. */
static enum err
run_checking(void *ctx, struct buf *result, struct fault *why)
{
	struct checking *c = ctx;
	enum err e;
	int fd;

	(void)result;
	if ((e = open_database(c->all, &c->database, &fd, why)) != ERR_NONE)
		return e;
	if ((e = copy_checked(fd, -1, &c->database, why)) == ERR_FORGED)
		fault_set(why, e, "generation %llu of the protection data was changed on the disk",
		    (unsigned long long)c->database.generation);
	close(fd);
	return e;
}

static void
finish_checking(void *ctx, enum err e, struct bytes result, const struct fault *why)
{
	struct checking *c = ctx;
	struct databases *d = c->all;
	struct fault unused;

	(void)result;
	d->checking = NULL;
	/* A new one may have come meanwhile, or the old one been given up. */
	if (d->current.generation != c->database.generation) {
		e = ERR_NONE;
	} else if (e == ERR_NONE) {
		d->checked = true;
	} else {
		log_error("%s", why->text);
		databases_go_back(d, &unused);
	}
	c->done(c->ctx, e, why);
	free(c);
}

enum err
databases_check(struct databases *d, databases_done_fn *done, void *ctx)
{
	struct checking *c;
	enum err e;

	if (d->checking != NULL)
		return ERR_CONFLICT;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return ERR_NOMEM;
	*c = (struct checking){ .all = d, .database = d->current, .done = done, .ctx = ctx };
	e = tasks_add(d->tasks,
	    (struct task_work){ .run = run_checking, .done = finish_checking, .ctx = c });
	if (e == ERR_NONE)
		d->checking = c;
	else
		free(c);
	return e;
}
