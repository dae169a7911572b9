/* support/community.h: what a community's own search finds: a Discourse site's search.json read, and the messages in
 * which a web process asks the courier for it. The site is a stranger: whatever it says ends as short plain text, and
 * as numbers from which we make the addresses ourselves. Pure. */
#ifndef HOLDFAST_SUPPORT_COMMUNITY_H
#define HOLDFAST_SUPPORT_COMMUNITY_H

#include "base/buf.h"
#include "base/err.h"

#define COMMUNITY_TOPICS_MAX 10	  /* what a person reads through */
#define COMMUNITY_WORDS_SIZE 201  /* what a person types */
#define COMMUNITY_TITLE_SIZE 201  /* Discourse's titles have at most 255 letters; the middle of longer ones goes */
#define COMMUNITY_EXCERPT_SIZE 401 /* Discourse gives 200 letters */
#define COMMUNITY_SLUG_SIZE 121

struct community_topic {
	int64_t id;
	char slug[COMMUNITY_SLUG_SIZE]; /* of its address: small letters, digits and dashes; may be empty */
	char title[COMMUNITY_TITLE_SIZE];
	char excerpt[COMMUNITY_EXCERPT_SIZE]; /* may be empty */
};

struct community_topics {
	struct community_topic list[COMMUNITY_TOPICS_MAX]; /* the best first */
	size_t count;
};

/* Read a search.json. What in it is no topic is passed over. ERR_MALFORMED: it is no answer of such a search;
 * ERR_LIMIT, ERR_NOMEM; ${out} is then unchanged. */
enum err community_read_search(struct bytes json, struct community_topics *out);

/* Append where ${words} are asked for, and where a topic is; ${site} ends with a '/'. */
void community_write_search_url(const char *site, const char *words, struct buf *out);
void community_write_topic_url(const char *site, const struct community_topic *t, struct buf *out);

/* A message to the courier says in its first byte what it is; those of service/ and outgoing/ have 1 to 7. */
enum { COMMUNITY_ASK = 8, COMMUNITY_ANSWER = 9 };

void community_write_request(const char *words, struct buf *out);
/* ERR_MALFORMED: not such a message, to its end. */
enum err community_read_request(struct bytes message, char words[static COMMUNITY_WORDS_SIZE]);

/* ${topics} NULL: the site could not be asked. */
void community_write_answer(const struct community_topics *topics, struct buf *out);
/* ERR_CLOSED: the site could not be asked. ERR_MALFORMED: not such a message, to its end. */
enum err community_read_answer(struct bytes message, struct community_topics *out);

#endif
