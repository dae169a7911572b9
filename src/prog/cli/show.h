/* cli/show.h: how a device's state is said in text and in JSON. Owns the forms; the words about the
 * subscription are entitle/notice.h's. Writes to standard output unless said otherwise. */
#ifndef HOLDFAST_CLI_SHOW_H
#define HOLDFAST_CLI_SHOW_H

#include <jansson.h>

#include "agent/reply.h"

/* "23 November 2026, 23:41 (5 minutes ago)" or "(in 2 days)"; "never" for 0. */
#define SHOW_TIME_SIZE 96
void show_time(int64_t t, int64_t now, char out[static SHOW_TIME_SIZE]);

/* A number of bytes as a person reads it: "1.4 MB". */
#define SHOW_SIZE_SIZE 24
void show_size(uint64_t bytes, char out[static SHOW_SIZE_SIZE]);

void show_status(const struct device_status *s);

/* The Subscription window. */
void show_subscription(const struct device_status *s);

/* How to reach the provider. */
void show_contact(const struct device_status *s);

/* Why the subscription does not allow what was asked; to standard error. */
void show_refusal(const struct reply_refused *r);

/* RFC 3339, or null for 0. */
json_t *show_json_time(int64_t t);

/* Put the name of a file first into the object ${value}, and return that: "path", and when it is not UTF-8,
 * which JSON cannot hold, a readable form there and its bytes in base64url as "path_bytes". NULL, and
 * ${value} released: no memory. */
json_t *show_json_add_path(const char *path, json_t *value);

/* The caller releases it. NULL: no memory. */
json_t *show_json_status(const struct device_status *s);
json_t *show_json_subscription(const struct device_status *s);

/* Print as one line, and release. False: no memory, which was said. */
bool show_json(json_t *value);

#endif
