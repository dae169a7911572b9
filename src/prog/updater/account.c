/* updater/account.c: see account.h. */
#include "prog/updater/account.h"

#include <assert.h>
#include <stdio.h>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "net/http_client.h"

enum {
	ANSWER_MAX = 262144,	/* a lease is 4 KiB; 1000 seats are listed in less than this */
	BODY_MAX = 4096,
	ANSWER_TIMEOUT_MS = 30000 /* a busy server, and its question to the provider's system (5 s) */
};

static const int64_t TIME_MAX = 253402300799;

void
account_fault(const struct fault *why, struct outcome *out)
{
	memset(out, 0, sizeof *out);
	out->kind = OUTCOME_FAULT;
	out->fault.err = why->err;
	out->fault.retry_after_s = -1;
	text_make_plain(out->fault.text, sizeof out->fault.text, bytes_of_text(why->text));
}

static json_t *
body_of(const struct job *job)
{
	const struct job_activate *a = &job->activate;
	const struct job_checkin *c = &job->checkin;
	json_t *body = NULL;

	switch (job->kind) {
	case JOB_ACTIVATE:
		body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "code", a->code, "machine",
		    a->machine, "name", a->name, "platform", a->platform, "key", a->key, "nonce",
		    job->nonce);
		if (body != NULL && a->replace[0] != '\0')
			json_object_set_new(body, "replace", json_string(a->replace));
		return body;
	case JOB_CHECKIN:
		body = json_pack("{s:s, s:I, s:I}", "nonce", job->nonce, "wait_s",
		    (json_int_t)c->wait_s, "generation", (json_int_t)c->generation);
		if (body != NULL && c->revision[0] != '\0')
			json_object_set_new(body, "revision", json_string(c->revision));
		return body;
	case JOB_REACTIVATE:
		return json_pack("{s:s}", "nonce", job->nonce);
	case JOB_PURCHASE:
	case JOB_DEVICES:
	case JOB_PORTAL:
		return json_object();
	case JOB_NONE:
	case JOB_UPDATE:
	case JOB_KINDS:
		break;
	}
	return NULL;
}

static const char *
path_of(enum job_kind kind)
{
	static const char *const paths[JOB_KINDS] = { [JOB_ACTIVATE] = "activate",
		[JOB_CHECKIN] = "checkin",
		[JOB_REACTIVATE] = "reactivate",
		[JOB_PURCHASE] = "purchase",
		[JOB_DEVICES] = "devices",
		[JOB_PORTAL] = "portal" };

	assert(paths[kind] != NULL);
	return paths[kind];
}

static enum err
read_holder(const json_t *from, struct seat_holder *out, struct fault *why)
{
	struct seat_holder h = { .last_seen = 0 };
	const struct json_field fields[] = {
		{ .name = "id", .kind = JSON_KIND_TEXT, .required = true, .out = h.id, .size = sizeof h.id },
		{ .name = "name", .kind = JSON_KIND_TEXT, .required = true, .out = h.name, .size = sizeof h.name },
		{ .name = "last_seen", .kind = JSON_KIND_WHOLE, .required = true, .out = &h.last_seen, .most = TIME_MAX },
	};
	enum err e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why);

	if (e == ERR_NONE)
		*out = h;
	return e;
}

static enum err
read_holders(const json_t *devices, struct seat_list *out, struct fault *why)
{
	const json_t *item;
	size_t i;
	enum err e;

	if (devices == NULL)
		return ERR_NONE;
	if (!json_is_array(devices))
		return fault_set(why, ERR_MALFORMED, "\"devices\" must be a list");
	json_array_foreach(devices, i, item) {
		if (out->count == AGENT_SEATS_MAX) {
			out->unlisted++;
			continue;
		}
		if ((e = read_holder(item, &out->holders[out->count], why)) != ERR_NONE)
			return e;
		out->count++;
	}
	return ERR_NONE;
}

