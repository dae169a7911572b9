/* daemon/clients.h: programs connected to the socket: who they are, what they wait for, what they have
 * not read yet. Owns the connections; what a request leads to is in requests.h. */
#ifndef HOLDFAST_DAEMON_CLIENTS_H
#define HOLDFAST_DAEMON_CLIENTS_H

#include <event2/event.h>

#include "agent/reply.h"
#include "agent/request.h"

struct daemon;
struct scan;
struct clients;
struct unsealing;

/* What a program may send next is a question of where it stands. */
enum client_phase {
	CLIENT_IDLE = 0,
	CLIENT_WAITS,		/* for an answer: it may send nothing */
	CLIENT_SCANS,
	CLIENT_WATCHES,
	CLIENT_ENDED,		/* told that it is over: what it still sends is thrown away */
	CLIENT_PHASES
};

struct client {
	struct clients *all;
	struct daemon *daemon;
	int fd;
	uint32_t uid;
	bool owner;		/* root, or the user whom the daemon runs as */
	enum client_phase phase;
	struct scan *scan;	/* while it scans */
	struct unsealing *unsealing;	/* while that runs; see requests.c */
	bool doomed;		/* to be freed when nobody is at work on it */
	struct event *readable, *writable;
	struct buf *backlog;	/* replies that it did not take yet */
	size_t backlog_count;
	struct client *next;
};

/* Listen at ${path}. ERR_LIMIT: the path is too long. ERR_NOMEM, ERR_IO and the like. */
enum err clients_new(struct daemon *daemon, const char *path, struct clients **out,
    struct fault *why);
void clients_free(struct clients *all);

/* Take no more connections. */
void clients_close_door(struct clients *all);

/* Send a reply; a program that does not read them loses its connection. Never frees ${c}. */
void client_reply(struct client *c, const struct reply *reply);

/* End the connection, soon. */
void client_drop(struct client *c);

/* Send everybody who watches what they watch. */
void clients_tell_watchers(struct clients *all);

/* End every scan with this reply. */
void clients_end_scans(struct clients *all, const struct reply *reply);

#endif
