/* format/mail.c: mail and mailboxes: every part, whatever its encoding, decoded; uuencoded and yEnc
 * files in the text. Follows RFC 2045-2047 where mail programs do, and reads on where they would:
 * boundaries that never end, fields that are broken, bodies without any. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/reader.h"
#include "format/decode.h"
#include "format/limits.h"
#include "format/readers.h"

enum encoding { PLAIN = 0, BASE64, QUOTED, UU, YENC };

/* What the fields of one part say. */
struct part {
	enum encoding encoding;
	struct buf boundaries;	/* each as a blob, for programs differ in what they read; none: no multipart */
	unsigned boundary_count;
	bool is_multipart;	/* by its type */
	bool is_cut;		/* a field is longer than we read, or names too many */
	struct bytes name;
	bool is_message;	/* message/rfc822 */
	bool is_text, is_html;
};

struct mail {
	const struct outlet *out;
	unsigned parts;
	enum err err;
};

static void read_entity(struct mail *m, struct bytes in, unsigned depth);

static struct bytes
trim(struct bytes b)
{
	while (b.n > 0 && isspace(b.p[0]))
		b = bytes_from(b, 1);
	while (b.n > 0 && isspace(b.p[b.n - 1]))
		b.n--;
	return b;
}

/* A parameter of a field such as boundary="x", wherever the word stands first. */
static struct bytes
parameter(struct bytes field, const char *name)
{
	size_t at = decode_find(field, name);
	struct bytes v;

	if (at == field.n)
		return bytes_of(NULL, 0);
	v = bytes_from(field, at + strlen(name));
	/* RFC 2231 counts continuations: name*0*=. */
	while (v.n > 0 && (v.p[0] == '*' || isdigit(v.p[0])))
		v = bytes_from(v, 1);
	v = trim(v);
	if (v.n == 0 || v.p[0] != '=')
		return bytes_of(NULL, 0);
	v = trim(bytes_from(v, 1));
	if (v.n > 0 && v.p[0] == '"') {
		v = bytes_from(v, 1);
		return bytes_first(v, bytes_find(v, '"'));
	}
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == ';' || isspace(v.p[i]))
			return bytes_first(v, i);
	return v;
}

/* Up to a semicolon that stands in no quotes. */
static size_t
find_semicolon(struct bytes b)
{
	bool quoted = false;

	for (size_t i = 0; i < b.n; i++) {
		if (quoted && b.p[i] == '\\')
			i++;
		else if (b.p[i] == '"')
			quoted = !quoted;
		else if (b.p[i] == ';' && !quoted)
			return i;
	}
	return b.n;
}

/* The next parameter of *rest by RFC 2045, as it is written: blanks and quotes are the value's. */
static bool
take_parameter(struct bytes *rest, struct bytes *name, struct bytes *value)
{
	struct bytes one;
	size_t equal;

	*rest = bytes_from(*rest, find_semicolon(*rest) + 1);
	if (rest->n == 0)
		return false;
	one = bytes_first(*rest, find_semicolon(*rest));
	equal = bytes_find(one, '=');
	*name = trim(bytes_first(one, equal));
	*value = trim(bytes_from(one, equal + 1));
	return true;
}

static void
put_value(struct buf *out, struct bytes v)
{
	bool quoted = v.n > 0 && v.p[0] == '"';

	for (size_t i = quoted; i < v.n; i++) {
		if (quoted && v.p[i] == '\\' && i + 1 < v.n)
			i++;
		else if (quoted ? v.p[i] == '"' : isspace(v.p[i]) != 0)
			break;
		buf_u8(out, v.p[i]);
	}
}

