/* Fuzzer: what a community's site answers, and the messages about it. */
#include <stdlib.h>

#include "base/text.h"
#include "support/community.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct community_topics *t)
{
	struct buf url;

	for (size_t i = 0; i < t->count; i++) {
		buf_init(&url, 1000);
		community_write_topic_url("https://x/", &t->list[i], &url);
		if (url.err != ERR_NONE || t->list[i].id <= 0 || !text_is_plain(t->list[i].title) ||
		    !text_is_plain(t->list[i].excerpt))
			abort();
		buf_fini(&url);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char words[COMMUNITY_WORDS_SIZE];
	struct community_topics t;

	if (community_read_search(bytes_of(data, size), &t) == ERR_NONE)
		check(&t);
	community_read_request(bytes_of(data, size), words);
	community_read_answer(bytes_of(data, size), &t);
	return 0;
}
