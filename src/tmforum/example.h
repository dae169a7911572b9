/* tmforum/example.h: bodies to begin with, for those who write an integration: what TMF641 and TMF638 accept, with
 * every attribute that a provider would use. A test sends them. */
#ifndef HOLDFAST_TMFORUM_EXAMPLE_H
#define HOLDFAST_TMFORUM_EXAMPLE_H

#include <jansson.h>
#include <stdint.h>

/* For POST /tmf-api/serviceInventory/v4/service. The caller releases it; NULL: memory was short. */
json_t *example_service(int64_t now);

/* For POST /tmf-api/serviceOrdering/v4/serviceOrder: it adds such a service. */
json_t *example_order(int64_t now);

#endif
