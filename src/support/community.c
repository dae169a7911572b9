/* support/community.c: see community.h. */
#include "support/community.h"

#include <inttypes.h>
#include <jansson.h>

#include "base/reader.h"
#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"

/* Of each list in the answer; Discourse gives 50. */
enum { LOOKED_AT_MAX = 100 };

/* Discourse escapes an excerpt for HTML; here it is text, and is escaped again where it is shown. */
static const struct {
	const char *escaped;
	char letter;
} escapes[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&#39;", '\'' } };

static size_t
take_escape(const char *at, struct buf *out)
{
	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		size_t n = strlen(escapes[i].escaped);

		if (strncmp(at, escapes[i].escaped, n) != 0)
			continue;
		buf_put(out, bytes_of(&escapes[i].letter, 1));
		return n;
	}
	buf_put(out, bytes_of(at, 1));
	return 1;
}

/* Plain text of one line: line ends and tabs are blanks. */
static enum err
take_text(const json_t *value, char *out, size_t size)
{
	const char *text = json_string_value(value);
	struct buf b;
	enum err e;

	/* Whatever the size of the answer, more than this is not looked at. */
	buf_init(&b, 8 * size);
	for (const char *at = text == NULL ? "" : text; *at != '\0' && b.n < 4 * size;) {
		if (*at == '\n' || *at == '\r' || *at == '\t') {
			buf_put_string(&b, " ");
			at++;
		} else {
			at += take_escape(at, &b);
		}
	}
	if ((e = b.err) == ERR_NONE)
		text_make_plain(out, size, buf_bytes(&b));
	buf_fini(&b);
	return e;
}

/* A slug of other letters is left out: the number alone leads to the topic. */
static void
take_slug(const json_t *value, char out[static COMMUNITY_SLUG_SIZE])
{
	const char *slug = json_string_value(value);

	if (slug == NULL || slug[strspn(slug, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0' ||
	    text_copy(out, COMMUNITY_SLUG_SIZE, slug) != ERR_NONE)
		out[0] = '\0';
}

static const json_t *
find_topic(const json_t *topics, int64_t id)
{
	for (size_t i = 0; i < json_array_size(topics) && i < LOOKED_AT_MAX; i++) {
		const json_t *topic = json_array_get(topics, i);

		if (json_is_integer(json_object_get(topic, "id")) &&
		    json_integer_value(json_object_get(topic, "id")) == id)
			return topic;
	}
	return NULL;
}

static bool
has_topic(const struct community_topics *t, int64_t id)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->list[i].id == id)
			return true;
	return false;
}

/* The topic that a post which was found belongs to; nothing when it has none, or is there already. */
static enum err
add_post(const json_t *post, const json_t *topics, struct community_topics *out)
{
	struct community_topic *t = &out->list[out->count];
	const json_t *topic;
	enum err e;

	t->id = json_integer_value(json_object_get(post, "topic_id"));
	if (t->id <= 0 || has_topic(out, t->id) || (topic = find_topic(topics, t->id)) == NULL)
		return ERR_NONE;
	if ((e = take_text(json_object_get(topic, "title"), t->title, sizeof t->title)) != ERR_NONE ||
	    (e = take_text(json_object_get(post, "blurb"), t->excerpt, sizeof t->excerpt)) != ERR_NONE)
		return e;
	take_slug(json_object_get(topic, "slug"), t->slug);
	if (t->title[0] != '\0')
		out->count++;
	return ERR_NONE;
}

enum err
community_read_search(struct bytes json, struct community_topics *out)
{
	struct community_topics found = { .count = 0 };
	const json_t *posts, *topics;
	json_t *answer = NULL;
	enum err e;

	if ((e = json_parse(json, &answer, NULL)) != ERR_NONE)
		return e;
	posts = json_object_get(answer, "posts");
	topics = json_object_get(answer, "topics");
	/* A search that finds nothing has no topics. */
	if (!json_is_object(answer) || (posts != NULL && !json_is_array(posts)) ||
	    (posts == NULL && json_object_get(answer, "grouped_search_result") == NULL))
		e = ERR_MALFORMED;
	for (size_t i = 0; e == ERR_NONE && i < json_array_size(posts) && i < LOOKED_AT_MAX &&
	     found.count < COMMUNITY_TOPICS_MAX;
	     i++)
		e = add_post(json_array_get(posts, i), topics, &found);
	json_decref(answer);
	if (e == ERR_NONE)
		*out = found;
	return e;
}

void
community_write_search_url(const char *site, const char *words, struct buf *out)
{
	buf_printf(out, "%ssearch.json?q=", site);
	encode_url(words, out);
}

void
community_write_topic_url(const char *site, const struct community_topic *t, struct buf *out)
{
	buf_printf(out, "%st/%s%s%" PRId64, site, t->slug, t->slug[0] == '\0' ? "" : "/", t->id);
}

void
community_write_request(const char *words, struct buf *out)
{
	buf_u8(out, COMMUNITY_ASK);
	buf_put_text(out, words);
}

enum err
community_read_request(struct bytes message, char words[static COMMUNITY_WORDS_SIZE])
{
	struct reader r = reader_over(message);
	uint8_t kind = reader_u8(&r);
	char text[COMMUNITY_WORDS_SIZE];

	reader_text(&r, text, sizeof text);
	if (kind != COMMUNITY_ASK || !reader_is_done(&r))
		return ERR_MALFORMED;
	memcpy(words, text, sizeof text);
	return ERR_NONE;
}

/* Behind the kind: 1 and the topics, or 0. */
void
community_write_answer(const struct community_topics *topics, struct buf *out)
{
	buf_u8(out, COMMUNITY_ANSWER);
	buf_u8(out, topics != NULL);
	if (topics == NULL)
		return;
	buf_u8(out, (uint8_t)topics->count);
	for (size_t i = 0; i < topics->count; i++) {
		const struct community_topic *t = &topics->list[i];

		buf_i64le(out, t->id);
		buf_put_text(out, t->slug);
		buf_put_text(out, t->title);
		buf_put_text(out, t->excerpt);
	}
}

enum err
community_read_answer(struct bytes message, struct community_topics *out)
{
	struct community_topics topics = { .count = 0 };
	struct reader r = reader_over(message);
	uint8_t kind = reader_u8(&r), asked = reader_u8(&r);
	size_t count;

	if (kind == COMMUNITY_ANSWER && asked == 0 && reader_is_done(&r))
		return ERR_CLOSED;
	count = reader_u8(&r);
	if (kind != COMMUNITY_ANSWER || asked != 1 || count > COMMUNITY_TOPICS_MAX)
		return ERR_MALFORMED;
	for (; topics.count < count && !r.bad; topics.count++) {
		struct community_topic *t = &topics.list[topics.count];

		t->id = reader_i64le(&r);
		reader_text(&r, t->slug, sizeof t->slug);
		reader_text(&r, t->title, sizeof t->title);
		reader_text(&r, t->excerpt, sizeof t->excerpt);
	}
	if (!reader_is_done(&r))
		return ERR_MALFORMED;
	*out = topics;
	return ERR_NONE;
}
