/* window/words.h: words in the person's language, and numbers and times as that language writes them. */
#ifndef HOLDFAST_WINDOW_WORDS_H
#define HOLDFAST_WINDOW_WORDS_H

#include <glib.h>
#include <libintl.h>
#include <stdint.h>

#include "agent/reply.h"
#include "entitle/notice.h"

#define _(text) gettext(text)
#define N_(text) text

/* Choose the language from the environment, and where its words lie. */
void words_init(void);

/* Each of these gives a text that the caller frees with g_free. */

/* A text of a notice in the person's language, with the names put in. */
char *words_of_notice(const char *text, const struct device_status *s);
/* "25 November 2026, 13:48 (5 minutes ago)"; "never" for 0. */
char *words_of_time(int64_t t, int64_t now);
/* "5 minutes", "3 days". */
char *words_of_span(int64_t seconds);

#endif
