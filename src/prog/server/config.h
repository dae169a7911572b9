/* prog/server/config.h: how the server is to run: options, and an INI file below them. */
#ifndef HOLDFAST_PROG_SERVER_CONFIG_H
#define HOLDFAST_PROG_SERVER_CONFIG_H

#include "base/err.h"
#include "entitle/store_delivery.h"

#define CONFIG_PATH_SIZE 4000

struct config {
	char state[CONFIG_PATH_SIZE];
	char listen_host[URL_SIZE]; /* an IPv4 address or name; 127.0.0.1 */
	int listen_port;	/* 0: the one of the last run, or any that is free */
	char base_url[URL_SIZE]; /* empty: from the listening address */
	char updates[CONFIG_PATH_SIZE]; /* a directory to publish; empty: none */
	char epochs[CONFIG_PATH_SIZE]; /* the publisher's epoch keys; empty: none */
	char proxy[URL_SIZE];	/* address of the proxy in front; empty: none */
	char rate[8];		/* requests a second of one credential; empty: the web process's own default */
	int web_processes;	/* 0: one for each core */
	char payment[8];	/* "none", "local" or "stripe"; empty: as config_payment says */
	char stripe_key_file[CONFIG_PATH_SIZE]; /* the API key, for the courier alone */
	char stripe_webhook_secret_file[CONFIG_PATH_SIZE]; /* for web, which verifies its notices */
	char stripe_api[URL_SIZE]; /* empty: Stripe's own */
	char callbacks[16];	/* "public", "private", "development"; empty: as config_callbacks says */
	char smtp_url[URL_SIZE]; /* empty: no mail goes out */
	char smtp_user[URL_SIZE]; /* empty: without */
	char smtp_password_file[CONFIG_PATH_SIZE]; /* for the courier alone */
	char mail_from[MAIL_ADDRESS_SIZE]; /* the address that mail comes from */
	char articles[CONFIG_PATH_SIZE]; /* the folder of the help articles; empty: those that came with the program */
	char community_url[URL_SIZE]; /* a Discourse site, with a '/' at the end; empty: none */
	char support_mail[MAIL_ADDRESS_SIZE]; /* where persons' requests go that no provider takes; empty: nowhere */
};

/* The defaults. */
void config_init(struct config *c);

/* Set the option ${name} ("listen", "base-url", …: the table in config.c) to ${value}. ERR_NOT_FOUND: no such option; ERR_MALFORMED: not such a value; both with a sentence. */
enum err config_set(struct config *c, const char *name, const char *value, struct fault *why);

/* Who takes the money: what was set, else "local" while the server is tried out over plain HTTP, and "none"
 * when its base URL is https, so that nobody gives protection away without having said so. */
const char *config_payment(const struct config *c);

/* Whom callbacks may reach (entitle/endpoint.h): what was set, else "development" while the server is tried out over
 * plain HTTP, and "public" when its base URL is https. */
const char *config_callbacks(const struct config *c);

/* Whether the options fit together; the sentence says what is missing. ERR_MALFORMED. */
enum err config_check(const struct config *c, struct fault *why);

/* Read "name = value" lines below [server] from an INI file. The error names file and line. */
enum err config_read_file(struct config *c, const char *path, struct fault *why);

#endif
