/* tmforum/resource.h: the resources of the TM Forum interfaces that we speak: where each is, what it holds, and
 * the words that its interface uses. One table of attributes each, written from the published descriptions. */
#ifndef HOLDFAST_TMFORUM_RESOURCE_H
#define HOLDFAST_TMFORUM_RESOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum resource_kind {
	RESOURCE_NONE = 0,
	RESOURCE_SERVICE_ORDER,		/* TMF641 v4.1 */
	RESOURCE_CANCEL_SERVICE_ORDER,
	RESOURCE_SERVICE,		/* TMF638 v4.0 */
	RESOURCE_PRODUCT_ORDER,		/* TMF622 v4.0 */
	RESOURCE_CANCEL_PRODUCT_ORDER,
	RESOURCE_PRODUCT,		/* TMF637 v4.0 */
	RESOURCE_CUSTOMER,		/* TMF629 v4.0 */
	RESOURCE_INDIVIDUAL,		/* TMF632 v4.0 */
	RESOURCE_ORGANIZATION,
	RESOURCES
};

/* What a resource is to us, which decides what may be done with it. */
enum resource_nature {
	NATURE_NONE = 0,
	NATURE_ORDER,		/* its items drive subscriptions */
	NATURE_CANCELLATION,	/* a task that cancels an order */
	NATURE_RECORD,		/* a subscription, and what the provider keeps with it */
	NATURE_DOCUMENT		/* kept and given back */
};

enum attribute_form {
	FORM_ANY = 0,
	FORM_TEXT,
	FORM_DATE,		/* a text that date_time_read reads */
	FORM_BOOL,
	FORM_WHOLE,
	FORM_OBJECT,
	FORM_REFERENCE,		/* an object with an "id" */
	FORM_ARRAY		/* of objects */
};

enum {
	ATTRIBUTE_REQUIRED = 1,	/* when it is created */
	ATTRIBUTE_OURS = 2,	/* what a client sends when it creates one is dropped */
	ATTRIBUTE_FIXED = 4	/* cannot be patched to another value */
};

struct attribute {
	const char *name;
	enum attribute_form form;
	unsigned flags;
};

struct resource {
	enum resource_kind kind;
	enum resource_nature nature;
	const char *base;	/* "tmf-api/serviceOrdering/v4/", below our address */
	const char *name;	/* "serviceOrder": in addresses, in events, and as the kind of stored document */
	const char *type;	/* "ServiceOrder" */
	const char *prefix;	/* of the ids that we give */
	enum resource_kind partner; /* of an order: what its items act on; of a cancellation: the order */
	/* Of an order: where its items are, and in each of them what it acts on. Of a record: where its
	 * characteristics and its state are. */
	const char *items, *subject, *characteristics, *state;
	const char *specification;
	const struct attribute *attributes;
	size_t attribute_count;
};

/* ${kind} is one of the table's. */
const struct resource *resource_of(enum resource_kind kind);

/* NULL: there is none of this name. */
const struct resource *resource_by_name(const char *name);

/* The resource whose addresses begin with ${path}, which begins with '/'; NULL: none. */
const struct resource *resource_by_path(const char *path);

const struct attribute *resource_attribute(const struct resource *r, const char *name);

/* Whether ${body} may create one, or patch one: an object, nothing required missing (when it creates), every
 * attribute that is known in its form; null is no form but in a patch. Those that are not known may be
 * anything. ERR_MALFORMED with a sentence. */
enum err resource_check(const struct resource *r, const json_t *body, bool creates,
    struct fault *why);

/* Whether ${patch} leaves what cannot be changed as ${document} has it. ERR_MALFORMED with a sentence. */
enum err resource_check_fixed(const struct resource *r, const json_t *document, const json_t *patch,
    struct fault *why);

#endif
