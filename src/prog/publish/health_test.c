/* Goal of this test: a rollout goes on only when enough devices say that they are well. */
#include <stdlib.h>

#include "base/test.h"
#include "prog/publish/health.h"

TEST(a_report_is_judged)
{
	static const struct {
		struct health h;
		enum health_verdict want;
	} cases[] = {
		/* generation, devices, failed, crashed, detected, usual */
		{ { 7, 1000, 0, 0, 0, 0 }, HEALTH_GOOD },
		{ { 6, 1000, 0, 0, 0, 0 }, HEALTH_UNKNOWN },
		{ { 8, 1000, 500, 0, 0, 0 }, HEALTH_UNKNOWN },
		{ { 7, 0, 0, 0, 0, 0 }, HEALTH_UNKNOWN },
		{ { 7, HEALTH_DEVICES_LEAST - 1, 0, 0, 0, 0 }, HEALTH_UNKNOWN },
		{ { 7, HEALTH_DEVICES_LEAST, 0, 0, 0, 0 }, HEALTH_GOOD },
		{ { 7, HEALTH_DEVICES_LEAST, 1, 0, 0, 0 }, HEALTH_GOOD },
		{ { 7, HEALTH_DEVICES_LEAST, 2, 0, 0, 0 }, HEALTH_BAD },
		{ { 7, 10000, 10, 0, 0, 0 }, HEALTH_GOOD },
		{ { 7, 10000, 11, 0, 0, 0 }, HEALTH_BAD },
		{ { 7, 10000, 0, 11, 0, 0 }, HEALTH_BAD },
		{ { 7, 10000, 0, 0, 35, 10 }, HEALTH_GOOD },
		{ { 7, 10000, 0, 0, 36, 10 }, HEALTH_BAD },
		{ { 7, 10000, 0, 0, 9000, 0 }, HEALTH_BAD },
	};
	char words[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(health_judge(&cases[i].h, 7, words, sizeof words), cases[i].want);
		CHECK(words[0] != '\0');
	}
}

TEST(a_report_is_read_strictly_and_every_truncation_refused)
{
	static const char good[] = "{\"generation\":7,\"devices\":1,\"failed\":2,\"crashed\":3,"
				   "\"detected\":4,\"usual\":5}";
	static const char *const bad[] = { "{}", "[]", "{\"generation\":7}",
		"{\"generation\":7,\"devices\":-1,\"failed\":2,\"crashed\":3,\"detected\":4,\"usual\":5}",
		"{\"generation\":7,\"devices\":1,\"failed\":2,\"crashed\":3,\"detected\":4,\"usual\":5,\"x\":1}" };
	struct health h;

	CHECK_EQ(health_read(bytes_of_text(good), &h, NULL), ERR_NONE);
	CHECK_EQ(h.usual, 5);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(health_read(bytes_of_text(bad[i]), &h, NULL), ERR_MALFORMED);
	for (size_t n = 0; n < sizeof good - 1; n++) {
		uint8_t *exact = test_copy(good, n);

		CHECK_EQ(health_read(bytes_of(exact, n), &h, NULL), ERR_MALFORMED);
		free(exact);
	}
}
