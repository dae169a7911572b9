/* prog/web/site.c: see site.h. */
#include "prog/web/site.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "os/file.h"
#include "os/process.h"
#include "os/walk.h"

struct site {
	struct template_set *templates;
	struct static_file *files;
	size_t count, room;
	json_t *addresses;
};

static const struct {
	const char *suffix, *type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
};

struct reading {
	struct site *site;
	const char *folder;	/* its path, with a stroke at the end */
	struct fault *why;
	enum err err;
};

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return n > m && text_equal(name + n - m, suffix);
}

static const char *
type_of(const char *name)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (ends_with(name, types[i].suffix))
			return types[i].type;
	return NULL;
}

static enum err
add_template(struct reading *r, const char *name, struct bytes text)
{
	char stem[TEMPLATE_NAME_SIZE];

	if (!ends_with(name, ".html") ||
	    text_from_bytes(stem, sizeof stem, bytes_of(name, strlen(name) - strlen(".html"))) != ERR_NONE)
		return fault_set(r->why, ERR_MALFORMED, "%s is no template: their names end in .html", name);
	return template_set_add(r->site->templates, stem, text, r->why);
}

/* "style.css" is "style_css" for templates, whose names have no dots in their words. */
static enum err
add_address(struct site *s, const struct static_file *f)
{
	char address[STATIC_NAME_SIZE + STATIC_DIGEST_SIZE + 16], name[STATIC_NAME_SIZE];

	for (size_t i = 0; i < sizeof name; i++)
		name[i] = f->name[i] == '.' || f->name[i] == '-' ? '_' : f->name[i];
	snprintf(address, sizeof address, "/static/%s/%s", f->digest, f->name);
	return json_object_set_new(s->addresses, name, json_string(address)) == 0 ? ERR_NONE : ERR_NOMEM;
}

static enum err
add_static(struct reading *r, const char *name, struct bytes content)
{
	struct site *s = r->site;
	struct static_file f = { .type = type_of(name), .n = content.n };
	char digest[HASH_HEX_SIZE];
	enum err e;

	if (f.type == NULL || text_copy(f.name, sizeof f.name, name) != ERR_NONE)
		return fault_set(r->why, ERR_MALFORMED, "%s is of a kind that is not served", name);
	if ((e = hash_sha256_hex(content, digest)) != ERR_NONE ||
	    (e = text_from_bytes(f.digest, sizeof f.digest, bytes_of(digest, STATIC_DIGEST_SIZE - 1))) != ERR_NONE ||
	    (e = array_grow((void **)&s->files, &s->room, s->count + 1, sizeof *s->files)) != ERR_NONE ||
	    (e = add_address(s, &f)) != ERR_NONE)
		return e;
	if ((f.p = malloc(content.n + 1)) == NULL)
		return ERR_NOMEM;
	if (content.n > 0)
		memcpy(f.p, content.p, content.n);
	s->files[s->count++] = f;
	return ERR_NONE;
}

static bool
read_one(struct reading *r, const char *path, int fd,
    enum err (*add)(struct reading *r, const char *name, struct bytes content))
{
	struct buf content;

	close(fd);
	buf_init(&content, STATIC_BYTES_MAX);
	if ((r->err = file_read(AT_FDCWD, path, &content, r->why)) == ERR_NONE)
		r->err = add(r, path + strlen(r->folder), buf_bytes(&content));
	buf_fini(&content);
	return r->err == ERR_NONE;
}

static bool
read_template(void *ctx, const char *path, int fd)
{
	return read_one(ctx, path, fd, add_template);
}

static bool
read_static(void *ctx, const char *path, int fd)
{
	return read_one(ctx, path, fd, add_static);
}

static void
note_trouble(void *ctx, const char *path, const char *words)
{
	struct reading *r = ctx;

	r->err = fault_set(r->why, ERR_IO, "%s: %s", path, words);
}

static enum err
read_folder(struct site *s, const char *dir, const char *name, bool templates, struct fault *why)
{
	char path[PATH_MAX], folder[PATH_MAX + 1];
	struct reading r = { .site = s, .folder = folder, .why = why };
	struct walk_settings walk = { .recursive = templates, .file = templates ? read_template : read_static,
		.trouble = note_trouble, .ctx = &r };
	enum err e;

	if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
		return fault_set(why, ERR_LIMIT, "%s: the path is too long", dir);
	snprintf(folder, sizeof folder, "%s/", path);
	e = walk_path(&walk, path);
	return r.err != ERR_NONE || e == ERR_CLOSED ? r.err : e;
}

enum err
site_open(const char *dir, struct site **out, struct fault *why)
{
	struct site *s = calloc(1, sizeof *s);
	enum err e = ERR_NOMEM;

	fault_set(why, ERR_NOMEM, "out of memory");
	if (s == NULL || (s->addresses = json_object()) == NULL)
		goto done;
	if ((e = template_set_new(&s->templates)) != ERR_NONE ||
	    (e = read_folder(s, dir, "templates", true, why)) != ERR_NONE ||
	    (e = template_set_finish(s->templates, why)) != ERR_NONE ||
	    (e = read_folder(s, dir, "static", false, why)) != ERR_NONE)
		goto done;
	*out = s;
	s = NULL;
done:
	site_free(s);
	return e;
}

enum err
site_open_own(struct site **out, struct fault *why)
{
	static const char *const places[] = { "../../share/holdfast/web", "../../../../../web" };
	char dir[PATH_MAX], path[2 * PATH_MAX];
	enum err e;

	if ((e = process_own_dir(dir, sizeof dir)) != ERR_NONE)
		return fault_set(why, e, "this program does not know where it lies");
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, places[i]);
		if (access(path, R_OK) == 0)
			return site_open(path, out, why);
	}
	return fault_set(why, ERR_NOT_FOUND, "there are no page templates near %s", dir);
}

void
site_free(struct site *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->files[i].p);
	free(s->files);
	template_set_free(s->templates);
	json_decref(s->addresses);
	free(s);
}

const struct template_set *
site_templates(const struct site *s)
{
	return s->templates;
}

const struct static_file *
site_find(const struct site *s, const char *digest, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (text_equal(s->files[i].digest, digest) && text_equal(s->files[i].name, name))
			return &s->files[i];
	return NULL;
}

const json_t *
site_addresses(const struct site *s)
{
	return s->addresses;
}
