/* prog/web/rechecks.c: see rechecks.h. */
#include "prog/web/rechecks.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "os/channel.h"
#include "os/clock.h"
#include "prog/web/answer.h"
#include "prog/web/leases.h"
#include "prog/web/page.h"
#include "service/recheck.h"

struct recheck {
	struct recheck *next, **at;
	struct web *web;
	struct http_request *request; /* NULL once the client has left */
	struct device device;
	char nonce[NONCE_SIZE];	/* empty: a person asks */
	struct event *event;
	int courier;		/* this recheck's own connection */
	struct recheck_result result;
};

struct rechecks {
	struct recheck *first;
};

static void
recheck_free(struct recheck *k)
{
	*k->at = k->next;
	if (k->next != NULL)
		k->next->at = k->at;
	if (k->event != NULL)
		event_free(k->event);
	if (k->courier >= 0)
		close(k->courier);
	free(k);
}

/* The provider's answer counts also when the person has stopped waiting. */
static void
client_left(void *ctx)
{
	struct recheck *k = ctx;

	k->request = NULL;
}

static void
fail(struct web *w, struct http_request *r, const char *nonce, enum err e)
{
	struct call c = { .web = w, .request = r };

	if (nonce == NULL || nonce[0] == '\0')
		page_answer_failure(&c, e, "reactivating");
	else
		answer_failure(r, e, "reactivating");
}

static void
send_person_on(struct web *w, struct http_request *r, const struct device *d, enum outcome outcome)
{
	struct call c = { .web = w, .request = r };
	char address[2 * ID_SIZE + 64];

	snprintf(address, sizeof address, "/portal?said=%s&of=%s", outcome_name(outcome), d->subscription);
	page_see(&c, address);
}

static void
conclude(struct web *w, struct http_request *r, const struct device *d, const char *nonce,
    const struct recheck_result *result)
{
	enum outcome outcome = OUTCOME_NONE;
	struct device fresh;
	struct buf detail;
	json_t *more;
	enum err e;

	buf_init(&detail, 1024);
	e = authority_reactivate(w->store, d, result, clock_wall(), &outcome, &detail);
	if (e == ERR_NONE)
		e = w->store->get_device(w->store, d->id, &fresh);
	if (r == NULL)
		goto done;
	if (e != ERR_NONE) {
		fail(w, r, nonce, e);
		goto done;
	}
	if (nonce[0] == '\0') {
		send_person_on(w, r, &fresh, outcome);
		goto done;
	}
	more = json_pack("{s:s, s:s#}", "outcome", outcome_name(outcome), "detail",
	    (const char *)detail.p, (int)detail.n);
	leases_answer(w, r, &fresh, nonce, more);
done:
	buf_fini(&detail);
}

static void
courier_spoke(evutil_socket_t fd, short what, void *ctx)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	enum verify_answer answer = VERIFY_UNREACHABLE;
	struct recheck *k = ctx;
	struct channel_message m;

	(void)fd;
	if ((what & EV_READ) != 0 && channel_receive(k->courier, room, &m) == ERR_NONE) {
		if (recheck_read_answer(m.body, &answer) != ERR_NONE)
			answer = VERIFY_UNREACHABLE;
		channel_close_fds(&m);
	}
	k->result.answer = answer;
	conclude(k->web, k->request, &k->device, k->nonce, &k->result);
	recheck_free(k);
}

static enum err
ask_courier(struct recheck *k, const struct provider *p, const struct subscription *sub)
{
	struct timeval within = { RECHECK_TIMEOUT_MS / 1000, RECHECK_TIMEOUT_MS % 1000 * 1000 };
	struct recheck_request q = { .url = "" };
	struct fault why;
	struct buf b;
	enum err e;

	memcpy(q.url, p->verify_url, sizeof q.url);
	memcpy(q.token, p->verify_token, sizeof q.token);
	memcpy(q.external_id, sub->external_id, sizeof q.external_id);
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	recheck_write_request(&q, &b);
	if ((e = b.err) != ERR_NONE)
		goto done;
	if ((e = channel_connect(k->web->courier_path, &k->courier, &why)) != ERR_NONE) {
		log_error("the courier: %s", why.text);
		goto done;
	}
	if ((e = channel_send(k->courier, buf_bytes(&b), NULL, 0)) != ERR_NONE)
		goto done;
	e = ERR_NOMEM;
	k->event = event_new(k->web->base, k->courier, EV_READ, courier_spoke, k);
	if (k->event != NULL && event_add(k->event, &within) == 0)
		e = ERR_NONE;
done:
	buf_fini(&b);
	return e;
}

static struct recheck *
recheck_add(struct web *w, struct http_request *r, const struct device *d, const char *nonce)
{
	struct recheck *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->web = w;
	k->request = r;
	k->device = *d;
	k->courier = -1;
	text_copy(k->nonce, sizeof k->nonce, nonce);
	k->next = w->rechecks->first;
	k->at = &w->rechecks->first;
	if (k->next != NULL)
		k->next->at = &k->next;
	w->rechecks->first = k;
	return k;
}

void
rechecks_start(struct web *w, struct http_request *r, const struct device *d, const char *nonce,
    int64_t now)
{
	struct subscription sub;
	struct provider p;
	struct recheck *k;
	bool ask;
	enum err e;

	e = authority_reactivation_needs(w->store, d, now, &ask, &p, &sub);
	if (e != ERR_NONE) {
		fail(w, r, nonce, e);
		return;
	}
	if (nonce == NULL)
		nonce = "";
	if (!ask) {
		conclude(w, r, d, nonce, &(struct recheck_result){ .answer = VERIFY_NONE });
		return;
	}
	if ((k = recheck_add(w, r, d, nonce)) == NULL) {
		fail(w, r, nonce, ERR_NOMEM);
		return;
	}
	k->result = (struct recheck_result){ VERIFY_UNREACHABLE, now, sub.state, sub.decided };
	if (ask_courier(k, &p, &sub) != ERR_NONE) {
		struct recheck_result unreachable = k->result;

		recheck_free(k);
		conclude(w, r, d, nonce, &unreachable);
		return;
	}
	http_request_keep(r, client_left, k);
}

enum err
rechecks_new(struct rechecks **out)
{
	return (*out = calloc(1, sizeof **out)) == NULL ? ERR_NOMEM : ERR_NONE;
}

void
rechecks_free(struct rechecks *all)
{
	if (all == NULL)
		return;
	while (all->first != NULL)
		recheck_free(all->first);
	free(all);
}
