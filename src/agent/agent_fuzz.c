/* Fuzzer: each kind of message between the agent's processes, by the first byte. What can be read
 * must be written back to the same bytes. */
#include <assert.h>

#include "agent/job.h"
#include "agent/reply.h"
#include "agent/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_request(struct bytes in, struct buf *out)
{
	static struct request r;

	if (request_read(in, &r) != ERR_NONE)
		return;
	request_write(&r, out);
	assert(bytes_equal(in, buf_bytes(out)));
}

static void
fuzz_reply(struct bytes in, struct buf *out)
{
	static struct reply r;

	if (reply_read(in, &r) != ERR_NONE)
		return;
	reply_write(&r, out);
	assert(out->err == ERR_NONE && bytes_equal(in, buf_bytes(out)));
	reply_fini(&r);
}

static void
fuzz_job(struct bytes in, struct buf *out)
{
	static struct job j;

	if (job_read(in, &j) != ERR_NONE)
		return;
	job_write(&j, out);
	assert(bytes_equal(in, buf_bytes(out)));
}

static void
fuzz_outcome(struct bytes in, struct buf *out)
{
	static struct outcome o;

	if (outcome_read(in, &o) != ERR_NONE)
		return;
	outcome_write(&o, out);
	assert(bytes_equal(in, buf_bytes(out)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const fuzzers[])(struct bytes, struct buf *) = { fuzz_request, fuzz_reply,
		fuzz_job, fuzz_outcome };
	struct buf out;

	if (size == 0)
		return 0;
	buf_init(&out, 1 << 20);
	fuzzers[data[0] % 4](bytes_from(bytes_of(data, size), 1), &out);
	buf_fini(&out);
	return 0;
}
