/* window/page_protection.c: the Subscription window: how this device is protected; when it is not, why, since
 * when, who can fix it, what happens next, and the three ways back. The words are entitle/notice.h's. */
#include "agent/ahead.h"
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

struct protection_page {
	struct window *window;
	GtkImage *icon;
	GtkLabel *headline, *why, *outcome;
	GtkBox *choices;
	GtkWidget *busy;	/* a spinner with words, while the provider is asked */
	GtkWidget *at_rest;	/* buttons of a device that may scan */
	GtkWidget *activate, *article;
	struct fellows *fellows;
	AdwPreferencesGroup *notice, *facts;
	AdwActionRow *moved, *since, *who, *next, *until, *grace, *paid, *provider, *device;
	AdwActionRow *data, *data_trouble, *checkin, *scan, *clock, *files;
	enum reason shown;	/* whose choices are there */
	bool any_shown;
	bool was_unprotected;	/* the last condition that was shown */
	gint64 began;		/* when the service was asked, monotonic */
	guint ticks;
	GtkLabel *busy_words;
};

static void
set_taking(AdwActionRow *fact, char *value)
{
	parts_set(fact, value);
	g_free(value);
}

static void
say_outcome(struct protection_page *p, const char *text)
{
	gtk_label_set_text(p->outcome, text);
	gtk_widget_set_visible(GTK_WIDGET(p->outcome), text[0] != '\0');
	/* So that a screen reader says it. */
	gtk_accessible_update_property(GTK_ACCESSIBLE(p->outcome), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
	if (text[0] == '\0' || !gtk_widget_get_mapped(GTK_WIDGET(p->outcome)))
		return;
	gtk_widget_grab_focus(GTK_WIDGET(p->outcome));
	gtk_label_select_region(p->outcome, 0, 0);
}

/* How long it has taken, and how long it may: a person who waits wants to know that something goes on. */
static gboolean
say_progress(gpointer data)
{
	struct protection_page *p = data;
	int seconds = (int)((g_get_monotonic_time() - p->began) / G_USEC_PER_SEC);
	const char *provider = p->window->status.provider.name;
	char *text;

	if (seconds < 2)
		text = g_strdup_printf(_("Asking the system of %s…"), provider[0] != '\0' ? provider
			: _("your provider"));
	else
		text = g_strdup_printf(_("Waiting for the answer: %d s (at most a minute)"), seconds);
	gtk_label_set_text(p->busy_words, text);
	g_free(text);
	return G_SOURCE_CONTINUE;
}

static void
set_busy(struct protection_page *p, bool busy)
{
	gtk_widget_set_visible(p->busy, busy);
	gtk_widget_set_sensitive(GTK_WIDGET(p->choices), !busy);
	if (p->ticks != 0)
		g_source_remove(p->ticks);
	p->ticks = 0;
	if (!busy)
		return;
	p->began = g_get_monotonic_time();
	say_progress(p);
	p->ticks = g_timeout_add_seconds(1, say_progress, p);
}

static const char *
words_of_outcome(enum reactivation r)
{
	static const char *const words[REACTIVATIONS] = {
		[REACTIVATION_NONE] = "",
		[REACTIVATION_ACTIVE] = N_("Your provider's system says that the subscription is active."),
		[REACTIVATION_STILL_BLOCKED] =
		    N_("Your provider's system says that it is not resolved yet. Contact them with the reference."),
		[REACTIVATION_BENEFIT_OF_DOUBT] =
		    N_("Your provider's system cannot be reached just now. You are protected for a limited time."),
		[REACTIVATION_UNREACHABLE] =
		    N_("Your provider's system cannot be reached just now. Try again later, or contact them."),
		[REACTIVATION_NOT_POSSIBLE] = N_("Your provider cannot change this: see the other options."),
	};

	return words[r][0] != '\0' ? _(words[r]) : "";
}

static void
reactivated(void *ctx, const struct reply *reply, const char *why)
{
	struct protection_page *p = ctx;
	GDateTime *now = g_date_time_new_now_local();
	char *at = g_date_time_format(now, "%H:%M"), *text;

	set_busy(p, false);
	if (reply == NULL || reply->kind != REPLY_REACTIVATED)
		text = g_strdup(reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text
			: why != NULL ? why : "");
	else
		text = g_strdup_printf(reply->reactivated.outcome == REACTIVATION_ACTIVE
			? _("You are protected. %s, %s: %s") : _("%s, %s: %s"),
		    at, p->window->status.provider.name, words_of_outcome(reply->reactivated.outcome));
	say_outcome(p, text);
	g_free(text);
	g_free(at);
	g_date_time_unref(now);
}

static void
reactivate(struct protection_page *p)
{
	const struct request request = { .kind = REQUEST_REACTIVATE };

	say_outcome(p, "");
	set_busy(p, true);
	link_ask(p->window->link, &request, reactivated, p);
}

static void
purchase_known(void *ctx, const struct reply *reply, const char *why)
{
	struct protection_page *p = ctx;

	set_busy(p, false);
	if (reply != NULL && reply->kind == REPLY_ADDRESS) {
		browse(p->window, reply->url);
		/* For those whose browser does not open. */
		char *text = g_strdup_printf(_("Pay on this page, and protection starts by itself: %s"),
		    reply->url);

		say_outcome(p, text);
		g_free(text);
	} else {
		say_outcome(p, reply != NULL && reply->kind == REPLY_FAULT ? reply->fault.text
			: why != NULL ? why : "");
	}
}

static void
purchase(struct protection_page *p)
{
	const struct request request = { .kind = REQUEST_PURCHASE };

	say_outcome(p, "");
	set_busy(p, true);
	link_ask(p->window->link, &request, purchase_known, p);
}

static void
on_choice(GtkButton *button, gpointer data)
{
	enum option o = (enum option)GPOINTER_TO_INT(g_object_get_data(G_OBJECT(button), "option"));
	struct protection_page *p = data;

	switch (o) {
	case OPTION_PURCHASE:
		purchase(p);
		break;
	case OPTION_CONTACT:
		contact_show(p->window);
		break;
	case OPTION_REACTIVATE:
		reactivate(p);
		break;
	case OPTION_NONE:
	case OPTION_COUNT:
		break;
	}
}

/* The buttons are made anew only when the reason changes: else a click could meet one that goes away. */
static void
show_choices(struct protection_page *p, enum reason reason)
{
	const struct notice *notice = notice_for(reason);
	GtkWidget *old;

	gtk_widget_set_visible(GTK_WIDGET(p->choices), reason != REASON_NONE);
	if (p->any_shown && p->shown == reason)
		return;
	p->any_shown = true;
	p->shown = reason;
	while ((old = gtk_widget_get_first_child(GTK_WIDGET(p->choices))) != NULL)
		gtk_box_remove(p->choices, old);
	for (int i = 0; i < OPTION_COUNT - 1; i++) {
		enum option o = notice->order[i];
		GtkWidget *button;

		if (o == OPTION_NONE)
			continue;
		button = parts_choice(_(option_title(o)), _(option_effect(o)), i == 0);
		g_object_set_data(G_OBJECT(button), "option", GINT_TO_POINTER((int)o));
		g_signal_connect(button, "clicked", G_CALLBACK(on_choice), p);
		gtk_box_append(p->choices, button);
	}
}

/* Never by colour alone: the shield differs, and the headline says it. */
static void
show_icon(struct protection_page *p, enum condition_kind condition)
{
	static const struct {
		const char *icon, *css_class;
	} looks[] = {
		[CONDITION_UNPROTECTED] = { "security-low-symbolic", "error" },
		[CONDITION_GRACE] = { "security-medium-symbolic", "warning" },
		[CONDITION_PROTECTED] = { "security-high-symbolic", "success" },
	};

	for (size_t i = 0; i < G_N_ELEMENTS(looks); i++)
		gtk_widget_remove_css_class(GTK_WIDGET(p->icon), looks[i].css_class);
	gtk_widget_add_css_class(GTK_WIDGET(p->icon), looks[condition].css_class);
	gtk_image_set_from_icon_name(p->icon, looks[condition].icon);
}

static char *
words_of_end(const struct device_status *s)
{
	char *when = words_of_time(s->paid_until, s->now);
	char *all = g_strdup_printf(_("Your subscription ends soon: %s. Renew it in time to stay protected."), when);

	g_free(when);
	return all;
}

static void
show_notice(struct protection_page *p, enum reason reason)
{
	const struct device_status *s = &p->window->status;
	const struct notice *notice = notice_for(reason);
	char *why = ahead_of(s) == AHEAD_ENDS_SOON ? words_of_end(s) : words_of_notice(notice->why, s);
	char *head = s->condition == CONDITION_GRACE
	    ? g_strdup_printf(_("Still protected: %s"), _(notice->headline))
	    : g_strdup(_(notice->headline));

	gtk_label_set_text(p->headline, head);
	gtk_label_set_text(p->why, why);
	g_free(head);
	g_free(why);
	parts_set(p->moved, reason == REASON_TRANSFERRED ? s->moved_to : "");
	set_taking(p->since, reason == REASON_NONE ? g_strdup("") : words_of_time(s->since, s->now));
	set_taking(p->who, reason == REASON_NONE ? g_strdup("") : words_of_notice(notice->who, s));
	set_taking(p->next, words_of_notice(notice->next, s));
	show_icon(p, s->condition);
}

static char *
time_if(bool wanted, int64_t t, int64_t now)
{
	return wanted && t != 0 ? words_of_time(t, now) : g_strdup("");
}

static char *
words_of_data(const struct device_status *s)
{
	char *when, *all;

	if (s->generation == 0)
		return g_strdup(_("none yet"));
	when = words_of_time(s->database_confirmed, s->now);
	all = g_strdup_printf(_("%s; %llu signatures"), when,
	    (unsigned long long)s->signatures);
	g_free(when);
	return all;
}

static char *
words_of_scan(const struct device_status *s)
{
	char *when, *all;

	if (s->scanned == 0)
		return g_strdup(_("never"));
	when = words_of_time(s->scanned, s->now);
	all = g_strdup_printf(_("%s: %llu files, %llu infected"), when,
	    (unsigned long long)s->scan_files, (unsigned long long)s->scan_infected);
	g_free(when);
	return all;
}

static char *
words_of_clock(const struct device_status *s)
{
	char *span, *all;

	if (!s->clock_wrong)
		return g_strdup("");
	span = words_of_span(s->clock_off < 0 ? -s->clock_off : s->clock_off);
	all = g_strdup_printf(s->clock_off < 0 ? _("%s behind; set date and time")
					       : _("%s ahead; set date and time"), span);
	g_free(span);
	return all;
}

static void
show_facts(struct protection_page *p)
{
	const struct device_status *s = &p->window->status;

	set_taking(p->until, time_if(s->condition == CONDITION_PROTECTED, s->until, s->now));
	set_taking(p->grace, time_if(s->condition == CONDITION_GRACE, s->until, s->now));
	set_taking(p->paid, time_if(true, s->paid_until, s->now));
	parts_set(p->provider, s->provider.name);
	parts_set(p->device, s->device_name);
	set_taking(p->data, words_of_data(s));
	parts_set(p->data_trouble, s->update_trouble);
	set_taking(p->checkin, time_if(s->enrolled, s->checked_in, s->now));
	set_taking(p->scan, words_of_scan(s));
	set_taking(p->clock, words_of_clock(s));
	parts_set(p->files, s->state_trouble);
	gtk_widget_set_visible(p->at_rest, (s->features & FEATURE_SCAN) != 0);
	gtk_widget_set_visible(p->activate, s->condition == CONDITION_UNPROTECTED);
	gtk_widget_set_visible(p->article, true);
	fellows_update(p->fellows);
}

/* It turned green by itself, or by what the person did: say so where no screen is looked at. */
static void
tell_return(struct protection_page *p, bool unprotected)
{
	if (p->was_unprotected && !unprotected)
		window_toast(p->window, _("You are protected"));
	p->was_unprotected = unprotected;
}

void
protection_page_update(struct protection_page *p, const char *why)
{
	const struct device_status *s = &p->window->status;
	enum reason reason = s->condition == CONDITION_PROTECTED ? REASON_NONE : s->reason;

	gtk_widget_set_visible(GTK_WIDGET(p->notice), p->window->known);
	gtk_widget_set_visible(GTK_WIDGET(p->facts), p->window->known);
	if (!p->window->known) {
		gtk_label_set_text(p->headline, _("The protection service of this device does not answer"));
		gtk_label_set_text(p->why, why);
		show_icon(p, CONDITION_UNPROTECTED);
		gtk_widget_set_visible(GTK_WIDGET(p->choices), FALSE);
		gtk_widget_set_visible(p->at_rest, FALSE);
		gtk_widget_set_visible(p->activate, FALSE);
		gtk_widget_set_visible(p->article, FALSE);
		say_outcome(p, "");
		return;
	}
	/* What was said of a trouble that is over is over too. */
	if (reason == REASON_NONE && p->was_unprotected)
		say_outcome(p, "");
	tell_return(p, s->condition == CONDITION_UNPROTECTED && s->reason != REASON_NOT_ACTIVATED);
	show_notice(p, reason);
	show_choices(p, reason);
	show_facts(p);
}

static void
on_scan_home(GtkButton *button, gpointer data)
{
	struct protection_page *p = data;

	(void)button;
	scan_page_start(p->window->scan, g_get_home_dir());
}

static void
on_activate(GtkButton *button, gpointer data)
{
	struct protection_page *p = data;

	(void)button;
	activation_ask(p->window, NULL);
}

static void
on_contact(GtkButton *button, gpointer data)
{
	struct protection_page *p = data;

	(void)button;
	contact_show(p->window);
}

static void
on_article(GtkButton *button, gpointer data)
{
	struct protection_page *p = data;
	const struct device_status *s = &p->window->status;

	(void)button;
	browse_article(p->window,
	    notice_for(s->condition == CONDITION_PROTECTED ? REASON_NONE : s->reason)->article);
}

static GtkWidget *
make_busy(struct protection_page *p)
{
	GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12), *spinner = gtk_spinner_new();

	gtk_spinner_start(GTK_SPINNER(spinner));
	gtk_box_append(GTK_BOX(box), spinner);
	p->busy_words = GTK_LABEL(gtk_label_new(""));
	gtk_label_set_wrap(p->busy_words, TRUE);
	gtk_box_append(GTK_BOX(box), GTK_WIDGET(p->busy_words));
	gtk_widget_set_halign(box, GTK_ALIGN_CENTER);
	gtk_widget_set_visible(box, FALSE);
	return box;
}

