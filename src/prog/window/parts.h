/* window/parts.h: the few kinds of widgets that the pages are made of, each readable by a screen reader. */
#ifndef HOLDFAST_WINDOW_PARTS_H
#define HOLDFAST_WINDOW_PARTS_H

#include <adwaita.h>

/* Once, before any other. */
void parts_init(void);

/* A page: a column that scrolls and is not wider than a person reads; append to *column. */
GtkWidget *parts_page(GtkBox **column);

/* A group with a title (may be NULL) at the end of ${column}. */
AdwPreferencesGroup *parts_group(GtkBox *column, const char *title);

/* A row "label: value", whose value changes with parts_set; an empty value hides it. */
AdwActionRow *parts_fact(AdwPreferencesGroup *group, const char *label);
void parts_set(AdwActionRow *fact, const char *value);

/* Add a button that copies the fact's value. */
void parts_make_copyable(AdwActionRow *fact);

/* A large button: what it is called, and below it what it will do. */
GtkWidget *parts_choice(const char *title, const char *effect, bool recommended);

/* A button with a mnemonic ("_Stop") at the end of ${box}. */
GtkWidget *parts_button(GtkBox *box, const char *label, GCallback clicked, gpointer data);

/* The Escape key closes ${dialog}. */
void parts_close_by_escape(GtkWindow *dialog);

/* A paragraph that wraps. */
GtkLabel *parts_text(GtkBox *column, const char *css_class);

/* A row with a switch; ${what} says what it does. Give its state with parts_turn, which does not call ${changed}. */
struct parts_switch {
	AdwActionRow *row;
	GtkSwitch *button;
	gulong signal;
};
struct parts_switch parts_switch_new(AdwPreferencesGroup *group, const char *title, const char *what);
void parts_switch_follow(struct parts_switch *s, GCallback changed, gpointer data);
void parts_turn(struct parts_switch *s, bool on);

/* A list of rows at the end of ${column}; remove all of its rows. */
GtkListBox *parts_list(GtkBox *column);
void parts_clear(GtkListBox *list);

#endif
