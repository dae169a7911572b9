/* agent/talk.h: a connection to the daemon, with one request after another, for the programs of its users. */
#ifndef HOLDFAST_AGENT_TALK_H
#define HOLDFAST_AGENT_TALK_H

#include "agent/reply.h"
#include "agent/request.h"
#include "os/channel.h"

struct talk {
	int fd;
	uint8_t room[CHANNEL_MESSAGE_MAX];
};

/* Connect to the daemon whose state directory is ${state}; the fault's sentence says what to do. */
enum err talk_open(const char *state, struct talk *out, struct fault *why);
void talk_close(struct talk *t);

/* Send with at most one descriptor (-1: none), which stays the caller's. */
enum err talk_send(struct talk *t, const struct request *request, int fd, struct fault *why);

/* Receive the next reply, waiting at most ${timeout_ms} (-1: for ever; 0: take what is there). The
 * caller calls reply_fini. ERR_TIMEOUT: none came, or a signal did. */
enum err talk_receive(struct talk *t, int timeout_ms, struct reply *out, struct fault *why);

/* Send, and wait for the answer. */
enum err talk_ask(struct talk *t, const struct request *request, int fd, struct reply *out,
    struct fault *why);

/* Connect, ask one thing, part. */
enum err talk_once(const char *state, const struct request *request, struct reply *out,
    struct fault *why);

/* True when the daemon is at the other end still. */
bool talk_is_alive(const struct talk *t);

#endif
