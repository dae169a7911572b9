/* Goal of this test: what a page is given stays text, whatever it holds; what a template says in Mustache means what
 * Mustache says; and a template in which a value could become markup is refused, with its line. */
#include <stdlib.h>

#include "base/test.h"
#include "codec/json.h"
#include "codec/template.h"

static json_t *
values_of(const char *text)
{
	json_t *v = NULL;

	CHECK_EQ(json_parse(bytes_of_text(text), &v, NULL), ERR_NONE);
	return v;
}

/* Render ${text} as "main", with "part" beside it. */
static void
check_page(const char *text, const char *part, const char *values, const char *want)
{
	struct template_set *s = NULL;
	struct fault why = { ERR_NONE, "" };
	json_t *v = values_of(values);
	struct buf out;

	buf_init(&out, 65536);
	CHECK_EQ(template_set_new(&s), ERR_NONE);
	CHECK_EQ(template_set_add(s, "main", bytes_of_text(text), &why), ERR_NONE);
	CHECK_EQ(template_set_add(s, "dir/part", bytes_of_text(part), &why), ERR_NONE);
	CHECK_EQ(template_set_finish(s, &why), ERR_NONE);
	CHECK_EQ(template_render(s, "main", v, NULL, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text(want));
	buf_fini(&out);
	json_decref(v);
	template_set_free(s);
}

TEST(what_a_template_says_means_what_mustache_says)
{
	static const struct {
		const char *text, *values, *want;
	} cases[] = {
		{ "", "{}", "" },
		{ "no tags { } }}", "{}", "no tags { } }}" },
		{ "{{a}}", "{\"a\": \"x\"}", "x" },
		{ "{{ a }}", "{\"a\": 42}", "42" },
		{ "{{a}}", "{\"a\": -1}", "-1" },
		{ "[{{a}}]", "{}", "[]" },
		{ "[{{a}}]", "{\"a\": null}", "[]" },
		{ "[{{a}}]", "{\"a\": {\"b\": 1}}", "[]" },
		{ "{{a.b.c}}", "{\"a\": {\"b\": {\"c\": \"deep\"}}}", "deep" },
		{ "[{{a.b}}]", "{\"a\": {}, \"b\": \"outer\"}", "[]" },
		{ "{{#a}}yes{{/a}}", "{\"a\": true}", "yes" },
		{ "{{#a}}yes{{/a}}", "{\"a\": false}", "" },
		{ "{{#a}}yes{{/a}}", "{\"a\": \"\"}", "" },
		{ "{{#a}}yes{{/a}}", "{\"a\": 0}", "" },
		{ "{{#a}}yes{{/a}}", "{\"a\": []}", "" },
		{ "{{#a}}yes{{/a}}", "{}", "" },
		{ "{{^a}}no{{/a}}", "{}", "no" },
		{ "{{^a}}no{{/a}}", "{\"a\": []}", "no" },
		{ "{{^a}}no{{/a}}", "{\"a\": \"x\"}", "" },
		{ "{{#a}}({{.}}){{/a}}", "{\"a\": [1, \"two\", 3]}", "(1)(two)(3)" },
		{ "{{#a}}{{b}}{{c}} {{/a}}", "{\"a\": [{\"b\": 1}, {\"b\": 2, \"c\": 9}], \"c\": 7}", "17 29 " },
		{ "{{#a}}{{#b}}{{x}}{{y}}{{/b}}{{/a}}", "{\"a\": {\"x\": 1, \"b\": {\"y\": 2}}}", "12" },
		{ "{{#a}}{{#.}}{{.}}{{/.}};{{/a}}", "{\"a\": [[1, 2], [3]]}", "12;3;" },
		{ "a{{! not\nseen }}b", "{}", "ab" },
		{ "<p title=\"{{a}}\">{{a}}</p>", "{\"a\": \"x\"}", "<p title=\"x\">x</p>" },
		{ "<option{{#a}} selected{{/a}}>", "{\"a\": 1}", "<option selected>" },
		{ "{{> dir/part}}!", "{\"a\": \"x\"}", "[x]!" },
		{ "{{#l}}{{> dir/part}}{{/l}}", "{\"l\": [{\"a\": 1}, {\"a\": 2}]}", "[1][2]" },
		{ "one\n  {{#a}}\ntwo\n  {{/a}}\nthree\n", "{\"a\": true}", "one\ntwo\nthree\n" },
		{ "{{#a}}\ntwo\n{{/a}}", "{\"a\": true}", "two\n" },
		{ "x {{#a}}\ny{{/a}}\n", "{\"a\": true}", "x \ny\n" },
		{ "  {{! alone }}  \nx", "{}", "x" },
		{ "  {{a}}  \nx", "{\"a\": 1}", "  1  \nx" },
		{ "<script src=\"/a\"></script>{{a}}", "{\"a\": 1}", "<script src=\"/a\"></script>1" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_page(cases[i].text, "[{{a}}]", cases[i].values, cases[i].want);
}

TEST(a_value_stays_text_whatever_it_holds)
{
	check_page("<p title=\"{{a}}\" id='{{a}}'>{{a}}</p>", "",
	    "{\"a\": \"</p><script>alert('x')</script> & \\\"\"}",
	    "<p title=\"&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;\""
	    " id='&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;'>"
	    "&lt;/p&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;</p>");
	/* Nor is it looked at again. */
	check_page("{{a}}{{#a}}{{.}}{{/a}}", "", "{\"a\": \"{{b}}\", \"b\": \"secret\"}", "{{b}}{{b}}");
}

TEST(a_template_with_an_error_is_refused_with_its_line)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "a\nb {{c", "main, line 2: a tag does not end" },
		{ "{{#a}}\n\n{{b}}\n", "main, line 4: a section does not end" },
		{ "\n{{/a}}", "main, line 2: no section is open here" },
		{ "{{#a}}\n{{/b}}", "main, line 2: another section is open here" },
		{ "{{{a}}}", "main, line 1: no value goes unescaped" },
		{ "{{&a}}", "main, line 1: no value goes unescaped" },
		{ "{{=<% %>=}}", "main, line 1: that is no name" },
		{ "{{}}", "main, line 1: that is no name" },
		{ "{{a b}}", "main, line 1: that is no name" },
		{ "{{a..b}}", "main, line 1: that is no name" },
		{ "{{.a}}", "main, line 1: that is no name" },
		{ "{{#a-b}}{{/a-b}}", "main, line 1: that is no name" },
		{ "{{> ../secret}}", "main, line 1: that is no template's name" },
		{ "{{> missing}}", "main, line 1: there is no template missing" },
		{ "\n{{> main}}", "main, line 2: templates include each other too deeply" },
		{ "<a href={{a}}>", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "<{{a}}>", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "<p {{a}}=\"1\">", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "</{{a}}>", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "<script>{{a}}</script>", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "<style>\n{{a}}</style>", "main, line 2: a value can stand between tags and in quoted attributes only" },
		{ "<!-- {{a}} -->", "main, line 1: a value can stand between tags and in quoted attributes only" },
		{ "<p title=\"{{> part}}\">", "main, line 1: a template can stand between tags only" },
		{ "{{#a}}<p{{/a}}>",
		    "main, line 1: a section must end where it began: in the same tag, attribute or text" },
		{ "<p title=\"x>", "main, line 1: a tag, comment or script of HTML does not end" },
		{ "<!-- x", "main, line 1: a tag, comment or script of HTML does not end" },
		{ "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}",
		    "main, line 1: too many sections within each other" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fault why = { ERR_NONE, "" };
		struct template_set *s = NULL;
		enum err e;

		CHECK_EQ(template_set_new(&s), ERR_NONE);
		if ((e = template_set_add(s, "main", bytes_of_text(cases[i].text), &why)) == ERR_NONE)
			e = template_set_finish(s, &why);
		CHECK_EQ(e, ERR_MALFORMED);
		CHECK_TEXT(why.text, cases[i].words);
		template_set_free(s);
	}
}

TEST(a_name_is_taken_once_and_a_missing_one_is_said)
{
	struct template_set *s = NULL;
	struct fault why;
	struct buf out;

	buf_init(&out, 100);
	CHECK_EQ(template_set_new(&s), ERR_NONE);
	CHECK_EQ(template_set_add(s, "a", bytes_of_text("x"), &why), ERR_NONE);
	CHECK_EQ(template_set_add(s, "a", bytes_of_text("y"), &why), ERR_EXISTS);
	CHECK_EQ(template_set_add(s, "../a", bytes_of_text("y"), &why), ERR_LIMIT);
	CHECK_EQ(template_set_finish(s, &why), ERR_NONE);
	CHECK_EQ(template_render(s, "b", NULL, NULL, &out), ERR_NOT_FOUND);
	buf_fini(&out);
	template_set_free(s);
}

TEST(only_markup_made_in_code_goes_unescaped_and_only_between_tags)
{
	struct template_markup m = { NULL };
	struct template_set *s = NULL;
	json_t *v = json_object();
	struct fault why;
	struct buf out;

	buf_init(&out, 1000);
	CHECK_EQ(template_set_new(&s), ERR_NONE);
	CHECK_EQ(template_set_add(s, "a", bytes_of_text("{{m}}|{{t}}|<p title=\"{{m}}\">"), &why), ERR_NONE);
	CHECK_EQ(template_set_finish(s, &why), ERR_NONE);
	json_object_set_new(v, "m", template_markup_add(&m, bytes_of_text("<b>")));
	/* The same letters, from elsewhere. */
	json_object_set_new(v, "t", json_string("<b>"));
	CHECK_EQ(template_render(s, "a", v, &m, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("<b>|&lt;b&gt;|<p title=\"&lt;b&gt;\">"));
	buf_clear(&out);
	CHECK_EQ(template_render(s, "a", v, NULL, &out), ERR_NONE);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("&lt;b&gt;|&lt;b&gt;|<p title=\"&lt;b&gt;\">"));
	buf_fini(&out);
	json_decref(v);
	template_markup_fini(&m);
	template_set_free(s);
}

TEST(a_page_over_its_ceiling_is_an_error_and_ends)
{
	struct template_set *s = NULL;
	json_t *v = json_object(), *list = json_array();
	struct fault why;
	struct buf out;

	buf_init(&out, 100);
	for (int i = 0; i < 1000; i++)
		json_array_append_new(list, json_integer(i));
	json_object_set_new(v, "l", list);
	CHECK_EQ(template_set_new(&s), ERR_NONE);
	CHECK_EQ(template_set_add(s, "a", bytes_of_text("{{#l}}{{#l}}{{#l}}{{#l}}{{.}}{{/l}}{{/l}}{{/l}}{{/l}}"), &why),
	    ERR_NONE);
	CHECK_EQ(template_set_finish(s, &why), ERR_NONE);
	CHECK_EQ(template_render(s, "a", v, NULL, &out), ERR_LIMIT);
	buf_fini(&out);
	json_decref(v);
	template_set_free(s);
}

TEST(every_truncation_is_read_without_a_step_past_its_end)
{
	static const char text[] =
	    "<p class=\"{{a}}\">\n {{#b}}\n{{> c}}{{! x }}<!-- -->\n {{/b}}\n{{^b}}<script src='{{a}}'></script>{{/b}}</p>\n";

	for (size_t n = 0; n < sizeof text - 1; n++) {
		uint8_t *exact = test_copy(text, n);
		struct template_set *s = NULL;
		enum err e;

		CHECK_EQ(template_set_new(&s), ERR_NONE);
		e = template_set_add(s, "a", bytes_of(exact, n), NULL);
		CHECK(e == ERR_NONE || e == ERR_MALFORMED);
		free(exact);
		template_set_free(s);
	}
}

TEST(a_failed_allocation_is_an_error_and_leaks_nothing)
{
	for (unsigned n = 1;; n++) {
		struct template_set *s = NULL;
		enum err e;

		test_fail_allocation(n);
		if ((e = template_set_new(&s)) == ERR_NONE)
			e = template_set_add(s, "a", bytes_of_text("x{{a}}{{#b}}y{{/b}}"), NULL);
		if (!test_allocation_failed()) {
			test_fail_allocation(0);
			CHECK_EQ(e, ERR_NONE);
			template_set_free(s);
			break;
		}
		test_fail_allocation(0);
		CHECK_EQ(e, ERR_NOMEM);
		template_set_free(s);
	}
}
