/* prog/web/support_pages.h: what the pages of the support site share. */
#ifndef HOLDFAST_PROG_WEB_SUPPORT_PAGES_H
#define HOLDFAST_PROG_WEB_SUPPORT_PAGES_H

#include "prog/web/page.h"
#include "support/library.h"

/* Begin a page with what every one of the site shows: the forms of its searches, filled with ${words}. */
void support_page_open(struct page *p, struct call *c, const char *title, const char *words);

/* The article that the path names; NULL, and that is answered, when there is none. */
const struct article *support_find_article(struct call *c);

/* Whether it helped, and a comment: support_feedback.c. */
void support_vote_take(struct call *c);
void support_comment_show(struct call *c);
void support_comment_take(struct call *c);
void support_thanks_show(struct call *c);

/* For search engines and for those who follow changes: support_feeds.c. */
void support_sitemap_send(struct call *c);
void support_changes_send(struct call *c);

#endif
