/* Goal of this test: what build and scan print, and in what order, whatever they are given. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "prog/publish/place.h"

TEST(build_lists_what_it_left_out_with_place_and_reason)
{
	json_t *all, *lines;
	struct place p;

	place_open(&p);
	place_put_sources(&p);
	CHECK_EQ(place_run(&p, "build -o db.hfdb sources"), 0);
	CHECK(strstr(place_out(&p), "db.hfdb: 2 signatures\n") == place_out(&p));
	CHECK(strstr(place_err(&p), "sources/a.ndb:2: left out: malformed: ") != NULL);
	CHECK(strstr(place_err(&p), "sources/README: left out: unknown kind of source: ") != NULL);
	CHECK(strstr(place_err(&p), "left out: 2\n") != NULL);
	CHECK_EQ(place_run(&p, "build --json -o db.hfdb sources"), 0);
	CHECK((all = json_loads(place_out(&p), 0, NULL)) != NULL);
	CHECK_EQ(json_integer_value(json_object_get(all, "signatures")), 2);
	lines = json_object_get(all, "lines");
	CHECK_EQ(json_array_size(lines), 2);
	CHECK_EQ(json_integer_value(json_object_get(json_array_get(lines, 1), "line")), 2);
	json_decref(all);
	place_close(&p);
}

TEST(of_many_lines_left_out_a_hundred_are_listed_unless_all_are_asked_for)
{
	struct place p;
	struct buf text;

	place_open(&p);
	buf_init(&text, 1 << 20);
	buf_put_string(&text, "Test.Body:0:*:48656c6c6f20576f726c64\n");
	for (int i = 0; i < 250; i++)
		buf_put_string(&text, "nonsense\n");
	buf_u8(&text, '\0');
	place_put(&p, "a.ndb", (char *)text.p);
	CHECK_EQ(place_run(&p, "build -o db.hfdb a.ndb"), 0);
	CHECK(strstr(place_err(&p), "a.ndb:101: ") != NULL);
	CHECK(strstr(place_err(&p), "a.ndb:102: ") == NULL);
	CHECK(strstr(place_err(&p), "... and 150 more; --verbose lists them all\n") != NULL);
	CHECK(strstr(place_err(&p), "         250 malformed\n") != NULL);
	CHECK_EQ(place_run(&p, "build --verbose -o db.hfdb a.ndb"), 0);
	CHECK(strstr(place_err(&p), "a.ndb:251: ") != NULL);
	buf_fini(&text);
	place_close(&p);
}

/* Files of all sorts under "tree". */
static void
put_tree(struct place *p)
{
	CHECK_EQ(mkdirat(p->dir, "tree", 0755), 0);
	CHECK_EQ(mkdirat(p->dir, "tree/folder", 0755), 0);
	place_put(p, "tree/b", "xxHello Worldxx");
	place_put(p, "tree/a", "ordinary\n");
	place_put(p, "tree/folder/hash", "hashed\n");
	place_put(p, "tree/empty", "");
	place_put(p, "tree/new\nline", "ordinary\n");
	CHECK_EQ(symlinkat("b", p->dir, "tree/link"), 0);
	CHECK_EQ(symlinkat("..", p->dir, "tree/loop"), 0);
	CHECK_EQ(mkfifoat(p->dir, "tree/pipe", 0644), 0);
}

