/* pool/fake_worker.c: stands in for holdfast-worker in the pool's tests, and behaves as its
 * database says: one word in that file. What an object's size is decides what happens to it:
 * FAKE_DIES kills the worker, FAKE_HANGS makes it hang; all others are clean. A verdict's count
 * of bytes is the worker's process id, so that a test can tell one from the next. */
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <unistd.h>

#include "os/channel.h"
#include "pool/fake_worker.h"
#include "verdict/message.h"

enum { CHANNEL = 3, DATABASE = 4 };

static char word[32];

static bool
is(const char *what)
{
	return strcmp(word, what) == 0;
}

static void
say(struct buf *b)
{
	static uint8_t large[CHANNEL_MESSAGE_MAX + 1];
	int fd = STDERR_FILENO;

	if (is("says more"))
		buf_u8(b, 0);
	if (is("says less"))
		b->n--;
	if (is("says much"))
		send(CHANNEL, large, sizeof large, 0);
	channel_send(CHANNEL, buf_bytes(b), &fd, is("passes a descriptor") ? 1 : 0);
	if (is("says it twice"))
		channel_send(CHANNEL, buf_bytes(b), NULL, 0);
	buf_clear(b);
}

static void
say_ready(struct buf *b)
{
	struct message_ready ready = { 0, 1, (uint64_t)word[0], 0 };

	message_write_ready(&ready, b);
	channel_send(CHANNEL, buf_bytes(b), NULL, 0);
	if (is("is ready twice"))
		channel_send(CHANNEL, buf_bytes(b), NULL, 0);
	buf_clear(b);
}

static volatile uint32_t *progress;

static void
answer(const struct message_object *object, struct buf *b)
{
	struct verdict v;

	if (object->size == FAKE_DIES)
		raise(SIGKILL);
	if (object->size == FAKE_HANGS)
		pause();
	verdict_init(&v);
	v.objects = 1;
	v.bytes = (uint64_t)getpid();
	if (!is("never finishes"))
		verdict_finish(&v);
	message_write_verdict(object->tag + (is("lies about the tag") ? 1 : 0), &v, b);
	verdict_fini(&v);
	say(b);
	(*progress)++;
}

static void
serve(uint8_t *room, struct buf *b)
{
	struct channel_message m;

	while (channel_receive(CHANNEL, room, &m) == ERR_NONE) {
		struct reader r = reader_over(m.body);
		struct message_object objects[MESSAGE_OBJECTS_MAX];
		size_t count = 0;

		if (message_kind(&r) == MESSAGE_OBJECT &&
		    message_read_objects(&r, objects, &count) == ERR_NONE && m.fd_count == count)
			for (size_t i = 0; i < count; i++)
				answer(&objects[i], b);
		channel_close_fds(&m);
	}
}

int
main(void)
{
	static uint8_t room[CHANNEL_MESSAGE_MAX];
	struct message_object unasked = { 0, 1 };
	struct fault f = { ERR_MALFORMED, "the word is at fault" };
	struct channel_message m;
	struct buf b;

	if (pread(DATABASE, word, sizeof word - 1, 0) < 0 ||
	    channel_receive(CHANNEL, room, &m) != ERR_NONE)
		return 1;
	progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED, 5, 0);
	buf_init(&b, 1 << 17);
	if (is("dies at once"))
		raise(SIGKILL);
	if (is("is at fault")) {
		message_write_fault(&f, &b);
		channel_send(CHANNEL, buf_bytes(&b), NULL, 0);
		return 1;
	}
	if (is("answers before it is ready"))
		answer(&unasked, &b);
	say_ready(&b);
	if (is("answers unasked"))
		answer(&unasked, &b);
	serve(room, &b);
	return 0;
}
