/* Goal of this test: what happened is said to a person in words, with names and moments, also once its detail is
 * forgotten; what no person was meant to read is not said; and nobody's id is. */
#include "base/test.h"
#include "prog/web/portal_words.h"

static void
check_words(const char *kind, const char *detail, const char *actor, const char *want, const char *by)
{
	struct buf words, who;
	struct event e = { .at = 1800000000 };

	strcpy(e.kind, kind);
	strcpy(e.detail, detail);
	strcpy(e.actor, actor);
	buf_init(&words, 1024);
	buf_init(&who, 1024);
	CHECK(portal_words_write(&e, "Example Broadband", &words, &who));
	CHECK_BYTES(buf_bytes(&words), bytes_of_text(want));
	CHECK_BYTES(buf_bytes(&who), bytes_of_text(by));
	buf_fini(&words);
	buf_fini(&who);
}

TEST(an_event_is_said_in_words_with_who_did_it)
{
	check_words("transferred", "{\"from\":\"dev_1\",\"from_name\":\"laptop\",\"to\":\"dev_2\",\"to_name\":\"desktop\"}",
	    "person", "The licence moved from laptop to desktop.", "you");
	check_words("suspend", "{\"reason\":\"billing\"}", "provider prv_1 key_1",
	    "Your subscription was suspended, because a payment was open.", "Example Broadband");
	check_words("suspend", "{\"reason\":\"provider_request\"}", "user usr_1", "Your subscription was suspended.",
	    "Example Broadband");
	check_words("seats_changed", "{\"before\":2,\"seats\":5}", "vendor key_1",
	    "The number of devices changed from 2 to 5.", "Holdfast's operator");
	check_words("activated", "{\"name\":\"<b>laptop\"}", "device dev_1", "<b>laptop was activated.", "a device");
	check_words("expired", "{}", "schedule", "The time that was paid for was over.", "");
}

TEST(what_was_forgotten_is_still_a_sentence)
{
	check_words("transferred", "", "person", "The licence moved from a device to a device.", "you");
	check_words("activated", "", "device dev_1", "A device was activated.", "a device");
	check_words("provider_leaving", "", "schedule",
	    "The provider announced that its service ends on a day that is forgotten.", "");
	check_words("suspend", "", "", "Your subscription was suspended.", "");
}

TEST(what_is_for_machines_is_not_said)
{
	struct event e = { .kind = "drift" };
	struct buf words, who;

	buf_init(&words, 100);
	buf_init(&who, 100);
	CHECK(!portal_words_write(&e, "x", &words, &who));
	CHECK_EQ(words.n, 0);
	buf_fini(&words);
	buf_fini(&who);
}
