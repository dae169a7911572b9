/* tmforum/query_internal.h: a query that was read, for query.c and query_match.c alone. */
#ifndef HOLDFAST_TMFORUM_QUERY_INTERNAL_H
#define HOLDFAST_TMFORUM_QUERY_INTERNAL_H

#include "tmforum/limits.h"
#include "tmforum/query.h"

enum query_operator { QUERY_NONE = 0, QUERY_EQ, QUERY_NE, QUERY_GT, QUERY_GTE, QUERY_LT, QUERY_LTE };

struct query_term {
	char *path;		/* into the text, as are values */
	char *value;
	enum query_operator op;
	bool quoted;		/* one value, whatever commas are in it */
	bool alternative;	/* one of several joined by ';' */
	size_t group;		/* of those in one group, one must hold; of the groups, all */
};

struct query {
	int64_t offset, limit;
	bool selects;
	const char *fields[QUERY_FIELDS_MAX];
	size_t field_count;
	struct query_term terms[QUERY_TERMS_MAX];
	size_t term_count, group_count;
	char text[];
};

#endif
