/* prog/web/console_home.c: the overview of a provider, finding a subscription, and all of them by page. */
#include <stdio.h>

#include "base/text.h"
#include "entitle/authority_tree.h"
#include "prog/web/answer.h"
#include "prog/web/chart.h"
#include "prog/web/console.h"

/* Of what happened last, so much of all providers' is looked at. */
enum { LATEST = 8, LATEST_SPAN = 20000 };

enum { FOUND_MOST = 50, PAGE_LINES = 50, TEXT_SIZE = MAIL_ADDRESS_SIZE };

static const enum sub_state shown_states[] = { SUB_ACTIVE, SUB_PENDING, SUB_SUSPENDED, SUB_EXPIRED, SUB_CANCELLED };
enum { SHOWN_STATES = sizeof shown_states / sizeof shown_states[0] };

static const struct {
	const char *label;
	enum chart_tone tone;
} state_bars[SUB_STATES] = {
	[SUB_PENDING] = { "Not activated yet", CHART_PLAIN },
	[SUB_ACTIVE] = { "Active", CHART_GOOD },
	[SUB_SUSPENDED] = { "Suspended", CHART_FAIR },
	[SUB_CANCELLED] = { "Cancelled", CHART_BAD },
	[SUB_EXPIRED] = { "Expired", CHART_BAD },
};

static void
put_figures(struct page *p, const struct figures *f)
{
	struct chart_value values[SHOWN_STATES];
	json_t *states = json_array();

	for (size_t i = 0; i < SHOWN_STATES; i++) {
		enum sub_state s = shown_states[i];

		values[i] = (struct chart_value){ state_bars[s].label, f->by_state[s], state_bars[s].tone };
		json_array_append_new(states, json_pack("{s:s, s:s, s:I}", "code", sub_state_name(s), "text",
		    state_bars[s].label, "count", (json_int_t)f->by_state[s]));
	}
	page_put(p, "states", states);
	page_put(p, "seats", json_sprintf("%lld", (long long)f->seats));
	page_put(p, "devices", json_sprintf("%lld", (long long)f->devices));
	console_put_chart(p, "states_chart", chart_bars,
	    &(struct chart){ "Subscriptions by state; the table has the same numbers", values, SHOWN_STATES });
}

struct latest {
	struct call *call;
	json_t *list;
};

static bool
add_event(void *ctx, const struct event *e)
{
	struct latest *l = ctx;

	json_array_append_new(l->list, console_event(l->call, e));
	return true;
}

static void
show_home(struct call *c)
{
	struct audit_filter filter = { .provider = c->principal.provider.id, .actor = "", .kind = "", .limit = LATEST };
	struct latest latest = { c, json_array() };
	struct store *store = c->web->store;
	struct figures f = { .seats = 0 };
	struct block block = { .since = 0 };
	struct page page;
	enum err e;

	if (c->principal.provider.id[0] == '\0') {
		json_decref(latest.list);
		page_see(c, "/console/vendor");
		return;
	}
	console_open(&page, c, c->principal.provider.contact.name);
	if ((e = store->get_position(store, &filter.from)) == ERR_NONE)
		filter.from = filter.from > LATEST_SPAN ? filter.from - LATEST_SPAN : 0;
	if (e == ERR_NONE && (e = store->get_figures(store, c->principal.provider.id, c->now, &f)) == ERR_NONE &&
	    (e = authority_find_block(store, c->principal.provider.id, &block)) == ERR_NONE)
		e = store->look.list_audit(store, &filter, add_event, &latest);
	put_figures(&page, &f);
	page_put(&page, "latest", latest.list);
	page_put(&page, "leaves", console_time(c->principal.provider.leaves));
	page_put(&page, "blocked", console_time(block.since));
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, 200, "console/home");
}

struct found {
	int64_t now, limit;
	enum sub_state state;	/* SUB_NONE: any */
	json_t *list;
	char last[ID_SIZE];
	bool more;
};

static bool
add_found(void *ctx, const struct subscription *s)
{
	struct found *f = ctx;

	if (f->state != SUB_NONE && subscription_state_at(s, f->now) != f->state)
		return true;
	if ((int64_t)json_array_size(f->list) == f->limit) {
		f->more = true;
		return false;
	}
	text_copy(f->last, sizeof f->last, s->id);
	json_array_append_new(f->list, console_subscription_line(s, f->now));
	return true;
}

static void
search(struct call *c)
{
	struct found found = { c->now, FOUND_MOST, SUB_NONE, json_array(), "", false };
	struct store *store = c->web->store;
	char text[TEXT_SIZE];
	enum err e = ERR_NONE;
	struct page page;
	struct form f;

	form_open_query(&f, c);
	form_text(&f, "q", "What you look for", text, sizeof text, FORM_OPTIONAL);
	console_open(&page, c, "Search");
	if (f.good)
		e = store->look.search(store, c->principal.provider.id, text, FOUND_MOST + 1, add_found, &found);
	/* What leads to one leads there. */
	page_put(&page, "asked", json_boolean(f.good && text[0] != '\0'));
	page_put(&page, "none", json_boolean(json_array_size(found.list) == 0));
	page_put(&page, "more", json_boolean(found.more));
	page_put(&page, "found", found.list);
	page_put_text(&page, "q", text);
	form_show(&f, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, f.good ? 200 : 422, "console/search");
	form_close(&f);
}

static enum sub_state
state_of(const char *name)
{
	for (size_t i = 0; i < SHOWN_STATES; i++)
		if (text_equal(sub_state_name(shown_states[i]), name))
			return shown_states[i];
	return SUB_NONE;
}

static void
list_all(struct call *c)
{
	struct found found = { c->now, PAGE_LINES, SUB_NONE, json_array(), "", false };
	char state[16], after[ID_SIZE], next[160];
	struct store *store = c->web->store;
	json_t *choices = json_array();
	struct page page;
	struct form f;
	enum err e;

	form_open_query(&f, c);
	form_text(&f, "state", "The state", state, sizeof state, FORM_OPTIONAL);
	form_text(&f, "after", "The page", after, sizeof after, FORM_OPTIONAL);
	found.state = state_of(state);
	e = store->list_subscriptions(store, c->principal.provider.id, after, add_found, &found);
	console_open(&page, c, "Subscriptions");
	json_array_append_new(choices, console_choice("", "All", found.state == SUB_NONE));
	for (size_t i = 0; i < SHOWN_STATES; i++)
		json_array_append_new(choices, console_choice(sub_state_name(shown_states[i]),
		    state_bars[shown_states[i]].label, found.state == shown_states[i]));
	page_put(&page, "choices", choices);
	page_put(&page, "none", json_boolean(json_array_size(found.list) == 0));
	page_put(&page, "found", found.list);
	snprintf(next, sizeof next, "/console/subscriptions?state=%s&after=%s",
	    found.state == SUB_NONE ? "" : sub_state_name(found.state), found.last);
	if (found.more)
		page_put_text(&page, "next_page", next);
	form_show(&f, &page);
	if (e != ERR_NONE && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, f.good ? 200 : 422, "console/subscriptions");
	form_close(&f);
}

static const struct route routes[] = {
	{ "GET", "/console", show_home, PERMIT_CONSOLE },
	{ "GET", "/console/search", search, PERMIT_CONSOLE_READ },
	{ "GET", "/console/subscriptions", list_all, PERMIT_CONSOLE_READ },
};
const struct route_group console_home_routes = { "/console", page_refuse, routes, sizeof routes / sizeof routes[0] };
