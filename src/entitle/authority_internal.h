/* entitle/authority_internal.h: what authority.c and authority_device.c share, and nobody else. */
#ifndef HOLDFAST_ENTITLE_AUTHORITY_INTERNAL_H
#define HOLDFAST_ENTITLE_AUTHORITY_INTERNAL_H

#include "entitle/authority.h"

/* Fill in ${why} and return ${e}. */
enum err refuse(struct refusal *why, enum err e, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Commit when ${e} is ERR_NONE, else roll back; the error that counts. */
enum err finish_transaction(struct store *store, enum err e);

/* A cancelled subscription that can no longer be reinstated, whoever asks. */
bool retention_is_over(const struct provider *p, const struct subscription *sub, int64_t now);

/* Within a transaction: give ${sub} its names and store it with the code's digest. */
enum err insert_subscription(struct store *store, const struct provider *p,
    struct subscription *sub, const char *code);

/* Within a transaction: apply, store and log one change. */
enum err apply_and_log(struct store *store, struct subscription *sub, const struct change *change,
    int64_t now, struct refusal *why);

/* Within a transaction: move ${d} from whatever it had to a seat of ${sub}. */
enum err take_over_device(struct store *store, struct device *d, const struct subscription *sub,
    int64_t now);

#endif
