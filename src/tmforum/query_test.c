/* Goal of this test: a query finds what the REST guidelines say that it finds, shows what was asked for, and is
 * refused with a sentence when it is none. */
#include <stdlib.h>

#include "base/test.h"
#include "codec/json.h"
#include "tmforum/date_time.h"
#include "tmforum/merge_patch.h"
#include "tmforum/query.h"

static json_t *
parse(const char *text)
{
	json_t *value = NULL;

	CHECK_EQ(json_parse(bytes_of_text(text), &value, NULL), ERR_NONE);
	return value;
}

static struct query *
query(const char *text)
{
	struct query *q = NULL;

	CHECK_EQ(query_parse(bytes_of_text(text), &q, NULL), ERR_NONE);
	return q;
}

static const char order[] =
    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"state\":\"completed\",\"category\":\"Broadband, fast\","
    "\"priority\":\"3\",\"size\":20,\"isBundle\":false,\"gone\":null,\"@type\":\"ServiceOrder\","
    "\"orderDate\":\"2026-11-25T12:00:00Z\",\"note\":[],\"tags\":[\"a\",\"b\"],"
    "\"relatedParty\":[{\"id\":\"p1\",\"role\":\"payer\",\"name\":\"Ann\"},{\"id\":\"p2\",\"role\":\"user\"}],"
    "\"spec\":{\"id\":\"12\",\"deep\":{\"er\":{\"x\":1}}}}";

TEST(a_filter_holds_for_what_the_guidelines_say)
{
	static const struct {
		const char *query;
		bool matches;
	} cases[] = {
		{ "", true },
		{ "&&", true },
		{ "state=completed", true },
		{ "state=%22completed%22", true },
		{ "state=\"completed\"", true },
		{ "state=complete", false },
		{ "state=Completed", false },
		{ "state=held", false },
		{ "state=held,completed", true },
		{ "state=%22held%22,%22completed%22", true },
		{ "state=held&state=completed", true },
		{ "state=held;state=completed", true },
		{ "state=held;size=20", true },
		{ "state=held;size=21", false },
		{ "state=held&size=20", false },
		{ "state=completed&size=20", true },
		{ "state.eq=completed", true },
		{ "state.ne=completed", false },
		{ "state.ne=held", true },
		{ "state!=held", true },
		{ "category=Broadband, fast", true },
		{ "category=%22Broadband, fast%22", true },
		{ "category=Broadband%2C+fast", true },
		{ "category=Broadband", false },
		{ "priority=3", true },
		{ "priority.gt=2", true },
		{ "priority.gt=10", false },
		{ "size=20", true },
		{ "size=20.0", true },
		{ "size=\"20\"", true },
		{ "size.gte=20", true },
		{ "size.gt=20", false },
		{ "size%3E19", true },
		{ "size>=20", true },
		{ "size%3C=19", false },
		{ "size.lt=many", false },
		{ "isBundle=false", true },
		{ "isBundle=true", false },
		{ "gone=null", true },
		{ "@type=ServiceOrder", true },
		{ "%40type=ServiceOrder", true },
		{ "orderDate=2026-11-25T12:00:00Z", true },
		{ "orderDate=2026-11-25T12:00:00.000Z", true },
		{ "orderDate=2026-11-25T13:00:00+01:00", true },
		{ "orderDate=2026-11-25T13:00:00%2B01:00", true },
		{ "orderDate=2026-11-25", false },
		{ "orderDate.gt=2026-11-25", true },
		{ "orderDate.lt=2026-11-25T11:59:59Z", false },
		{ "orderDate%3E2026-11-25&orderDate%3C2026-11-26", true },
		{ "tags=b", true },
		{ "tags=c", false },
		{ "tags=[\"a\",\"b\"]", true },
		{ "note=x", false },
		{ "relatedParty.id=p2", true },
		{ "relatedParty.role=owner", false },
		{ "spec.id=12", true },
		{ "spec.deep.er.x=1", true },
		{ "spec.deep.er.y=1", false },
		{ "spec.id.x=1", false },
		{ "spec={\"id\":\"12\",\"deep\":{\"er\":{\"x\":1}}}", true },
		{ "spec={\"id\":\"12\"}", false },
		{ "spec=12", false },
		{ "unknown=1", false },
		{ "unknown.ne=1", true },
		{ "offset=3&limit=4&fields=id&state=completed", true },
	};
	json_t *document = parse(order);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = query(cases[i].query);

		if (query_matches(q, document) != cases[i].matches)
			fail_msg("%s", cases[i].query);
		query_free(q);
	}
	json_decref(document);
}

