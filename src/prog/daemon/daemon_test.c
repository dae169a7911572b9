/* Goal of this test: what the daemon reads from its own disk is believed only when it is whole and its
 * own, time cannot be turned back, and questions are asked at the right moment. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "codec/encode.h"
#include "os/clock.h"
#include "os/file.h"
#include "prog/daemon/history.h"
#include "prog/daemon/membership.h"
#include "prog/daemon/schedule.h"

/* A state directory of its own for each test. */
static int
fresh_dir(const char *name)
{
	int parent, dir;

	CHECK_EQ(file_open_dir(AT_FDCWD, test_dir(), false, &parent, NULL), ERR_NONE);
	CHECK_EQ(file_open_dir(parent, name, true, &dir, NULL), ERR_NONE);
	close(parent);
	return dir;
}

TEST(a_regular_interval_is_spread_by_a_tenth)
{
	CHECK_EQ(schedule_interval_ms(100, 0), 90000);
	CHECK_EQ(schedule_interval_ms(100, SCHEDULE_RANDOM / 2), 100000);
	CHECK(schedule_interval_ms(100, SCHEDULE_RANDOM - 1) < 110000);
}

TEST(retries_come_soon_double_and_stop_at_the_interval)
{
	const uint32_t middle = SCHEDULE_RANDOM / 2;

	CHECK_EQ(schedule_retry_ms(1, 14400, -1, middle), 2000);
	CHECK_EQ(schedule_retry_ms(2, 14400, -1, middle), 4000);
	CHECK_EQ(schedule_retry_ms(4, 14400, -1, middle), 16000);
	CHECK_EQ(schedule_retry_ms(1000, 14400, -1, middle), SCHEDULE_RETRY_MOST_MS);
	CHECK_EQ(schedule_retry_ms(1000, 5, -1, middle), 5000);
	CHECK_EQ(schedule_retry_ms(1, 14400, -1, 0), 1000);
	/* The server's word counts as the least. */
	CHECK_EQ(schedule_retry_ms(1, 14400, 60, middle), 60000);
	CHECK_EQ(schedule_retry_ms(6, 14400, 1, middle), 64000);
}

TEST(a_server_that_answers_waiting_questions_at_once_is_not_hammered)
{
	CHECK_EQ(schedule_waiting_ms(0), 1000);
	CHECK_EQ(schedule_waiting_ms(400), 600);
	CHECK_EQ(schedule_waiting_ms(50000), 0);
}

/* The service's side of things: a key, a trust file, leases. */
struct service {
	struct sign_secret secret;
	struct trust trust;
};

static void
service_make(struct service *s)
{
	struct sign_public pub;
	struct buf key, text;
	struct fault why = { ERR_NONE, "" };

	sign_make_pair(&pub, &s->secret);
	buf_init(&key, 100);
	encode_base64url(bytes_of(pub.key, sizeof pub.key), &key);
	buf_init(&text, 4096);
	buf_printf(&text,
	    "{\"server\":\"https://a.example/\",\"issuer\":\"https://a.example/\","
	    "\"lease_keys\":[\"%.*s\"],\"updates\":\"https://a.example/u/\",\"root\":{\"signed\":{}}}",
	    (int)key.n, (const char *)key.p);
	CHECK_EQ(trust_read(buf_bytes(&text), &s->trust, &why), ERR_NONE);
	buf_fini(&key);
	buf_fini(&text);
}

static struct lease
lease_for(const char *device, const char *nonce, int64_t issued)
{
	struct lease l = { .issued = issued, .not_before = issued - 60, .expires = issued + 1000,
		.grace_s = 500, .features = FEATURES_ALL, .since = issued };

	strcpy(l.issuer, "https://a.example/");
	strcpy(l.device, device);
	strcpy(l.subscription, "sub_1");
	strcpy(l.nonce, nonce);
	strcpy(l.provider.name, "Example Broadband");
	strcpy(l.revision, "sub_1.1");
	return l;
}

/* The signed text; the caller frees it. */
static char *
sign(const struct service *s, const struct lease *l)
{
	struct buf text;
	char *whole;

	buf_init(&text, LEASE_MAX);
	CHECK_EQ(lease_sign(l, &s->secret, &text), ERR_NONE);
	whole = buf_take_string(&text);
	CHECK(whole != NULL);
	return whole;
}

