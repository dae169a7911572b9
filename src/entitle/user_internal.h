/* entitle/user_internal.h: what user.c and user_sign_in.c share; for those alone. */
#ifndef HOLDFAST_ENTITLE_USER_INTERNAL_H
#define HOLDFAST_ENTITLE_USER_INTERNAL_H

#include <jansson.h>

#include "entitle/authority_internal.h"
#include "entitle/user.h"

/* ${u} as it is now, which may be ${out}: pages and hashes took their time, and meanwhile somebody may have disabled or
 * reset the person, or taken rights away. Within the transaction that writes. ERR_CONFLICT "user_changed". */
enum err user_read_again(struct store *store, const struct user *u, struct user *out, struct refusal *why);

/* In the chain of whose user it is. Takes ${detail}. */
enum err user_log_event(struct store *store, const struct user *u, const char *actor, const char *kind,
    json_t *detail, int64_t now);

/* Groups of letters of a secret, such as "abcd-efgh"; ${size} with the NUL. */
void user_make_groups(char *out, size_t size);

#endif
