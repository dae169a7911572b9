/* tmforum/query.h: what a TM Forum client asks of a list: attribute selection, paging and filters, as the REST
 * guidelines (TMF630, part 1) have them, over JSON values.
 *
 * A filter is ATTRIBUTE=VALUE, where ATTRIBUTE may be a path such as relatedParty.id, and VALUE may stand in
 * quotes. Filters joined by '&' must all hold; values joined by ',', alternatives joined by ';' and the same
 * attribute named twice are each an "or". ATTRIBUTE.gt, .gte, .lt, .lte, .ne and .eq, and the signs > >= < <= !=,
 * compare; dates are compared as points in time. */
#ifndef HOLDFAST_TMFORUM_QUERY_H
#define HOLDFAST_TMFORUM_QUERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct query;

/* Read the part of an address behind '?'; free *out with query_free. ERR_MALFORMED or ERR_UNSUPPORTED with a
 * sentence; ERR_LIMIT: more terms than QUERY_TERMS_MAX; ERR_NOMEM. */
enum err query_parse(struct bytes text, struct query **out, struct fault *why);
void query_free(struct query *q);

/* 0 unless given. */
int64_t query_offset(const struct query *q);
/* QUERY_LIMIT_DEFAULT unless given; never over QUERY_LIMIT_MAX. */
int64_t query_limit(const struct query *q);

/* Whether anything but selection and paging was asked. */
bool query_filters(const struct query *q);

/* The one value that the first-level attribute ${name} must have, or NULL when the query does not say so.
 * Borrowed. */
const char *query_wanted(const struct query *q, const char *name);

/* Whether a document passes the filters. */
bool query_matches(const struct query *q, const json_t *document);

/* A document with the selected attributes, always with id and href; all of them when none were selected, and
 * only those two for fields=none. The caller releases it; parts are shared. NULL: memory was short. */
json_t *query_select(const struct query *q, const json_t *document);

#endif
