/* window/link.c: see link.h. */
#include "prog/window/link.h"

#include <gio/gio.h>
#include <glib-unix.h>

#include "base/log.h"
#include "base/text.h"
#include "crypto/random.h"

enum { AGAIN_MS = 2000, LIST_MAX = 10000 };

struct link {
	const char *state;
	struct link_face face;
	struct talk talk;
	guint source, timer;
	bool lost;		/* said so already */
	GCancellable *gone;	/* cancelled when the link is freed */
};

static gboolean try_again(gpointer data);

static void
part(struct link *l)
{
	if (l->source != 0)
		g_source_remove(l->source);
	l->source = 0;
	talk_close(&l->talk);
}

static void
lose(struct link *l, const char *why)
{
	part(l);
	if (!l->lost)
		l->face.lost(l->face.ctx, why);
	l->lost = true;
	if (l->timer == 0)
		l->timer = g_timeout_add(AGAIN_MS, try_again, l);
}

static gboolean
on_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct reply *reply = g_new(struct reply, 1);
	struct link *l = data;
	struct fault why;
	enum err e;

	(void)fd, (void)condition;
	e = talk_receive(&l->talk, 0, reply, &why);
	if (e == ERR_NONE && reply->kind == REPLY_STATUS) {
		l->lost = false;
		l->face.status(l->face.ctx, &reply->status);
	} else if (e == ERR_NONE) {
		e = fault_set(&why, ERR_MALFORMED, "holdfastd gave an answer to another question");
		reply_fini(reply);
	}
	g_free(reply);
	if (e == ERR_NONE || e == ERR_TIMEOUT)
		return G_SOURCE_CONTINUE;
	/* This source ends with its return value. */
	l->source = 0;
	lose(l, why.text);
	return G_SOURCE_REMOVE;
}

static void
watch(struct link *l)
{
	const struct request request = { .kind = REQUEST_WATCH };
	struct fault why;

	if (talk_open(l->state, &l->talk, &why) != ERR_NONE ||
	    talk_send(&l->talk, &request, -1, &why) != ERR_NONE) {
		lose(l, why.text);
		return;
	}
	l->source = g_unix_fd_add(l->talk.fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, l);
}

static gboolean
try_again(gpointer data)
{
	struct link *l = data;

	l->timer = 0;
	watch(l);
	return G_SOURCE_REMOVE;
}

struct link *
link_new(const char *state, const struct link_face *face)
{
	struct link *l = g_new0(struct link, 1);

	l->state = state;
	l->face = *face;
	l->talk.fd = -1;
	l->gone = g_cancellable_new();
	watch(l);
	return l;
}

void
link_free(struct link *l)
{
	if (l == NULL)
		return;
	g_cancellable_cancel(l->gone);
	g_object_unref(l->gone);
	part(l);
	if (l->timer != 0)
		g_source_remove(l->timer);
	g_free(l);
}

/* One question, or a list of them, in a thread. */
struct asking {
	const char *state;
	struct request request;
	link_item_fn *item;	/* NULL: no list */
	link_answer_fn *done;
	void *ctx;
	GPtrArray *replies;	/* of struct reply, the last one is the answer */
	char *why;
};

static void
free_reply(gpointer data)
{
	reply_fini(data);
	g_free(data);
}

static void
free_asking(gpointer data)
{
	struct asking *a = data;

	random_forget(&a->request, sizeof a->request);
	g_ptr_array_unref(a->replies);
	g_free(a->why);
	g_free(a);
}

/* What to ask next; false: that was the end of the list. */
static bool
ask_on(struct asking *a, const struct reply *reply)
{
	if (a->item == NULL || a->replies->len >= LIST_MAX)
		return false;
	if (reply->kind == REPLY_ENTRY)
		text_copy(a->request.entry.id, sizeof a->request.entry.id, reply->entry.id);
	else if (reply->kind == REPLY_EVENT)
		a->request.cursor = reply->event.cursor;
	else
		return false;
	return true;
}

static void
run_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *gone)
{
	struct talk *talk = g_new(struct talk, 1);
	struct asking *a = data;
	struct reply *reply;
	struct fault why;
	enum err e;

	(void)source;
	if ((e = talk_open(a->state, talk, &why)) == ERR_NONE) {
		do {
			reply = g_new0(struct reply, 1);
			e = talk_ask(talk, &a->request, -1, reply, &why);
			if (e == ERR_NONE)
				g_ptr_array_add(a->replies, reply);
			else
				g_free(reply);
		} while (e == ERR_NONE && !g_cancellable_is_cancelled(gone) && ask_on(a, reply));
	}
	if (e != ERR_NONE)
		a->why = g_strdup(why.text);
	talk_close(talk);
	g_free(talk);
	g_task_return_boolean(task, TRUE);
}

static void
tell(GObject *source, GAsyncResult *result, gpointer data)
{
	GTask *task = G_TASK(result);
	struct asking *a = g_task_get_task_data(task);

	(void)source, (void)data;
	if (g_cancellable_is_cancelled(g_task_get_cancellable(task)))
		return;
	for (guint i = 0; a->item != NULL && i + 1 < a->replies->len; i++)
		a->item(a->ctx, g_ptr_array_index(a->replies, i));
	if (a->why != NULL || a->replies->len == 0)
		a->done(a->ctx, NULL, a->why);
	else
		a->done(a->ctx, g_ptr_array_index(a->replies, a->replies->len - 1), NULL);
}

static void
start(struct link *l, struct asking *a)
{
	GTask *task = g_task_new(NULL, l->gone, tell, NULL);

	a->state = l->state;
	a->replies = g_ptr_array_new_with_free_func(free_reply);
	g_task_set_task_data(task, a, free_asking);
	/* Cancelled or not, it comes to tell, which looks. */
	g_task_set_check_cancellable(task, FALSE);
	g_task_run_in_thread(task, run_in_thread);
	g_object_unref(task);
}

void
link_ask(struct link *l, const struct request *request, link_answer_fn *done, void *ctx)
{
	link_list(l, request, NULL, done, ctx);
}

void
link_list(struct link *l, const struct request *first, link_item_fn *item, link_answer_fn *done,
    void *ctx)
{
	struct asking *a = g_new0(struct asking, 1);

	a->request = *first;
	a->item = item;
	a->done = done;
	a->ctx = ctx;
	start(l, a);
}
