/* prog/courier/deliveries.h: brings what the clerk hands over to its receivers: a POST to a callback, a mail to the
 * mail server. Knows nothing of what it says, and decides nothing: each attempt's result goes back. */
#ifndef HOLDFAST_PROG_COURIER_DELIVERIES_H
#define HOLDFAST_PROG_COURIER_DELIVERIES_H

#include "net/http_client.h"

#define SMTP_PASSWORD_SIZE 256

struct deliveries {
	enum address_reach reach; /* whom callbacks may reach; ADDRESS_ANYWHERE is never given here */
	const char *smtp_url;	/* NULL: no mail goes out */
	const char *smtp_user;	/* NULL: without */
	const char *mail_from;	/* the address alone */
	char smtp_password[SMTP_PASSWORD_SIZE];
};

/* Read the first line of ${file}: the mail server's password. Errors of file_read; ERR_LIMIT. */
enum err deliveries_read_password(struct deliveries *d, const char *file, struct fault *why);

/* Take a DELIVERY_POST or DELIVERY_SEND_MAIL message; ${asker} is answered on and closed, later. On an error it is
 * the caller's still: ERR_MALFORMED: no such message. ERR_NOMEM. */
enum err deliveries_start(const struct deliveries *d, struct http_client *client, struct bytes message,
    int asker);

#endif
