/* base/array.c: see array.h. */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

enum err
array_grow(void **array, size_t *room, size_t need, size_t size)
{
	size_t more = *room < 16 ? 16 : *room;
	void *p;

	if (need <= *room)
		return ERR_NONE;
	while (more < need)
		more = more > SIZE_MAX / 2 ? need : more * 2;
	if (more > SIZE_MAX / size || (p = realloc(*array, more * size)) == NULL)
		return ERR_NOMEM;
	*array = p;
	*room = more;
	return ERR_NONE;
}
