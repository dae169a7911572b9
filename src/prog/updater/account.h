/* updater/account.h: the questions of doc/device-protocol.md: activate, check in, reactivate, purchase,
 * devices, portal.
 * Owns the JSON on both ways. Believes nothing: the lease is handed on unread. */
#ifndef HOLDFAST_UPDATER_ACCOUNT_H
#define HOLDFAST_UPDATER_ACCOUNT_H

#include "agent/job.h"

/* Ask what ${job} says and tell the outcome; never OUTCOME_NONE. */
void account_ask(const struct job *job, struct outcome *out);

/* Read the server's answer to a job of ${kind}: its HTTP status and body. Never OUTCOME_NONE. */
void account_read_answer(enum job_kind kind, int status, struct bytes body, struct outcome *out);

/* As OUTCOME_FAULT, the sentence made plain. */
void account_fault(const struct fault *why, struct outcome *out);

#endif
