/* tmforum/merge_patch.c: see merge_patch.h. */
#include "tmforum/merge_patch.h"

#include <stdint.h>

/* Both are no deeper than JSON_DEPTH_MAX, which bounds the recursion. NULL: memory was short. */
static json_t *
merge(const json_t *target, const json_t *patch)
{
	json_t *out, *value, *merged;
	const char *name;

	if (!json_is_object(patch))
		return json_deep_copy(patch);
	out = json_is_object(target) ? json_copy((json_t *)(uintptr_t)target) : json_object();
	if (out == NULL)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)patch, name, value) {
		if (json_is_null(value)) {
			json_object_del(out, name);
			continue;
		}
		merged = merge(json_object_get(out, name), value);
		if (merged == NULL || json_object_set_new(out, name, merged) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

enum err
merge_patch_apply(const json_t *target, const json_t *patch, json_t **out)
{
	json_t *merged = merge(target, patch);

	if (merged == NULL)
		return ERR_NOMEM;
	*out = merged;
	return ERR_NONE;
}
