/* service/recheck.h: how a web process asks the courier what the provider's system says of a
 * subscription, and the answer. */
#ifndef HOLDFAST_SERVICE_RECHECK_H
#define HOLDFAST_SERVICE_RECHECK_H

#include "base/buf.h"
#include "entitle/authority.h"

struct recheck_request {
	char url[URL_SIZE];		/* the provider's verify address */
	char token[URL_SIZE];		/* bearer token for it; empty: none */
	char external_id[EXTERNAL_ID_SIZE];
};

void recheck_write_request(const struct recheck_request *q, struct buf *out);
/* ERR_MALFORMED: not such a message, to its end. */
enum err recheck_read_request(struct bytes message, struct recheck_request *out);

void recheck_write_answer(enum verify_answer answer, struct buf *out);
enum err recheck_read_answer(struct bytes message, enum verify_answer *out);

#endif
