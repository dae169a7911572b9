/* Goal of this test: an order goes only where the state machine of its specification lets it go, and its document is
 * read strictly and shown whole. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "codec/json.h"
#include "tmforum/example.h"
#include "tmforum/order_document.h"
#include "tmforum/record.h"

static const int64_t NOW = 1795000000;

/* Every arrow of the drawing in TMF641 v4.1, written down again; there is no other. */
static const struct {
	const char *from, *to;
	bool asked;		/* whoever placed the order may ask for it */
} arrows[] = {
	{ "acknowledged", "inProgress", false },
	{ "acknowledged", "rejected", false },
	{ "acknowledged", "cancelled", true },
	{ "acknowledged", "assessingCancellation", true },
	{ "inProgress", "pending", true },
	{ "inProgress", "held", true },
	{ "inProgress", "completed", false },
	{ "inProgress", "failed", false },
	{ "inProgress", "partial", false },
	{ "inProgress", "cancelled", true },
	{ "inProgress", "assessingCancellation", true },
	{ "pending", "inProgress", true },
	{ "pending", "cancelled", true },
	{ "pending", "assessingCancellation", true },
	{ "held", "inProgress", true },
	{ "held", "cancelled", true },
	{ "held", "assessingCancellation", true },
	{ "assessingCancellation", "acknowledged", false },
	{ "assessingCancellation", "inProgress", false },
	{ "assessingCancellation", "pending", false },
	{ "assessingCancellation", "held", false },
	{ "assessingCancellation", "pendingCancellation", false },
	{ "pendingCancellation", "cancelled", false },
};
enum { ARROWS = sizeof arrows / sizeof arrows[0] };

static int
find_arrow(enum order_state from, enum order_state to)
{
	for (int i = 0; i < ARROWS; i++)
		if (order_state_of(arrows[i].from) == from && order_state_of(arrows[i].to) == to)
			return i;
	return -1;
}

TEST(an_order_goes_along_the_arrows_and_nowhere_else)
{
	for (enum order_state from = ORDER_NONE; from < ORDER_STATES; from++)
		for (enum order_state to = ORDER_NONE; to < ORDER_STATES; to++) {
			int i = find_arrow(from, to);

			if (order_state_allows(from, to) != (i >= 0) ||
			    order_state_may_ask(from, to) != (i >= 0 && arrows[i].asked))
				fail_msg("%s to %s", order_state_name(from), order_state_name(to));
		}
}

TEST(every_state_has_a_name_of_its_own_and_the_ends_are_ends)
{
	static const char *const ends[] = { "rejected", "cancelled", "completed", "failed", "partial" };

	for (enum order_state s = ORDER_NONE + 1; s < ORDER_STATES; s++) {
		bool end = false;

		CHECK_EQ(order_state_of(order_state_name(s)), s);
		for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
			end |= text_equal(ends[i], order_state_name(s));
		CHECK_EQ(order_state_is_final(s), end);
	}
	CHECK_EQ(order_state_of("none"), ORDER_NONE);
	CHECK_EQ(order_state_of("Completed"), ORDER_NONE);
	CHECK_TEXT(order_state_name((enum order_state)99), "none");
	CHECK_TEXT(task_state_name(TASK_FAILED), "terminatedWithError");
	CHECK_TEXT(task_state_name((enum task_state)99), "none");
}

