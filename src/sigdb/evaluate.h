/* sigdb/evaluate.h: from an anchor that was found to a signature that matches, or does not.
 * A signature sleeps until one of its anchors is found; then all of it is loaded. A body of one part is
 * decided at once. For the rest, one more pass over the object looks for all parts of all signatures that
 * woke; last come byte comparisons, regular expressions and the expression. Owns what woke in one object.
 * Must not know how anchors are found. */
#ifndef HOLDFAST_SIGDB_EVALUATE_H
#define HOLDFAST_SIGDB_EVALUATE_H

#include "match/patset.h"
#include "sigdb/opened.h"
#include "sigdb/versions.h"

/* The object at hand. */
struct evaluated {
	const struct source *source;
	struct view *view;
	enum object_target target;
	const struct program *program;
	const uint8_t *containers;	/* types around it, innermost first; object_type_by_name's numbers */
	size_t container_count;
	struct versions *versions;	/* filled when they are first needed */
};

/* Where a part of a signature was found, for those who want to know. */
struct evaluate_trace {
	/* NULL: nobody wants to. */
	void (*part)(void *ctx, uint32_t name, uint32_t sub, uint64_t start, uint64_t end);
	void *ctx;
};

/* A signature matched; ${name} is its number. Return false to stop. */
typedef bool evaluate_found_fn(void *ctx, uint32_t name);

struct evaluation;

/* ${db} and ${trace} must outlive it. ERR_NOMEM. */
enum err evaluation_new(const struct sigdb *db, const struct evaluate_trace *trace, struct evaluation **out);
void evaluation_free(struct evaluation *e);

/* Begin with an object, which is borrowed until the end. Signatures that need no anchor wake. */
void evaluation_begin(struct evaluation *e, const struct evaluated *object);

/* The piece of anchor ${anchor} stands at ${at}. Says what is wanted of that anchor from now on. */
enum patset_want evaluation_anchor(struct evaluation *e, uint32_t anchor, uint64_t at,
    evaluate_found_fn *found, void *ctx);

/* The object's bytes were seen: decide all that woke, and forget it. What was found until then has been
 * reported when there is an error. ERR_CLOSED: ${found} said stop. ERR_LIMIT: it costs more than one
 * object may. ERR_MALFORMED: the database is damaged. ERR_NOMEM. ERR_IO, ERR_TRUNCATED: the object. */
enum err evaluation_finish(struct evaluation *e, evaluate_found_fn *found, void *ctx);

#endif
