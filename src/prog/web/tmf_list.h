/* prog/web/tmf_list.h: listing and finding resources of the TM Forum interfaces. */
#ifndef HOLDFAST_PROG_WEB_TMF_LIST_H
#define HOLDFAST_PROG_WEB_TMF_LIST_H

#include "prog/web/tmf_answer.h"
#include "tmforum/query.h"

/* GET of a whole resource: filters, selection, paging. */
void tmf_list(struct call *c);

/* One resource as it is shown, whatever it is to us. The caller releases *out. ERR_NOT_FOUND. */
enum err tmf_list_get_one(const struct desk *d, const struct resource *r, const char *id,
    const char *base_url, json_t **out);

/* What the request asks for; answers and returns NULL when that cannot be read. query_free it. */
struct query *tmf_list_read_query(struct call *c);

#endif
