/* cli/show.c: see show.h. */
#include "prog/cli/show.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/ahead.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "entitle/notice.h"

enum { TEXT_MAX = 4096 };

void
show_time(int64_t t, int64_t now, char out[static SHOW_TIME_SIZE])
{
	char when[TIMESTAMP_HUMAN_SIZE], span[40];

	if (t == 0) {
		snprintf(out, SHOW_TIME_SIZE, "never");
		return;
	}
	timestamp_write_human(t, when);
	text_of_span(t > now ? t - now : now - t, span, sizeof span);
	if (t > now)
		snprintf(out, SHOW_TIME_SIZE, "%s (in %s)", when, span);
	else
		snprintf(out, SHOW_TIME_SIZE, "%s (%s ago)", when, span);
}

void
show_size(uint64_t bytes, char out[static SHOW_SIZE_SIZE])
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1000 && i < sizeof units / sizeof units[0] - 1; i++)
		n /= 1000;
	snprintf(out, SHOW_SIZE_SIZE, i == 0 ? "%.0f %s" : "%.1f %s", n, units[i]);
}

/* A notice's text with the names in it; the caller frees it. NULL: no memory. */
static char *
fill_in(const char *text, const char *provider, const char *device)
{
	struct buf words;
	char *filled;

	buf_init(&words, TEXT_MAX);
	notice_write(text, provider, device, &words);
	filled = buf_take_string(&words);
	buf_fini(&words);
	return filled;
}

static void
line(const char *label, const char *text)
{
	printf("  %-18s%s\n", label, text);
}

static void
filled_line(const char *label, const char *text, const struct device_status *s)
{
	char *filled = fill_in(text, s->provider.name, s->moved_to);

	line(label, filled != NULL ? filled : text);
	free(filled);
}

static void
time_line(const char *label, int64_t t, int64_t now)
{
	char text[SHOW_TIME_SIZE];

	show_time(t, now, text);
	line(label, text);
}

static const char *
headline_of(const struct device_status *s)
{
	if (s->condition == CONDITION_PROTECTED)
		return notice_for(REASON_NONE)->headline;
	return notice_for(s->reason)->headline;
}

/* A clock that is off is a notice of its own: it changes nothing else. */
static void
show_clock(const struct device_status *s)
{
	const struct notice *notice = notice_for(REASON_CLOCK);
	char span[40];

	if (!s->clock_wrong)
		return;
	text_of_span(s->clock_off < 0 ? -s->clock_off : s->clock_off, span, sizeof span);
	printf("\n%s: it is %s %s (%s).\n%s\n", notice->headline, span,
	    s->clock_off < 0 ? "behind" : "ahead", reason_code(REASON_CLOCK), notice->next);
}

static void
show_data(const struct device_status *s)
{
	char text[128];

	if (s->generation == 0) {
		line("Protection data", "none yet");
	} else {
		snprintf(text, sizeof text, "generation %llu, %llu signatures",
		    (unsigned long long)s->generation, (unsigned long long)s->signatures);
		line("Protection data", text);
		time_line("  received", s->database_received, s->now);
		time_line("  known current", s->database_confirmed, s->now);
	}
	if (s->update_trouble[0] != '\0') {
		line("  last update", s->update_trouble);
		time_line("  tried", s->update_trouble_time, s->now);
	}
}

static void
show_last_scan(const struct device_status *s)
{
	char text[SHOW_TIME_SIZE + 128], when[SHOW_TIME_SIZE];

	if (s->scanned == 0) {
		line("Last scan", "never");
		return;
	}
	show_time(s->scanned, s->now, when);
	snprintf(text, sizeof text, "%s: %llu files, %llu infected, %llu incomplete", when,
	    (unsigned long long)s->scan_files, (unsigned long long)s->scan_infected,
	    (unsigned long long)s->scan_incomplete);
	line("Last scan", text);
}

/* The line that the desktop's notification says. */
static void
show_ahead(const struct device_status *s)
{
	char when[SHOW_TIME_SIZE], *why;

	switch (ahead_of(s)) {
	case AHEAD_TROUBLE:
		why = fill_in(notice_for(s->reason)->why, s->provider.name, s->moved_to);
		printf("%s\n", why != NULL ? why : notice_for(s->reason)->why);
		free(why);
		break;
	case AHEAD_ENDS_SOON:
		show_time(s->paid_until, s->now, when);
		printf("Your subscription ends soon: %s\n", when);
		break;
	case AHEAD_NOTHING:
		break;
	}
}