static void
make_notice(struct protection_page *p, GtkBox *column)
{
	AdwPreferencesGroup *notice = p->notice = parts_group(column, NULL);

	p->since = parts_fact(notice, _("Since"));
	p->moved = parts_fact(notice, _("The licence is on"));
	p->who = parts_fact(notice, _("Who can fix it"));
	p->next = parts_fact(notice, _("What happens next"));
	p->grace = parts_fact(notice, _("Still protected until"));
}

static void
make_facts(struct protection_page *p, GtkBox *column)
{
	GtkWidget *contact = gtk_button_new_with_label(_("Contact"));
	AdwPreferencesGroup *facts;

	facts = p->facts = parts_group(column, _("This device"));
	p->device = parts_fact(facts, _("Name"));
	p->provider = parts_fact(facts, _("Protected by"));
	gtk_widget_set_valign(contact, GTK_ALIGN_CENTER);
	g_signal_connect(contact, "clicked", G_CALLBACK(on_contact), p);
	adw_action_row_add_suffix(p->provider, contact);
	p->fellows = fellows_new(p->window, facts);
	p->until = parts_fact(facts, _("Protected until"));
	p->paid = parts_fact(facts, _("Paid until"));
	p->data = parts_fact(facts, _("Last update"));
	p->data_trouble = parts_fact(facts, _("Last update failed"));
	p->scan = parts_fact(facts, _("Last scan"));
	p->checkin = parts_fact(facts, _("Last contact with the service"));
	p->clock = parts_fact(facts, _("The clock is wrong"));
	p->files = parts_fact(facts, _("The agent's files"));
}

