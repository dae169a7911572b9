/* window/contact.c: the provider's card. It came with the signed lease: the only numbers to be trusted. */
#include "prog/window/parts.h"
#include "prog/window/window.h"
#include "prog/window/words.h"

static void
open_web(GtkButton *button, gpointer data)
{
	(void)button;
	browse_card(g_object_get_data(G_OBJECT(data), "window"), adw_action_row_get_subtitle(data));
}

/* Only what is a web address is opened: the card's text may be anything. */
static void
add_open_button(AdwActionRow *web, const char *address)
{
	GtkWidget *button;

	if (!g_str_has_prefix(address, "https://") && !g_str_has_prefix(address, "http://"))
		return;
	button = gtk_button_new_with_label(_("Open"));
	gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
	g_signal_connect(button, "clicked", G_CALLBACK(open_web), web);
	adw_action_row_add_suffix(web, button);
}

static void
add_fact(AdwPreferencesGroup *group, const char *label, const char *value)
{
	AdwActionRow *fact = parts_fact(group, label);

	parts_make_copyable(fact);
	parts_set(fact, value);
}

void
contact_show(struct window *w)
{
	const struct device_status *s = &w->status;
	GtkWidget *dialog = adw_window_new(), *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0), *page;
	AdwPreferencesGroup *group;
	AdwActionRow *web;
	GtkBox *column;

	gtk_window_set_transient_for(GTK_WINDOW(dialog), w->top);
	gtk_window_set_modal(GTK_WINDOW(dialog), TRUE);
	gtk_window_set_title(GTK_WINDOW(dialog), _("Contact my service provider"));
	gtk_window_set_default_size(GTK_WINDOW(dialog), 460, 460);
	page = parts_page(&column);
	if (s->provider.name[0] == '\0') {
		gtk_label_set_text(parts_text(column, "body"),
		    _("This device does not know its provider yet: it was never activated."));
	} else {
		group = parts_group(column, s->provider.name);
		add_fact(group, _("Phone"), s->provider.phone);
		web = parts_fact(group, _("Web"));
		parts_make_copyable(web);
		parts_set(web, s->provider.web);
		g_object_set_data(G_OBJECT(web), "window", w);
		add_open_button(web, s->provider.web);
		add_fact(group, _("Hours"), s->provider.hours);
		add_fact(group, _("Your reference, to quote"), s->reference);
		gtk_label_set_text(parts_text(column, "body"),
		    _("This card is signed by the service. Trust no other number that claims to be theirs."));
	}
	gtk_box_append(GTK_BOX(box), adw_header_bar_new());
	gtk_box_append(GTK_BOX(box), page);
	adw_window_set_content(ADW_WINDOW(dialog), box);
	parts_close_by_escape(GTK_WINDOW(dialog));
	gtk_window_present(GTK_WINDOW(dialog));
}
