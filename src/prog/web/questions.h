/* prog/web/questions.h: questions to the courier, for whose answers a request waits. Owns the connection (each question
 * has its own), the time that it may take, and that whoever asked may have left; what is asked, and what is made of the
 * answer, is the asker's. */
#ifndef HOLDFAST_PROG_WEB_QUESTIONS_H
#define HOLDFAST_PROG_WEB_QUESTIONS_H

#include "base/buf.h"
#include "prog/web/web.h"

/* All that wait in this process. Freeing it drops them unanswered. */
enum err questions_new(struct questions **out);
void questions_free(struct questions *all);

struct question;

/* ${said}: the courier's message, good until this returns; empty when none came in time. Called once; the question is freed
 * behind it. */
typedef void question_answered_fn(struct question *q, struct bytes said);

/* First in what an asker keeps of its own, which is one piece from malloc. */
struct question {
	struct web *web;
	struct http_request *request; /* NULL once the client has left: the answer may count all the same */
	question_answered_fn *answered;
	/* Not the asker's: */
	struct question *next, **at;
	struct event *event;
	int courier;
};

/* Send ${message} for q->request, and wait for at most ${most_ms}. On an error nothing was begun: it is logged, and ${q}
 * is still the caller's; else it frees itself. */
enum err question_ask(struct question *q, const struct buf *message, int most_ms);

#endif