GtkWidget *
protection_page_new(struct window *w, struct protection_page **out)
{
	struct protection_page *p = g_new0(struct protection_page, 1);
	GtkBox *column;
	GtkWidget *page = parts_page(&column);

	p->window = w;
	p->icon = GTK_IMAGE(gtk_image_new_from_icon_name("security-medium-symbolic"));
	gtk_image_set_pixel_size(p->icon, 72);
	gtk_box_append(column, GTK_WIDGET(p->icon));
	p->headline = parts_text(column, "title-1");
	p->why = parts_text(column, "body");
	p->at_rest = parts_button(column, _("_Scan my files now"), G_CALLBACK(on_scan_home), p);
	gtk_widget_add_css_class(p->at_rest, "suggested-action");
	make_notice(p, column);
	p->choices = GTK_BOX(gtk_box_new(GTK_ORIENTATION_VERTICAL, 12));
	gtk_box_append(column, GTK_WIDGET(p->choices));
	p->busy = make_busy(p);
	gtk_box_append(column, p->busy);
	p->outcome = parts_text(column, "heading");
	gtk_label_set_selectable(p->outcome, TRUE);
	gtk_widget_set_visible(GTK_WIDGET(p->outcome), FALSE);
	p->activate = parts_button(column, _("I have an _activation code…"), G_CALLBACK(on_activate), p);
	p->article = parts_button(column, _("_Read more about this"), G_CALLBACK(on_article), p);
	gtk_widget_add_css_class(p->article, "flat");
	make_facts(p, column);
	*out = p;
	return page;
}
