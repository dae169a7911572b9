/* base/array.h: room for one more element, whatever the element is. */
#ifndef HOLDFAST_BASE_ARRAY_H
#define HOLDFAST_BASE_ARRAY_H

#include <stddef.h>

#include "base/err.h"

/* Make *array, which has room for *room elements of ${size} bytes, hold at least ${need}; it doubles,
 * and starts as NULL with no room. The caller frees *array. ERR_NOMEM: nothing changed. */
enum err array_grow(void **array, size_t *room, size_t need, size_t size);

#endif
