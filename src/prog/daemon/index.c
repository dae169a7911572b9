/* daemon/index.c: see index.h. */
#include "prog/daemon/index.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/log.h"
#include "base/text.h"
#include "os/file.h"

/* The form's name and version, before the fields. */
static const char magic[] = "HFQE1\n";
static const char suffix[] = ".entry";
enum { NAME_ROOM = AGENT_ENTRY_ID_SIZE + sizeof suffix, ENTRY_MAX = sizeof(struct quarantine_entry) + 256 };

static void
name_of(const char *id, char out[static NAME_ROOM])
{
	snprintf(out, NAME_ROOM, "%s%s", id, suffix);
}

enum err
index_read_entry(struct bytes file, struct quarantine_entry *out)
{
	struct reader r = reader_over(bytes_from(file, sizeof magic - 1));
	struct quarantine_entry entry = { .final = false };

	if (!bytes_start_with(file, magic))
		return ERR_MALFORMED;
	quarantine_entry_fields(&(struct wire){ .in = &r }, &entry);
	if (!reader_is_done(&r))
		return ERR_MALFORMED;
	*out = entry;
	return ERR_NONE;
}

enum err
index_get(const struct index *x, const char *id, struct quarantine_entry *out, struct fault *why)
{
	char name[NAME_ROOM];
	struct buf file;
	enum err e;

	name_of(id, name);
	buf_init(&file, ENTRY_MAX);
	if ((e = file_read(x->dir, name, &file, why)) == ERR_NONE &&
	    (index_read_entry(buf_bytes(&file), out) != ERR_NONE || !text_equal(out->id, id)))
		e = fault_set(why, ERR_MALFORMED, "the quarantine's entry %s is damaged", id);
	buf_fini(&file);
	return e;
}

size_t
index_position(const struct index *x, const char *id)
{
	size_t i = 0;

	while (i < x->count && !text_equal(x->items[i].id, id))
		i++;
	return i;
}

/* Into its place by time. There is room. */
static void
insert(struct index *x, const struct quarantine_entry *entry)
{
	struct index_item item = { .owner = entry->owner, .final = entry->final, .time = entry->time };
	size_t at = x->count;

	memcpy(item.id, entry->id, sizeof item.id);
	while (at > 0 && x->items[at - 1].time > item.time)
		at--;
	memmove(&x->items[at + 1], &x->items[at], (x->count - at) * sizeof item);
	x->items[at] = item;
	x->count++;
}

static enum err
make_room(struct index *x)
{
	void *items = x->items;
	enum err e = array_grow(&items, &x->room, x->count + 1, sizeof *x->items);

	if (e == ERR_NONE)
		x->items = items;
	return e;
}

enum err
index_put(struct index *x, const struct quarantine_entry *entry, struct fault *why)
{
	struct quarantine_entry copy = *entry;
	size_t at = index_position(x, entry->id);
	char name[NAME_ROOM];
	struct buf file;
	enum err e;

	if (at == x->count && (e = make_room(x)) != ERR_NONE)
		return fault_set(why, e, "out of memory");
	name_of(entry->id, name);
	buf_init(&file, ENTRY_MAX);
	buf_put_string(&file, magic);
	quarantine_entry_fields(&(struct wire){ .out = &file }, &copy);
	if ((e = file.err) != ERR_NONE)
		fault_set(why, e, "cannot write %s: %s", name, err_name(e));
	else if ((e = file_replace(x->dir, name, buf_bytes(&file), 0600, why)) == ERR_NONE) {
		if (at == x->count)
			insert(x, entry);
		else
			x->items[at].final = entry->final;
	}
	buf_fini(&file);
	return e;
}

enum err
index_remove(struct index *x, const char *id, struct fault *why)
{
	size_t at = index_position(x, id);
	char name[NAME_ROOM];

	if (at == x->count)
		return fault_set(why, ERR_NOT_FOUND, "there is no quarantined file %s", id);
	name_of(id, name);
	if (unlinkat(x->dir, name, 0) != 0 && errno != ENOENT)
		return fault_errno(why, "cannot remove %s", name);
	file_sync_dir(x->dir);
	memmove(&x->items[at], &x->items[at + 1], (x->count - at - 1) * sizeof *x->items);
	x->count--;
	return ERR_NONE;
}

/* Take up the entry behind a file's name. Only short memory is an error. */
static enum err
load_one(struct index *x, const char *name)
{
	size_t n = strlen(name), ending = sizeof suffix - 1;
	struct quarantine_entry entry;
	char id[AGENT_ENTRY_ID_SIZE];
	struct fault why;
	enum err e;

	if (n <= ending || n - ending >= sizeof id || strcmp(name + n - ending, suffix) != 0)
		return ERR_NONE;
	memcpy(id, name, n - ending);
	id[n - ending] = '\0';
	if (index_get(x, id, &entry, &why) != ERR_NONE) {
		log_error("%s", why.text);
		return ERR_NONE;
	}
	if ((e = make_room(x)) == ERR_NONE)
		insert(x, &entry);
	return e;
}

enum err
index_load(int dir, struct index *out, struct fault *why)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct index x = { .dir = dir };
	struct dirent *entry;
	enum err e = ERR_NONE;

	if (list == NULL) {
		e = fault_errno(why, "cannot read the quarantine");
		if (again >= 0)
			close(again);
		return e;
	}
	while (e == ERR_NONE && (entry = readdir(list)) != NULL)
		e = load_one(&x, entry->d_name);
	closedir(list);
	if (e != ERR_NONE) {
		index_fini(&x);
		return fault_set(why, e, "cannot read the quarantine: %s", err_name(e));
	}
	*out = x;
	return ERR_NONE;
}

void
index_fini(struct index *x)
{
	free(x->items);
	*x = (struct index){ .dir = -1 };
}
