/* Goal of this test: what the server answers is read strictly, and becomes exactly one outcome. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "prog/updater/account.h"

static struct outcome out;

static void
read_text(enum job_kind kind, int status, const char *text)
{
	account_read_answer(kind, status, bytes_of_text(text), &out);
}

TEST(an_activation_brings_device_token_and_lease)
{
	read_text(JOB_ACTIVATE, 201,
	    "{\"device\":\"dev_1\",\"token\":\"tttt\",\"lease\":\"a.b.c\",\"checkin_s\":60}");
	CHECK_EQ(out.kind, OUTCOME_ACTIVATED);
	CHECK_TEXT(out.lease.device, "dev_1");
	CHECK_TEXT(out.lease.token, "tttt");
	CHECK_TEXT(out.lease.lease, "a.b.c");
	CHECK_EQ(out.lease.checkin_s, 60);
}

TEST(taken_seats_come_with_who_has_them)
{
	read_text(JOB_ACTIVATE, 409,
	    "{\"type\":\"about:blank\",\"title\":\"Conflict\",\"status\":409,\"code\":\"seats_taken\","
	    "\"detail\":\"All seats are taken.\",\"devices\":[{\"id\":\"dev_1\",\"name\":\"old\","
	    "\"last_seen\":1700000000}]}");
	CHECK_EQ(out.kind, OUTCOME_PROBLEM);
	CHECK_EQ(out.problem.status, 409);
	CHECK_TEXT(out.problem.code, "seats_taken");
	CHECK_EQ(out.problem.seats.count, 1);
	CHECK_TEXT(out.problem.seats.holders[0].name, "old");
	CHECK_EQ(out.problem.seats.holders[0].last_seen, 1700000000);
}

TEST(answers_that_make_no_sense_are_faults)
{
	static const char *const bad[] = { "", "{", "[]", "{}", "{\"lease\":\"a\"}",
		"{\"lease\":\"a\",\"checkin_s\":0}", "{\"lease\":\"a\",\"checkin_s\":\"60\"}",
		"{\"lease\":\"a\",\"checkin_s\":60,\"more\":1}",
		"{\"lease\":\"a\",\"lease\":\"b\",\"checkin_s\":60}",
		"{\"lease\":\"a\",\"checkin_s\":99999999}", "{\"lease\":1,\"checkin_s\":60}" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		read_text(JOB_CHECKIN, 200, bad[i]);
		CHECK_EQ(out.kind, OUTCOME_FAULT);
		CHECK(out.fault.text[0] != '\0');
	}
}

TEST(every_truncation_of_an_answer_is_a_fault)
{
	static const char whole[] = "{\"outcome\":\"still_blocked\",\"detail\":\"Not yet.\","
				    "\"lease\":\"a.b.c\",\"checkin_s\":60}";

	read_text(JOB_REACTIVATE, 200, whole);
	CHECK_EQ(out.kind, OUTCOME_LEASE);
	CHECK_EQ(out.lease.reactivation, REACTIVATION_STILL_BLOCKED);
	CHECK_TEXT(out.lease.detail, "Not yet.");
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		uint8_t *exact = test_copy(whole, n);

		account_read_answer(JOB_REACTIVATE, 200, bytes_of(exact, n), &out);
		CHECK_EQ(out.kind, OUTCOME_FAULT);
		free(exact);
	}
}

TEST(a_page_of_a_proxy_is_the_service_not_reached)
{
	read_text(JOB_CHECKIN, 502, "<html>Bad gateway</html>");
	CHECK_EQ(out.kind, OUTCOME_FAULT);
	CHECK_EQ(out.fault.err, ERR_CLOSED);
	CHECK_TEXT(out.fault.text, "the service answered with status 502");
}

TEST(a_checkout_address_must_be_private)
{
	read_text(JOB_PURCHASE, 201, "{\"url\":\"https://pay.example/checkout/1\"}");
	CHECK_EQ(out.kind, OUTCOME_ADDRESS);
	read_text(JOB_PURCHASE, 201, "{\"url\":\"http://127.0.0.1:8080/checkout/1\"}");
	CHECK_EQ(out.kind, OUTCOME_ADDRESS);
	read_text(JOB_PURCHASE, 201, "{\"url\":\"http://pay.example/checkout/1\"}");
	CHECK_EQ(out.kind, OUTCOME_FAULT);
	read_text(JOB_PURCHASE, 201, "{\"url\":\"javascript:alert(1)\"}");
	CHECK_EQ(out.kind, OUTCOME_FAULT);
}

TEST(nothing_is_sent_to_an_address_that_is_not_private)
{
	struct job job = { .kind = JOB_CHECKIN, .server = "http://protect.example/", .token = "secret" };

	account_ask(&job, &out);
	CHECK_EQ(out.kind, OUTCOME_FAULT);
	CHECK_EQ(out.fault.err, ERR_DENIED);
}

TEST(fellows_are_read_and_a_long_list_is_counted)
{
	char text[16384];
	size_t n;

	read_text(JOB_DEVICES, 200, "{\"seats\":2,\"devices\":[{\"name\":\"a\",\"last_seen\":5,\"this\":true}]}");
	CHECK_EQ(out.kind, OUTCOME_DEVICES);
	CHECK_EQ(out.devices.seats, 2);
	CHECK_TEXT(out.devices.devices[0].name, "a");
	CHECK(out.devices.devices[0].is_this);
	n = (size_t)snprintf(text, sizeof text, "{\"seats\":100,\"devices\":[");
	for (int i = 0; i < AGENT_SEATS_MAX + 3; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s{\"name\":\"d%d\",\"last_seen\":0,\"this\":false}",
		    i > 0 ? "," : "", i);
	snprintf(text + n, sizeof text - n, "]}");
	read_text(JOB_DEVICES, 200, text);
	CHECK_EQ(out.kind, OUTCOME_DEVICES);
	CHECK_EQ(out.devices.count, AGENT_SEATS_MAX);
	CHECK_EQ(out.devices.unlisted, 3);
	read_text(JOB_DEVICES, 200, "{\"seats\":1,\"devices\":[{\"name\":\"a\",\"last_seen\":5}]}");
	CHECK_EQ(out.kind, OUTCOME_FAULT);
	read_text(JOB_DEVICES, 200,
	    "{\"seats\":1,\"devices\":[{\"name\":\"a\\u001b\",\"last_seen\":5,\"this\":true}]}");
	CHECK_EQ(out.kind, OUTCOME_FAULT);
}