static enum err
accept(struct membership *m, const struct service *s, const struct lease *l, const char *nonce)
{
	char *text = sign(s, l);
	struct fault why = { ERR_NONE, "" };
	enum err e = membership_accept(m, text, nonce, &why);

	CHECK(e == ERR_NONE || why.text[0] != '\0');
	free(text);
	return e;
}

static void
enrol(struct membership *m, const struct service *s, int64_t issued)
{
	struct device device = { .enrolled = issued, .checkin_s = 60 };
	struct lease l = lease_for("dev_1", "n1", issued);
	char *text = sign(s, &l);
	struct fault why;

	strcpy(device.id, "dev_1");
	strcpy(device.name, "laptop");
	strcpy(device.token, "token");
	CHECK_EQ(membership_enrol(m, &device, text, "n1", &why), ERR_NONE);
	free(text);
}

/* A device that was activated just now. */
struct scene {
	int dir;
	struct service service;
	struct record record;
	struct membership membership;
	int64_t now;
};

static void
scene_make(struct scene *s, const char *name)
{
	struct fault why;

	memset(s, 0, sizeof *s);
	s->dir = fresh_dir(name);
	s->now = clock_wall();
	service_make(&s->service);
	CHECK_EQ(membership_load(s->dir, &s->service.trust, &s->record, &s->membership, &why), ERR_NONE);
	CHECK(!s->membership.enrolled);
	enrol(&s->membership, &s->service, s->now);
}

static void
scene_end(struct scene *s)
{
	trust_fini(&s->service.trust);
	close(s->dir);
}

/* As after a restart. */
static void
reload(struct scene *s)
{
	struct fault why;

	CHECK_EQ(membership_load(s->dir, &s->service.trust, &s->record, &s->membership, &why), ERR_NONE);
}

TEST(a_device_is_the_same_after_a_restart)
{
	struct scene s;

	scene_make(&s, "restart");
	s.record.confirmed = s.now;
	reload(&s);
	CHECK(s.membership.enrolled && s.membership.has_lease);
	CHECK_TEXT(s.membership.device.token, "token");
	CHECK_TEXT(s.membership.trouble, "");
	CHECK_EQ(membership_condition(&s.membership, s.now).kind, CONDITION_PROTECTED);
	scene_end(&s);
}

TEST(a_lease_must_be_ours_answer_our_question_and_be_signed_by_whom_we_trust)
{
	struct service stranger;
	struct scene s;
	struct lease l;

	scene_make(&s, "foreign");
	l = lease_for("dev_2", "n2", s.now);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_FORGED);
	l = lease_for("dev_1", "n2", s.now);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n3"), ERR_FORGED);
	strcpy(l.issuer, "https://b.example/");
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_FORGED);
	service_make(&stranger);
	l = lease_for("dev_1", "n2", s.now);
	CHECK_EQ(accept(&s.membership, &stranger, &l, "n2"), ERR_FORGED);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	trust_fini(&stranger.trust);
	scene_end(&s);
}

TEST(a_lease_from_before_the_time_that_is_known_is_refused_but_for_the_tolerance)
{
	struct scene s;
	struct lease l;

	scene_make(&s, "before");
	l = lease_for("dev_1", "n2", s.now - CLOCK_TOLERANCE_S - 60);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_EXPIRED);
	l = lease_for("dev_1", "n2", s.now - 5);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	scene_end(&s);
}

TEST(an_altered_lease_file_protects_nothing_and_is_named)
{
	struct scene s;
	struct buf text;

	scene_make(&s, "altered");
	s.record.confirmed = s.now;
	buf_init(&text, LEASE_MAX);
	CHECK_EQ(file_read(s.dir, LEASE_FILE, &text, NULL), ERR_NONE);
	text.p[text.n / 2] ^= 1;
	CHECK_EQ(file_replace(s.dir, LEASE_FILE, buf_bytes(&text), 0600, NULL), ERR_NONE);
	reload(&s);
	CHECK(s.membership.enrolled && !s.membership.has_lease);
	CHECK(s.membership.trouble[0] != '\0');
	CHECK_EQ(membership_features(&s.membership, s.now), 0);
	CHECK_EQ(membership_condition(&s.membership, s.now).reason, REASON_UNREACHABLE);
	buf_fini(&text);
	scene_end(&s);
}

