/* prog/web/console_policy.c: see console_policy.h. */
#include "prog/web/console_policy.h"

#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

void
console_put_card(struct page *p, const struct contact *c)
{
	page_put(p, "card", json_pack("{s:s, s:s, s:s, s:s}", "name", c->name, "phone", c->phone, "web", c->web, "hours",
	    c->hours));
}

void
console_read_card(struct form *f, struct contact *c)
{
	form_text(f, "name", "The name", c->name, sizeof c->name, FORM_NEEDED);
	form_text(f, "phone", "The phone number", c->phone, sizeof c->phone, FORM_OPTIONAL);
	form_text(f, "web", "The address", c->web, sizeof c->web, FORM_OPTIONAL);
	form_text(f, "hours", "The hours", c->hours, sizeof c->hours, FORM_OPTIONAL);
	/* It becomes a link in windows and mails. */
	if (c->web[0] != '\0' && strncmp(c->web, "https://", 8) != 0 && strncmp(c->web, "http://", 7) != 0)
		form_wrong(f, "web", "The address begins with https://");
}

/* How a row of the policy is written: as a span, or as a number. */
enum unit {
	UNIT_NONE = 0,
	UNIT_SPAN,
	UNIT_NUMBER
};

#define ROW(m, u, from, to, text, words) { #m, text, words, offsetof(struct policy, m), u, from, to }

static const struct {
	const char *name, *label, *hint;
	size_t offset;
	enum unit unit;
	int64_t least, most;
} rows[] = {
	ROW(lease_s, UNIT_SPAN, 1, LEASE_MAX_S, "Lease", "How long a device protects without contact"),
	ROW(checkin_s, UNIT_SPAN, 1, CHECKIN_MAX_S, "Check-in", "How often a protected device asks"),
	ROW(grace_s, UNIT_SPAN, 0, LEASE_MAX_S, "Outage grace", "After the lease, while the server cannot be reached"),
	ROW(doubt_s, UNIT_SPAN, 0, LEASE_MAX_S, "Benefit of the doubt", "On Reactivate, while your system cannot be asked; 0s: none"),
	ROW(retention_s, UNIT_SPAN, 0, RETENTION_MAX_S, "Retention", "How long a cancelled subscription can be reinstated"),
	ROW(billing_grace_s, UNIT_SPAN, 0, STOPPED_GRACE_MAX_S, "Grace for billing", "Suspended for billing: protected for so long"),
	ROW(request_grace_s, UNIT_SPAN, 0, STOPPED_GRACE_MAX_S, "Grace at your request", "Suspended for a reason of yours: likewise"),
	ROW(expiry_grace_s, UNIT_SPAN, 0, STOPPED_GRACE_MAX_S, "Grace after expiry", "The paid time is over: likewise"),
	ROW(activate_s, UNIT_SPAN, 0, RETENTION_MAX_S, "Activate within", "Not activated for so long: cancelled; 0s: never"),
	ROW(transfers, UNIT_NUMBER, 0, TRANSFERS_MAX, "Moves", "Moves of seats by persons in 30 days; 0: no limit"),
	ROW(undo_s, UNIT_SPAN, 0, TRANSFER_WINDOW_S, "Undo", "A move of a seat can be undone for so long"),
	ROW(backdate_s, UNIT_SPAN, 0, RETENTION_MAX_S, "Back-dating", "How far back a change may take effect"),
	ROW(reconcile_s, UNIT_SPAN, 0, RETENTION_MAX_S, "Reconciliation", "Compared with your inventory so often; 0s: never"),
	ROW(reminder_days[0], UNIT_NUMBER, 0, 366, "First reminder", "Days before the paid time ends; 0: none"),
	ROW(reminder_days[1], UNIT_NUMBER, 0, 366, "Second reminder", "Likewise"),
	ROW(reminder_days[2], UNIT_NUMBER, 0, 366, "Last reminder", "Likewise"),
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void
write_value(enum unit unit, int64_t value, char *out, size_t size)
{
	static const struct {
		int64_t seconds;
		char letter;
	} spans[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	if (unit == UNIT_NUMBER) {
		snprintf(out, size, "%lld", (long long)value);
		return;
	}
	while (value % spans[i].seconds != 0 || (value == 0 && spans[i].letter != 's'))
		i++;
	snprintf(out, size, "%lld%c", (long long)(value / spans[i].seconds), spans[i].letter);
}

void
console_put_policy(struct page *p, const struct policy *policy)
{
	json_t *list = json_array();
	char value[32];

	for (size_t i = 0; i < ROWS; i++) {
		const int64_t *at = (const int64_t *)(const void *)((const char *)policy + rows[i].offset);

		write_value(rows[i].unit, *at, value, sizeof value);
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "name", rows[i].name, "label", rows[i].label,
		    "hint", rows[i].hint, "value", value));
	}
	page_put(p, "policy", list);
}

static void
read_span(struct form *f, size_t i, int64_t *out)
{
	char text[32], sentence[100];
	int64_t value;

	form_text(f, rows[i].name, rows[i].label, text, sizeof text, FORM_OPTIONAL);
	if (text[0] == '\0')
		return;
	if (text_to_seconds(text, (uint64_t)rows[i].most, &value) == ERR_NONE && value >= rows[i].least) {
		*out = value;
		return;
	}
	snprintf(sentence, sizeof sentence, "%s is a span such as 90s, 5m, 4h or 3d, and not too long.", rows[i].label);
	form_wrong(f, rows[i].name, sentence);
}

void
console_read_policy(struct form *f, struct policy *policy)
{
	for (size_t i = 0; i < ROWS; i++) {
		int64_t *at = (int64_t *)(void *)((char *)policy + rows[i].offset);

		if (rows[i].unit == UNIT_SPAN)
			read_span(f, i, at);
		else
			form_whole(f, rows[i].name, rows[i].label, (struct form_range){ rows[i].least, rows[i].most }, at,
			    FORM_OPTIONAL);
	}
}
