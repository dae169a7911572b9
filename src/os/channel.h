/* os/channel.h: messages between our own processes on one machine, with descriptors.
 * A channel is a SOCK_SEQPACKET UNIX socket: one send is one message, whole or not at all, and
 * the kernel says who is at the other end. What a message means is its owner's business:
 * it is written with base/buf and read with base/reader, to its end. */
#ifndef HOLDFAST_OS_CHANNEL_H
#define HOLDFAST_OS_CHANNEL_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

/* The largest message. Fits the default socket buffer several times over; what is larger (a file,
 * a database) goes as a descriptor. */
#define CHANNEL_MESSAGE_MAX 65536

/* As many descriptors as one message may carry: a batch of files to be scanned. */
#define CHANNEL_FDS_MAX 16

/* One message as received. The reader of it owns the descriptors: channel_close_fds. */
struct channel_message {
	struct bytes body;	/* lies in the buffer given to channel_receive */
	int fds[CHANNEL_FDS_MAX];
	size_t fd_count;
};

/* Two connected ends, both close-on-exec. */
enum err channel_pair(int ends[2]);

/* Listen at ${path}, replacing a dead socket there; mode as given. Caller closes *out.
 * ERR_LIMIT: the path is longer than a UNIX socket's may be (107 bytes). */
enum err channel_listen(const char *path, mode_t mode, int *out, struct fault *why);

/* Connect to ${path}. ERR_NOT_FOUND or ERR_CLOSED: nobody listens there. */
enum err channel_connect(const char *path, int *out, struct fault *why);

/* Take the next connection. ERR_TIMEOUT when none waits on a non-blocking socket. */
enum err channel_accept(int listener, int *out);

/* Who is at the other end, as the kernel vouches. */
enum err channel_peer(int fd, uid_t *uid, pid_t *pid);

/* Send one message with ${fd_count} descriptors, which stay the caller's. Never raises SIGPIPE.
 * ERR_TIMEOUT: a non-blocking socket's peer does not read; ERR_CLOSED: it has gone. */
enum err channel_send(int fd, struct bytes body, const int *fds, size_t fd_count);

/* Receive one message into ${room} of CHANNEL_MESSAGE_MAX bytes. ERR_CLOSED: the peer has gone.
 * ERR_TIMEOUT: none waits (non-blocking). ERR_LIMIT: it was too large or had too many descriptors,
 * and is dropped with them. */
enum err channel_receive(int fd, uint8_t *room, struct channel_message *out);

/* As channel_receive, waiting at most ${timeout_ms} (-1: for ever). ERR_TIMEOUT. */
enum err channel_receive_within(int fd, int timeout_ms, uint8_t *room,
    struct channel_message *out);

/* Close the descriptors that came with it. Safe to call twice. */
void channel_close_fds(struct channel_message *m);

/* Take the ${i}th descriptor out of the message: the caller closes it. -1 when there is none. */
int channel_take_fd(struct channel_message *m, size_t i);

#endif
