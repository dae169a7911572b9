/* prog/worker: scans objects that it is handed as descriptors, in a sandbox that holds nothing
 * else. The only program of the device that reads foreign formats. Started by pool/ with its
 * channel at descriptor 3, the database at 4 and a page for its progress at 5; what they say to each
 * other is verdict/message.h. It trusts the pool, and the pool does not trust it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/hash.h"
#include "format/container.h"
#include "os/channel.h"
#include "os/clock.h"
#include "os/sandbox.h"
#include "scan/scan.h"
#include "sigdb/sigdb.h"
#include "verdict/message.h"

enum { CHANNEL = 3, DATABASE = 4, PROGRESS = 5 };

/* Verdicts wait for each other no longer than this, so that the pool sees that work goes on. */
#define FLUSH_MS 10

/* Beside the objects themselves: the matcher, and what unpacking needs at each level. The
 * largest common one is xz -9 with 65 MB; 7-Zip's largest setting (1.5 GB) is refused as too
 * much memory. */
#define DECODERS_BYTES (UINT64_C(768) << 20)
/* The pool replaces a worker well before; this ends one that the pool has forgotten. */
#define CPU_SECONDS 3600

struct worker {
	struct bytes mapped;	/* the database, read-only */
	struct sigdb *db;
	struct scan *scan;
	uint32_t layers;
	volatile uint32_t *progress;	/* objects that are done: see pool/worker.h */
	uint8_t room[CHANNEL_MESSAGE_MAX];
};

static void
print_usage(FILE *to)
{
	fputs("usage: holdfast-worker [--uid UID]\n"
	      "\n"
	      "Scans files for holdfastd and holdfast-publish, which start it themselves:\n"
	      "it expects a channel at descriptor 3, a database at descriptor 4 and a\n"
	      "page that is shared with its parent at descriptor 5.\n"
	      "\n"
	      "  --uid UID   when started as root: become this user (default 65534)\n"
	      "  --help      print this\n"
	      "  --version   print the version\n",
	    to);
}

/* Returns false when the program is to end with *status. */
static bool
read_arguments(int argc, char **argv, uid_t *uid, int *status)
{
	uint64_t number = 65534;

	*status = 0;
	if (argc == 2 && text_equal(argv[1], "--help")) {
		print_usage(stdout);
		return false;
	}
	if (argc == 2 && text_equal(argv[1], "--version")) {
		printf("holdfast-worker %s\n", HOLDFAST_VERSION);
		return false;
	}
	if (argc == 3 && text_equal(argv[1], "--uid")) {
		if (text_to_u64(bytes_of_text(argv[2]), UINT32_MAX - 1, &number) != ERR_NONE)
			number = 0;
	} else if (argc != 1) {
		number = 0;
	}
	if (number == 0) {
		print_usage(stderr);
		*status = 2;
		return false;
	}
	*uid = (uid_t)number;
	return true;
}

static bool
descriptors_are_there(void)
{
	struct stat channel, database, progress;

	return fstat(CHANNEL, &channel) == 0 && S_ISSOCK(channel.st_mode) &&
	    fstat(DATABASE, &database) == 0 && fstat(PROGRESS, &progress) == 0 &&
	    S_ISREG(progress.st_mode) && progress.st_size >= (off_t)sizeof(uint32_t);
}

/* Only map it: what it says is read inside the sandbox. */
static enum err
map_database(struct worker *w, struct fault *why)
{
	struct stat st;
	void *p;

	if (fstat(DATABASE, &st) != 0)
		return fault_errno(why, "cannot look at the database");
	if (!S_ISREG(st.st_mode))
		return fault_set(why, ERR_MALFORMED, "the database is not a regular file");
	if (st.st_size == 0)
		return fault_set(why, ERR_TRUNCATED, "the database is empty");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, DATABASE, 0);
	if (p == MAP_FAILED)
		return fault_errno(why, "cannot map the database");
	/* Lookups jump about: reading ahead would only fill memory. */
	madvise(p, (size_t)st.st_size, MADV_RANDOM);
	w->mapped = bytes_of(p, (size_t)st.st_size);
	return ERR_NONE;
}

static enum err
map_progress(struct worker *w, struct fault *why)
{
	void *p = mmap(NULL, sizeof *w->progress, PROT_READ | PROT_WRITE, MAP_SHARED, PROGRESS, 0);

	if (p == MAP_FAILED)
		return fault_errno(why, "cannot map the page for the progress");
	w->progress = p;
	return ERR_NONE;
}

/* What libraries do once and could not do later: read their configuration, find their tables. */
static void
prepare_libraries(void)
{
	static const enum hash_kind kinds[] = { HASH_MD5, HASH_SHA1, HASH_SHA256 };
	uint8_t digest[HASH_MAX];

	container_prepare();
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		(void)hash_of(kinds[i], bytes_of("", 0), digest);
}

static enum err
enter_sandbox(struct worker *w, const struct message_setup *setup, uid_t uid, struct fault *why)
{
	static const int keep[] = { CHANNEL };
	struct sandbox_settings settings = {
		.uid = uid,
		.gid = (gid_t)uid,
		.memory = setup->limits.memory_bytes + DECODERS_BYTES,
		.mapped = w->mapped.n,
		.cpu_seconds = CPU_SECONDS,
		.keep = keep,
		.keep_count = 1,
	};

	return sandbox_enter(&settings, &w->layers, why);
}