TEST(an_older_lease_put_back_is_refused)
{
	struct scene s;
	struct lease l;
	char *old;

	scene_make(&s, "rollback");
	l = lease_for("dev_1", "n1", s.now);
	old = sign(&s.service, &l);
	l = lease_for("dev_1", "n2", s.now + 10);
	l.features = 0;
	l.reason = REASON_BILLING;
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	CHECK_EQ(file_replace(s.dir, LEASE_FILE, bytes_of_text(old), 0600, NULL), ERR_NONE);
	reload(&s);
	CHECK(!s.membership.has_lease);
	CHECK_EQ(membership_features(&s.membership, s.now), 0);
	free(old);
	scene_end(&s);
}

TEST(a_lease_put_back_is_refused_too_when_the_one_that_ended_it_is_of_the_same_second)
{
	struct scene s;
	struct lease l;
	char *old;

	scene_make(&s, "same-second");
	l = lease_for("dev_1", "n1", s.now);
	old = sign(&s.service, &l);
	l = lease_for("dev_1", "n2", s.now);
	l.features = 0;
	l.reason = REASON_BILLING;
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	CHECK_EQ(file_replace(s.dir, LEASE_FILE, bytes_of_text(old), 0600, NULL), ERR_NONE);
	reload(&s);
	CHECK(!s.membership.has_lease);
	CHECK_EQ(membership_features(&s.membership, s.now), 0);
	free(old);
	scene_end(&s);
}

TEST(another_devices_files_are_not_this_ones)
{
	struct scene s;
	struct lease l;
	char *text;

	scene_make(&s, "other");
	l = lease_for("dev_9", "n1", s.now + 1);
	text = sign(&s.service, &l);
	CHECK_EQ(file_replace(s.dir, LEASE_FILE, bytes_of_text(text), 0600, NULL), ERR_NONE);
	reload(&s);
	CHECK(!s.membership.has_lease);
	free(text);
	scene_end(&s);
}

TEST(a_damaged_device_file_means_not_activated_and_says_what_to_do)
{
	struct scene s;

	scene_make(&s, "damaged");
	CHECK_EQ(file_replace(s.dir, DEVICE_FILE, bytes_of_text("{\"device\":1}"), 0600, NULL), ERR_NONE);
	reload(&s);
	CHECK(!s.membership.enrolled);
	CHECK(strstr(s.membership.trouble, "activate this device again") != NULL);
	CHECK_EQ(membership_condition(&s.membership, s.now).reason, REASON_NOT_ACTIVATED);
	scene_end(&s);
}

TEST(a_lost_record_leaves_time_at_what_the_lease_proves_and_the_lease_to_be_confirmed)
{
	struct scene s;
	struct lease l;

	scene_make(&s, "lost");
	memset(&s.record, 0, sizeof s.record);
	reload(&s);
	CHECK(s.record.time.floor >= s.now);
	/* It may be an older one that was put back. */
	CHECK(s.membership.enrolled && !s.membership.has_lease);
	CHECK(strstr(s.membership.trouble, "not known any more") != NULL);
	CHECK_EQ(membership_features(&s.membership, s.now), 0);
	l = lease_for("dev_1", "n2", s.now);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	reload(&s);
	CHECK(s.membership.has_lease);
	scene_end(&s);
}

TEST(time_alone_brings_grace_and_then_ends_protection)
{
	struct scene s;

	scene_make(&s, "time");
	s.record.confirmed = s.now;
	CHECK_EQ(membership_condition(&s.membership, s.now + 999).kind, CONDITION_PROTECTED);
	CHECK_EQ(membership_condition(&s.membership, s.now + 1000).kind, CONDITION_GRACE);
	CHECK_EQ(membership_features(&s.membership, s.now + 1499), FEATURES_ALL);
	CHECK_EQ(membership_condition(&s.membership, s.now + 1500).kind, CONDITION_UNPROTECTED);
	CHECK_EQ(membership_features(&s.membership, s.now + 1500), 0);
	scene_end(&s);
}

TEST(a_device_that_the_service_forgot_is_not_activated)
{
	struct scene s;
	struct fault why;

	scene_make(&s, "resign");
	CHECK_EQ(membership_resign(&s.membership, &why), ERR_NONE);
	reload(&s);
	CHECK(!s.membership.enrolled && !s.membership.has_lease);
	CHECK_TEXT(s.membership.trouble, "");
	scene_end(&s);
}

