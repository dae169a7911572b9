/* prog/web/rechecks.c: see rechecks.h. */
#include "prog/web/rechecks.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "os/channel.h"
#include "os/clock.h"
#include "prog/web/answer.h"
#include "prog/web/leases.h"
#include "prog/web/page.h"
#include "prog/web/questions.h"
#include "service/recheck.h"

struct recheck {
	struct question question;
	struct device device;
	char nonce[NONCE_SIZE];	/* empty: a person asks */
	struct recheck_result result;
};

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

/* The provider's answer counts also when the person has stopped waiting. */
static void
courier_spoke(struct question *q, struct bytes said)
{
	struct recheck *k = (struct recheck *)q;

	/* Who does not know it has not said that it is wrong: an order may be on its way through their systems. */
	if (recheck_read_answer(said, &k->result.answer) != ERR_NONE || k->result.answer == VERIFY_MISSING)
		k->result.answer = VERIFY_UNREACHABLE;
	conclude(q->web, q->request, &k->device, k->nonce, &k->result);
}

static enum err
ask_courier(struct recheck *k, const struct provider *p, const struct subscription *sub)
{
	struct recheck_request q = { .url = "" };
	struct buf b;
	enum err e;

	memcpy(q.url, p->verify_url, sizeof q.url);
	memcpy(q.token, p->verify_token, sizeof q.token);
	memcpy(q.external_id, sub->external_id, sizeof q.external_id);
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	recheck_write_request(&q, &b);
	e = question_ask(&k->question, &b, RECHECK_TIMEOUT_MS);
	buf_fini(&b);
	return e;
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
	if ((k = calloc(1, sizeof *k)) == NULL) {
		fail(w, r, nonce, ERR_NOMEM);
		return;
	}
	k->question = (struct question){ .web = w, .request = r, .answered = courier_spoke };
	k->device = *d;
	text_copy(k->nonce, sizeof k->nonce, nonce);
	k->result = (struct recheck_result){ VERIFY_UNREACHABLE, now, sub.state, sub.decided };
	if (ask_courier(k, &p, &sub) == ERR_NONE)
		return;
	conclude(w, r, d, nonce, &k->result);
	free(k);
}
