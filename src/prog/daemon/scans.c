/* daemon/scans.c: see scans.h. An object's way:
 *	waits -> with the workers -> (infected: being sealed -> sealed, the original to be removed) -> over
 */
#include "prog/daemon/scans.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "prog/daemon/limits.h"

enum object_state { OBJECT_WAITS = 0, OBJECT_SCANNED, OBJECT_SEALING, OBJECT_SEALED };

struct object {
	struct scan *scan;	/* NULL: the asker has gone */
	struct scans *all;
	enum object_state state;
	uint64_t tag;
	int fd;			/* to seal from; -1 when that is not asked */
	int to_scan;		/* while it waits, else -1 */
	char entry[AGENT_ENTRY_ID_SIZE];
	struct buf verdict;	/* kept while it is being sealed */
	struct object *next;
	char path[AGENT_PATH_SIZE];
};

struct scan {
	struct scans *all;
	struct scan_order order;
	struct engine *engine;
	struct object *objects;	/* under way, oldest first */
	size_t count;		/* not yet answered: within the window */
	struct scan_counts counts;
	struct request_end end;
	bool ending;
	struct scan *next;
};

struct scans {
	struct scans_setup setup;
	struct engines *engines;
	struct scan *first;
};

static void feed(void *ctx);
static void take_verdict(void *object, const struct verdict *verdict);

enum err
scans_new(const struct scans_setup *setup, struct scans **out)
{
	struct scans *s = calloc(1, sizeof *s);
	const struct engines_setup engines = { .base = setup->base,
		.databases = setup->databases,
		.pool = setup->pool,
		.verdict = take_verdict,
		.room = feed,
		.ctx = s };
	enum err e = ERR_NOMEM;

	if (s == NULL)
		return e;
	s->setup = *setup;
	if ((e = engines_new(&engines, &s->engines)) != ERR_NONE) {
		free(s);
		return e;
	}
	*out = s;
	return ERR_NONE;
}

void
scans_free(struct scans *s)
{
	if (s == NULL)
		return;
	engines_free(s->engines);
	free(s);
}

static uint32_t
window_of(const struct scans *s)
{
	/* Each worker has one at work, one behind it, and the asker time to send more. */
	uint32_t n = 4 * s->setup.pool->workers;

	return n < AGENT_WINDOW_MAX ? n : AGENT_WINDOW_MAX;
}

enum err
scans_begin(struct scans *s, const struct scan_order *order, struct scan **out, struct fault *why)
{
	struct scan *scan = calloc(1, sizeof *scan);
	struct reply reply = { .kind = REPLY_SCAN };
	enum err e;

	if (scan == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	if ((e = engines_hold(s->engines, &scan->engine, why)) != ERR_NONE) {
		free(scan);
		return e;
	}
	scan->all = s;
	scan->order = *order;
	scan->next = s->first;
	s->first = scan;
	reply.scan.window = window_of(s);
	reply.scan.generation = engine_generation(scan->engine);
	reply.scan.signatures = engine_signatures(scan->engine);
	*out = scan;
	order->reply(order->ctx, &reply);
	return ERR_NONE;
}

static void
object_free(struct object *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->to_scan >= 0)
		close(o->to_scan);
	buf_fini(&o->verdict);
	free(o);
}

static void
unlink_object(struct object *o)
{
	for (struct object **at = &o->scan->objects; *at != NULL; at = &(*at)->next)
		if (*at == o) {
			*at = o->next;
			return;
		}
}

static void
say_done(const struct scan *scan)
{
	const struct reply done = { .kind = REPLY_DONE };

	scan->order.reply(scan->order.ctx, &done);
}

static void
tell_history(const struct scan *scan)
{
	const struct scan_counts *c = &scan->counts;
	char text[AGENT_SENTENCE_SIZE];

	snprintf(text, sizeof text,
	    "%s: %llu files, %llu infected, %llu not scanned completely, %llu could not be read",
	    scan->end.cancelled ? "Scan cancelled" : "Scan ended", (unsigned long long)c->files,
	    (unsigned long long)c->infected, (unsigned long long)c->incomplete,
	    (unsigned long long)scan->end.errors);
	history_add(scan->all->setup.history, scan->all->setup.now(scan->all->setup.ctx), EVENT_SCAN,
	    scan->order.uid, text);
	scan->all->setup.ended(scan->all->setup.ctx, c);
}

static void
end_when_done(struct scan *scan)
{
	if (!scan->ending || scan->objects != NULL)
		return;
	tell_history(scan);
	say_done(scan);
}

