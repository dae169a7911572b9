/* Fuzzer for every message between pool and worker. What is accepted must be written back as the
 * same bytes: the form has no slack in which a captured worker could hide anything. */
#include <assert.h>

#include "verdict/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_write_the_same(const struct buf *b, struct bytes in)
{
	assert(b->err == ERR_NONE && bytes_equal(buf_bytes(b), in));
}

/* One verdict or several, to the message's end. */
static void
try_verdicts(struct reader r, struct bytes in, struct buf *b)
{
	do {
		size_t before = b->n;
		struct verdict v;
		uint64_t tag;

		if (message_take_verdict(&r, &tag, &v) != ERR_NONE)
			return;
		(void)verdict_kind(&v);
		message_write_verdict(tag, &v, b);
		assert(b->err != ERR_NONE || b->n - before <= VERDICT_BYTES_MAX + 9);
		verdict_fini(&v);
	} while (!reader_is_done(&r));
	must_write_the_same(b, in);
}

static void
try_others(enum message_kind kind, struct reader r, struct bytes in, struct buf *b)
{
	struct message_setup setup;
	struct message_object objects[MESSAGE_OBJECTS_MAX];
	size_t count;
	struct message_ready ready;
	struct fault f;

	if (kind == MESSAGE_SETUP && message_read_setup(&r, &setup) == ERR_NONE)
		message_write_setup(&setup, b);
	else if (kind == MESSAGE_OBJECT && message_read_objects(&r, objects, &count) == ERR_NONE)
		message_write_objects(objects, count, b);
	else if (kind == MESSAGE_READY && message_read_ready(&r, &ready) == ERR_NONE)
		message_write_ready(&ready, b);
	else if (kind == MESSAGE_FAULT && message_read_fault(&r, &f) == ERR_NONE)
		message_write_fault(&f, b);
	else
		return;
	must_write_the_same(b, in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct reader r = reader_over(in);
	enum message_kind kind = message_kind(&r);
	struct buf b;

	buf_init(&b, 1 << 17);
	if (kind == MESSAGE_VERDICT)
		try_verdicts(r, in, &b);
	else
		try_others(kind, r, in, &b);
	buf_fini(&b);
	return 0;
}
