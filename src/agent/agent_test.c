/* Goal of this test: each message of the agent is read back as it was written, and as nothing else. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/job.h"
#include "agent/page.h"
#include "agent/reply.h"
#include "agent/request.h"
#include "base/test.h"

enum { MESSAGE_ROOM = 65536 };

/* What any of the four readers says of ${body}; what it read is thrown away. */
typedef enum err read_fn(struct bytes body);

static enum err
read_request(struct bytes body)
{
	struct request r;

	return request_read(body, &r);
}

static enum err
read_reply(struct bytes body)
{
	struct reply r;
	enum err e = reply_read(body, &r);

	if (e == ERR_NONE)
		reply_fini(&r);
	return e;
}

static enum err
read_job(struct bytes body)
{
	struct job j;

	return job_read(body, &j);
}

static enum err
read_outcome(struct bytes body)
{
	struct outcome o;

	return outcome_read(body, &o);
}

/* Every truncation of ${b} is refused, and so is a byte more. */
static void
check_whole_only(struct buf *b, read_fn *read)
{
	CHECK_EQ(b->err, ERR_NONE);
	CHECK_EQ(read(buf_bytes(b)), ERR_NONE);
	for (size_t n = 0; n < b->n; n++) {
		uint8_t *exact = test_copy(b->p, n);

		CHECK_EQ(read(bytes_of(exact, n)), ERR_MALFORMED);
		free(exact);
	}
	buf_u8(b, 0);
	CHECK_EQ(read(buf_bytes(b)), ERR_MALFORMED);
	buf_fini(b);
}

static void
write_request(const struct request *r, struct buf *out)
{
	buf_init(out, MESSAGE_ROOM);
	request_write(r, out);
}

TEST(requests_are_read_back_and_refused_when_cut_or_longer)
{
	static const struct request all[] = { { .kind = REQUEST_STATUS },
		{ .kind = REQUEST_ACTIVATE, .activate = { "ABCD-EFGH", "laptop", "dev_1" } },
		{ .kind = REQUEST_SCAN, .quarantine = true },
		{ .kind = REQUEST_OBJECT, .object = { 7, "/tmp/\xff" } },
		{ .kind = REQUEST_REMOVED, .removed = { 7, true } },
		{ .kind = REQUEST_SCAN_END, .end = { 10, 1, false } },
		{ .kind = REQUEST_DROP, .entry = { "abc", true } },
		{ .kind = REQUEST_HISTORY, .cursor = 99 }, { .kind = REQUEST_DEVICES },
		{ .kind = REQUEST_SETTINGS },
		{ .kind = REQUEST_SET, .settings = { true, false, true, false, 2, { "/a", "/b c" } } } };
	struct request got;
	struct buf b;

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		write_request(&all[i], &b);
		check_whole_only(&b, read_request);
	}
	write_request(&all[3], &b);
	CHECK_EQ(request_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.object.tag, 7);
	CHECK_TEXT(got.object.path, "/tmp/\xff");
	buf_fini(&b);
}

TEST(an_unknown_kind_and_a_broken_bool_are_malformed)
{
	static const uint8_t kind[] = { REQUEST_KINDS }, none[] = { REQUEST_NONE },
				    flag[] = { REQUEST_SCAN, 2 };

	CHECK_EQ(read_request(bytes_of(kind, 1)), ERR_MALFORMED);
	CHECK_EQ(read_request(bytes_of(none, 1)), ERR_MALFORMED);
	CHECK_EQ(read_request(bytes_of(flag, 2)), ERR_MALFORMED);
	CHECK_EQ(read_reply(bytes_of(kind, 1)), ERR_MALFORMED);
	CHECK_EQ(read_job(bytes_of(none, 1)), ERR_MALFORMED);
	CHECK_EQ(read_outcome(bytes_of(none, 1)), ERR_MALFORMED);
}

TEST(a_status_comes_back_with_every_field)
{
	struct reply r = { .kind = REPLY_STATUS }, got;
	struct buf b;

	r.status.condition = CONDITION_GRACE;
	r.status.reason = REASON_UNREACHABLE;
	r.status.until = 12;
	r.status.generation = 9;
	strcpy(r.status.provider.phone, "+44 20 7946 0000");
	strcpy(r.status.update_trouble, "the release is forged");
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(reply_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.status.condition, CONDITION_GRACE);
	CHECK_EQ(got.status.reason, REASON_UNREACHABLE);
	CHECK_EQ(got.status.until, 12);
	CHECK_EQ(got.status.generation, 9);
	CHECK_TEXT(got.status.provider.phone, "+44 20 7946 0000");
	CHECK_TEXT(got.status.update_trouble, "the release is forged");
	check_whole_only(&b, read_reply);
}

