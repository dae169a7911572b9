/* net/http_client_internal.h: what http_client.c and smtp.c share, and nobody else: one question under way. */
#ifndef HOLDFAST_NET_HTTP_CLIENT_INTERNAL_H
#define HOLDFAST_NET_HTTP_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "net/http_client.h"

struct ask {
	CURL *easy;
	struct curl_slist *headers, *recipients;
	struct http_answer answer;
	uint64_t max_answer, received;
	int sink;
	bool placed;		/* the sink is where the body goes on */
	bool dropped;		/* the body is not for the sink */
	uint64_t resume_from, range_from;	/* asked for, and what the answer says that it begins with */
	http_begin_fn *begins;
	void *begins_ctx;
	enum address_reach reach;
	struct buf upload;	/* a mail's content, */
	size_t uploaded;	/* and how much of it has gone */
	enum err error;		/* why we stopped the transfer ourselves */
	char trouble[CURL_ERROR_SIZE];
	char host[128];
	http_done_fn *done;
	void *ctx;
	struct ask *next;
};

struct http_client {
	CURLM *multi;
	struct ask *asks;
};

void ask_global_init(void);
void ask_free(struct ask *a);
/* For sentences: the host of ${url}, without what may be secret in it. */
void ask_note_host(struct ask *a, const char *url);
/* Start it; it is the client's from here on, also when that fails. ERR_NOMEM. */
enum err ask_start(struct http_client *c, struct ask *a, http_done_fn *done, void *ctx);

#endif
