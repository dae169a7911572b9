/* verdict/message.c: see message.h. */
#include "verdict/message.h"

#include "base/text.h"

enum message_kind
message_kind(struct reader *r)
{
	uint8_t kind = reader_u8(r);

	return r->bad || kind >= MESSAGE_KINDS ? MESSAGE_NONE : (enum message_kind)kind;
}

void
message_write_setup(const struct message_setup *m, struct buf *out)
{
	buf_u8(out, MESSAGE_SETUP);
	buf_u8(out, m->all);
	buf_u8(out, m->verify);
	scan_limits_write(&m->limits, out);
}

void
message_write_objects(const struct message_object *m, size_t count, struct buf *out)
{
	buf_u8(out, MESSAGE_OBJECT);
	for (size_t i = 0; i < count; i++) {
		buf_u64le(out, m[i].tag);
		buf_u64le(out, m[i].size);
	}
}

void
message_write_ready(const struct message_ready *m, struct buf *out)
{
	buf_u8(out, MESSAGE_READY);
	buf_u32le(out, m->layers);
	buf_u64le(out, m->signatures);
	buf_u64le(out, m->generation);
	buf_i64le(out, m->built);
}

void
message_write_fault(const struct fault *f, struct buf *out)
{
	char text[FAULT_TEXT];

	/* A path in the sentence may be any bytes. */
	text_make_plain(text, sizeof text, bytes_of_text(f->text));
	buf_u8(out, MESSAGE_FAULT);
	buf_u8(out, (uint8_t)f->err);
	buf_put_text(out, text);
}

void
message_write_verdict(uint64_t tag, const struct verdict *v, struct buf *out)
{
	if (out->n == 0)
		buf_u8(out, MESSAGE_VERDICT);
	buf_u64le(out, tag);
	verdict_write(v, out);
}

enum err
message_read_setup(struct reader *r, struct message_setup *out)
{
	struct message_setup m = { 0 };
	uint8_t all = reader_u8(r), verify = reader_u8(r);
	enum err e;

	if ((e = scan_limits_read(r, &m.limits)) != ERR_NONE)
		return e;
	if (!reader_is_done(r) || all > 1 || verify > 1)
		return ERR_MALFORMED;
	m.all = all == 1;
	m.verify = verify == 1;
	*out = m;
	return ERR_NONE;
}

enum err
message_read_objects(struct reader *r, struct message_object out[static MESSAGE_OBJECTS_MAX],
    size_t *count)
{
	struct message_object m[MESSAGE_OBJECTS_MAX];
	size_t n = 0;

	while (n < MESSAGE_OBJECTS_MAX && r->rest.n > 0 && !r->bad) {
		m[n].tag = reader_u64le(r);
		m[n++].size = reader_u64le(r);
	}
	if (n == 0 || !reader_is_done(r))
		return ERR_MALFORMED;
	memcpy(out, m, n * sizeof *m);
	*count = n;
	return ERR_NONE;
}

enum err
message_read_ready(struct reader *r, struct message_ready *out)
{
	struct message_ready m;

	m.layers = reader_u32le(r);
	m.signatures = reader_u64le(r);
	m.generation = reader_u64le(r);
	m.built = reader_i64le(r);
	if (!reader_is_done(r))
		return ERR_MALFORMED;
	*out = m;
	return ERR_NONE;
}

enum err
message_read_fault(struct reader *r, struct fault *out)
{
	struct fault f;
	uint8_t number = reader_u8(r);

	reader_text(r, f.text, sizeof f.text);
	if (!reader_is_done(r) || number == ERR_NONE || number >= ERR_COUNT ||
	    !text_is_plain(f.text))
		return ERR_MALFORMED;
	f.err = (enum err)number;
	*out = f;
	return ERR_NONE;
}

enum err
message_take_verdict(struct reader *r, uint64_t *tag, struct verdict *out)
{
	uint64_t t = reader_u64le(r);
	struct verdict v;
	enum err e;

	if ((e = verdict_read(r, &v)) != ERR_NONE)
		return e;
	*tag = t;
	*out = v;
	return ERR_NONE;
}
