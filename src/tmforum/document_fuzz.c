/* Fuzzer: what a foreign client sends as a resource: it is checked, opened, shown and told, by the first byte as
 * one resource or another. */
#include "codec/json.h"
#include "tmforum/order_document.h"
#include "tmforum/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_order(const struct resource *r, json_t *body)
{
	json_t *shown;

	if (order_document_open(r, body, "sor_1", 1795000000, NULL) != ERR_NONE)
		return;
	shown = order_document_show(r, body, "https://a/");
	order_document_hide_codes(r, shown);
	json_decref(shown);
}

static void
fuzz_record(const struct resource *r, json_t *body)
{
	const struct subscription s = { .id = "sub_1", .state = SUB_SUSPENDED, .seats = 1 };
	const struct record record = { &s, body, "reserved" };
	struct record_terms terms;
	json_t *shown = NULL;

	if (record_read_terms(r, body, &terms, NULL) == ERR_NONE)
		shown = record_show(r, &record, "https://a/", 1795000000);
	json_decref(shown);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct resource *r;
	json_t *body = NULL;

	if (size == 0 || json_parse(bytes_of(data + 1, size - 1), &body, NULL) != ERR_NONE)
		return 0;
	r = resource_of((enum resource_kind)(RESOURCE_NONE + 1 + data[0] % (RESOURCES - 1)));
	if (resource_check(r, body, true, NULL) == ERR_NONE) {
		if (r->nature == NATURE_ORDER)
			fuzz_order(r, body);
		else if (r->nature == NATURE_RECORD)
			fuzz_record(r, body);
	}
	json_decref(body);
	return 0;
}
