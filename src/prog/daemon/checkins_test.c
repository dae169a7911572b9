/* Goal of this test: what an updater that was captured says of a person's question goes no further than it may. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/test.h"
#include "base/text.h"
#include "os/file.h"
#include "prog/daemon/checkins.h"

/* What a person's question came to. */
struct asked {
	struct event_base *base;
	struct reply reply;
};

static void
take_reply(void *ctx, const struct reply *reply)
{
	struct asked *a = ctx;

	a->reply = *reply;
	event_base_loopbreak(a->base);
}

static uint64_t
no_generation(void *ctx)
{
	(void)ctx;
	return 0;
}

static void
note_nothing(void *ctx)
{
	(void)ctx;
}

/* Ask for the portal, with an updater that answers ${url} whatever it is asked. */
static void
ask_captured_updater(int dir, const char *url, struct reply *out)
{
	struct outcome outcome = { .kind = OUTCOME_ADDRESS };
	char script[300], updater[200];
	struct jobs jobs = { .base = event_base_new(), .updater = updater };
	struct asked asked = { .base = jobs.base };
	struct trust trust = { .server = "https://protect.example/" };
	struct record record = { .confirmed = 0 };
	struct membership m = { .dir = dir, .enrolled = true, .trust = &trust, .record = &record };
	const struct checkins_setup setup = { .base = jobs.base, .jobs = &jobs, .membership = &m,
		.machine = "m", .generation = no_generation, .activated = note_nothing, .changed = note_nothing };
	struct checkins *c = NULL;
	struct fault why;
	struct buf message;

	text_copy(outcome.url, sizeof outcome.url, url);
	buf_init(&message, 4096);
	outcome_write(&outcome, &message);
	CHECK_EQ(file_replace(dir, "outcome", buf_bytes(&message), 0600, &why), ERR_NONE);
	buf_fini(&message);
	snprintf(updater, sizeof updater, "%s/updater", test_dir());
	/* What it is asked is taken first: with that unread, its end would be an error and no answer. */
	snprintf(script, sizeof script,
	    "#!/bin/sh\n/bin/dd bs=65536 count=1 <&3 >/dev/null 2>&1\n"
	    "exec /bin/cat %s/outcome >&3\n", test_dir());
	CHECK_EQ(file_replace(dir, "updater", bytes_of_text(script), 0700, &why), ERR_NONE);
	CHECK_EQ(checkins_new(&setup, &c), ERR_NONE);
	CHECK_EQ(checkins_portal(c, (struct checkins_asker){ take_reply, &asked }, &why), ERR_NONE);
	CHECK(event_base_dispatch(jobs.base) >= 0);
	*out = asked.reply;
	checkins_free(c);
	event_base_free(jobs.base);
}

TEST(an_address_that_is_no_web_page_is_not_handed_on_whoever_answers)
{
	static const char *const wrong[] = { "file:///etc/passwd", "smb://evil.example/share", "http://evil.example/",
		"http://localhost:x@evil.example/" };
	static struct reply reply;
	int dir;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &dir, NULL), ERR_NONE);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ask_captured_updater(dir, wrong[i], &reply);
		CHECK_EQ(reply.kind, REPLY_FAULT);
		CHECK_TEXT(reply.fault.text, "the service sent an address that is no web page");
	}
	ask_captured_updater(dir, "https://protect.example/portal/1", &reply);
	CHECK_EQ(reply.kind, REPLY_ADDRESS);
	CHECK_TEXT(reply.url, "https://protect.example/portal/1");
	close(dir);
}
