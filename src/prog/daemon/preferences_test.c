/* Goal of this test: what people set is kept, by those who may, and a damaged file changes nothing. */
#include <fcntl.h>
#include <unistd.h>

#include "base/test.h"
#include "os/file.h"
#include "prog/daemon/preferences.h"

TEST(settings_are_kept_and_others_than_the_owner_change_only_their_own)
{
	struct preferences p = preferences_default(), read;
	struct device_settings to = settings_default();
	struct preferences_change change = { 1000, false, &to };
	struct fault why;
	int dir;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &dir, NULL), ERR_NONE);
	CHECK_EQ(preferences_load(dir, &read, &why), ERR_NOT_FOUND);
	CHECK(read.settings.quarantine);
	to.notify = false;
	CHECK_EQ(preferences_change(dir, &p, &change, &why), ERR_NONE);
	CHECK(!preferences_for(&p, 1000, false).notify);
	CHECK(preferences_for(&p, 1001, false).notify);
	to.quarantine = false;
	CHECK_EQ(preferences_change(dir, &p, &change, &why), ERR_DENIED);
	CHECK(p.settings.quarantine);
	change.owner = true;
	CHECK_EQ(settings_skip_add(&to, "/srv", &why), ERR_NONE);
	CHECK_EQ(preferences_change(dir, &p, &change, &why), ERR_NONE);
	CHECK_EQ(preferences_load(dir, &read, &why), ERR_NONE);
	CHECK(!read.settings.quarantine && !preferences_for(&read, 1000, true).notify);
	CHECK_TEXT(read.settings.skip[0], "/srv");
	to.notify = true;
	CHECK_EQ(preferences_change(dir, &p, &change, &why), ERR_NONE);
	CHECK(preferences_for(&p, 1000, false).notify);
	close(dir);
}

TEST(damaged_settings_are_as_never_set)
{
	static const char *const bad[] = { "", "{}", "[]",
		"{\"quarantine\":true,\"gentle\":false,\"skip\":[\"a\"],\"quiet\":[]}",
		"{\"quarantine\":true,\"gentle\":false,\"skip\":\"/a\",\"quiet\":[]}",
		"{\"quarantine\":true,\"gentle\":false,\"skip\":[],\"quiet\":[-1]}",
		"{\"quarantine\":1,\"gentle\":false,\"skip\":[],\"quiet\":[]}" };
	struct preferences p;
	struct fault why;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(preferences_read(bytes_of_text(bad[i]), &p, &why), ERR_MALFORMED);
	CHECK_EQ(preferences_read(bytes_of_text("{\"quarantine\":false,\"gentle\":true,\"skip\":[\"/a\"],"
						"\"quiet\":[7]}"), &p, &why), ERR_NONE);
	CHECK(p.settings.gentle && p.quiet[0] == 7 && p.settings.skip_count == 1);
}
