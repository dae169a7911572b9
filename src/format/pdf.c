/* format/pdf.c: PDF files: every stream through its filters, and scripts that stand in strings. The
 * table of objects is not read, for readers of PDF rebuild it when it lies: every "N G obj" counts,
 * wherever it stands. */
#include <ctype.h>
#include <stdlib.h>

#include "base/array.h"
#include "format/decode.h"
#include "format/limits.h"
#include "format/pdf_crypt.h"
#include "format/pdf_filter.h"
#include "format/pdf_syntax.h"
#include "format/readers.h"

/* Where an object's value begins. */
struct place {
	uint32_t number;
	size_t at;
};

struct pdf {
	struct bytes file;
	const struct outlet *out;
	bool encrypted, open;	/* open: the empty password opens it */
	struct pdf_crypt crypt;
	struct place *places;	/* of all objects, ordered, once one is asked for */
	size_t count, room;
	bool is_indexed;
	size_t work;		/* bytes of values that were parsed */
	bool no_end;		/* "endstream" stands nowhere behind the present place */
	enum err err;
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

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Note where every object begins, once: looking through the file for each reference would take
 * for ever in one that is made of references. */
static void
index_objects(struct pdf *p)
{
	struct bytes rest = p->file;

	p->is_indexed = true;
	while (p->err == ERR_NONE && (rest = find(rest, "obj")).n > 0 && outlet_step(p->out)) {
		void *grown = p->places;
		struct place place;
		uint32_t generation;

		if (p->count == FORMAT_PDF_OBJECTS_MAX) {
			outlet_miss(p->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
			break;
		}
		read_numbers(p->file, p->file.n - rest.n, &place.number, &generation);
		rest = bytes_from(rest, 3);
		place.at = p->file.n - rest.n;
		p->err = array_grow(&grown, &p->room, p->count + 1, sizeof place);
		p->places = grown;
		if (p->err == ERR_NONE)
			p->places[p->count++] = place;
	}
	if (p->count > 1)
		qsort(p->places, p->count, sizeof *p->places, compare_places);
}

/* The value of object ${number}, where it stands last; nothing when it is longer than any that is
 * referred to here may be. */
static struct bytes
find_object(struct pdf *p, uint32_t number)
{
	struct bytes value, rest;
	size_t low = 0, high;
	bool cut;

	if (!p->is_indexed)
		index_objects(p);
	/* Behind the last that is no larger. */
	for (high = p->count; low < high;) {
		size_t middle = low + (high - low) / 2;

		if (p->places[middle].number <= number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || p->places[low - 1].number != number)
		return bytes_of(NULL, 0);
	value = bytes_from(p->file, p->places[low - 1].at);
	rest = bytes_first(value, FORMAT_PDF_REFERRED_MAX);
	cut = rest.n < value.n;
	value = pdf_take_value(&rest);
	return cut && rest.n == 0 ? bytes_of(NULL, 0) : value;
}

/* Follow a reference, and perhaps one to a reference; nothing when it leads nowhere. */
static struct bytes
resolve(void *ctx, struct bytes value)
{
	enum { HOPS = 4 };
	uint32_t number;

	for (int i = 0; i < HOPS && pdf_reference(value, &number); i++)
		value = find_object(ctx, number);
	return pdf_reference(value, &number) ? bytes_of(NULL, 0) : value;
}

/* As pdf_skip_blanks. *seen is where the last comments ended: they are not passed over once for each
 * word that they hold. */
static struct bytes
skip_blanks(struct bytes in, struct bytes *seen)
{
	size_t i = 0;

	/* The NUL is one of them. */
	while (i < in.n && memchr(" \n\r\t\f", in.p[i], 6) != NULL)
		i++;
	in = bytes_from(in, i);
	if (in.n == 0 || in.p[0] != '%')
		return in;
	if (seen->p == NULL || seen->p <= in.p) {
		struct bytes behind = pdf_skip_blanks(in);

		*seen = behind.n > 0 ? behind : bytes_of(in.p + in.n, 0);
	}
	return *seen;
}

static struct bytes
find_encryption(const struct pdf *p)
{
	struct bytes rest = p->file, last = bytes_of(NULL, 0);

	while ((rest = find(rest, "/Encrypt")).n > 0 && outlet_step(p->out)) {
		rest = bytes_from(rest, 8);
		if (rest.n == 0 || !isalpha(rest.p[0]))
			last = rest;
	}
	return pdf_take_value(&last);
}

/* The first string of the file's identifier, where it stands last. */
static struct bytes
find_id(const struct pdf *p)
{
	struct bytes rest = p->file, last = bytes_of(NULL, 0), seen = last;

	while ((rest = find(rest, "/ID")).n > 0 && outlet_step(p->out)) {
		struct bytes value;

		rest = bytes_from(rest, 3);
		value = skip_blanks(rest, &seen);
		if (value.n > 0 && value.p[0] == '[')
			last = bytes_from(value, 1);
	}
	return pdf_take_value(&last);
}

static void
open_encryption(struct pdf *p)
{
	struct bytes encrypt = resolve(p, find_encryption(p));

	if (!bytes_start_with(encrypt, "<<"))
		return;
	p->encrypted = true;
	p->open = pdf_crypt_open(encrypt, find_id(p), &p->crypt);
	if (!p->open)
		outlet_miss(p->out, TROUBLE_ENCRYPTED, bytes_of(NULL, 0));
}

/* The bytes between "stream" and "endstream": as long as the dictionary says when that fits. */
static struct bytes
stream_data(struct pdf *p, struct bytes dictionary, struct bytes rest)
{
	struct bytes value = pdf_get(dictionary, "Length"), end = bytes_of(NULL, 0);
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
	if (!p->no_end)
		end = find(rest, "endstream");
	if (end.n == 0) {
		p->no_end = true;
		end = find(rest, "endobj");
	}
	return bytes_first(rest, rest.n - end.n);
}

static enum trouble
give_plain(struct pdf *p, struct bytes dictionary, struct bytes data)
{
	struct pdf_resolver resolver = { resolve, p };
	struct buf plain;
	enum trouble t;

	buf_init(&plain, FORMAT_SOLID_MAX);
	t = pdf_filter_undo(dictionary, data, &resolver, &plain);
	outlet_give(p->out, bytes_of_text("stream"), buf_bytes(&plain), OUTLET_FILE);
	/* What the filters left undone is damage only when nothing came out: readers of PDF are
	 * forgiving, and writers careless. */
	if (t == TROUBLE_DAMAGED && plain.n > 0)
		t = TROUBLE_NONE;
	buf_fini(&plain);
	return t;
}

/* As give_plain, of what is encrypted. */
static enum trouble
give_encrypted(struct pdf *p, struct bytes dictionary, struct bytes data, uint32_t number,
    uint32_t generation)
{
	struct buf clear;
	enum trouble t;

	buf_init(&clear, data.n + PDF_CRYPT_MORE);
	pdf_crypt_undo(&p->crypt, number, generation, data, &clear);
	t = give_plain(p, dictionary, buf_bytes(&clear));
	if (clear.err != ERR_NONE)
		t = TROUBLE_MEMORY;
	buf_fini(&clear);
	return t;
}

static void
give_stream(struct pdf *p, struct bytes dictionary, struct bytes data, uint32_t number,
    uint32_t generation)
{
	enum trouble t = TROUBLE_DAMAGED, as_it_is;

	if (p->open)
		t = give_encrypted(p, dictionary, data, number, generation);
	/* Tables of objects are never encrypted; and what says that all is may stand in a file within
	 * the file. Encrypted bytes are damage to the filters, and to be expected. */
	as_it_is = give_plain(p, dictionary, data);
	if (!p->open || as_it_is == TROUBLE_MEMORY || (t == TROUBLE_DAMAGED && as_it_is == TROUBLE_NONE))
		t = as_it_is;
	if (t != TROUBLE_NONE && (!p->encrypted || p->open || t == TROUBLE_MEMORY))
		outlet_miss(p->out, t, bytes_of_text("stream"));
}

static void
give_script(struct pdf *p, const struct buf *script)
{
	outlet_give(p->out, bytes_of_text("script"), buf_bytes(script), OUTLET_FILE);
	if (script->err != ERR_NONE)
		outlet_miss(p->out, TROUBLE_MEMORY, bytes_of_text("script"));
}

/* The object that began last before *cursor comes to ${behind}; *cursor goes along. */
static void
find_owner(const struct pdf *p, struct bytes behind, struct bytes *cursor, uint32_t *number,
    uint32_t *generation)
{
	struct bytes next;

	while ((next = find(bytes_first(*cursor, cursor->n - behind.n), "obj")).n > 0) {
		size_t at = (size_t)(next.p - p->file.p);

		if (at < 3 || memcmp(p->file.p + at - 3, "end", 3) != 0)
			read_numbers(p->file, at, number, generation);
		*cursor = bytes_from(p->file, at + 3);
	}
	*cursor = behind;
}

/* Scripts in strings of the file, which are encrypted when it is. */
static void
give_scripts(struct pdf *p)
{
	struct bytes in = p->file, cursor = in, seen = bytes_of(NULL, 0);
	uint32_t number = 0, generation = 0;

	while ((in = find(in, "/JS")).n > 0 && outlet_step(p->out)) {
		struct buf script, clear;
		struct bytes value;

		in = bytes_from(in, 3);
		value = skip_blanks(in, &seen);
		if (value.n == 0 || (value.p[0] != '(' && value.p[0] != '<'))
			continue;
		find_owner(p, in, &cursor, &number, &generation);
		value = pdf_take_value(&in);
		buf_init(&script, value.n);
		pdf_string(value, &script);
		if (p->open) {
			buf_init(&clear, script.n + PDF_CRYPT_MORE);
			pdf_crypt_undo(&p->crypt, number, generation, buf_bytes(&script), &clear);
			give_script(p, &clear);
			buf_fini(&clear);
		}
		give_script(p, &script);
		buf_fini(&script);
	}
}

/* Values that begin anew within each other, and never end, are parsed again and again. */
static bool
may_parse_on(struct pdf *p, size_t n)
{
	p->work += n;
	if (p->work / FORMAT_PDF_PARSES <= p->file.n)
		return true;
	outlet_miss(p->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
	return false;
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
		if (!may_parse_on(&p, dictionary.n))
			break;
		if (bytes_start_with(dictionary, "<<")) {
			any = true;
			last = at;
		}
		if (!bytes_start_with(dictionary, "<<") || !bytes_start_with(data, "stream"))
			continue;
		read_numbers(p.file, at, &number, &generation);
		data = stream_data(&p, dictionary, bytes_from(data, 6));
		give_stream(&p, dictionary, data, number, generation);
		if (data.n > 0) {
			given = (size_t)(data.p - p.file.p) + data.n;
			rest = bytes_from(p.file, given);
		}
	}
	/* Text that speaks of PDF. */
	free(p.places);
	if (!any)
		return p.err == ERR_NONE ? ERR_NOT_FOUND : p.err;
	give_scripts(&p);
	/* Whatever stands behind it: a program may hold a whole one. */
	if (find(bytes_from(p.file, given > last ? given : last), "%%EOF").n == 0)
		outlet_miss(out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return p.err;
}