TEST(an_order_ends_as_its_items_did)
{
	static const struct {
		bool completed, failed;
		enum order_state want;
	} cases[] = {
		{ true, false, ORDER_COMPLETED },
		{ false, true, ORDER_FAILED },
		{ true, true, ORDER_PARTIAL },
		{ false, false, ORDER_COMPLETED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool ended[ORDER_STATES] = { false };

		ended[ORDER_COMPLETED] = cases[i].completed;
		ended[ORDER_FAILED] = cases[i].failed;
		CHECK_EQ(order_state_of_items(ended), cases[i].want);
	}
}

static json_t *
parse(const char *text)
{
	json_t *value = NULL;

	CHECK_EQ(json_parse(bytes_of_text(text), &value, NULL), ERR_NONE);
	return value;
}

TEST(the_items_of_an_order_are_found_also_within_others)
{
	static const char text[] =
	    "{\"serviceOrderItem\":[{\"id\":\"1\",\"action\":\"add\",\"service\":{},\"serviceOrderItem\":["
	    "{\"id\":\"1.1\",\"action\":\"noChange\",\"service\":{}}]},"
	    "{\"id\":\"2\",\"action\":\"delete\",\"quantity\":4,\"service\":{\"id\":\"sub_1\"}}]}";
	json_t *order = parse(text);
	struct order_items items;
	struct fault why;

	CHECK_EQ(order_document_items(resource_of(RESOURCE_SERVICE_ORDER), order, &items, &why), ERR_NONE);
	CHECK_EQ(items.count, 3);
	CHECK_TEXT(items.all[0].id, "1");
	CHECK_EQ(items.all[0].action, ACTION_ADD);
	CHECK_TEXT(items.all[1].id, "1.1");
	CHECK_EQ(items.all[1].action, ACTION_NO_CHANGE);
	CHECK_EQ(items.all[1].quantity, 1);
	CHECK_EQ(items.all[2].action, ACTION_DELETE);
	CHECK_EQ(items.all[2].quantity, 4);
	json_decref(order);
}

TEST(an_order_with_too_many_items_is_refused)
{
	json_t *order = json_pack("{s:[]}", "serviceOrderItem");
	json_t *list = json_object_get(order, "serviceOrderItem");
	struct order_items items;
	struct fault why;

	for (int i = 0; i <= ORDER_ITEMS_MAX; i++) {
		CHECK_EQ(order_document_items(resource_of(RESOURCE_SERVICE_ORDER), order, &items, &why) ==
			ERR_NONE,
		    i > 0);
		json_array_append_new(list, json_pack("{s:o, s:s, s:{}}", "id",
						json_sprintf("%d", i), "action", "add", "service"));
	}
	CHECK_EQ(order_document_items(resource_of(RESOURCE_SERVICE_ORDER), order, &items, &why), ERR_LIMIT);
	json_decref(order);
}

TEST(an_order_has_the_dates_of_its_states)
{
	static const struct {
		enum order_state state;
		const char *date;
	} cases[] = {
		{ ORDER_IN_PROGRESS, "startDate" },
		{ ORDER_COMPLETED, "completionDate" },
		{ ORDER_PARTIAL, "completionDate" },
		{ ORDER_FAILED, "completionDate" },
		{ ORDER_CANCELLED, "cancellationDate" },
		{ ORDER_ACKNOWLEDGED, NULL },
		{ ORDER_REJECTED, NULL },
		{ ORDER_HELD, NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *order = json_object();

		CHECK_EQ(order_document_set_state(order, cases[i].state, NOW), ERR_NONE);
		CHECK_EQ(order_document_state(order), cases[i].state);
		if (cases[i].date != NULL)
			CHECK_TEXT(json_string_value(json_object_get(order, cases[i].date)),
			    "2026-11-18T11:06:40Z");
		else
			CHECK_EQ(json_object_size(order), 1);
		json_decref(order);
	}
}

TEST(an_order_is_shown_with_addresses_and_told_without_codes)
{
	const struct resource *r = resource_of(RESOURCE_SERVICE_ORDER);
	json_t *order = parse("{\"id\":\"sor_1\",\"state\":\"completed\",\"serviceOrderItem\":[{\"id\":\"1\","
			      "\"service\":{\"id\":\"sub_1\",\"serviceCharacteristic\":["
			      "{\"name\":\"activationCode\",\"value\":\"X\"},{\"name\":\"seats\",\"value\":1}]}}]}");
	json_t *before = json_deep_copy(order), *shown = order_document_show(r, order, "https://a/"), *want;

	CHECK(json_equal(order, before));
	CHECK_TEXT(json_string_value(json_object_get(shown, "href")),
	    "https://a/tmf-api/serviceOrdering/v4/serviceOrder/sor_1");
	order_document_hide_codes(r, shown);
	want = parse("[{\"id\":\"1\",\"service\":{\"id\":\"sub_1\",\"href\":"
		     "\"https://a/tmf-api/serviceInventory/v4/service/sub_1\","
		     "\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":1}]}}]");
	CHECK(json_equal(json_object_get(shown, "serviceOrderItem"), want));
	json_decref(want);
	json_decref(shown);
	json_decref(before);
	json_decref(order);
}

