/* Goal of this test: what a scan shows is what was found, in text that no file name can break and in JSON that
 * names each file exactly. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/test.h"
#include "codec/json.h"
#include "prog/cli/report.h"

static const char *
in_dir(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", test_dir(), name);
	return path;
}

/* What ${show} writes to standard output; the caller frees it. */
static char *
output_of(void (*show)(void))
{
	FILE *file = fopen(in_dir("output"), "w+");
	int before = dup(STDOUT_FILENO);
	static char text[65536];
	size_t n;

	CHECK(file != NULL && before >= 0);
	fflush(stdout);
	CHECK_EQ(dup2(fileno(file), STDOUT_FILENO), STDOUT_FILENO);
	show();
	fflush(stdout);
	CHECK_EQ(dup2(before, STDOUT_FILENO), STDOUT_FILENO);
	close(before);
	rewind(file);
	n = fread(text, 1, sizeof text - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static bool as_json;
static const char *shown_path;

/* One infected file with something locked inside. */
static void
show_infected(void)
{
	struct report r;
	struct verdict v;

	report_begin(&r, as_json);
	verdict_init(&v);
	CHECK_EQ(verdict_add_finding(&v, VERDICT_INFECTED, "Test.One", ""), ERR_NONE);
	CHECK_EQ(verdict_add_finding(&v, VERDICT_INFECTED, "Test.Two", "a.zip/b"), ERR_NONE);
	verdict_add_gap(&v, VERDICT_GAP_ENCRYPTED, "c.zip");
	verdict_finish(&v);
	report_verdict(&r, shown_path, &v, "q1", "");
	CHECK(r.files == 1 && r.infected == 1 && r.quarantined == 1 && r.errors == 0);
	verdict_fini(&v);
}

TEST(a_finding_is_shown_with_its_place_and_what_became_of_it)
{
	as_json = false;
	shown_path = "/tmp/x";
	CHECK_TEXT(output_of(show_infected),
	    "/tmp/x: Test.One FOUND\n"
	    "/tmp/x!a.zip/b: Test.Two FOUND\n"
	    "/tmp/x!c.zip: INCOMPLETE (it is encrypted: only someone with the password can look inside)\n"
	    "/tmp/x: quarantined as q1\n");
}

TEST(no_file_name_makes_a_line_of_its_own_or_reaches_the_terminal)
{
	as_json = false;
	shown_path = "/tmp/x\n/etc/passwd: OK\033[2J";
	CHECK(strstr(output_of(show_infected), "/tmp/x?/etc/passwd: OK?[2J: Test.One FOUND\n") != NULL);
}

static void
check_json_path(const char *path, const char *text, const char *bytes)
{
	json_t *value;

	as_json = true;
	shown_path = path;
	value = json_loads(output_of(show_infected), 0, NULL);
	CHECK(value != NULL);
	CHECK_TEXT(json_string_value(json_object_get(value, "path")), text);
	if (bytes == NULL)
		CHECK(json_object_get(value, "path_bytes") == NULL);
	else
		CHECK_TEXT(json_string_value(json_object_get(value, "path_bytes")), bytes);
	CHECK_TEXT(json_string_value(json_object_get(value, "verdict")), "infected");
	CHECK_EQ(json_array_size(json_object_get(value, "findings")), 2);
	CHECK_EQ(json_array_size(json_object_get(value, "gaps")), 1);
	json_decref(value);
}

TEST(json_names_each_file_exactly)
{
	check_json_path("/tmp/a b", "/tmp/a b", NULL);
	check_json_path("/tmp/line\nbreak", "/tmp/line\nbreak", NULL);
	/* Not UTF-8: a name to read, and the bytes. */
	check_json_path("/tmp/\xff", "/tmp/?", "L3RtcC__");
}

static void
show_unscanned(void)
{
	struct report r;
	struct verdict v;

	report_begin(&r, false);
	verdict_init(&v);
	report_verdict(&r, "/tmp/x", &v, "", "");
	CHECK(r.incomplete == 1 && r.infected == 0);
	verdict_fini(&v);
}

TEST(a_verdict_that_never_came_is_not_called_clean)
{
	CHECK_TEXT(output_of(show_unscanned), "/tmp/x: NOT SCANNED\n");
}

static void
show_clean(void)
{
	struct report r;
	struct verdict v;

	report_begin(&r, false);
	verdict_init(&v);
	verdict_finish(&v);
	report_verdict(&r, "/tmp/x", &v, "", "");
	CHECK(r.files == 1 && r.incomplete == 0);
	verdict_fini(&v);
}

TEST(a_clean_file_is_counted_in_silence)
{
	CHECK_TEXT(output_of(show_clean), "");
}
