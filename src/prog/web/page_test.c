/* Goal of this test: whoever asks for a page gets words, also when there can be no page. */
#include <stdio.h>
#include <stdlib.h>

#include "base/test.h"
#include "prog/web/answer.h"
#include "prog/web/page.h"
#include "prog/web/site.h"

/* What was answered, in place of a server. */
static struct {
	int status;
	int64_t retry_s;
	char type[64];
	char *body;
} answered;

void
http_answer(struct http_request *r, int status, const char *content_type, struct bytes body)
{
	(void)r;
	free(answered.body);
	answered.status = status;
	snprintf(answered.type, sizeof answered.type, "%s", content_type == NULL ? "" : content_type);
	answered.body = strndup((const char *)body.p, body.n);
}

void
http_answer_header(struct http_request *r, const char *name, const char *value)
{
	(void)r, (void)name, (void)value;
}

const char *
http_answer_find_header(const struct http_request *r, const char *name)
{
	(void)r, (void)name;
	return NULL;
}

void
answer_retry_after(struct http_request *r, int64_t seconds)
{
	(void)r;
	answered.retry_s = seconds;
}

int
answer_log_failure(struct http_request *r, enum err e, const char *doing)
{
	(void)r, (void)e, (void)doing;
	return 503;
}

static void
answer_message_of(size_t length)
{
	struct call c = { .parameter = "" };
	char *text = malloc(length + 1);
	struct web web = { .signer = -1 };
	struct site *site = NULL;
	struct fault why;

	CHECK(text != NULL);
	CHECK_EQ(site_open(WEB_FOLDER, &site, &why), ERR_NONE);
	memset(text, 'x', length);
	text[length] = '\0';
	web.site = site;
	c.web = &web;
	page_answer_message(&c, &(struct message){ 200, "A title", text, NULL, NULL });
	site_free(site);
	free(text);
}

TEST(a_page_is_answered_as_one)
{
	answer_message_of(100);
	CHECK_EQ(answered.status, 200);
	CHECK_TEXT(answered.type, "text/html; charset=utf-8");
	CHECK(strstr(answered.body, "<title>A title") != NULL);
	free(answered.body);
	answered.body = NULL;
}

TEST(a_page_that_has_become_too_long_says_what_to_do)
{
	answer_message_of(PAGE_MAX);
	CHECK_EQ(answered.status, 503);
	CHECK_TEXT(answered.type, "text/plain; charset=utf-8");
	CHECK(strstr(answered.body, "may have been done: look before you send it again") != NULL);
	CHECK_EQ(answered.retry_s, 60);
	free(answered.body);
	answered.body = NULL;
}
