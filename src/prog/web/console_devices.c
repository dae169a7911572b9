/* prog/web/console_devices.c: all devices of a provider: how many are in which condition, and how old what protects them
 * is; and those behind a number. It walks all devices: pages of people who look once a day, not of machines. */
#include <stdio.h>

#include "base/text.h"
#include "entitle/authority_tree.h"
#include "prog/web/answer.h"
#include "prog/web/chart.h"
#include "prog/web/console.h"

enum { LISTED_MOST = 200 };

/* A condition, as a device's lease would say it now. */
struct group {
	const char *code, *label;
	enum chart_tone tone;
	int64_t count;
};

enum condition_group { IN_PROTECTED, IN_GRACE, IN_SILENT, IN_FIRST_REASON };
enum { CONDITIONS = IN_FIRST_REASON + REASON_COUNT };

/* By the last time that a device asked: what it has may be that old. */
enum { AGES = 6 };
static const int64_t age_ends[AGES - 1] = { 86400, 3 * 86400, 7 * 86400, 30 * 86400, 90 * 86400 };

struct fleet {
	int64_t now, lease_s;
	struct block block;	/* of the provider */
	int64_t newest;		/* generation that any device has */
	struct group conditions[CONDITIONS], ages[AGES], generations[4];
	const char *condition, *age; /* to list; "" none */
	json_t *listed;
	bool more;
	int64_t all;
};

static void
name_groups(struct fleet *f)
{
	static const char *const age_names[AGES] = { "Within a day", "1 to 3 days ago", "3 to 7 days ago",
		"7 to 30 days ago", "30 to 90 days ago", "Longer ago" };
	static const char *const age_codes[AGES] = { "day", "days3", "week", "month", "quarter", "longer" };

	f->conditions[IN_PROTECTED] = (struct group){ "protected", "Protected", CHART_GOOD, 0 };
	f->conditions[IN_GRACE] = (struct group){ "grace", "Protected for a while", CHART_FAIR, 0 };
	f->conditions[IN_SILENT] = (struct group){ "silent", "Silent: lease run out", CHART_BAD, 0 };
	for (enum reason r = REASON_NONE + 1; r < REASON_COUNT; r++)
		f->conditions[IN_FIRST_REASON + r] = (struct group){ reason_code(r), reason_code(r), CHART_BAD, 0 };
	for (size_t i = 0; i < AGES; i++)
		f->ages[i] = (struct group){ age_codes[i], age_names[i],
			i < 2 ? CHART_GOOD : i < 3 ? CHART_FAIR : CHART_BAD, 0 };
	f->generations[0] = (struct group){ "newest", "The newest", CHART_GOOD, 0 };
	f->generations[1] = (struct group){ "behind1", "One behind", CHART_FAIR, 0 };
	f->generations[2] = (struct group){ "behind", "More behind", CHART_BAD, 0 };
	f->generations[3] = (struct group){ "none", "None yet", CHART_BAD, 0 };
}

static size_t
condition_of(const struct fleet *f, const struct subscription *s, const struct device *d)
{
	struct standing st = standing_under(subscription_standing(s, f->now), &f->block, f->now);

	if (!d->seated)
		return IN_FIRST_REASON + d->left;
	if (st.reason != REASON_NONE)
		return IN_FIRST_REASON + st.reason;
	if (f->now - d->last_seen > f->lease_s)
		return IN_SILENT;
	return st.ending != REASON_NONE ? IN_GRACE : IN_PROTECTED;
}

static size_t
age_of(const struct fleet *f, const struct device *d)
{
	size_t i = 0;

	while (i < AGES - 1 && f->now - d->last_seen >= age_ends[i])
		i++;
	return i;
}

/* How many devices have each of the newest two is known at the end: generations are few, so they are counted by value
 * from the newest downwards in one walk. */
static void
count_generation(struct fleet *f, const struct device *d)
{
	int64_t g = d->generation;

	if (g <= 0) {
		f->generations[3].count++;
	} else if (g > f->newest) {
		/* What was the newest is one behind when it is the one before; else more. */
		int64_t was = f->generations[0].count, one = f->generations[1].count;

		f->generations[2].count += g == f->newest + 1 ? one : one + was;
		f->generations[1].count = g == f->newest + 1 ? was : 0;
		f->generations[0].count = 1;
		f->newest = g;
	} else {
		f->generations[g == f->newest ? 0 : g == f->newest - 1 ? 1 : 2].count++;
	}
}

