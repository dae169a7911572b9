/* Goal of this test: the pages' files are read as they lie in the tree and hold to their rules; a folder with an error
 * is refused, and the error says in which file and line. */
#include <stdio.h>
#include <sys/stat.h>

#include "base/test.h"
#include "os/file.h"
#include "prog/web/site.h"

TEST(every_template_and_static_file_of_the_tree_is_read)
{
	struct fault why = { ERR_NONE, "" };
	struct template_markup markup = { NULL };
	struct site *s = NULL;
	const char *address;
	char digest[STATIC_DIGEST_SIZE] = "";
	json_t *values;
	struct buf page;

	if (site_open(WEB_FOLDER, &s, &why) != ERR_NONE)
		fail_msg("%s", why.text);
	address = json_string_value(json_object_get(site_addresses(s), "style_css"));
	CHECK(address != NULL);
	CHECK_EQ(sscanf(address, "/static/%16[0-9a-f]/style.css", digest), 1);
	CHECK(site_find(s, digest, "style.css") != NULL);
	CHECK(site_find(s, digest, "page.js") == NULL);
	CHECK(site_find(s, "0123456789abcdef", "style.css") == NULL);
	CHECK_TEXT(site_find(s, digest, "style.css")->type, "text/css; charset=utf-8");

	buf_init(&page, 65536);
	values = json_pack("{s:s, s:O}", "title", "<Title>", "static", site_addresses(s));
	json_object_set_new(values, "content", template_markup_add(&markup, bytes_of_text("<p>Content</p>")));
	CHECK_EQ(template_render(site_templates(s), "frame", values, &markup, &page), ERR_NONE);
	buf_u8(&page, 0);
	CHECK(strstr((char *)page.p, "<title>&lt;Title&gt;") != NULL);
	CHECK(strstr((char *)page.p, "\n<p>Content</p>\n") != NULL);
	CHECK(strstr((char *)page.p, address) != NULL);
	/* A first page has this and its own words; 50 KB is promised. */
	CHECK(page.n + site_find(s, digest, "style.css")->n < 30000);
	buf_fini(&page);
	json_decref(values);
	template_markup_fini(&markup);
	site_free(s);
}

static const char *
make_folder(const char *template, const char *static_name)
{
	static char dir[4096];
	static int number;
	char path[4200];

	snprintf(dir, sizeof dir, "%s/web%d", test_dir(), number++);
	mkdir(dir, 0700);
	snprintf(path, sizeof path, "%s/templates", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/templates/part", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/static", dir);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/templates/part/page.html", dir);
	CHECK_EQ(file_create(-100, path, bytes_of_text(template), 0600, NULL), ERR_NONE);
	snprintf(path, sizeof path, "%s/static/%s", dir, static_name);
	CHECK_EQ(file_create(-100, path, bytes_of_text("x"), 0600, NULL), ERR_NONE);
	return dir;
}

TEST(an_error_is_said_with_its_file_and_line)
{
	struct fault why = { ERR_NONE, "" };
	struct site *s = NULL;

	CHECK_EQ(site_open(make_folder("<p>\n{{#a}}</p>", "a.css"), &s, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "part/page, line 2: a section does not end");
	CHECK_EQ(site_open(make_folder("{{> gone}}", "a.css"), &s, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "part/page, line 1: there is no template gone");
	CHECK_EQ(site_open(make_folder("x", "a.exe"), &s, &why), ERR_MALFORMED);
	CHECK_TEXT(why.text, "a.exe is of a kind that is not served");
	CHECK(site_open("/nowhere", &s, &why) != ERR_NONE);
	CHECK(s == NULL);
}