/* RFC 2231, 4: behind the character set and the language, if they stand in front, %xx is a byte. */
static void
put_extended(struct buf *out, struct bytes v, bool is_first)
{
	for (int i = 0; is_first && i < 2; i++)
		if (bytes_find(v, '\'') < v.n)
			v = bytes_from(v, bytes_find(v, '\'') + 1);
	for (size_t i = 0; i < v.n && !isspace(v.p[i]); i++) {
		int high = i + 2 < v.n ? decode_hex_digit(v.p[i + 1]) : -1;
		int low = i + 2 < v.n ? decode_hex_digit(v.p[i + 2]) : -1;

		if (v.p[i] != '%' || high < 0 || low < 0) {
			buf_u8(out, v.p[i]);
			continue;
		}
		buf_u8(out, (uint8_t)(high << 4 | low));
		i += 2;
	}
}

static void
add_boundary(struct part *p, struct bytes boundary)
{
	struct reader r = reader_over(buf_bytes(&p->boundaries));

	while (r.rest.n > 0)
		if (bytes_equal(reader_blob(&r, r.rest.n), boundary))
			return;
	if (boundary.n == 0)
		return;
	if (p->boundary_count == FORMAT_MAIL_BOUNDARIES_MAX)
		p->is_cut = true;
	else
		p->boundary_count++, buf_put_blob(&p->boundaries, boundary);
}

/* The value that stands in pieces, boundary*0=a; boundary*1*=b. False: it has no piece ${n}. */
static bool
put_piece(struct buf *out, struct bytes field, unsigned n)
{
	struct bytes name, value;
	char want[32], extended[32];

	snprintf(want, sizeof want, "boundary*%u", n);
	snprintf(extended, sizeof extended, "boundary*%u*", n);
	while (take_parameter(&field, &name, &value)) {
		bool is_extended = name.n == strlen(extended) && decode_starts_with(name, extended);

		if (is_extended)
			put_extended(out, value, n == 0);
		else if (name.n == strlen(want) && decode_starts_with(name, want))
			put_value(out, value);
		else
			continue;
		return true;
	}
	return false;
}

/* All that a program may take for the boundary: the parameter itself, each time that it stands there;
 * its pieces; and what stands behind the word where the field is broken. */
static void
read_boundaries(struct part *p, struct bytes field)
{
	struct bytes rest = bytes_first(field, FORMAT_MAIL_FIELD_MAX), strict = rest, name, value;
	struct buf one;
	unsigned n = 0;

	p->is_cut |= rest.n < field.n;
	buf_init(&one, FORMAT_MAIL_FIELD_MAX);
	while (take_parameter(&rest, &name, &value)) {
		buf_clear(&one);
		if (name.n == 8 && decode_starts_with(name, "boundary"))
			put_value(&one, value);
		else if (name.n == 9 && decode_starts_with(name, "boundary*"))
			put_extended(&one, value, true);
		add_boundary(p, buf_bytes(&one));
		if (one.err != ERR_NONE)
			p->boundaries.err = one.err;
	}
	buf_clear(&one);
	while (n < FORMAT_MAIL_PIECES_MAX && put_piece(&one, strict, n))
		n++;
	p->is_cut |= n == FORMAT_MAIL_PIECES_MAX;
	if (n > 0)
		add_boundary(p, buf_bytes(&one));
	else
		add_boundary(p, parameter(field, "boundary"));
	if (one.err != ERR_NONE)
		p->boundaries.err = one.err;
	buf_fini(&one);
}

static void
read_field(struct bytes field, struct part *p)
{
	if (decode_starts_with(field, "Content-Type:")) {
		struct bytes value = trim(bytes_from(field, 13)), name;

		p->is_message = decode_starts_with(value, "message/rfc822");
		p->is_text = decode_starts_with(value, "text/");
		p->is_html = decode_starts_with(value, "text/html");
		p->is_multipart = decode_starts_with(value, "multipart/");
		if (decode_find(value, "boundary") < value.n)
			read_boundaries(p, value);
		if ((name = parameter(value, "name")).n > 0)
			p->name = name;
	} else if (decode_starts_with(field, "Content-Disposition:")) {
		struct bytes name = parameter(field, "filename");

		if (name.n > 0)
			p->name = name;
	} else if (decode_starts_with(field, "Content-Transfer-Encoding:")) {
		if (decode_find(field, "base64") < field.n)
			p->encoding = BASE64;
		else if (decode_find(field, "quoted") < field.n)
			p->encoding = QUOTED;
		else if (decode_find(field, "uue") < field.n || decode_find(field, "x-uu") < field.n)
			p->encoding = UU;
		else if (decode_find(field, "yenc") < field.n)
			p->encoding = YENC;
	}
}

