/* Goal of this test: a rollout reaches the share of devices that it says, and whoever was in stays in. */
#include <stdio.h>

#include "base/test.h"
#include "tuf/rollout.h"

enum { DEVICES = 20000 };

TEST(one_percent_of_the_devices_are_one_percent_and_among_the_ten)
{
	size_t one = 0, ten = 0, all = 0;
	char device[32];

	for (int i = 0; i < DEVICES; i++) {
		bool in_one, in_ten;

		snprintf(device, sizeof device, "device-%d", i);
		in_one = tuf_rollout_includes(device, 7, 1);
		in_ten = tuf_rollout_includes(device, 7, 10);
		CHECK(!in_one || in_ten);
		one += in_one;
		ten += in_ten;
		all += tuf_rollout_includes(device, 7, 100);
	}
	CHECK(one > 120 && one < 280);
	CHECK(ten > 1800 && ten < 2200);
	CHECK_EQ(all, DEVICES);
}

TEST(each_generation_tries_other_devices_first)
{
	size_t both = 0;
	char device[32];

	for (int i = 0; i < DEVICES; i++) {
		snprintf(device, sizeof device, "device-%d", i);
		both += tuf_rollout_includes(device, 7, 10) && tuf_rollout_includes(device, 8, 10);
	}
	CHECK(both > 120 && both < 280);
}

TEST(nobody_is_among_0_percent_and_a_name_that_is_too_long_is_among_none)
{
	char device[400];

	memset(device, 'x', sizeof device - 1);
	device[sizeof device - 1] = '\0';
	CHECK(!tuf_rollout_includes("device", 7, 0));
	CHECK(!tuf_rollout_includes(device, 7, 99));
}