TEST(the_examples_are_what_the_resources_want)
{
	json_t *order = example_order(NOW), *service = example_service(NOW);
	struct record_terms terms;
	struct order_items items;
	struct fault why;

	CHECK_EQ(resource_check(resource_of(RESOURCE_SERVICE_ORDER), order, true, &why), ERR_NONE);
	CHECK_EQ(order_document_items(resource_of(RESOURCE_SERVICE_ORDER), order, &items, &why), ERR_NONE);
	CHECK_EQ(resource_check(resource_of(RESOURCE_SERVICE), service, true, &why), ERR_NONE);
	CHECK_EQ(record_read_terms(resource_of(RESOURCE_SERVICE), service, &terms, &why), ERR_NONE);
	CHECK_EQ(terms.wish, WISH_ACTIVE);
	CHECK_EQ(terms.seats, 3);
	json_decref(order);
	json_decref(service);
}

TEST(every_resource_is_found_by_its_name_and_its_addresses)
{
	char path[200];

	for (enum resource_kind k = RESOURCE_NONE + 1; k < RESOURCES; k++) {
		const struct resource *r = resource_of(k);

		CHECK_EQ(r->kind, k);
		CHECK(resource_by_name(r->name) == r);
		CHECK(r->nature != NATURE_NONE);
		CHECK_EQ(strlen(r->prefix), 4);
		snprintf(path, sizeof path, "/%s%s", r->base, r->name);
		CHECK(resource_by_path(path) == r);
		strcat(path, "/x");
		CHECK(resource_by_path(path) == r);
		strcpy(path + strlen(path) - 2, "s");
		CHECK(resource_by_path(path) == NULL);
		CHECK(resource_attribute(r, "id") != NULL);
		CHECK(resource_attribute(r, "nothing") == NULL);
	}
	CHECK(resource_by_name("nothing") == NULL);
	CHECK(resource_by_path("/") == NULL);
}

static struct subscription
subscription(enum sub_state state, int64_t since)
{
	struct subscription s = { .id = "sub_1", .external_id = "x", .reference = "HF-1", .state = state,
		.since = since, .created = NOW - 100, .seats = 2 };

	if (state == SUB_SUSPENDED)
		s.reason = REASON_BILLING;
	if (state == SUB_CANCELLED)
		s.reason = REASON_DISCONTINUED;
	return s;
}

