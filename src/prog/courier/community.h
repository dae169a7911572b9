/* prog/courier/community.h: asks the community's site, a Discourse, for what its search finds. Owns its address: who
 * asks names words alone, so that nobody can have another site asked. */
#ifndef HOLDFAST_PROG_COURIER_COMMUNITY_H
#define HOLDFAST_PROG_COURIER_COMMUNITY_H

#include "net/http_client.h"

/* Take a COMMUNITY_ASK message; ${asker} is answered on and closed, later. ${site} ends with a '/'. On an error
 * ${asker} is the caller's still: ERR_MALFORMED: no such message. ERR_UNSUPPORTED: ${site} is NULL. ERR_NOMEM. */
enum err community_start(const char *site, struct http_client *client, struct bytes message, int asker);

#endif
