/* prog/web/site.h: what pages are made of: the templates and static files of web/, read once when the process starts.
 * Owns where they are and under which addresses the static ones are served. Knows no requests. */
#ifndef HOLDFAST_PROG_WEB_SITE_H
#define HOLDFAST_PROG_WEB_SITE_H

#include "codec/template.h"

/* Of one static file: a style or a script that is larger makes no page quick. */
#define STATIC_BYTES_MAX (512 * 1024)
#define STATIC_NAME_SIZE 64
#define STATIC_DIGEST_SIZE 17	/* 64 bits of its SHA-256: it only has to change with the file */

/* Its address changes with its content, so that it may be kept for ever under it. */
struct static_file {
	char name[STATIC_NAME_SIZE];
	char digest[STATIC_DIGEST_SIZE];
	const char *type;	/* its media type */
	uint8_t *p;
	size_t n;
};

struct site;

/* Read the folder ${dir}: "templates/DIR/NAME.html" is the template "DIR/NAME", "static/NAME" a static file. The caller
 * frees *out. ERR_MALFORMED: a template with an error, or a file of a kind that is not known; ERR_IO, ERR_NOMEM. */
enum err site_open(const char *dir, struct site **out, struct fault *why);

/* The same for the folder that belongs to the running program: as it is installed or, run from where it was built,
 * as it lies in the sources. ERR_NOT_FOUND. */
enum err site_open_own(struct site **out, struct fault *why);
void site_free(struct site *s);

const struct template_set *site_templates(const struct site *s);

/* NULL: there is none of that name and content. */
const struct static_file *site_find(const struct site *s, const char *digest, const char *name);

/* For templates: the address of style.css is "style_css" in this object. Borrowed. */
const json_t *site_addresses(const struct site *s);

#endif
