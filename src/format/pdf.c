/* format/pdf.c: PDF files: every stream through its filters, and scripts that stand in strings. The
 * table of objects is not read, for readers of PDF rebuild it when it lies: every "N G obj" counts,
 * wherever it stands. */
#include <ctype.h>
#include <stdlib.h>

#include "format/decode.h"
#include "format/limits.h"
#include "format/pdf_crypt.h"
#include "format/pdf_filter.h"
#include "format/pdf_syntax.h"
#include "format/readers.h"

struct pdf {
	struct bytes file;
	const struct outlet *out;
	bool encrypted, open;	/* open: the empty password opens it */
	struct pdf_crypt crypt;
};

static struct bytes
find(struct bytes in, const char *word)
{
	const uint8_t *at = in.n == 0 ? NULL : memmem(in.p, in.n, word, strlen(word));

	return at == NULL ? bytes_of(NULL, 0) : bytes_from(in, (size_t)(at - in.p));
}

/* The two numbers before "obj" at ${at} of the file. */
static void
read_numbers(struct bytes file, size_t at, uint32_t *number, uint32_t *generation)
{
	uint32_t *const into[] = { generation, number };

	for (int i = 0; i < 2; i++) {
		size_t end;

		while (at > 0 && isspace(file.p[at - 1]))
			at--;
		end = at;
		while (at > 0 && isdigit(file.p[at - 1]))
			at--;
		*into[i] = (uint32_t)pdf_number(bytes_of(file.p + at, end - at), 0);
	}
}

/* The value of object ${number}, wherever it stands last. */
static struct bytes
find_object(struct bytes file, uint32_t number)
{
	struct bytes rest = file, found = bytes_of(NULL, 0);

	while ((rest = find(rest, "obj")).n > 0) {
		uint32_t n, generation;

		read_numbers(file, file.n - rest.n, &n, &generation);
		rest = bytes_from(rest, 3);
		if (n == number) {
			struct bytes value = rest;

			found = pdf_take_value(&value);
		}
	}
	return found;
}

/* Follow a reference, once. */
static struct bytes
resolve(const struct pdf *p, struct bytes value)
{
	uint32_t number;

	return pdf_reference(value, &number) ? find_object(p->file, number) : value;
}

static void
open_encryption(struct pdf *p)
{
	struct bytes rest = p->file, encrypt = bytes_of(NULL, 0), id = bytes_of(NULL, 0), value;

	while ((rest = find(rest, "/Encrypt")).n > 0) {
		rest = bytes_from(rest, 8);
		if (rest.n > 0 && isalpha(rest.p[0]))
			continue;
		value = rest;
		encrypt = resolve(p, pdf_take_value(&value));
	}
	if (!bytes_start_with(encrypt, "<<"))
		return;
	p->encrypted = true;
	for (rest = p->file; (rest = find(rest, "/ID")).n > 0;) {
		rest = bytes_from(rest, 3);
		value = pdf_skip_blanks(rest);
		if (value.n > 0 && value.p[0] == '[') {
			value = bytes_from(value, 1);
			id = pdf_take_value(&value);
		}
	}
	p->open = pdf_crypt_open(encrypt, id, &p->crypt);
	if (!p->open)
		outlet_miss(p->out, TROUBLE_ENCRYPTED, bytes_of(NULL, 0));
}

/* The bytes between "stream" and "endstream": as long as the dictionary says when that fits. */
static struct bytes
stream_data(struct bytes dictionary, struct bytes rest)
{
	struct bytes value = pdf_get(dictionary, "Length"), end;
	uint32_t reference;
	/* Looking for an object costs as much as looking for the end, and may be told wrong. */
	int64_t length = pdf_reference(value, &reference) ? -1 : pdf_number(value, -1);

	if (rest.n > 0 && rest.p[0] == '\r')
		rest = bytes_from(rest, 1);
	if (rest.n > 0 && rest.p[0] == '\n')
		rest = bytes_from(rest, 1);
	if (length >= 0 && (uint64_t)length < rest.n &&
	    bytes_start_with(pdf_skip_blanks(bytes_from(rest, (size_t)length)), "endstream"))
		return bytes_first(rest, (size_t)length);
	end = find(rest, "endstream");
	if (end.n == 0)
		end = find(rest, "endobj");
	return bytes_first(rest, rest.n - end.n);
}