static bool
add_device(void *ctx, const struct subscription *s, const struct device *d)
{
	struct fleet *f = ctx;
	size_t condition = condition_of(f, s, d), age = age_of(f, d);

	/* One that was moved or removed is somebody's history, and protects nobody. */
	if (!d->seated && (d->left == REASON_TRANSFERRED || d->left == REASON_REMOVED))
		return true;
	f->all++;
	f->conditions[condition].count++;
	f->ages[age].count++;
	count_generation(f, d);
	if ((f->condition[0] == '\0' && f->age[0] == '\0') ||
	    (f->condition[0] != '\0' && !text_equal(f->conditions[condition].code, f->condition)) ||
	    (f->age[0] != '\0' && !text_equal(f->ages[age].code, f->age)))
		return true;
	if (json_array_size(f->listed) == LISTED_MOST) {
		f->more = true;
		return true;
	}
	json_array_append_new(f->listed, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:I}", "id", d->id, "name", d->name,
	    "platform", d->platform, "subscription", s->id, "external_id", s->external_id, "condition",
	    console_condition(s, d, &f->block, f->now), "last_seen", console_time(d->last_seen), "generation",
	    (json_int_t)d->generation));
	return true;
}

/* Groups as a picture and as a table; those of none are left out, but for the first ${always}. */
static void
put_groups(struct page *p, const char *name, const char *title, const struct group *groups, size_t count, size_t always)
{
	struct chart_value values[CONDITIONS];
	json_t *rows = json_array();
	char chart[48];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		if (groups[i].label == NULL || (groups[i].count == 0 && i >= always))
			continue;
		values[n++] = (struct chart_value){ groups[i].label, groups[i].count, groups[i].tone };
		json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "code", groups[i].code, "text", groups[i].label,
		    "count", json_sprintf("%lld", (long long)groups[i].count)));
	}
	page_put(p, name, rows);
	snprintf(chart, sizeof chart, "%s_chart", name);
	console_put_chart(p, chart, chart_bars, &(struct chart){ title, values, n });
}

static void
show(struct call *c)
{
	struct fleet fleet = { .now = c->now, .lease_s = c->principal.provider.policy.lease_s, .listed = json_array() };
	struct store *store = c->web->store;
	char condition[24], age[16];
	struct page page;
	struct form f;
	enum err e;

	form_open_query(&f, c);
	form_text(&f, "condition", "The condition", condition, sizeof condition, FORM_OPTIONAL);
	form_text(&f, "age", "The age", age, sizeof age, FORM_OPTIONAL);
	fleet.condition = condition;
	fleet.age = age;
	name_groups(&fleet);
	if ((e = authority_find_block(store, c->principal.provider.id, &fleet.block)) == ERR_NONE)
		e = store->look.list_fleet(store, c->principal.provider.id, add_device, &fleet);
	console_open(&page, c, "Devices");
	put_groups(&page, "conditions", "Devices by condition; the table has the same numbers", fleet.conditions,
	    CONDITIONS, IN_FIRST_REASON);
	put_groups(&page, "ages", "Devices by when they last asked; the table has the same numbers", fleet.ages, AGES, AGES);
	put_groups(&page, "generations", "Devices by their protection data; the table has the same numbers",
	    fleet.generations, 4, 4);
	page_put(&page, "all", json_sprintf("%lld", (long long)fleet.all));
	page_put(&page, "newest", json_sprintf("%lld", (long long)fleet.newest));
	page_put(&page, "listing", json_boolean(condition[0] != '\0' || age[0] != '\0'));
	page_put(&page, "none", json_boolean(json_array_size(fleet.listed) == 0));
	page_put(&page, "listed", fleet.listed);
	page_put(&page, "more", json_boolean(fleet.more));
	form_show(&f, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, f.good ? 200 : 422, "console/devices");
	form_close(&f);
}

static const struct route routes[] = {
	{ "GET", "/console/devices", show, PERMIT_CONSOLE_READ },
};
const struct route_group console_device_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
