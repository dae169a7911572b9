/* os/channel.c: see channel.h. */
#include "os/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum err
channel_pair(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return err_from_errno(errno);
	return ERR_NONE;
}

static enum err
address_of(const char *path, struct sockaddr_un *out, struct fault *why)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof out->sun_path)
		return fault_set(why, ERR_LIMIT,
		    "%s: a socket's path may have %zu bytes; choose a shorter directory", path,
		    sizeof out->sun_path - 1);
	memcpy(out->sun_path, path, strlen(path));
	return ERR_NONE;
}

enum err
channel_listen(const char *path, mode_t mode, int *out, struct fault *why)
{
	struct sockaddr_un address;
	mode_t old;
	enum err e;
	int fd, bound;

	if ((e = address_of(path, &address, why)) != ERR_NONE)
		return e;
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return fault_errno(why, "cannot make a socket");
	unlink(path);
	/* The mode must hold from the first moment, not from a later chmod. */
	old = umask((mode_t)(~mode & 0777));
	bound = bind(fd, (struct sockaddr *)&address, sizeof address);
	umask(old);
	if (bound != 0 || listen(fd, SOMAXCONN) != 0) {
		e = fault_errno(why, "cannot listen at %s", path);
		close(fd);
		return e;
	}
	*out = fd;
	return ERR_NONE;
}

enum err
channel_connect(const char *path, int *out, struct fault *why)
{
	struct sockaddr_un address;
	enum err e;
	int fd;

	if ((e = address_of(path, &address, why)) != ERR_NONE)
		return e;
	if ((fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return fault_errno(why, "cannot make a socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		e = fault_errno(why, "cannot reach %s", path);
		close(fd);
		return e;
	}
	*out = fd;
	return ERR_NONE;
}

enum err
channel_accept(int listener, int *out)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return err_from_errno(errno);
	*out = fd;
	return ERR_NONE;
}

enum err
channel_peer(int fd, uid_t *uid, pid_t *pid)
{
	struct ucred who;
	socklen_t n = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return err_from_errno(errno);
	*uid = who.uid;
	*pid = who.pid;
	return ERR_NONE;
}

enum err
channel_send(int fd, struct bytes body, const int *fds, size_t fd_count)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control = { 0 };
	struct iovec part = { (void *)(uintptr_t)body.p, body.n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t n;

	if (body.n > CHANNEL_MESSAGE_MAX || fd_count > CHANNEL_FDS_MAX)
		return ERR_LIMIT;
	if (fd_count > 0) {
		struct cmsghdr *c;

		m.msg_control = control.room;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
	}
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? err_from_errno(errno) : ERR_NONE;
}

static void
gather_fds(struct msghdr *m, struct channel_message *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n && out->fd_count < CHANNEL_FDS_MAX; i++)
			memcpy(&out->fds[out->fd_count++], CMSG_DATA(c) + i * sizeof(int),
			    sizeof(int));
	}
}

enum err
channel_receive(int fd, uint8_t *room, struct channel_message *out)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int) * CHANNEL_FDS_MAX)];
	} control;
	struct iovec part = { room, CHANNEL_MESSAGE_MAX };
	struct msghdr m = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof control.room };
	struct channel_message got = { .fd_count = 0 };
	ssize_t n;

	do {
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_from_errno(errno);
	gather_fds(&m, &got);
	/* None of our messages is empty, so nothing means the end. */
	if (n == 0) {
		channel_close_fds(&got);
		return ERR_CLOSED;
	}
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
		channel_close_fds(&got);
		return ERR_LIMIT;
	}
	got.body = bytes_of(room, (size_t)n);
	*out = got;
	return ERR_NONE;
}

enum err
channel_receive_within(int fd, int timeout_ms, uint8_t *room, struct channel_message *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, timeout_ms);

	if (n < 0 && errno != EINTR)
		return err_from_errno(errno);
	if (n <= 0)
		return ERR_TIMEOUT;
	return channel_receive(fd, room, out);
}

void
channel_close_fds(struct channel_message *m)
{
	for (size_t i = 0; i < m->fd_count; i++)
		if (m->fds[i] >= 0)
			close(m->fds[i]);
	m->fd_count = 0;
}

int
channel_take_fd(struct channel_message *m, size_t i)
{
	int fd;

	if (i >= m->fd_count)
		return -1;
	fd = m->fds[i];
	m->fds[i] = -1;
	return fd;
}