TEST(a_selection_always_has_id_and_href)
{
	static const struct {
		const char *query, *shown;
	} cases[] = {
		{ "fields=none", "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\"}" },
		{ "fields=state", "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"state\":\"completed\"}" },
		{ "fields=state,unknown,,id", "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"state\":\"completed\"}" },
		{ "fields=size&fields=tags",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"size\":20,\"tags\":[\"a\",\"b\"]}" },
		{ "fields=relatedParty.role",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"relatedParty\":[{\"role\":\"payer\"},{\"role\":\"user\"}]}" },
		{ "fields=relatedParty.role,relatedParty.name",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"relatedParty\":[{\"role\":\"payer\",\"name\":\"Ann\"},{\"role\":\"user\"}]}" },
		{ "fields=spec.deep.er,spec.id",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"spec\":{\"deep\":{\"er\":{\"x\":1}},\"id\":\"12\"}}" },
		{ "fields=spec,spec.id",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"spec\":{\"id\":\"12\",\"deep\":{\"er\":{\"x\":1}}}}" },
		{ "fields=tags.x,state.y",
		    "{\"id\":\"ord_1\",\"href\":\"/o/ord_1\",\"tags\":[\"a\",\"b\"],\"state\":\"completed\"}" },
	};
	json_t *document = parse(order), *before = parse(order);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = query(cases[i].query);
		json_t *shown = query_select(q, document);
		char *text = json_dumps(shown, JSON_COMPACT);

		CHECK_TEXT(text, cases[i].shown);
		CHECK(json_equal(document, before));
		free(text);
		json_decref(shown);
		query_free(q);
	}
	json_decref(document);
	json_decref(before);
}

TEST(without_a_selection_all_is_shown)
{
	static const char *const texts[] = { "", "state=completed", "offset=1", "fields=" };
	json_t *document = parse(order);

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct query *q = query(texts[i]);
		json_t *shown = query_select(q, document);

		CHECK(json_equal(shown, document));
		json_decref(shown);
		query_free(q);
	}
	json_decref(document);
}

