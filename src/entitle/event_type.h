/* entitle/event_type.h: the events that a provider may be told of, under the names that webhooks give them.
 * One table: what is not in it stays in the log. doc/webhooks.md lists it; a test compares the two. */
#ifndef HOLDFAST_ENTITLE_EVENT_TYPE_H
#define HOLDFAST_ENTITLE_EVENT_TYPE_H

#include <stddef.h>

/* Such as "subscription.suspended" for the log's "suspend"; NULL: nobody is told of that. */
const char *event_type_of(const char *kind);

/* NULL behind the last. */
const char *event_type_at(size_t i);

#endif