/* An RFC 9457 problem. The members of the standard that say nothing to us may be there. */
static enum err
read_problem(const json_t *from, struct outcome_problem *out, struct fault *why)
{
	const json_t *type = NULL, *title = NULL, *status = NULL, *instance = NULL, *reason = NULL;
	const json_t *devices = NULL;
	const struct json_field fields[] = {
		{ .name = "code", .kind = JSON_KIND_TEXT, .required = true, .out = out->code, .size = sizeof out->code },
		{ .name = "detail", .kind = JSON_KIND_TEXT, .out = out->detail, .size = sizeof out->detail },
		{ .name = "type", .kind = JSON_KIND_VALUE, .out = &type },
		{ .name = "title", .kind = JSON_KIND_VALUE, .out = &title },
		{ .name = "status", .kind = JSON_KIND_VALUE, .out = &status },
		{ .name = "instance", .kind = JSON_KIND_VALUE, .out = &instance },
		{ .name = "reason", .kind = JSON_KIND_VALUE, .out = &reason },
		{ .name = "devices", .kind = JSON_KIND_VALUE, .out = &devices },
	};
	enum err e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why);

	return e != ERR_NONE ? e : read_holders(devices, &out->seats, why);
}

#define TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }
#define INTERVAL(o) { .name = "checkin_s", .kind = JSON_KIND_WHOLE, .required = true, .out = &o, \
	.least = AGENT_CHECKIN_MIN_S, .most = AGENT_CHECKIN_MAX_S }

static enum err
read_activated(const json_t *from, struct outcome_lease *out, struct fault *why)
{
	const struct json_field fields[] = { TEXT("device", out->device), TEXT("token", out->token),
		TEXT("lease", out->lease), INTERVAL(out->checkin_s) };

	return json_read_object(from, fields, sizeof fields / sizeof fields[0], why);
}

static enum err
read_lease(const json_t *from, struct outcome_lease *out, struct fault *why)
{
	const struct json_field fields[] = { TEXT("lease", out->lease), INTERVAL(out->checkin_s) };

	return json_read_object(from, fields, sizeof fields / sizeof fields[0], why);
}

static enum err
read_reactivated(const json_t *from, struct outcome_lease *out, struct fault *why)
{
	char word[AGENT_CODE_NAME_SIZE];
	const struct json_field fields[] = { TEXT("outcome", word), TEXT("detail", out->detail),
		TEXT("lease", out->lease), INTERVAL(out->checkin_s) };
	enum err e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why);

	if (e == ERR_NONE && !reactivation_from_name(word, &out->reactivation))
		return fault_set(why, ERR_UNSUPPORTED, "unknown outcome \"%s\"", word);
	return e;
}

static enum err
read_address(const json_t *from, char url[static URL_SIZE], struct fault *why)
{
	const struct json_field field = { .name = "url", .kind = JSON_KIND_TEXT, .required = true,
		.out = url, .size = URL_SIZE };
	enum err e = json_read_object(from, &field, 1, why);

	if (e == ERR_NONE && !bytes_start_with(bytes_of_text(url), "https://") &&
	    !http_url_is_private(url))
		return fault_set(why, ERR_MALFORMED, "\"url\" is not https");
	return e;
}

static enum err
read_fellow(const json_t *from, struct fellow_device *out, struct fault *why)
{
	struct fellow_device d = { .last_seen = 0 };
	const struct json_field fields[] = { TEXT("name", d.name),
		{ .name = "last_seen", .kind = JSON_KIND_WHOLE, .required = true, .out = &d.last_seen, .most = TIME_MAX },
		{ .name = "this", .kind = JSON_KIND_BOOL, .required = true, .out = &d.is_this } };
	enum err e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why);

	if (e == ERR_NONE && !text_is_plain(d.name))
		return fault_set(why, ERR_MALFORMED, "a device's name is not plain text");
	if (e == ERR_NONE)
		*out = d;
	return e;
}

static enum err
read_fellows(const json_t *from, struct fellow_list *out, struct fault *why)
{
	const json_t *devices = NULL, *item;
	int64_t seats = 0;
	const struct json_field fields[] = {
		{ .name = "seats", .kind = JSON_KIND_WHOLE, .required = true, .out = &seats, .most = TIME_MAX },
		{ .name = "devices", .kind = JSON_KIND_VALUE, .required = true, .out = &devices } };
	size_t i;
	enum err e = json_read_object(from, fields, sizeof fields / sizeof fields[0], why);

	if (e == ERR_NONE && !json_is_array(devices))
		e = fault_set(why, ERR_MALFORMED, "\"devices\" must be a list");
	if (e != ERR_NONE)
		return e;
	out->seats = (uint64_t)seats;
	json_array_foreach(devices, i, item) {
		if (out->count == AGENT_SEATS_MAX)
			out->unlisted++;
		else if ((e = read_fellow(item, &out->devices[out->count], why)) != ERR_NONE)
			return e;
		else
			out->count++;
	}
	return ERR_NONE;
}

