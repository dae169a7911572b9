/* window/parts.h: the few kinds of widgets that the pages are made of, each readable by a screen reader. */
#ifndef HOLDFAST_WINDOW_PARTS_H
#define HOLDFAST_WINDOW_PARTS_H

#include <adwaita.h>

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

/* A paragraph that wraps. */
GtkLabel *parts_text(GtkBox *column, const char *css_class);

/* A list of rows at the end of ${column}; remove all of its rows. */
GtkListBox *parts_list(GtkBox *column);
void parts_clear(GtkListBox *list);

#endif
