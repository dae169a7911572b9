/* prog/web/console_settings.c: how a provider looks to its subscribers (card, mail), what the vendor agreed with it
 * (policy), and tables of many subscriptions at once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/mail.h"
#include "prog/web/answer.h"
#include "prog/web/console_policy.h"
#include "prog/web/csv_import.h"

/* What a form that was refused leaves to be shown. */
struct again {
	int status;
	struct form *form;	/* NULL: none was sent */
	const char *which;	/* "card" or "brand" */
	const struct refusal *why;
};

/* PAGE_MAX has room for the report on so many lines, and for the table itself. */
#define BULK_LINES_MAX 2000

static void
show_settings(struct call *c, const struct again *again)
{
	const struct provider *own = &c->principal.provider;
	struct brand brand = { .logo = "" };
	struct page page;
	enum err e = brand_get(c->web->store, own, &brand);

	console_open(&page, c, "Settings");
	console_put_card(&page, &own->contact);
	page_put(&page, "brand", json_pack("{s:s, s:s, s:s, s:s}", "logo", brand.logo, "colour", brand.colour, "sender",
	    brand.sender, "reply_to", brand.reply_to));
	console_put_policy(&page, &own->policy);
	page_put_text(&page, "verify_url", own->verify_url);
	console_put_refusal(&page, again->why);
	if (again->form != NULL) {
		/* What was sent stands in its own form. */
		page_put(&page, again->which, json_incref(again->form->values));
		form_show(again->form, &page);
	}
	if (e != ERR_NONE && e != ERR_NOT_FOUND && page.err == ERR_NONE)
		page.err = e;
	page_answer(&page, again->status, "console/settings");
}

static void
look_at_settings(struct call *c)
{
	show_settings(c, &(struct again){ .status = 200 });
}

static void
set_card(struct call *c)
{
	struct provider p = c->principal.provider;
	struct again again = { .status = 422, .which = "card" };
	struct fault why;
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	again.form = &f;
	console_read_card(&f, &p.contact);
	if (f.good && (e = authority_set_provider(c->web->store, &p, c->principal.actor, c->now, &why)) == ERR_MALFORMED)
		form_wrong(&f, "name", why.text);
	if (e == ERR_NONE)
		console_done(c, "card", "/console/settings");
	else if (e == ERR_MALFORMED)
		show_settings(c, &again);
	else
		console_refuse(c, e, NULL, "changing a contact card");
	form_close(&f);
}

static void
set_brand(struct call *c)
{
	struct again again = { .status = 422, .which = "brand" };
	struct refusal why = { "", "" };
	struct brand b = { .logo = "" };
	struct form f;
	enum err e = ERR_MALFORMED;

	form_open(&f, c);
	again.form = &f;
	again.why = &why;
	form_text(&f, "logo", "The words for a logo", b.logo, sizeof b.logo, FORM_OPTIONAL);
	form_text(&f, "colour", "The colour", b.colour, sizeof b.colour, FORM_OPTIONAL);
	form_text(&f, "sender", "The sender", b.sender, sizeof b.sender, FORM_OPTIONAL);
	form_text(&f, "reply_to", "The address for answers", b.reply_to, sizeof b.reply_to, FORM_OPTIONAL);
	if (f.good)
		e = brand_set(c->web->store, &c->principal.provider, &b, c->principal.actor, c->now, &why);
	if (e == ERR_NONE)
		console_done(c, "brand", "/console/settings");
	else if (e == ERR_MALFORMED)
		show_settings(c, &again);
	else
		console_refuse(c, e, &why, "changing a brand");
	form_close(&f);
}

static void
show_bulk(struct call *c, int status, struct form *f, struct csv_report *report)
{
	struct page page;

	console_open(&page, c, "Many at once");
	if (report != NULL) {
		json_t *lines = report->lines, *line;
		size_t i;

		json_array_foreach(lines, i, line)
			json_object_set_new(line, "refused", json_boolean(
			    text_equal(json_string_value(json_object_get(line, "result")), "refused")));
		page_put(&page, "report", json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "dry_run", report->dry_run, "created",
		    json_sprintf("%lld", (long long)report->counts[CSV_CREATED]), "changed",
		    json_sprintf("%lld", (long long)report->counts[CSV_CHANGED]), "unchanged",
		    json_sprintf("%lld", (long long)report->counts[CSV_UNCHANGED]), "refused_count",
		    json_sprintf("%lld", (long long)report->counts[CSV_REFUSED]), "lines", lines));
	}
	if (f != NULL)
		form_show(f, &page);
	page_answer(&page, status, "console/bulk");
}

static void
look_at_bulk(struct call *c)
{
	show_bulk(c, 200, NULL, NULL);
}

/* What is done could not be shown otherwise, and activation codes are shown once. */
static void
check_lines(struct form *f, const char *table)
{
	char text[250];
	size_t lines = 0;

	for (const char *at = table; *at != '\0'; at++)
		lines += *at == '\n' && at[1] != '\0';	/* the first names the columns */
	if (lines <= BULK_LINES_MAX)
		return;
	snprintf(text, sizeof text, "The table has more than %d lines, whose activation codes would not fit into one page."
	    " Nothing was done. Send it in parts, or to POST /v1/import/subscriptions.", BULK_LINES_MAX);
	form_wrong(f, "table", text);
}

static void
take_bulk(struct call *c)
{
	struct csv_import in = { c->web->store, &c->principal.provider, c->principal.actor, c->now, true };
	struct fault why = { .text = "" };
	struct csv_report report;
	char *table = malloc(HTTP_BODY_MAX + 1);
	struct form f;
	enum err e;

	form_open(&f, c);
	if (table == NULL) {
		page_answer_failure(c, ERR_NOMEM, "taking a table");
		goto done;
	}
	form_text(&f, "table", "The table", table, HTTP_BODY_MAX + 1, FORM_LINES);
	/* Unless the second button says otherwise nothing is changed. */
	in.dry_run = !form_ticked(&f, "apply");
	if (f.good && table[0] == '\0')
		form_wrong(&f, "table", "The table is empty.");
	else if (f.good)
		check_lines(&f, table);
	if (!f.good) {
		show_bulk(c, 422, &f, NULL);
		goto done;
	}
	e = csv_import(&in, bytes_of_text(table), &report, &why);
	if (e == ERR_MALFORMED && why.text[0] != '\0') {
		form_wrong(&f, "table", why.text);
		show_bulk(c, 422, &f, NULL);
	} else if (e == ERR_NONE) {
		show_bulk(c, 200, &f, &report);
	} else {
		page_answer_failure(c, e, "taking a table");
	}
done:
	form_close(&f);
	free(table);
}

static const struct route routes[] = {
	{ "GET", "/console/settings", look_at_settings, PERMIT_CONSOLE_READ },
	{ "POST", "/console/settings/card", set_card, PERMIT_CONSOLE_OWN },
	{ "POST", "/console/settings/brand", set_brand, PERMIT_CONSOLE_OWN },
	{ "GET", "/console/bulk", look_at_bulk, PERMIT_CONSOLE_OPERATE },
	{ "POST", "/console/bulk", take_bulk, PERMIT_CONSOLE_OPERATE },
	{ "GET", "/console/bulk/export.csv", csv_export, PERMIT_CONSOLE_READ, .query = &csv_export_query_shape },
};
const struct route_group console_setting_routes = { "/console", page_refuse, routes,
	sizeof routes / sizeof routes[0] };
