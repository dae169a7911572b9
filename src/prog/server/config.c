/* prog/server/config.c: see config.h. */
#include "prog/server/config.h"

#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "entitle/endpoint.h"
#include "entitle/recipient.h"

void
config_init(struct config *c)
{
	*c = (struct config){ .listen_port = 0 };
	text_copy(c->listen_host, sizeof c->listen_host, "127.0.0.1");
}

static enum err
set_listen(struct config *c, const char *value, struct fault *why)
{
	const char *colon = strrchr(value, ':');
	uint64_t port;

	if (colon == NULL || colon == value ||
	    text_to_u64(bytes_of_text(colon + 1), 65535, &port) != ERR_NONE ||
	    text_from_bytes(c->listen_host, sizeof c->listen_host,
		bytes_of(value, (size_t)(colon - value))) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "listen takes ADDRESS:PORT, such as 127.0.0.1:8080, not \"%.100s\"", value);
	c->listen_port = (int)port;
	return ERR_NONE;
}

static enum err
set_base_url(struct config *c, const char *value, struct fault *why)
{
	size_t n = strlen(value);

	if ((strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0) ||
	    value[n - 1] != '/')
		return fault_set(why, ERR_MALFORMED,
		    "base-url takes an address that begins with https:// and ends with /, not \"%.100s\"",
		    value);
	return text_copy(c->base_url, sizeof c->base_url, value);
}

static enum err
set_web(struct config *c, const char *value, struct fault *why)
{
	uint64_t n;

	/* The signer serves 64 connections. */
	if (text_to_u64(bytes_of_text(value), 60, &n) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "web takes a number from 0 to 60, not \"%.100s\"",
		    value);
	c->web_processes = (int)n;
	return ERR_NONE;
}

static enum err
set_payment(struct config *c, const char *value, struct fault *why)
{
	if (!text_equal(value, "none") && !text_equal(value, "local") && !text_equal(value, "stripe"))
		return fault_set(why, ERR_MALFORMED,
		    "payment takes none, local or stripe, not \"%.100s\"", value);
	return text_copy(c->payment, sizeof c->payment, value);
}

static enum err
set_stripe_api(struct config *c, const char *value, struct fault *why)
{
	size_t n = strlen(value);

	if ((strncmp(value, "https://", 8) != 0 && strncmp(value, "http://127.0.0.1:", 17) != 0) ||
	    value[n - 1] == '/')
		return fault_set(why, ERR_MALFORMED,
		    "stripe-api takes an address that begins with https:// and has no / at its end, not"
		    " \"%.100s\"", value);
	return text_copy(c->stripe_api, sizeof c->stripe_api, value);
}

static enum err
set_callbacks(struct config *c, const char *value, struct fault *why)
{
	enum reach reach;

	if (!reach_from_name(value, &reach))
		return fault_set(why, ERR_MALFORMED,
		    "callbacks takes public, private or development, not \"%.100s\"", value);
	return text_copy(c->callbacks, sizeof c->callbacks, value);
}

static enum err
set_smtp_url(struct config *c, const char *value, struct fault *why)
{
	if ((strncmp(value, "smtps://", 8) != 0 && strncmp(value, "smtp://", 7) != 0) ||
	    strchr(value, '@') != NULL)
		return fault_set(why, ERR_MALFORMED,
		    "smtp-url takes an address such as smtps://mail.example, without a user in it, not"
		    " \"%.100s\"", strchr(value, '@') != NULL ? "(not shown)" : value);
	return text_copy(c->smtp_url, sizeof c->smtp_url, value);
}

static enum err
set_mail_from(struct config *c, const char *value, struct fault *why)
{
	if (!mail_address_is_valid(value))
		return fault_set(why, ERR_MALFORMED,
		    "mail-from takes an address such as protect@provider.example, not \"%.100s\"", value);
	return text_copy(c->mail_from, sizeof c->mail_from, value);
}

static enum err
set_community_url(struct config *c, const char *value, struct fault *why)
{
	size_t n = strlen(value);

	if ((strncmp(value, "https://", 8) != 0 && strncmp(value, "http://127.0.0.1:", 17) != 0) ||
	    value[n - 1] != '/' || strpbrk(value, "?#@ \"") != NULL)
		return fault_set(why, ERR_MALFORMED,
		    "community-url takes the address of a Discourse site, which begins with https:// and ends with /,"
		    " not \"%.100s\"", value);
	return text_copy(c->community_url, sizeof c->community_url, value);
}

static enum err
set_support_mail(struct config *c, const char *value, struct fault *why)
{
	if (!mail_address_is_valid(value))
		return fault_set(why, ERR_MALFORMED,
		    "support-mail takes an address such as help@vendor.example, not \"%.100s\"", value);
	return text_copy(c->support_mail, sizeof c->support_mail, value);
}

