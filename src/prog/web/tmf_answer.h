/* prog/web/tmf_answer.h: the forms that the TM Forum interfaces give to answers: resources, and errors as TMF630
 * has them. Each ends the request. */
#ifndef HOLDFAST_PROG_WEB_TMF_ANSWER_H
#define HOLDFAST_PROG_WEB_TMF_ANSWER_H

#include <jansson.h>

#include "prog/web/web.h"
#include "tmforum/desk.h"

/* {code, reason, message, status}; a route_refuse_fn. */
void tmf_answer_refuse(struct call *c, int status, const char *code, const char *detail);

/* What ${e} of a desk says, with ${why} when it is a refusal; without a code in it, it is a failure of ours. */
void tmf_answer_error(struct call *c, enum err e, const struct refusal *why, const char *doing);

/* A resource; released. NULL (memory was short) answers 503. */
void tmf_answer(struct call *c, int status, json_t *resource);

/* 201 with its address, which the resource has as "href". */
void tmf_answer_created(struct call *c, json_t *resource);

/* 204. */
void tmf_answer_deleted(struct call *c);

/* Parse the body as a JSON object; answers and returns NULL when it is none. A ${patch} may also be a merge patch
 * by its type. json_decref it. */
json_t *tmf_answer_read_body(struct call *c, bool patch);

#endif
