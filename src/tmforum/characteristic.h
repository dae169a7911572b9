/* tmforum/characteristic.h: lists of characteristics, {name, valueType, value}, as services and products carry
 * them. */
#ifndef HOLDFAST_TMFORUM_CHARACTERISTIC_H
#define HOLDFAST_TMFORUM_CHARACTERISTIC_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

/* The value of the first of this name; a value that is an object with a member of that name is what that member
 * is. NULL: there is none. Borrowed. ${list} may be NULL. */
const json_t *characteristic_find(const json_t *list, const char *name);

/* A text into ${out} of ${size} bytes. ERR_NOT_FOUND; ERR_MALFORMED with a
 * sentence: something else, too long, or not plain. */
enum err characteristic_text(const json_t *list, const char *name, char *out, size_t size,
    struct fault *why);

/* A whole number from ${least} to ${most}, also when it is written as a text. ERR_NOT_FOUND; ERR_MALFORMED. */
enum err characteristic_whole(const json_t *list, const char *name, int64_t least, int64_t most,
    int64_t *out, struct fault *why);

/* A point in time, in seconds. ERR_NOT_FOUND; ERR_MALFORMED. */
enum err characteristic_date(const json_t *list, const char *name, int64_t *out, struct fault *why);

/* Put ${value}, which is released, in place of all of this name, or behind the others; NULL (memory was short)
 * is ERR_NOMEM. Elements of the list may be shared with other lists: they are replaced, not changed. */
enum err characteristic_set(json_t *list, const char *name, json_t *value);

/* Put each element of ${more} in place of those of its name in ${list}. ERR_NOMEM. */
enum err characteristic_merge(json_t *list, const json_t *more);

/* A new list, which the caller releases, without those of this name. NULL: memory was short. */
json_t *characteristic_without(const json_t *list, const char *name);

/* A point in time as a value; null for 0, which is never. */
json_t *characteristic_of_date(int64_t t);

#endif
