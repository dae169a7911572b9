/* Goal of this test: an administrator's mistake is named with file and line, and changes nothing else. */
#include <stdio.h>

#include "base/test.h"
#include "prog/server/config.h"

static enum err
read_text(const char *text, struct config *c, struct fault *why)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof path, "%s/server.conf", test_dir());
	CHECK((f = fopen(path, "w")) != NULL);
	fputs(text, f);
	fclose(f);
	config_init(c);
	return config_read_file(c, path, why);
}

TEST(a_whole_configuration_is_read)
{
	struct config c;

	CHECK_EQ(read_text("; comment\n[server]\nlisten = 0.0.0.0:8080\nweb = 3\n"
			   "base-url = https://protect.example/\nproxy = 127.0.0.1\n",
		     &c, NULL),
	    ERR_NONE);
	CHECK_TEXT(c.listen_host, "0.0.0.0");
	CHECK_EQ(c.listen_port, 8080);
	CHECK_EQ(c.web_processes, 3);
	CHECK_TEXT(c.base_url, "https://protect.example/");
	CHECK_TEXT(c.proxy, "127.0.0.1");
}

TEST(a_mistake_is_named_with_file_and_line)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "[server]\nlisten = 8080\n", "line 2: listen takes ADDRESS:PORT" },
		{ "[server]\nlisten = a:99999\n", "line 2: listen takes ADDRESS:PORT" },
		{ "[server]\n\nbase-url = protect.example\n", "line 3: base-url takes an address" },
		{ "[server]\nbase-url = https://x\n", "line 2: base-url takes an address" },
		{ "[server]\nweb = many\n", "line 2: web takes a number" },
		{ "[server]\nrate = 1000001\n", "line 2: rate takes a number" },
		{ "[server]\nrate = 00000001\n", "line 2: rate takes a number" },
		{ "[server]\npayment = gold\n", "line 2: payment takes none, local or stripe" },
		{ "[server]\nstripe-api = http://example.com\n", "line 2: stripe-api takes an address" },
		{ "[server]\nstripe-api = https://api.example/\n", "line 2: stripe-api takes an address" },
		{ "[server]\ncallbacks = all\n", "line 2: callbacks takes public, private or development" },
		{ "[server]\nsmtp-url = mail.example\n", "line 2: smtp-url takes an address" },
		{ "[server]\nsmtp-url = smtps://me:word@mail.example\n", "(not shown)" },
		{ "[server]\nmail-from = Us <a@b.example>\n", "line 2: mail-from takes an address" },
		{ "[server]\nsupport-mail = help\n", "line 2: support-mail takes an address" },
		{ "[server]\ncommunity-url = https://c.example\n", "line 2: community-url takes the address" },
		{ "[server]\ncommunity-url = http://c.example/\n", "line 2: community-url takes the address" },
		{ "[server]\ncommunity-url = https://c.example/?q=/\n", "line 2: community-url takes the address" },
		{ "[server]\ncolour = red\n", "line 2: there is no option \"colour\"" },
		{ "[serve]\nweb = 1\n", "line 2: there is no section [serve]" },
		{ "[server]\nnonsense\n", "line 2: not a [section]" },
	};
	struct fault why;
	struct config c;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		CHECK_EQ(read_text(cases[i].text, &c, &why), ERR_MALFORMED);
		CHECK(strstr(why.text, cases[i].says) != NULL);
	}
	config_init(&c);
	CHECK_EQ(config_read_file(&c, "/nonexistent.conf", &why), ERR_NOT_FOUND);
	CHECK(strstr(why.text, "cannot read /nonexistent.conf") != NULL);
}

TEST(nobody_gives_protection_away_without_having_said_so)
{
	struct fault why;
	struct config c;

	config_init(&c);
	CHECK_TEXT(config_payment(&c), "local");
	CHECK_EQ(config_set(&c, "base-url", "https://protect.example/", &why), ERR_NONE);
	CHECK_TEXT(config_payment(&c), "none");
	CHECK_EQ(config_set(&c, "payment", "stripe", &why), ERR_NONE);
	CHECK_TEXT(config_payment(&c), "stripe");
	CHECK_EQ(config_check(&c, &why), ERR_MALFORMED);
	CHECK_EQ(config_set(&c, "stripe-key-file", "/etc/holdfast/stripe.key", &why), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_MALFORMED);
	CHECK_EQ(config_set(&c, "stripe-webhook-secret-file", "/etc/holdfast/stripe.secret", &why),
	    ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_NONE);
}

TEST(callbacks_stay_public_once_the_server_is_in_service)
{
	struct config c;

	config_init(&c);
	CHECK_TEXT(config_callbacks(&c), "development");
	CHECK_EQ(config_set(&c, "base-url", "https://protect.example/", NULL), ERR_NONE);
	CHECK_TEXT(config_callbacks(&c), "public");
	CHECK_EQ(config_set(&c, "callbacks", "private", NULL), ERR_NONE);
	CHECK_TEXT(config_callbacks(&c), "private");
}

TEST(a_mail_server_needs_a_sender_and_a_user_a_password)
{
	struct fault why;
	struct config c;

	config_init(&c);
	CHECK_EQ(config_set(&c, "support-mail", "help@b.example", NULL), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_MALFORMED);
	config_init(&c);
	CHECK_EQ(config_set(&c, "smtp-url", "smtps://mail.example", NULL), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_MALFORMED);
	CHECK_EQ(config_set(&c, "mail-from", "a@b.example", NULL), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_NONE);
	CHECK_EQ(config_set(&c, "smtp-user", "me", NULL), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_MALFORMED);
	CHECK_EQ(config_set(&c, "smtp-password-file", "/x", NULL), ERR_NONE);
	CHECK_EQ(config_check(&c, &why), ERR_NONE);
}
