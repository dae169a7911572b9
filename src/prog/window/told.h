/* window/told.h: what a person was told last, remembered across logins, so that a cause is told once a day also by a
 * window that was started again. Owns the file told.ini in the user's state folder. */
#ifndef HOLDFAST_WINDOW_TOLD_H
#define HOLDFAST_WINDOW_TOLD_H

#include "prog/window/notify.h"

/* What was told of the device ${id}. What is not there or damaged was not told. */
void told_load(const char *id, struct notify_memory *out);
/* A disk that takes nothing costs the memory, nothing else. */
void told_save(const char *id, const struct notify_memory *m);

#endif