static enum trouble
give_plain(const struct pdf *p, struct bytes dictionary, struct bytes data)
{
	struct buf plain;
	enum trouble t;

	buf_init(&plain, FORMAT_SOLID_MAX);
	t = pdf_filter_undo(dictionary, data, &plain);
	outlet_give(p->out, bytes_of_text("stream"), buf_bytes(&plain), OUTLET_FILE);
	/* What the filters left undone is damage only when nothing came out: readers of PDF are
	 * forgiving, and writers careless. */
	if (t == TROUBLE_DAMAGED && plain.n > 0)
		t = TROUBLE_NONE;
	buf_fini(&plain);
	return t;
}

static void
give_stream(struct pdf *p, struct bytes dictionary, struct bytes data, uint32_t number,
    uint32_t generation)
{
	enum trouble t = TROUBLE_DAMAGED;
	struct buf clear;

	if (p->open) {
		buf_init(&clear, data.n + 32);
		pdf_crypt_undo(&p->crypt, number, generation, data, &clear);
		t = give_plain(p, dictionary, buf_bytes(&clear));
		buf_fini(&clear);
	}
	/* Tables of objects are never encrypted; and what says that all is may stand in a file within
	 * the file. */
	if (give_plain(p, dictionary, data) == TROUBLE_NONE)
		t = TROUBLE_NONE;
	if (t != TROUBLE_NONE && (!p->encrypted || p->open))
		outlet_miss(p->out, t, bytes_of_text("stream"));
}

/* Scripts in strings of ${in}. */
static void
give_scripts(struct pdf *p, struct bytes in)
{
	while ((in = find(in, "/JS")).n > 0 && outlet_step(p->out)) {
		struct bytes value;
		struct buf script;

		in = bytes_from(in, 3);
		value = pdf_skip_blanks(in);
		if (value.n == 0 || (value.p[0] != '(' && value.p[0] != '<'))
			continue;
		value = pdf_take_value(&in);
		buf_init(&script, value.n);
		pdf_string(value, &script);
		outlet_give(p->out, bytes_of_text("script"), buf_bytes(&script), OUTLET_FILE);
		buf_fini(&script);
	}
}

enum err
pdf_unpack(const struct source *object, const struct outlet *out)
{
	struct pdf p = { .file = object->whole, .out = out };
	struct bytes rest = object->whole;
	unsigned left = FORMAT_PDF_OBJECTS_MAX;
	size_t given = 0, last = 0;
	bool any = false;

	open_encryption(&p);
	while ((rest = find(rest, "obj")).n > 0 && outlet_step(out)) {
		size_t at = p.file.n - rest.n;
		struct bytes dictionary, data;
		uint32_t number, generation;

		rest = bytes_from(rest, 3);
		if (at < given || (at > 2 && memcmp(p.file.p + at - 3, "end", 3) == 0))
			continue;
		if (left-- == 0) {
			outlet_miss(out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			break;
		}
		data = rest;
		dictionary = pdf_take_value(&data);
		if (bytes_start_with(dictionary, "<<")) {
			any = true;
			last = at;
		}
		if (!bytes_start_with(dictionary, "<<") || !bytes_start_with(data, "stream"))
			continue;
		read_numbers(p.file, at, &number, &generation);
		data = stream_data(dictionary, bytes_from(data, 6));
		give_stream(&p, dictionary, data, number, generation);
		if (data.n > 0) {
			given = (size_t)(data.p - p.file.p) + data.n;
			rest = bytes_from(p.file, given);
		}
	}
	/* Text that speaks of PDF. */
	if (!any)
		return ERR_NOT_FOUND;
	give_scripts(&p, p.file);
	/* Whatever stands behind it: a program may hold a whole one. */
	if (find(bytes_from(p.file, given > last ? given : last), "%%EOF").n == 0)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return ERR_NONE;
}
