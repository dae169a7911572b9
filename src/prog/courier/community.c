/* prog/courier/community.c: see community.h. */
#include "prog/courier/community.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "os/channel.h"
#include "support/community.h"

enum {
	ASK_TIMEOUT_MS = 4000,	/* below what the person waits for */
	ANSWER_MAX = 512 * 1024, /* fifty posts with all that Discourse says of each have about 100 KB */
	URL_MAX = 1024		/* a site's address, and words of which each letter is %HH */
};

/* ${ctx} holds the connection to the web process that asked. */
static void
site_spoke(void *ctx, enum err e, const struct http_answer *got, const struct fault *how)
{
	static struct community_topics topics;
	int *asker = ctx;
	struct buf b;

	if (e != ERR_NONE)
		log_warn("the community's site: %s", how->text);
	else if (got->status != 200)
		log_warn("the community's site answered %d", got->status);
	else if ((e = community_read_search(buf_bytes(&got->body), &topics)) != ERR_NONE)
		log_warn("the community's site: its answer is not understood: %s", err_name(e));
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	community_write_answer(e == ERR_NONE && got->status == 200 ? &topics : NULL, &b);
	/* A web process that stopped waiting is no trouble of ours. */
	if (b.err == ERR_NONE)
		channel_send(*asker, buf_bytes(&b), NULL, 0);
	buf_fini(&b);
	close(*asker);
	free(asker);
}

static enum err
ask(struct http_client *client, const char *site, const char *words, int *asker)
{
	static const char *const headers[] = { "Accept: application/json", NULL };
	struct http_call call = { .method = "GET", .headers = headers, .timeout_ms = ASK_TIMEOUT_MS,
		.max_answer = ANSWER_MAX, .sink = -1 };
	struct buf url;
	char *text;
	enum err e;

	buf_init(&url, URL_MAX);
	community_write_search_url(site, words, &url);
	e = url.err;
	text = buf_take_string(&url);
	if (e == ERR_NONE && text == NULL)
		e = ERR_NOMEM;
	call.url = text;
	if (e == ERR_NONE)
		e = http_client_start(client, &call, site_spoke, asker);
	free(text);
	buf_fini(&url);
	return e;
}

enum err
community_start(const char *site, struct http_client *client, struct bytes message, int asker)
{
	char words[COMMUNITY_WORDS_SIZE];
	int *ctx;
	enum err e;

	if ((e = community_read_request(message, words)) != ERR_NONE)
		return e;
	if (site == NULL)
		return ERR_UNSUPPORTED;
	if ((ctx = malloc(sizeof *ctx)) == NULL)
		return ERR_NOMEM;
	*ctx = asker;
	if ((e = ask(client, site, words, ctx)) != ERR_NONE)
		free(ctx);
	return e;
}
