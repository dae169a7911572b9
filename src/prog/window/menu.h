/* window/menu.h: the window's menu, and its keys: everything that can be reached from anywhere in it. */
#ifndef HOLDFAST_WINDOW_MENU_H
#define HOLDFAST_WINDOW_MENU_H

#include "prog/window/window.h"

/* Let ${w}'s application do what the menu and the keys ask for. */
void menu_add_actions(struct window *w);

/* The button that opens the menu. */
GtkWidget *menu_button_new(void);

#endif