TEST(scan_prints_a_line_a_file_in_the_order_of_names_whatever_the_workers_do)
{
	static const char all[] = "tree/a: OK\ntree/b: Test.Body FOUND\ntree/empty: OK\n"
				  "tree/folder/hash: Test.Hash FOUND\ntree/new?line: OK\n";
	static const char flat[] = "tree/a: OK\ntree/b: Test.Body FOUND\ntree/empty: OK\n"
				   "tree/new?line: OK\n";
	struct place p;

	place_open(&p);
	place_put_sources(&p);
	put_tree(&p);
	CHECK_EQ(place_run(&p, "build -o db.hfdb sources"), 0);
	for (int threads = 1; threads <= 4; threads++) {
		char words[80];

		snprintf(words, sizeof words, "scan -r --threads %d -d db.hfdb tree", threads);
		CHECK_EQ(place_run(&p, words), 1);
		CHECK_TEXT(place_out(&p), all);
		CHECK_TEXT(place_err(&p), "");
	}
	CHECK_EQ(place_run(&p, "scan -r -d sources tree"), 1);
	CHECK_TEXT(place_out(&p), all);
	CHECK(strstr(place_err(&p), "2 lines or files of sources are left out") != NULL);
	CHECK_EQ(place_run(&p, "scan -d sources/a.ndb tree"), 1);
	CHECK_TEXT(place_out(&p), flat);
	CHECK_EQ(place_run(&p, "scan -d db.hfdb tree/a tree/empty"), 0);
	CHECK_EQ(place_run(&p, "scan -d db.hfdb tree/a tree/link tree/pipe /dev/null /proc"), 2);
	CHECK_TEXT(place_out(&p), "tree/a: OK\n");
	CHECK(strstr(place_err(&p), "tree/link: ERROR (it is a symbolic link, which is not followed)\n"
			      "tree/pipe: ERROR (it is neither a file nor a folder)\n"
			      "/dev/null: ERROR (it is neither a file nor a folder)\n"
			      "/proc: ERROR (it is a view of the kernel, not a folder of files)\n") !=
	    NULL);
	place_close(&p);
}

TEST(scan_keeps_the_order_over_more_files_than_it_has_under_way)
{
	enum { FILES = 2500 };
	char name[32], *at;
	struct place p;

	place_open(&p);
	place_put_sources(&p);
	CHECK_EQ(mkdirat(p.dir, "many", 0755), 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "many/%04d", i);
		place_put(&p, name, i % 100 == 7 ? "Hello World" : "x");
	}
	CHECK_EQ(place_run(&p, "scan --stats -d sources/a.ndb many"), 1);
	at = (char *)p.out.p;
	for (int i = 0; i < FILES; i++) {
		char line[64];

		snprintf(line, sizeof line, "many/%04d: %s\n", i,
		    i % 100 == 7 ? "Test.Body FOUND" : "OK");
		CHECK(strncmp(at, line, strlen(line)) == 0);
		at += strlen(line);
	}
	CHECK(strstr(at, "Known viruses: 1\n") != NULL);
	CHECK(strstr(at, "Scanned files: 2500\nInfected files: 25\n") != NULL);
	place_close(&p);
}

TEST(scan_speaks_json_a_line_a_file)
{
	json_t *line = NULL, *stats = NULL;
	size_t lines = 0;
	struct place p;

	place_open(&p);
	place_put_sources(&p);
	put_tree(&p);
	CHECK_EQ(place_run(&p, "scan -r --all --json --stats -d sources tree nothing"), 1);
	for (char *at = strtok((char *)p.out.p, "\n"); at != NULL; at = strtok(NULL, "\n")) {
		CHECK((line = json_loads(at, 0, NULL)) != NULL);
		lines++;
		if (lines == 2) {
			const json_t *found = json_array_get(json_object_get(line, "findings"), 0);

			CHECK_TEXT(json_string_value(json_object_get(line, "verdict")), "infected");
			CHECK_TEXT(json_string_value(json_object_get(found, "signature")),
			    "Test.Body");
		}
		if (lines == 6)
			CHECK(json_object_get(line, "error") != NULL);
		json_decref(stats);
		stats = line;
	}
	CHECK_EQ(lines, 7);
	stats = json_object_get(stats, "stats");
	CHECK_EQ(json_integer_value(json_object_get(stats, "files")), 5);
	CHECK_EQ(json_integer_value(json_object_get(stats, "errors")), 1);
	json_decref(line);
	place_close(&p);
}