/* Send the verdict on ${o}, which is over unless its original is to be removed. */
static void
answer(struct object *o, const struct verdict *verdict, const char *entry, const char *trouble)
{
	struct reply reply = { .kind = REPLY_VERDICT };
	struct scan *scan = o->scan;

	reply.verdict.tag = o->tag;
	snprintf(reply.verdict.entry, sizeof reply.verdict.entry, "%s", entry);
	text_make_plain(reply.verdict.trouble, sizeof reply.verdict.trouble, bytes_of_text(trouble));
	reply.verdict.verdict = *verdict;
	scan->count--;
	if (entry[0] != '\0') {
		o->state = OBJECT_SEALED;
		memcpy(o->entry, entry, sizeof o->entry);
	} else {
		unlink_object(o);
		object_free(o);
	}
	scan->order.reply(scan->order.ctx, &reply);
}

static void
take_sealed(void *ctx, enum err e, const struct quarantine_entry *entry, const struct fault *why)
{
	struct object *o = ctx;
	struct reader r = reader_over(buf_bytes(&o->verdict));
	struct scan *scan = o->scan;
	struct verdict verdict;

	if (scan == NULL) {
		/* Nobody was told to remove the original, so it is there. */
		if (e == ERR_NONE)
			quarantine_settle(o->all->setup.quarantine, entry->id);
		object_free(o);
		return;
	}
	if (verdict_read(&r, &verdict) != ERR_NONE) {
		/* Memory is short. Without its verdict nobody removes anything. */
		if (e == ERR_NONE)
			quarantine_settle(o->all->setup.quarantine, entry->id);
		verdict_init(&verdict);
		answer(o, &verdict, "", "out of memory");
	} else {
		answer(o, &verdict, e == ERR_NONE ? entry->id : "", e == ERR_NONE ? "" : why->text);
	}
	verdict_fini(&verdict);
	end_when_done(scan);
}

static const struct verdict_finding *
first_infection(const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (verdict->findings[i].kind == VERDICT_INFECTED)
			return &verdict->findings[i];
	return NULL;
}

/* Begin to seal ${o}. False: that is not possible, *why says why. */
static bool
seal(struct object *o, const struct verdict_finding *finding, struct fault *why)
{
	const struct scans_setup *setup = &o->all->setup;
	struct quarantine_entry draft = { .owner = o->scan->order.uid, .time = setup->now(setup->ctx) };
	int fd = o->fd;
	enum err e;

	memcpy(draft.path, o->path, sizeof draft.path);
	text_copy(draft.signature, sizeof draft.signature, finding->signature);
	text_copy(draft.where, sizeof draft.where, finding->where);
	o->fd = -1;
	o->state = OBJECT_SEALING;
	e = quarantine_seal(setup->quarantine, &draft, fd,
	    (struct quarantine_call){ .done = take_sealed, .ctx = o });
	if (e == ERR_NONE)
		return true;
	fault_set(why, e, "it cannot be sealed: %s", err_name(e));
	return false;
}

static void
count(struct object *o, const struct verdict *verdict)
{
	const struct verdict_finding *finding = first_infection(verdict);
	const struct scans_setup *setup = &o->all->setup;
	struct scan_counts *c = &o->scan->counts;
	char text[AGENT_SENTENCE_SIZE];

	c->files++;
	c->infected += finding != NULL;
	c->incomplete += finding == NULL && verdict_kind(verdict) != VERDICT_CLEAN &&
	    verdict_kind(verdict) != VERDICT_SUSPICIOUS;
	if (finding == NULL)
		return;
	snprintf(text, sizeof text, "Found %.200s in %.300s", finding->signature, o->path);
	history_add(setup->history, setup->now(setup->ctx), EVENT_FOUND, o->scan->order.uid, text);
}

/* A worker has judged. */
static void
take_verdict(void *object, const struct verdict *verdict)
{
	const struct verdict_finding *finding = first_infection(verdict);
	struct object *o = object;
	struct scan *scan = o->scan;
	struct fault why = { ERR_NONE, "" };

	if (scan == NULL) {
		object_free(o);
		return;
	}
	count(o, verdict);
	if (finding != NULL && o->fd >= 0) {
		verdict_write(verdict, &o->verdict);
		if (o->verdict.err == ERR_NONE && seal(o, finding, &why))
			return;
		if (why.err == ERR_NONE)
			fault_set(&why, ERR_NOMEM, "it cannot be sealed: out of memory");
	}
	answer(o, verdict, "", why.text);
	end_when_done(scan);
}

/* What no worker could be given. */
static void
refuse_object(struct object *o)
{
	struct verdict verdict;

	verdict_init(&verdict);
	verdict_add_gap(&verdict, VERDICT_GAP_UNREADABLE, "");
	verdict_finish(&verdict);
	take_verdict(o, &verdict);
	verdict_fini(&verdict);
}

static struct object *
next_waiting(const struct scan *scan)
{
	struct object *o = scan->objects;

	while (o != NULL && o->state != OBJECT_WAITS)
		o = o->next;
	return o;
}