TEST(a_subscription_has_one_state_in_the_words_of_each_interface)
{
	static const struct {
		enum sub_state state;
		int64_t since, paid_until;
		const char *planned, *service, *product;
	} cases[] = {
		{ SUB_PENDING, -100, 0, "", "active", "active" },
		{ SUB_ACTIVE, -50, 0, "", "active", "active" },
		{ SUB_ACTIVE, -50, 1, "", "active", "active" },
		{ SUB_ACTIVE, -50, -1, "", "inactive", "suspended" },
		{ SUB_SUSPENDED, -50, 0, "", "inactive", "suspended" },
		{ SUB_SUSPENDED, -100, 0, "", "inactive", "suspended" },
		{ SUB_SUSPENDED, -100, 0, "reserved", "reserved", "suspended" },
		{ SUB_SUSPENDED, -100, 0, "pendingActive", "inactive", "pendingActive" },
		/* It was let go and suspended later: what was planned counts no more. */
		{ SUB_SUSPENDED, -50, 0, "reserved", "inactive", "suspended" },
		{ SUB_CANCELLED, -50, 0, "", "terminated", "terminated" },
		{ SUB_CANCELLED, -100, 0, "reserved", "terminated", "terminated" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct subscription s = subscription(cases[i].state, NOW + cases[i].since);

		s.paid_until = cases[i].paid_until == 0 ? 0 : NOW + cases[i].paid_until;
		CHECK_TEXT(record_state(resource_of(RESOURCE_SERVICE), &s, cases[i].planned, NOW),
		    cases[i].service);
		CHECK_TEXT(record_state(resource_of(RESOURCE_PRODUCT), &s, cases[i].planned, NOW),
		    cases[i].product);
	}
}

TEST(what_is_asked_of_a_subscription_is_read_from_its_characteristics)
{
	static const struct {
		const char *record;
		enum err e;
		struct record_terms terms;
	} cases[] = {
		{ "{}", ERR_NONE, { "" } },
		{ "{\"state\":\"active\"}", ERR_NONE, { .wish = WISH_ACTIVE } },
		{ "{\"state\":\"inactive\"}", ERR_NONE, { .wish = WISH_INACTIVE } },
		{ "{\"state\":\"designed\"}", ERR_NONE, { .wish = WISH_PLANNED } },
		{ "{\"state\":\"terminated\"}", ERR_NONE, { .wish = WISH_TERMINATED } },
		{ "{\"state\":\"suspended\"}", ERR_MALFORMED, { "" } },
		{ "{\"state\":1}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":7}]}", ERR_NONE, { .seats = 7 } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":\"7\"}]}", ERR_NONE, { .seats = 7 } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":{\"seats\":7}}]}", ERR_NONE,
		    { .seats = 7 } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":null}]}", ERR_NONE, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\"}]}", ERR_NONE, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":0}]}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":1001}]}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":1.5}]}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"externalId\",\"value\":\"a\"}]}", ERR_NONE, { "a" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"externalId\",\"value\":5}]}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"reason\",\"value\":\"billing\"}]}", ERR_NONE,
		    { .reason = REASON_BILLING } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"reason\",\"value\":\"none\"}]}", ERR_NONE, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"reason\",\"value\":\"expired\"}]}", ERR_NONE, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"reason\",\"value\":\"x\"}]}", ERR_MALFORMED, { "" } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"2027-01-01T00:00:00.5Z\"}]}",
		    ERR_NONE, { .says_paid_until = true, .paid_until = 1798761600 } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":null}]}", ERR_NONE,
		    { .says_paid_until = true } },
		{ "{\"serviceCharacteristic\":[{\"name\":\"paidUntil\",\"value\":\"soon\"}]}", ERR_MALFORMED,
		    { "" } },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *record = parse(cases[i].record);
		struct record_terms got = { "" };
		const struct record_terms *want = &cases[i].terms;
		struct fault why;

		if (record_read_terms(resource_of(RESOURCE_SERVICE), record, &got, &why) != cases[i].e)
			fail_msg("%s", cases[i].record);
		CHECK_TEXT(got.external_id, want->external_id);
		CHECK_EQ(got.wish, want->wish);
		CHECK_EQ(got.seats, want->seats);
		CHECK_EQ(got.reason, want->reason);
		CHECK_EQ(got.says_paid_until, want->says_paid_until);
		CHECK_EQ(got.paid_until, want->paid_until);
		json_decref(record);
	}
}

TEST(a_record_gives_back_all_memory_when_there_is_not_enough)
{
	struct subscription s = subscription(SUB_SUSPENDED, NOW);
	json_t *own = parse("{\"name\":\"n\",\"serviceCharacteristic\":[{\"name\":\"seats\",\"value\":9}]}");
	const struct record record = { &s, own, "" };

	for (unsigned nth = 1;; nth++) {
		json_t *shown;

		test_fail_allocation(nth);
		shown = record_show(resource_of(RESOURCE_SERVICE), &record, "https://a/", NOW);
		test_fail_allocation(0);
		if (shown != NULL) {
			CHECK_TEXT(json_string_value(json_object_get(shown, "name")), "n");
			CHECK_TEXT(json_string_value(json_object_get(shown, "state")), "inactive");
		}
		json_decref(shown);
		if (!test_allocation_failed())
			break;
	}
	json_decref(own);
}
