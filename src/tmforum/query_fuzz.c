/* Fuzzer: what a foreign client asks: the query up to the first newline, the document behind it, also as a
 * merge patch of itself. */
#include "codec/json.h"
#include "tmforum/merge_patch.h"
#include "tmforum/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), text = bytes_first(in, bytes_find(in, '\n'));
	json_t *document = NULL, *patched = NULL;
	struct query *q = NULL;

	if (query_parse(text, &q, NULL) != ERR_NONE)
		q = NULL;
	if (json_parse(bytes_from(in, text.n + 1), &document, NULL) == ERR_NONE) {
		if (q != NULL) {
			query_matches(q, document);
			json_decref(query_select(q, document));
		}
		if (merge_patch_apply(document, document, &patched) == ERR_NONE)
			json_decref(patched);
	}
	json_decref(document);
	query_free(q);
	return 0;
}