TEST(paging_has_a_default_and_a_ceiling)
{
	static const struct {
		const char *query;
		int64_t offset, limit;
		bool filters;
	} cases[] = {
		{ "", 0, 100, false },
		{ "offset=20", 20, 100, false },
		{ "limit=0", 0, 0, false },
		{ "limit=5&offset=10", 10, 5, false },
		{ "limit=100000", 0, 1000, false },
		{ "fields=id", 0, 100, false },
		{ "id=1", 0, 100, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = query(cases[i].query);

		CHECK_EQ(query_offset(q), cases[i].offset);
		CHECK_EQ(query_limit(q), cases[i].limit);
		CHECK_EQ(query_filters(q), cases[i].filters);
		query_free(q);
	}
}

TEST(one_wanted_value_is_found_so_that_the_store_can_be_asked_for_it)
{
	static const struct {
		const char *query, *wanted;
	} cases[] = {
		{ "id=ord_1", "ord_1" },
		{ "id=%22ord_1%22", "ord_1" },
		{ "id=%22a,b%22", "a,b" },
		{ "state=x&id=ord_1", "ord_1" },
		{ "id=a,b", NULL },
		{ "id=a&id=b", NULL },
		{ "id=a;state=b", NULL },
		{ "id.ne=a", NULL },
		{ "id.gt=a", NULL },
		{ "state=x", NULL },
		{ "spec.id=x", NULL },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = query(cases[i].query);
		const char *wanted = query_wanted(q, "id");

		if (cases[i].wanted == NULL)
			CHECK(wanted == NULL);
		else
			CHECK_TEXT(wanted, cases[i].wanted);
		query_free(q);
	}
}

TEST(what_is_no_query_is_refused)
{
	static const struct {
		const char *query;
		enum err e;
	} cases[] = {
		{ "state", ERR_MALFORMED },
		{ "=x", ERR_MALFORMED },
		{ ".a=x", ERR_MALFORMED },
		{ "a b=x", ERR_MALFORMED },
		{ "a[0]=x", ERR_MALFORMED },
		{ "state=%", ERR_MALFORMED },
		{ "state=%4", ERR_MALFORMED },
		{ "state=%zz", ERR_MALFORMED },
		{ "state=%00", ERR_MALFORMED },
		{ "state=%0a", ERR_MALFORMED },
		{ "state=%ff", ERR_MALFORMED },
		{ "offset=-1", ERR_MALFORMED },
		{ "offset=x", ERR_MALFORMED },
		{ "offset=", ERR_MALFORMED },
		{ "limit=1.5", ERR_MALFORMED },
		{ "limit=99999999999", ERR_MALFORMED },
		{ "sort=name", ERR_UNSUPPORTED },
		{ "filter=$[?(@.a)]", ERR_UNSUPPORTED },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct query *q = NULL;
		struct fault why = { .err = ERR_NONE };

		if (query_parse(bytes_of_text(cases[i].query), &q, &why) != cases[i].e)
			fail_msg("%s", cases[i].query);
		CHECK(q == NULL);
		CHECK(why.text[0] != '\0');
	}
}

TEST(a_query_with_too_many_terms_or_fields_is_refused)
{
	struct query *q = NULL;
	char text[1000] = "";

	for (int i = 0; i < 65; i++)
		strcat(text, "a=b&");
	CHECK_EQ(query_parse(bytes_of_text(text), &q, NULL), ERR_LIMIT);
	strcpy(text, "fields=");
	for (int i = 0; i < 65; i++)
		strcat(text, "a,");
	CHECK_EQ(query_parse(bytes_of_text(text), &q, NULL), ERR_LIMIT);
	CHECK(q == NULL);
}

TEST(every_beginning_of_a_query_is_read_or_refused)
{
	static const char text[] =
	    "state=%22completed%22,b;size.gte=20&fields=a.b,c&offset=1&limit=2&orderDate%3E2026-11-25";
	json_t *document = parse(order);

	for (size_t n = 0; n < sizeof text; n++) {
		uint8_t *exact = test_copy(text, n);
		struct query *q = NULL;

		if (query_parse(bytes_of(exact, n), &q, NULL) == ERR_NONE) {
			query_matches(q, document);
			json_decref(query_select(q, document));
		}
		query_free(q);
		free(exact);
	}
	json_decref(document);
}

TEST(a_query_gives_back_all_memory_when_there_is_not_enough)
{
	json_t *document = parse(order);

	for (unsigned nth = 1;; nth++) {
		struct query *q = NULL;

		test_fail_allocation(nth);
		if (query_parse(bytes_of_text("fields=spec.id,relatedParty.role&state=x"), &q, NULL) ==
		    ERR_NONE) {
			json_decref(query_select(q, document));
			query_free(q);
		}
		test_fail_allocation(0);
		if (!test_allocation_failed())
			break;
	}
	json_decref(document);
}

TEST(a_date_time_is_read_with_its_fraction_and_zone)
{
	static const struct {
		const char *text;
		enum err e;
		int64_t us;
	} cases[] = {
		{ "1970-01-01T00:00:00Z", ERR_NONE, 0 },
		{ "1970-01-01T00:00:01.5Z", ERR_NONE, 1500000 },
		{ "1970-01-01t00:00:01.000001z", ERR_NONE, 1000001 },
		{ "1970-01-01T00:00:01.0000019Z", ERR_NONE, 1000001 },
		{ "1970-01-01T01:00:00+01:00", ERR_NONE, 0 },
		{ "1970-01-01T01:00:00 01:00", ERR_NONE, 0 },
		{ "1969-12-31T19:00:00-05:00", ERR_NONE, 0 },
		{ "1970-01-02", ERR_NONE, 86400000000 },
		{ "2018-01-15T09:37:40.508Z", ERR_NONE, 1516009060508000 },
		{ "", ERR_MALFORMED, 0 },
		{ "1970-01-01T", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00:00", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00Z", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00:00.Z", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00:00+1:00", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00:00+24:00", ERR_MALFORMED, 0 },
		{ "1970-01-01T00:00:00Zx", ERR_MALFORMED, 0 },
		{ "1970-02-30T00:00:00Z", ERR_MALFORMED, 0 },
		{ "1970-01-01T24:00:00Z", ERR_MALFORMED, 0 },
		{ "tomorrow morning", ERR_MALFORMED, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t *exact = test_copy(cases[i].text, strlen(cases[i].text));
		int64_t us = 0;

		if (date_time_read(bytes_of(exact, strlen(cases[i].text)), &us) != cases[i].e ||
		    us != cases[i].us)
			fail_msg("%s", cases[i].text);
		free(exact);
	}
}

TEST(seconds_of_a_date_time_are_whole_also_before_1970)
{
	int64_t t = 0;

	CHECK_EQ(date_time_read_seconds("1970-01-01T00:00:01.9Z", &t), ERR_NONE);
	CHECK_EQ(t, 1);
	CHECK_EQ(date_time_read_seconds("1969-12-31T23:59:59.5Z", &t), ERR_NONE);
	CHECK_EQ(t, -1);
	CHECK_EQ(date_time_read_seconds("never", &t), ERR_MALFORMED);
}

/* The examples of RFC 7396, appendix A, and what lies between them. */
TEST(a_merge_patch_does_what_its_standard_shows)
{
	static const struct {
		const char *target, *patch, *result;
	} cases[] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
		{ "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
		{ "{\"a\":\"foo\"}", "null", "null" },
		{ "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
		{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *target = parse(cases[i].target), *before = parse(cases[i].target);
		json_t *patch = parse(cases[i].patch), *want = parse(cases[i].result), *got = NULL;

		CHECK_EQ(merge_patch_apply(target, patch, &got), ERR_NONE);
		CHECK(json_equal(got, want));
		CHECK(json_equal(target, before));
		json_decref(target);
		json_decref(before);
		json_decref(patch);
		json_decref(want);
		json_decref(got);
	}
}
