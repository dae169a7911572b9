/* tmforum/limits.h: every ceiling of the TM Forum interfaces, with its reason. */
#ifndef HOLDFAST_TMFORUM_LIMITS_H
#define HOLDFAST_TMFORUM_LIMITS_H

#define QUERY_TERMS_MAX 64	/* all attributes of our largest resource, twice */
#define QUERY_FIELDS_MAX 64	/* the same */
#define QUERY_LIMIT_DEFAULT 100 /* resources in an answer to who names no limit: about 200 KiB */
#define QUERY_LIMIT_MAX 1000	/* and to who names a larger one */

#define ORDER_ITEMS_MAX 100	/* with those inside others: one order is one transaction */

#define DOCUMENT_BODY_MAX (256 << 10) /* a request has HTTP_BODY_MAX; states and dates come to it */

#endif
