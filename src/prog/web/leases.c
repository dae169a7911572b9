/* prog/web/leases.c: see leases.h. */
#include "prog/web/leases.h"

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "os/channel.h"
#include "os/clock.h"
#include "entitle/authority_seat.h"
#include "prog/web/answer.h"
#include "service/signing.h"

/* The signer needs a tenth of a millisecond; one that needs this long is gone or hangs. */
enum { SIGNER_TIMEOUT_MS = 2000 };

static void
drop_signer(struct web *w)
{
	if (w->signer >= 0)
		close(w->signer);
	w->signer = -1;
}

static enum err
ask_once(struct web *w, struct bytes request, struct buf *lease, struct fault *why)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct channel_message m;
	enum err e;

	if (w->signer < 0 && (e = channel_connect(w->signer_path, &w->signer, why)) != ERR_NONE)
		return e;
	if ((e = channel_send(w->signer, request, NULL, 0)) != ERR_NONE ||
	    (e = channel_receive_within(w->signer, SIGNER_TIMEOUT_MS, room, &m)) != ERR_NONE) {
		/* An answer that came later would be taken for the next one's. */
		drop_signer(w);
		return fault_set(why, e, "the signer does not answer: %s", err_name(e));
	}
	channel_close_fds(&m);
	return signing_read_answer(m.body, lease, why);
}

static enum err
ask_signer(struct web *w, const struct signing_request *q, struct buf *lease)
{
	bool was_connected = w->signer >= 0;
	struct fault why = { ERR_NONE, "" };
	struct buf request;
	enum err e;

	buf_init(&request, CHANNEL_MESSAGE_MAX);
	signing_write_request(q, &request);
	if ((e = request.err) == ERR_NONE)
		e = ask_once(w, buf_bytes(&request), lease, &why);
	/* A signer that was restarted closed the old connection: ask the new one. */
	if (e == ERR_CLOSED && was_connected)
		e = ask_once(w, buf_bytes(&request), lease, &why);
	if (e != ERR_NONE)
		log_error("no lease: %s", why.text[0] != '\0' ? why.text : err_name(e));
	buf_fini(&request);
	return e;
}

enum err
leases_issue(struct web *w, const struct device *d, const char *nonce, int64_t now,
    struct buf *lease, int64_t *checkin_s)
{
	struct signing_request q;
	enum err e;

	if ((e = authority_lease(w->store, d, now, &q.lease, checkin_s)) != ERR_NONE)
		return e;
	memcpy(q.device_key, d->key, sizeof q.device_key);
	text_copy(q.lease.nonce, sizeof q.lease.nonce, nonce);
	return ask_signer(w, &q, lease);
}

/* The common answer, written as it is: a lease has letters, digits, '-', '_' and '.' alone. */
static void
answer_lease_alone(struct http_request *r, const struct buf *lease, int64_t checkin_s)
{
	struct buf text;

	buf_init(&text, LEASE_MAX * 3);
	buf_put_string(&text, "{\"lease\":\"");
	buf_put(&text, buf_bytes(lease));
	buf_printf(&text, "\",\"checkin_s\":%lld}", (long long)checkin_s);
	if (text.err == ERR_NONE)
		http_answer(r, 200, "application/json", buf_bytes(&text));
	else
		answer_failure(r, text.err, "answering with a lease");
	buf_fini(&text);
}

static void
answer_lease_with(struct http_request *r, const struct buf *lease, int64_t checkin_s, json_t *more)
{
	json_object_set_new(more, "lease", json_stringn((const char *)lease->p, lease->n));
	json_object_set_new(more, "checkin_s", json_integer(checkin_s));
	/* 201 when the answer names a device that was just made. */
	answer_json(r, json_object_get(more, "token") != NULL ? 201 : 200, more);
}

void
leases_answer(struct web *w, struct http_request *r, const struct device *d, const char *nonce,
    json_t *more)
{
	int64_t checkin_s = 0;
	struct buf lease;
	enum err e;

	buf_init(&lease, LEASE_MAX * 2);
	if ((e = leases_issue(w, d, nonce, clock_wall(), &lease, &checkin_s)) != ERR_NONE) {
		answer_failure(r, e, "issuing a lease");
		json_decref(more);
	} else {
		if (more == NULL)
			answer_lease_alone(r, &lease, checkin_s);
		else
			answer_lease_with(r, &lease, checkin_s, more);
		/* What it is told now it knows from now on. For the log: it must not keep the lease back. */
		if ((e = authority_note_contact(w->store, d, clock_wall())) != ERR_NONE)
			log_warn("that %s was told is not in the log: %s", d->id, err_name(e));
	}
	buf_fini(&lease);
}
