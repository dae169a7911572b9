/* cli/watch.c: see watch.h. */
#include "prog/cli/watch.h"

#include "os/clock.h"

bool
watch_is_protected(void *ctx, const struct device_status *s)
{
	(void)ctx;
	return s->condition != CONDITION_UNPROTECTED;
}

/* Milliseconds left for poll(2); the wait goes on in pieces. */
static int
time_left(int64_t end_ms)
{
	enum { PIECE_MS = 60000 };
	int64_t left = end_ms < 0 ? PIECE_MS : end_ms - clock_boot_ms();

	return left > PIECE_MS ? PIECE_MS : left < 0 ? 0 : (int)left;
}

static enum err
follow(struct talk *t, watch_fn *good, void *ctx, int64_t end_ms, struct device_status *out,
    struct fault *why)
{
	static struct reply reply;
	enum err e;

	for (;;) {
		e = talk_receive(t, time_left(end_ms), &reply, why);
		if (e == ERR_TIMEOUT && (end_ms < 0 || clock_boot_ms() < end_ms))
			continue;
		if (e != ERR_NONE)
			return e;
		if (reply.kind != REPLY_STATUS) {
			reply_fini(&reply);
			return fault_set(why, ERR_MALFORMED,
			    "holdfastd gave an answer to another question");
		}
		*out = reply.status;
		if (good(ctx, out))
			return ERR_NONE;
	}
}

enum err
watch_until(const struct cli *cli, watch_fn *good, void *ctx, int64_t timeout_s,
    struct device_status *out, struct fault *why)
{
	const struct request request = { .kind = REQUEST_WATCH };
	int64_t end_ms = timeout_s < 0 ? -1 : clock_boot_ms() + timeout_s * 1000;
	static struct talk t;
	enum err e;

	if ((e = talk_open(cli->state, &t, why)) == ERR_NONE &&
	    (e = talk_send(&t, &request, -1, why)) == ERR_NONE)
		e = follow(&t, good, ctx, end_ms, out, why);
	talk_close(&t);
	return e;
}