/* The fields, each with its continuation lines; *in is then the body. */
static void
read_fields(struct bytes *in, struct part *p)
{
	while (in->n > 0) {
		struct bytes start = *in, line = decode_take_line(in);
		struct bytes field = line;

		if (line.n == 0)
			return;
		while (in->n > 0 && (in->p[0] == ' ' || in->p[0] == '\t')) {
			decode_take_line(in);
			field = bytes_first(start, start.n - in->n);
		}
		read_field(field, p);
	}
}

static void
give(struct mail *m, struct bytes name, struct buf *content)
{
	if (content->err == ERR_NOMEM)
		m->err = ERR_NOMEM;
	outlet_give(m->out, name, buf_bytes(content), OUTLET_FILE);
	buf_fini(content);
}

/* Encoded files that stand in the text between other lines. */
static void
give_inline(struct mail *m, struct bytes body)
{
	struct bytes rest = body;

	while (rest.n > 0 && m->err == ERR_NONE && outlet_step(m->out)) {
		struct bytes line = decode_take_line(&rest);
		bool uu = bytes_start_with(line, "begin ") && line.n > 10 && isdigit(line.p[6]);
		struct buf content;

		if (!uu && !bytes_start_with(line, "=ybegin "))
			continue;
		buf_init(&content, rest.n);
		rest = bytes_from(rest, uu ? decode_uu(rest, &content) : decode_yenc(rest, &content));
		give(m, uu ? bytes_from(line, 10) : bytes_from(line, decode_find(line, "name=") + 5),
		    &content);
	}
}