TEST(a_verdict_travels_with_the_entry_that_it_was_sealed_under)
{
	struct reply r = { .kind = REPLY_VERDICT }, got;
	struct buf b;

	verdict_init(&r.verdict.verdict);
	r.verdict.tag = 5;
	strcpy(r.verdict.entry, "0123456789abcdef");
	CHECK_EQ(verdict_add_finding(&r.verdict.verdict, VERDICT_INFECTED, "Test", "a/b"), ERR_NONE);
	verdict_finish(&r.verdict.verdict);
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(reply_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.verdict.tag, 5);
	CHECK_TEXT(got.verdict.entry, "0123456789abcdef");
	CHECK_EQ(verdict_kind(&got.verdict.verdict), VERDICT_INFECTED);
	reply_fini(&got);
	verdict_fini(&r.verdict.verdict);
	check_whole_only(&b, read_reply);
}

TEST(words_for_a_person_must_be_plain)
{
	struct reply r = { .kind = REPLY_FAULT, .fault = { ERR_IO, "bell \a" } };
	struct fault why = { ERR_FULL, "path \x1b[31m" };
	struct buf b;

	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(read_reply(buf_bytes(&b)), ERR_MALFORMED);
	buf_clear(&b);
	reply_of_fault(&why, &r);
	CHECK_TEXT(r.fault.text, "path ?[31m");
	reply_write(&r, &b);
	CHECK_EQ(read_reply(buf_bytes(&b)), ERR_NONE);
	buf_fini(&b);
}

TEST(quarantine_entries_and_events_are_read_back)
{
	struct reply r = { .kind = REPLY_ENTRY }, got;
	struct buf b;

	strcpy(r.entry.path, "/home/a/x");
	r.entry.mode = 0100640;
	r.entry.mtime_ns = 999;
	r.entry.sha256[31] = 7;
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(reply_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.entry.mode, 0100640);
	CHECK_EQ(got.entry.mtime_ns, 999);
	CHECK_EQ(got.entry.sha256[31], 7);
	check_whole_only(&b, read_reply);
	memset(&r, 0, sizeof r);
	r.kind = REPLY_EVENT;
	r.event.event.kind = EVENT_FOUND;
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	check_whole_only(&b, read_reply);
}