void
show_status(const struct device_status *s)
{
	char text[64];

	printf("%s%s\n", s->condition == CONDITION_GRACE ? "Still protected: " : "", headline_of(s));
	show_ahead(s);
	printf("\n");
	if (s->condition != CONDITION_PROTECTED) {
		line("Reason", reason_code(s->reason));
		time_line("Since", s->since, s->now);
	}
	if (s->enrolled) {
		line("Device", s->device_name);
		line("Provider", s->provider.name);
	}
	if (s->condition == CONDITION_PROTECTED)
		time_line("Confirmed until", s->until, s->now);
	if (s->condition == CONDITION_GRACE && s->until != 0)
		time_line("Protected until", s->until, s->now);
	if (s->paid_until != 0)
		time_line("Paid until", s->paid_until, s->now);
	show_data(s);
	time_line("Last check-in", s->checked_in, s->now);
	if (s->checkin_trouble[0] != '\0')
		line("  since then", s->checkin_trouble);
	show_last_scan(s);
	snprintf(text, sizeof text, "%llu files", (unsigned long long)s->quarantined);
	line("Quarantine", text);
	if (s->state_trouble[0] != '\0')
		printf("\nThe agent's files: %s\n", s->state_trouble);
	show_clock(s);
	if (s->condition != CONDITION_PROTECTED)
		printf("\nWhat you can do: holdfast subscription\n");
}

static const char *const option_commands[OPTION_COUNT] = {
	[OPTION_NONE] = "",
	[OPTION_PURCHASE] = "holdfast purchase",
	[OPTION_CONTACT] = "holdfast contact",
	[OPTION_REACTIVATE] = "holdfast reactivate",
};

static void
show_options(const struct notice *notice)
{
	printf("\nWhat you can do:\n");
	for (int i = 0; i < OPTION_COUNT - 1; i++) {
		enum option o = notice->order[i];

		if (o == OPTION_NONE)
			continue;
		printf("\n  %d. %s%s\n     %s\n     $ %s\n", i + 1, option_title(o),
		    i == 0 ? " (recommended)" : "", option_effect(o), option_commands[o]);
	}
}

void
show_subscription(const struct device_status *s)
{
	enum reason reason = s->condition == CONDITION_PROTECTED ? REASON_NONE : s->reason;
	const struct notice *notice = notice_for(reason);

	printf("%s\n\n", notice->headline);
	filled_line("Why", notice->why, s);
	if (reason != REASON_NONE)
		time_line("Since", s->since, s->now);
	filled_line("Who can fix it", notice->who, s);
	filled_line("What happens next", notice->next, s);
	if (s->condition == CONDITION_PROTECTED)
		time_line("Confirmed until", s->until, s->now);
	if (s->condition == CONDITION_GRACE && s->until != 0)
		time_line("Protected until", s->until, s->now);
	if (s->paid_until != 0)
		time_line("Paid until", s->paid_until, s->now);
	if (reason != REASON_NONE)
		show_options(notice);
	if (reason == REASON_NOT_ACTIVATED)
		printf("\nWith an activation code: holdfast activate CODE\n");
	printf("\nHelp article: %s%s\n", s->help, notice->article);
	show_clock(s);
}

void
show_contact(const struct device_status *s)
{
	printf("%s\n\n", s->provider.name);
	line("Phone", s->provider.phone);
	line("Web", s->provider.web);
	line("Hours", s->provider.hours);
	if (s->reference[0] != '\0')
		line("Your reference", s->reference);
	printf("\nThis card is signed by the service. Trust no other number that claims to be theirs.\n");
}

void
show_refusal(const struct reply_refused *r)
{
	const struct notice *notice = notice_for(r->reason);
	char *why = fill_in(notice->why, r->provider, r->moved_to);

	fprintf(stderr, "holdfast: %s: %s (%s)\nWhat you can do: holdfast subscription\n",
	    notice->headline, why != NULL ? why : notice->why, reason_code(r->reason));
	free(why);
}