/* Give the workers what waits while there is room. */
static void
feed_scan(struct scan *scan)
{
	struct object *o;

	while (engine_room(scan->engine) > 0 && (o = next_waiting(scan)) != NULL) {
		int fd = o->to_scan;
		enum err e;

		o->to_scan = -1;
		o->state = OBJECT_SCANNED;
		if ((e = engine_submit(scan->engine, o, fd)) != ERR_NONE)
			refuse_object(o);
	}
}

static void
feed(void *ctx)
{
	struct scans *s = ctx;

	for (struct scan *scan = s->first; scan != NULL; scan = scan->next)
		feed_scan(scan);
	/* The next turn begins with another scan, so that none waits for a larger one's end. */
	if (s->first != NULL && s->first->next != NULL) {
		struct scan *scan = s->first, **last = &s->first;

		s->first = scan->next;
		scan->next = NULL;
		while (*last != NULL)
			last = &(*last)->next;
		*last = scan;
	}
}

static struct object *
find_object(const struct scan *scan, uint64_t tag)
{
	struct object *o = scan->objects;

	while (o != NULL && o->tag != tag)
		o = o->next;
	return o;
}

static enum err
object_new(struct scan *scan, const struct request_object *from, int fd, struct object **out)
{
	struct object *o = calloc(1, sizeof *o);

	if (o == NULL) {
		close(fd);
		return ERR_NOMEM;
	}
	o->scan = scan;
	o->all = scan->all;
	o->tag = from->tag;
	memcpy(o->path, from->path, sizeof o->path);
	o->to_scan = fd;
	buf_init(&o->verdict, VERDICT_BYTES_MAX);
	o->fd = scan->order.quarantine ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (scan->order.quarantine && o->fd < 0) {
		enum err e = err_from_errno(errno);

		object_free(o);
		return e;
	}
	*out = o;
	return ERR_NONE;
}

enum err
scan_object(struct scan *scan, const struct request_object *from, int fd)
{
	struct object **last = &scan->objects;
	struct object *o = NULL;
	enum err e;

	if (scan->ending || scan->count >= window_of(scan->all) || find_object(scan, from->tag) != NULL) {
		close(fd);
		return ERR_CONFLICT;
	}
	if ((e = object_new(scan, from, fd, &o)) != ERR_NONE)
		return e;
	while (*last != NULL)
		last = &(*last)->next;
	*last = o;
	scan->count++;
	feed_scan(scan);
	return ERR_NONE;
}

enum err
scan_removed(struct scan *scan, const struct request_removed *removed)
{
	const struct scans_setup *setup = &scan->all->setup;
	struct object *o = find_object(scan, removed->tag);
	char text[AGENT_SENTENCE_SIZE];
	struct fault why;
	enum err e;

	if (o == NULL || o->state != OBJECT_SEALED)
		return ERR_CONFLICT;
	e = removed->removed ? quarantine_finish(setup->quarantine, o->entry, &why)
			     : quarantine_drop(setup->quarantine, o->entry, &why);
	if (e != ERR_NONE) {
		/* The original decides, as soon as the disk lets it. */
		log_error("%s", why.text);
		quarantine_leave(setup->quarantine, o->entry);
	} else if (removed->removed) {
		snprintf(text, sizeof text, "Quarantined %.400s", o->path);
		history_add(setup->history, setup->now(setup->ctx), EVENT_QUARANTINED,
		    scan->order.uid, text);
	}
	unlink_object(o);
	object_free(o);
	say_done(scan);
	end_when_done(scan);
	return ERR_NONE;
}

enum err
scan_end(struct scan *scan, const struct request_end *end)
{
	if (scan->ending)
		return ERR_CONFLICT;
	scan->end = *end;
	scan->ending = true;
	end_when_done(scan);
	return ERR_NONE;
}

/* The asker has gone while ${o} was under way. */
static void
abandon(struct object *o)
{
	o->scan = NULL;
	switch (o->state) {
	case OBJECT_SEALED:
		quarantine_leave(o->all->setup.quarantine, o->entry);
		object_free(o);
		break;
	case OBJECT_WAITS:
		object_free(o);
		break;
	case OBJECT_SCANNED:
	case OBJECT_SEALING:
		/* Comes back to take_verdict or take_sealed. */
		break;
	}
}

void
scans_forget(struct scan *scan)
{
	struct scans *s = scan->all;

	while (scan->objects != NULL) {
		struct object *o = scan->objects;

		scan->objects = o->next;
		abandon(o);
	}
	for (struct scan **at = &s->first; *at != NULL; at = &(*at)->next)
		if (*at == scan) {
			*at = scan->next;
			break;
		}
	engine_release(scan->engine);
	free(scan);
}