TEST(jobs_are_read_back_and_refused_when_cut_or_longer)
{
	struct job j = { .kind = JOB_UPDATE, .server = "https://example/updates/" }, got;
	struct buf b;

	j.update.epoch_count = 2;
	strcpy(j.update.epochs[1].name, "2026-11");
	j.update.epochs[1].key[31] = 9;
	buf_init(&b, MESSAGE_ROOM);
	job_write(&j, &b);
	CHECK_EQ(job_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_TEXT(got.update.epochs[1].name, "2026-11");
	CHECK_EQ(got.update.epochs[1].key[31], 9);
	check_whole_only(&b, read_job);
	memset(&j, 0, sizeof j);
	j.kind = JOB_ACTIVATE;
	strcpy(j.activate.code, "ABCDE");
	buf_init(&b, MESSAGE_ROOM);
	job_write(&j, &b);
	check_whole_only(&b, read_job);
}

TEST(outcomes_are_read_back_and_refused_when_cut_or_longer)
{
	struct outcome o = { .kind = OUTCOME_PROBLEM }, got;
	struct buf b;

	strcpy(o.problem.code, "seats_taken");
	o.problem.seats.count = 1;
	strcpy(o.problem.seats.holders[0].name, "old laptop");
	buf_init(&b, MESSAGE_ROOM);
	outcome_write(&o, &b);
	CHECK_EQ(outcome_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_TEXT(got.problem.seats.holders[0].name, "old laptop");
	check_whole_only(&b, read_outcome);
}

TEST(too_many_epochs_or_seats_and_a_fault_that_is_none_are_malformed)
{
	struct outcome o = { .kind = OUTCOME_FAULT };
	struct job j = { .kind = JOB_UPDATE };
	struct buf b;

	buf_init(&b, MESSAGE_ROOM);
	job_write(&j, &b);
	b.p[b.n - 4] = EPOCHS_MAX + 1;
	CHECK_EQ(read_job(buf_bytes(&b)), ERR_MALFORMED);
	buf_clear(&b);
	outcome_write(&o, &b);
	CHECK_EQ(read_outcome(buf_bytes(&b)), ERR_MALFORMED);
	buf_fini(&b);
}

TEST(the_outcomes_of_reactivate_have_the_protocols_names)
{
	enum reactivation r = REACTIVATION_NONE;

	CHECK(reactivation_from_name("benefit_of_doubt", &r));
	CHECK_EQ(r, REACTIVATION_BENEFIT_OF_DOUBT);
	CHECK(!reactivation_from_name("", &r));
	CHECK_TEXT(reactivation_name(REACTIVATION_STILL_BLOCKED), "still_blocked");
}

TEST(devices_and_settings_come_back_with_every_field)
{
	static struct reply r, got;
	struct buf b;

	r = (struct reply){ .kind = REPLY_DEVICES };
	r.devices.seats = 5;
	r.devices.count = 2;
	r.devices.unlisted = 7;
	strcpy(r.devices.devices[1].name, "laptop");
	r.devices.devices[1].last_seen = 12;
	r.devices.devices[1].is_this = true;
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(reply_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK_EQ(got.devices.seats, 5);
	CHECK_EQ(got.devices.unlisted, 7);
	CHECK_TEXT(got.devices.devices[1].name, "laptop");
	CHECK_EQ(got.devices.devices[1].last_seen, 12);
	CHECK(got.devices.devices[1].is_this && !got.devices.devices[0].is_this);
	check_whole_only(&b, read_reply);
	r = (struct reply){ .kind = REPLY_SETTINGS, .settings = settings_default() };
	CHECK_EQ(settings_skip_add(&r.settings, "/srv/media", NULL), ERR_NONE);
	buf_init(&b, MESSAGE_ROOM);
	reply_write(&r, &b);
	CHECK_EQ(reply_read(buf_bytes(&b), &got), ERR_NONE);
	CHECK(got.settings.quarantine && got.settings.notify && !got.settings.gentle);
	CHECK_TEXT(got.settings.skip[0], "/srv/media");
	check_whole_only(&b, read_reply);
}

TEST(only_pages_of_the_web_are_addresses_for_a_browser)
{
	static const char *const pages[] = { "https://protect.example/portal/s/abc?d=1#top", "HTTPS://protect.example",
		"https://[2001:db8::1]:8443/", "http://127.0.0.1:8080/portal", "http://127.0.0.1/", "http://localhost:8080",
		"http://[::1]:1/x", "https://müller.example/" };
	static const char *const others[] = { "", "https://", "https:///etc/passwd", "https:protect.example",
		"file:///etc/passwd", "smb://server/share", "javascript:alert(1)", "mailto:a@b.example", "ftp://a.example/",
		"http://protect.example/", "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil.example/",
		"http://localhost:x@evil.example/", "http://localhost:80@evil.example/", "http://localhostess/",
		"http://[::1]evil.example/", "http://[::1", " https://a.example/", "https://a.example/ b",
		"https://a.example/\n", "https://a.example/\x1b[2J", "https://a.example/\xff", "/portal" };

	for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
		CHECK(page_is_web(pages[i]));
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		CHECK(!page_is_web(others[i]));
}

TEST(paths_to_skip_are_plain_absolute_and_limited)
{
	static const char *const bad[] = { "", "a", "./a", "/a/../b", "/a/.", "/a\nb" };
	static struct device_settings s;
	char path[SETTINGS_SKIP_SIZE + 2];
	struct fault why;

	s = settings_default();
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(settings_skip_add(&s, bad[i], &why), ERR_MALFORMED);
	CHECK_EQ(settings_skip_add(&s, "//home///me/", &why), ERR_NONE);
	CHECK_TEXT(s.skip[0], "/home/me");
	CHECK_EQ(settings_skip_add(&s, "/home/me", &why), ERR_NONE);
	CHECK_EQ(s.skip_count, 1);
	memset(path, 'a', sizeof path);
	path[0] = '/';
	path[SETTINGS_SKIP_SIZE] = '\0';
	CHECK_EQ(settings_skip_add(&s, path, &why), ERR_MALFORMED);
	path[SETTINGS_SKIP_SIZE - 1] = '\0';
	CHECK_EQ(settings_skip_add(&s, path, &why), ERR_NONE);
	for (int i = 2; i < SETTINGS_SKIP_MAX; i++) {
		snprintf(path, sizeof path, "/%d", i);
		CHECK_EQ(settings_skip_add(&s, path, &why), ERR_NONE);
	}
	CHECK_EQ(settings_skip_add(&s, "/more", &why), ERR_LIMIT);
	CHECK_EQ(settings_check(&s, &why), ERR_NONE);
	CHECK_EQ(settings_skip_remove(&s, "/home/me/", &why), ERR_NONE);
	CHECK_EQ(settings_skip_remove(&s, "/home/me", &why), ERR_NOT_FOUND);
	strcpy(s.skip[0], "relative");
	CHECK_EQ(settings_check(&s, &why), ERR_MALFORMED);
	strcpy(s.skip[0], s.skip[1]);
	CHECK_EQ(settings_check(&s, &why), ERR_MALFORMED);
}

TEST(what_lies_below_a_path_to_skip_is_skipped_unless_it_was_named)
{
	static struct device_settings s;

	s = settings_default();
	CHECK_EQ(settings_skip_add(&s, "/home/me/media", NULL), ERR_NONE);
	CHECK(settings_skips(&s, "/home", "/home/me/media"));
	CHECK(settings_skips(&s, "/home", "/home/me/media/a/b"));
	CHECK(!settings_skips(&s, "/home", "/home/me/mediate"));
	CHECK(!settings_skips(&s, "/home/me/media", "/home/me/media/a"));
	CHECK(!settings_skips(&s, "/home/me/media/a", "/home/me/media/a/b"));
	CHECK_EQ(settings_skip_add(&s, "/", NULL), ERR_NONE);
	CHECK(!settings_skips(&s, "/etc", "/etc/passwd"));
}