/* Count one more; too many are told once. */
static bool
may_have_part(struct mail *m)
{
	if (m->parts++ == FORMAT_MAIL_PARTS_MAX)
		outlet_miss(m->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
	return m->parts <= FORMAT_MAIL_PARTS_MAX;
}

static void
give_leaf(struct mail *m, struct bytes body, const struct part *p)
{
	struct bytes name = p->name.n > 0 ? p->name : bytes_of_text(p->is_text ? "text" : "part");
	struct buf content;

	if (!may_have_part(m))
		return;
	if (p->encoding == BASE64 || p->encoding == QUOTED) {
		buf_init(&content, body.n);
		if (p->encoding == BASE64)
			decode_base64(body, &content);
		else
			decode_quoted_printable(body, &content);
		give(m, name, &content);
		return;
	}
	give_inline(m, body);
	/* As it stands; some programs also decode what has lost its field. */
	outlet_give(m->out, name, body, OUTLET_FILE);
}

/* Whether ${line} is "--BOUNDARY" or, then *last, "--BOUNDARY--". */
static bool
is_boundary(struct bytes line, struct bytes boundary, bool *last)
{
	if (line.n < boundary.n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
	    memcmp(line.p + 2, boundary.p, boundary.n) != 0)
		return false;
	line = trim(bytes_from(line, boundary.n + 2));
	*last = bytes_start_with(line, "--");
	return line.n == 0 || *last;
}

/* False: no such boundary stands there. */
static bool
read_multipart(struct mail *m, struct bytes body, struct bytes boundary, unsigned depth)
{
	struct bytes rest = body, part = bytes_of(NULL, 0);
	bool last = false, inside = false, any = false;

	while (rest.n > 0 && m->err == ERR_NONE && outlet_step(m->out)) {
		struct bytes before = rest, line = decode_take_line(&rest);

		if (!is_boundary(line, boundary, &last))
			continue;
		if (inside) {
			part = bytes_first(part, part.n - before.n);
			/* The end of the line before a boundary is the boundary's. */
			if (part.n > 0 && part.p[part.n - 1] == '\n')
				part.n--;
			if (part.n > 0 && part.p[part.n - 1] == '\r')
				part.n--;
			read_entity(m, part, depth + 1);
		}
		any = true;
		inside = !last;
		part = rest;
	}
	/* It was never closed: cut, or written so; mail programs show it all the same. */
	if (inside && part.n > 0)
		read_entity(m, part, depth + 1);
	if (inside && outlet_step(m->out))
		outlet_miss(m->out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
	return any;
}

/* By each boundary that a program may read. What is none by its type, or has no boundary, is shown as one
 * body. */
static void
read_parts(struct mail *m, struct bytes body, const struct part *p, unsigned depth)
{
	struct reader r = reader_over(buf_bytes(&p->boundaries));
	bool any = false;

	while (r.rest.n > 0 && m->err == ERR_NONE && may_have_part(m))
		any |= read_multipart(m, body, reader_blob(&r, r.rest.n), depth);
	if ((any && p->is_multipart) || body.n == 0 || !outlet_step(m->out))
		return;
	give_leaf(m, body, p);
	if (!any && p->is_multipart)
		outlet_miss(m->out, TROUBLE_DAMAGED, bytes_of(NULL, 0));
}

static void
read_entity(struct mail *m, struct bytes in, unsigned depth)
{
	struct part p = { .encoding = PLAIN };
	struct bytes body = in;

	buf_init(&p.boundaries, (size_t)FORMAT_MAIL_BOUNDARIES_MAX * (FORMAT_MAIL_FIELD_MAX + 4));
	read_fields(&body, &p);
	if (p.boundaries.err != ERR_NONE)
		m->err = p.boundaries.err;
	if (p.boundary_count > 0 && depth < FORMAT_MAIL_DEPTH_MAX)
		read_parts(m, body, &p, depth);
	else if (p.is_message && p.encoding == PLAIN && depth < FORMAT_MAIL_DEPTH_MAX)
		read_entity(m, body, depth + 1);
	else if (body.n > 0)
		give_leaf(m, body, &p);
	if (p.is_cut || (depth == FORMAT_MAIL_DEPTH_MAX && (p.boundary_count > 0 || p.is_message)))
		outlet_miss(m->out, TROUBLE_LIMIT, bytes_of(NULL, 0));
	buf_fini(&p.boundaries);
}

/* The next message of a mailbox: a line "From " behind an empty one. */
static size_t
message_end(struct bytes in)
{
	struct bytes rest = in;

	while (rest.n > 0) {
		const uint8_t *at = memmem(rest.p, rest.n, "\nFrom ", 6);

		if (at == NULL)
			break;
		if (at > in.p && (at[-1] == '\n' || (at[-1] == '\r' && at - 1 > in.p && at[-2] == '\n')))
			return (size_t)(at - in.p) + 1;
		rest = bytes_from(in, (size_t)(at - in.p) + 1);
	}
	return in.n;
}

enum err
mail_unpack(const struct source *object, const struct outlet *out)
{
	struct mail m = { out, 0, ERR_NONE };
	struct bytes rest = object->whole;

	/* Empty lines in front are nobody's. */
	while (rest.n > 0 && (rest.p[0] == '\n' || rest.p[0] == '\r'))
		rest = bytes_from(rest, 1);
	if (!bytes_start_with(rest, "From ")) {
		read_entity(&m, rest, 0);
		return m.err;
	}
	while (rest.n > 0 && m.err == ERR_NONE && outlet_step(out)) {
		size_t n;

		decode_take_line(&rest);
		n = message_end(rest);
		read_entity(&m, bytes_first(rest, n), 0);
		rest = bytes_from(rest, n);
	}
	return m.err;
}