/* A folder where the new file should go stops every write of the lease. */
static void
fill_disk(const struct scene *s)
{
	CHECK_EQ(mkdirat(s->dir, LEASE_FILE FILE_NEW_SUFFIX, 0700), 0);
}

TEST(a_renewed_lease_that_cannot_be_written_counts_and_the_one_before_it_stays_on_the_disk)
{
	struct scene s;
	struct lease l;

	scene_make(&s, "renewed");
	l = lease_for("dev_1", "n2", s.now + 5);
	fill_disk(&s);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	CHECK_EQ(s.membership.lease.issued, s.now + 5);
	CHECK(strstr(s.membership.trouble, "asked again") != NULL);
	CHECK_EQ(faccessat(s.dir, LEASE_FILE, F_OK, 0), 0);
	scene_end(&s);
}

TEST(an_end_of_protection_that_cannot_be_written_counts_and_survives_a_restart)
{
	struct scene s;
	struct lease l;

	scene_make(&s, "ended");
	l = lease_for("dev_1", "n2", s.now + 5);
	l.features = 0;
	l.reason = REASON_BILLING;
	fill_disk(&s);
	CHECK_EQ(accept(&s.membership, &s.service, &l, "n2"), ERR_NONE);
	CHECK_EQ(membership_features(&s.membership, s.now + 6), 0);
	CHECK_EQ(membership_condition(&s.membership, s.now + 6).reason, REASON_BILLING);
	/* Not even with the record as it was before. */
	s.record.lease_issued = s.now;
	reload(&s);
	CHECK(!s.membership.has_lease);
	CHECK_EQ(membership_features(&s.membership, s.now + 6), 0);
	scene_end(&s);
}

TEST(the_record_is_read_back_and_every_truncation_refused)
{
	struct record r = { .lease_issued = 5, .confirmed = 7, .condition = CONDITION_GRACE,
		.reason = REASON_UNREACHABLE, .update_trouble = "a \"quoted\" word" }, got;
	struct fault why;
	struct buf text;

	r.time.floor = 1234;
	r.time.learnt = true;
	buf_init(&text, 65536);
	CHECK_EQ(record_write(&r, &text), ERR_NONE);
	CHECK_EQ(record_read(buf_bytes(&text), &got, &why), ERR_NONE);
	CHECK_EQ(got.time.floor, 1234);
	CHECK(got.time.learnt);
	CHECK_EQ(got.condition, CONDITION_GRACE);
	CHECK_EQ(got.reason, REASON_UNREACHABLE);
	CHECK_TEXT(got.update_trouble, "a \"quoted\" word");
	for (size_t n = 0; n < text.n; n++) {
		uint8_t *exact = test_copy(text.p, n);

		CHECK_EQ(record_read(bytes_of(exact, n), &got, &why), ERR_MALFORMED);
		free(exact);
	}
	buf_fini(&text);
}

TEST(the_device_file_is_read_back_and_every_truncation_refused)
{
	struct device d = { .id = "dev_1", .name = "n", .token = "t", .enrolled = 3, .checkin_s = 60 }, got;
	struct fault why;
	struct buf text;

	d.key.key[31] = 9;
	buf_init(&text, 65536);
	CHECK_EQ(device_write(&d, &text), ERR_NONE);
	CHECK_EQ(device_read(buf_bytes(&text), &got, &why), ERR_NONE);
	CHECK_EQ(got.key.key[31], 9);
	CHECK_EQ(got.checkin_s, 60);
	for (size_t n = 0; n < text.n; n++) {
		uint8_t *exact = test_copy(text.p, n);

		CHECK_EQ(device_read(bytes_of(exact, n), &got, &why), ERR_MALFORMED);
		free(exact);
	}
	buf_fini(&text);
}

TEST(a_machine_has_one_name_for_one_directory)
{
	char a[AGENT_MACHINE_SIZE], b[AGENT_MACHINE_SIZE], c[AGENT_MACHINE_SIZE];

	CHECK_EQ(device_machine(test_dir(), a), ERR_NONE);
	CHECK_EQ(device_machine(test_dir(), b), ERR_NONE);
	CHECK_EQ(device_machine("/", c), ERR_NONE);
	CHECK_TEXT(a, b);
	CHECK(strcmp(a, c) != 0);
	CHECK_EQ(strlen(a), 64);
}