static enum err
open_database(struct worker *w, const struct message_setup *setup, struct fault *why)
{
	enum err e;

	if ((e = sigdb_open_memory(w->mapped, &w->db, why)) != ERR_NONE)
		return e;
	if (setup->verify && (e = sigdb_verify(w->db, why)) != ERR_NONE)
		return e;
	e = scan_new(w->db, &setup->limits, setup->all, &w->scan);
	return e == ERR_NONE ? e : fault_set(why, e, "cannot prepare to scan: %s", err_name(e));
}

static enum err
receive_setup(struct worker *w, struct message_setup *out)
{
	struct channel_message m;
	struct reader r;
	enum err e;

	if ((e = channel_receive(CHANNEL, w->room, &m)) != ERR_NONE)
		return e;
	r = reader_over(m.body);
	if (m.fd_count != 0 || message_kind(&r) != MESSAGE_SETUP)
		e = ERR_MALFORMED;
	else
		e = message_read_setup(&r, out);
	channel_close_fds(&m);
	return e;
}

static enum err
send_message(struct buf *b)
{
	return b->err != ERR_NONE ? b->err : channel_send(CHANNEL, buf_bytes(b), NULL, 0);
}

static enum err
say_ready(const struct worker *w, struct buf *b)
{
	const struct sigdb_info *info = sigdb_info(w->db);
	struct message_ready ready = { w->layers, 0, info->generation, info->built };

	for (size_t i = 0; i < SIGDB_KINDS; i++)
		ready.signatures += info->signatures[i];
	buf_clear(b);
	message_write_ready(&ready, b);
	return send_message(b);
}

static void
scan_one(struct worker *w, const struct message_object *object, int fd, struct buf *b)
{
	/* The size comes with it because the sandbox has no fstat(2). */
	struct source source = { .size = object->size, .fd = fd };
	struct verdict v;

	verdict_init(&v);
	scan_object(w->scan, &source, &v);
	message_write_verdict(object->tag, &v, b);
	verdict_fini(&v);
	(*w->progress)++;
}

static enum err
answer_objects(struct worker *w, struct channel_message *m, struct buf *b)
{
	struct message_object objects[MESSAGE_OBJECTS_MAX];
	struct reader r = reader_over(m->body);
	int64_t flushed = clock_boot_ms();
	size_t count = 0;
	enum err e;

	if (message_kind(&r) != MESSAGE_OBJECT ||
	    message_read_objects(&r, objects, &count) != ERR_NONE || m->fd_count != count)
		return ERR_MALFORMED;
	buf_clear(b);
	for (size_t i = 0; i < count; i++) {
		scan_one(w, &objects[i], m->fds[i], b);
		/* One more must always fit. */
		if (i + 1 < count && b->n + VERDICT_BYTES_MAX + 16 <= CHANNEL_MESSAGE_MAX &&
		    clock_boot_ms() - flushed < FLUSH_MS)
			continue;
		if ((e = send_message(b)) != ERR_NONE)
			return e;
		buf_clear(b);
		flushed = clock_boot_ms();
	}
	return ERR_NONE;
}

/* Until the pool closes its end. */
static enum err
serve(struct worker *w, struct buf *b)
{
	struct channel_message m;
	enum err e;

	while ((e = channel_receive(CHANNEL, w->room, &m)) == ERR_NONE) {
		e = answer_objects(w, &m, b);
		channel_close_fds(&m);
		if (e != ERR_NONE)
			break;
	}
	return e;
}

static enum err
run(struct worker *w, uid_t uid, struct buf *b)
{
	struct message_setup setup;
	struct fault why = { ERR_NONE, "" };
	enum err e;

	if ((e = receive_setup(w, &setup)) != ERR_NONE)
		return e;
	prepare_libraries();
	if ((e = map_progress(w, &why)) != ERR_NONE ||
	    (e = map_database(w, &why)) != ERR_NONE ||
	    (e = enter_sandbox(w, &setup, uid, &why)) != ERR_NONE ||
	    (e = open_database(w, &setup, &why)) != ERR_NONE) {
		message_write_fault(&why, b);
		(void)send_message(b);
		return e;
	}
	if ((e = say_ready(w, b)) != ERR_NONE)
		return e;
	return serve(w, b);
}

int
main(int argc, char **argv)
{
	struct worker *w;
	struct buf b;
	uid_t uid;
	int status;

	if (!read_arguments(argc, argv, &uid, &status))
		return status;
	if (!descriptors_are_there()) {
		fputs("holdfast-worker: it is started by other programs, with descriptors 3, 4 "
		      "and 5; see holdfast-worker --help\n",
		    stderr);
		return 2;
	}
	/* Control-C is for the parent to act on; when that ends, this one is killed. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if ((w = calloc(1, sizeof *w)) == NULL)
		return 1;
	buf_init(&b, CHANNEL_MESSAGE_MAX);
	/* Nothing is freed: the system takes it all, and no clean-up code runs on captured
	 * memory. */
	_exit(run(w, uid, &b) == ERR_CLOSED ? 0 : 1);
}