static enum err
set_rate(struct config *c, const char *value, struct fault *why)
{
	uint64_t n;

	if (text_to_u64(bytes_of_text(value), 1000000, &n) != ERR_NONE ||
	    text_copy(c->rate, sizeof c->rate, value) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "rate takes a number from 0 to 1000000, not \"%.100s\"",
		    value);
	return ERR_NONE;
}

/* An option is a text that is kept as it is, or has a function that reads it. */
#define TEXT(name, field) { name, NULL, offsetof(struct config, field), sizeof ((struct config *)0)->field }

static const struct config_option {
	const char *name;
	enum err (*set)(struct config *c, const char *value, struct fault *why);
	size_t offset, size;
} known_options[] = {
	{ "listen", set_listen, 0, 0 },
	{ "base-url", set_base_url, 0, 0 },
	{ "web", set_web, 0, 0 },
	{ "rate", set_rate, 0, 0 },
	{ "payment", set_payment, 0, 0 },
	{ "stripe-api", set_stripe_api, 0, 0 },
	{ "callbacks", set_callbacks, 0, 0 },
	{ "smtp-url", set_smtp_url, 0, 0 },
	{ "mail-from", set_mail_from, 0, 0 },
	{ "community-url", set_community_url, 0, 0 },
	{ "support-mail", set_support_mail, 0, 0 },
	TEXT("articles", articles),
	TEXT("smtp-user", smtp_user),
	TEXT("smtp-password-file", smtp_password_file),
	TEXT("updates", updates),
	TEXT("epochs", epochs),
	TEXT("proxy", proxy),
	TEXT("stripe-key-file", stripe_key_file),
	TEXT("stripe-webhook-secret-file", stripe_webhook_secret_file),
};

enum err
config_set(struct config *c, const char *name, const char *value, struct fault *why)
{
	enum err e;

	for (size_t i = 0; i < sizeof known_options / sizeof known_options[0]; i++) {
		const struct config_option *o = &known_options[i];

		if (!text_equal(name, o->name))
			continue;
		e = o->set != NULL ? o->set(c, value, why)
				   : text_copy((char *)c + o->offset, o->size, value);
		if (e == ERR_LIMIT)
			fault_set(why, e, "the value of %s is too long", name);
		return e;
	}
	return fault_set(why, ERR_NOT_FOUND, "there is no option \"%.100s\"", name);
}

const char *
config_payment(const struct config *c)
{
	if (c->payment[0] != '\0')
		return c->payment;
	return strncmp(c->base_url, "https://", 8) == 0 ? "none" : "local";
}

const char *
config_callbacks(const struct config *c)
{
	if (c->callbacks[0] != '\0')
		return c->callbacks;
	return reach_name(strncmp(c->base_url, "https://", 8) == 0 ? REACH_PUBLIC : REACH_DEVELOPMENT);
}

enum err
config_check(const struct config *c, struct fault *why)
{
	if (text_equal(c->payment, "stripe") &&
	    (c->stripe_key_file[0] == '\0' || c->stripe_webhook_secret_file[0] == '\0'))
		return fault_set(why, ERR_MALFORMED,
		    "payment = stripe needs stripe-key-file and stripe-webhook-secret-file");
	if ((c->smtp_url[0] == '\0') != (c->mail_from[0] == '\0'))
		return fault_set(why, ERR_MALFORMED, "smtp-url and mail-from need each other");
	if (c->support_mail[0] != '\0' && c->smtp_url[0] == '\0')
		return fault_set(why, ERR_MALFORMED, "support-mail needs smtp-url");
	if ((c->smtp_user[0] == '\0') != (c->smtp_password_file[0] == '\0'))
		return fault_set(why, ERR_MALFORMED, "smtp-user and smtp-password-file need each other");
	return ERR_NONE;
}

struct reading {
	struct config *config;
	struct fault *why;
	bool failed;
};

static int
take_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct reading *r = ctx;

	if (r->failed)
		return 1;
	if (!text_equal(section, "server"))
		fault_set(r->why, ERR_NOT_FOUND, "there is no section [%.100s]; use [server]", section);
	else if (config_set(r->config, name, value, r->why) == ERR_NONE)
		return 1;
	r->failed = true;
	return 0;
}

enum err
config_read_file(struct config *c, const char *path, struct fault *why)
{
	struct reading r = { c, why, false };
	int line = ini_parse(path, take_line, &r);

	if (line == 0)
		return ERR_NONE;
	if (line < 0)
		return fault_errno(why, "cannot read %s", path);
	if (!r.failed)
		fault_set(why, ERR_MALFORMED, "not a [section], a comment or \"name = value\"");
	fault_within(why, "%s, line %d", path, line);
	return ERR_MALFORMED;
}