TEST(a_trust_file_with_a_missing_unknown_or_broken_field_is_refused)
{
	static const char *const bad[] = { "", "{}", "[]",
		"{\"server\":\"a\",\"issuer\":\"a\",\"updates\":\"a\",\"lease_keys\":[],\"root\":{}}",
		"{\"server\":\"a\",\"issuer\":\"a\",\"updates\":\"a\",\"lease_keys\":[\"AAAA\"],\"root\":{}}",
		"{\"server\":\"a\",\"issuer\":\"a\",\"updates\":\"a\",\"lease_keys\":[1],\"root\":{}}",
		"{\"server\":\"a\",\"issuer\":\"a\",\"updates\":\"a\",\"lease_keys\":"
		"[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"],\"root\":7}",
		"{\"server\":\"a\",\"issuer\":\"a\",\"updates\":\"a\",\"lease_keys\":"
		"[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"],\"root\":{},\"more\":1}" };
	struct fault why;
	struct trust t;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		CHECK_EQ(trust_read(bytes_of_text(bad[i]), &t, &why), ERR_MALFORMED);
}

TEST(the_history_shows_each_user_their_own_events_and_those_of_all)
{
	struct history_event event;
	struct history *h = NULL;
	uint64_t cursor = 0;
	int dir = fresh_dir("history");

	CHECK_EQ(history_open(dir, &h, NULL), ERR_NONE);
	history_add(h, 100, EVENT_CONDITION, EVENT_OF_ALL, "Protected");
	history_add(h, 200, EVENT_FOUND, 1000, "Found X in /home/a/\x1b[31m");
	history_add(h, 300, EVENT_FOUND, 1001, "Found Y in /home/b/y");
	CHECK_EQ(history_next(h, 1000, false, &cursor, &event), ERR_NONE);
	CHECK_EQ(event.time, 100);
	CHECK_EQ(history_next(h, 1000, false, &cursor, &event), ERR_NONE);
	CHECK_TEXT(event.text, "Found X in /home/a/?[31m");
	CHECK_EQ(history_next(h, 1000, false, &cursor, &event), ERR_NOT_FOUND);
	cursor = 0;
	for (int i = 0; i < 3; i++)
		CHECK_EQ(history_next(h, 0, false, &cursor, &event), ERR_NONE);
	CHECK_EQ(event.owner, 1001);
	history_close(h);
	close(dir);
}

TEST(a_line_that_a_crash_cut_costs_only_itself)
{
	struct history_event event;
	struct history *h = NULL;
	uint64_t cursor = 0;
	int dir = fresh_dir("cut");

	CHECK_EQ(file_replace(dir, "history.jsonl", bytes_of_text("{\"time\":\"2026-"), 0600, NULL),
	    ERR_NONE);
	CHECK_EQ(history_open(dir, &h, NULL), ERR_NONE);
	history_add(h, 100, EVENT_SCAN, EVENT_OF_ALL, "Scan ended");
	CHECK_EQ(history_next(h, 0, true, &cursor, &event), ERR_NONE);
	CHECK_TEXT(event.text, "Scan ended");
	CHECK_EQ(history_next(h, 0, true, &cursor, &event), ERR_NOT_FOUND);
	history_close(h);
	close(dir);
}

TEST(a_long_history_turns_over_and_keeps_what_came_last)
{
	struct history_event event;
	struct history *h = NULL;
	char text[AGENT_SENTENCE_SIZE];
	uint64_t cursor = 0, seen = 0;
	int dir = fresh_dir("long");

	CHECK_EQ(history_open(dir, &h, NULL), ERR_NONE);
	for (int i = 0; i < 6000; i++) {
		snprintf(text, sizeof text, "%d %0400d", i, 0);
		history_add(h, i, EVENT_SCAN, EVENT_OF_ALL, text);
	}
	while (history_next(h, 0, true, &cursor, &event) == ERR_NONE) {
		if (seen > 0)
			CHECK(event.time < 6000);
		seen++;
	}
	CHECK(seen > 2000 && seen < 6000);
	CHECK_EQ(event.time, 5999);
	history_close(h);
	close(dir);
}