static enum err
read_good(enum job_kind kind, const json_t *from, struct outcome *out, struct fault *why)
{
	switch (kind) {
	case JOB_ACTIVATE:
		out->kind = OUTCOME_ACTIVATED;
		return read_activated(from, &out->lease, why);
	case JOB_CHECKIN:
		out->kind = OUTCOME_LEASE;
		return read_lease(from, &out->lease, why);
	case JOB_REACTIVATE:
		out->kind = OUTCOME_LEASE;
		return read_reactivated(from, &out->lease, why);
	case JOB_PURCHASE:
	case JOB_PORTAL:
		out->kind = OUTCOME_ADDRESS;
		return read_address(from, out->url, why);
	case JOB_DEVICES:
		out->kind = OUTCOME_DEVICES;
		return read_fellows(from, &out->devices, why);
	case JOB_NONE:
	case JOB_UPDATE:
	case JOB_KINDS:
		break;
	}
	return fault_set(why, ERR_UNSUPPORTED, "no such question");
}

void
account_read_answer(enum job_kind kind, int status, struct bytes body, struct outcome *out)
{
	struct fault why = { ERR_NONE, "" };
	json_t *value = NULL;
	enum err e;

	memset(out, 0, sizeof *out);
	e = json_parse(body, &value, &why);
	if (e == ERR_NONE && status >= 200 && status < 300) {
		e = read_good(kind, value, out, &why);
	} else if (e == ERR_NONE) {
		out->kind = OUTCOME_PROBLEM;
		out->problem.status = (uint32_t)status;
		out->problem.retry_after_s = -1;
		e = read_problem(value, &out->problem, &why);
	}
	json_decref(value);
	if (e == ERR_NONE)
		return;
	random_forget(out, sizeof *out);
	/* What stands between us and the server (a proxy, a load balancer) answers so. */
	if (status < 200 || status >= 300)
		fault_set(&why, ERR_CLOSED, "the service answered with status %d", status);
	else
		fault_within(&why, "the service's answer makes no sense");
	account_fault(&why, out);
}

static enum err
url_of(const struct job *job, char *out, size_t size, struct fault *why)
{
	size_t n = strlen(job->server);
	bool slash = n > 0 && job->server[n - 1] == '/';
	int length = snprintf(out, size, "%s%sdevice/v1/%s", job->server, slash ? "" : "/",
	    path_of(job->kind));

	if (length < 0 || (size_t)length >= size)
		return fault_set(why, ERR_LIMIT, "the service's address is too long");
	if (!http_url_is_private(out))
		return fault_set(why, ERR_DENIED,
		    "the service's address %s is not https; nothing was sent to it", job->server);
	return ERR_NONE;
}

static enum err
ask(const struct job *job, struct bytes body, struct http_answer *answer, struct fault *why)
{
	char url[URL_SIZE + 64];
	struct http_call call = { .method = "POST",
		.url = url,
		.bearer = job->token[0] != '\0' ? job->token : NULL,
		.content_type = "application/json",
		.body = body,
		.timeout_ms = ANSWER_TIMEOUT_MS,
		.max_answer = ANSWER_MAX,
		.sink = -1 };
	enum err e;

	if (job->kind == JOB_CHECKIN)
		call.timeout_ms += (int64_t)job->checkin.wait_s * 1000;
	if ((e = url_of(job, url, sizeof url, why)) != ERR_NONE)
		return e;
	return http_ask(&call, answer, why);
}

void
account_ask(const struct job *job, struct outcome *out)
{
	struct http_answer answer = { .status = 0 };
	struct fault why = { ERR_NONE, "" };
	json_t *value = body_of(job);
	struct buf body;
	enum err e = ERR_NOMEM;

	buf_init(&body, BODY_MAX);
	buf_init(&answer.body, 0);
	if (value == NULL || (e = json_write(value, &body)) != ERR_NONE) {
		fault_set(&why, e, "cannot ask the service: %s", err_name(e));
		goto done;
	}
	if ((e = ask(job, buf_bytes(&body), &answer, &why)) != ERR_NONE)
		goto done;
	account_read_answer(job->kind, answer.status, buf_bytes(&answer.body), out);
	if (out->kind == OUTCOME_PROBLEM)
		out->problem.retry_after_s = answer.retry_after_s;
done:
	if (e != ERR_NONE)
		account_fault(&why, out);
	http_answer_fini(&answer);
	json_decref(value);
	if (body.p != NULL)
		random_forget(body.p, body.n);
	buf_fini(&body);
}
