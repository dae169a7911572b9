/* prog/web/support_community.h: "Search the community": have the courier ask the community's site, and show what it
 * finds as text and links of our own making. Not offered where no site is configured. */
#ifndef HOLDFAST_PROG_WEB_SUPPORT_COMMUNITY_H
#define HOLDFAST_PROG_WEB_SUPPORT_COMMUNITY_H

#include "prog/web/page.h"

/* What a person waits for at most. The courier gives the site less. */
#define COMMUNITY_TIMEOUT_MS 5000

/* The name of the community's site, as "community", for a page of the support site. */
void support_community_put(struct page *p);

/* ?q=WORDS: the page, now or later; without words the form alone. */
void support_community_show(struct call *c);

#endif
