/* prog/web/limiter.c: see limiter.h. The generic cell rate algorithm: for each name one number, the time at which
 * its allowance would be whole again. */
#include "prog/web/limiter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "crypto/hash.h"

/* 8192 names at a time are 128 KiB; a name is looked for in 8 places. */
enum { CELLS = 8192, PLACES = 8 };

/* All zero is a cell that nobody has. */
struct cell {
	_Atomic uint64_t name;	/* the first bytes of its digest, never 0 */
	_Atomic int64_t whole_us; /* when the allowance is whole again */
};

struct limiter {
	struct cell *cells;
};

enum err
limiter_open(const char *path, struct limiter **out, struct fault *why)
{
	const size_t size = CELLS * sizeof(struct cell);
	struct limiter *l = calloc(1, sizeof *l);
	void *map = MAP_FAILED;
	int fd;

	if (l == NULL)
		return fault_set(why, ERR_NOMEM, "out of memory");
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Room on the disk now, as a page that cannot be written later is a signal. */
	if (fd >= 0 && posix_fallocate(fd, 0, (off_t)size) == 0)
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		fault_errno(why, "cannot map %s", path);
		free(l);
		if (fd >= 0)
			close(fd);
		return why == NULL ? ERR_IO : why->err;
	}
	close(fd);
	l->cells = map;
	*out = l;
	return ERR_NONE;
}

void
limiter_free(struct limiter *l)
{
	if (l == NULL)
		return;
	munmap(l->cells, CELLS * sizeof(struct cell));
	free(l);
}

/* The cell of this name, or one that nobody needs any more, made its; NULL: all places are taken. */
static struct cell *
find_cell(struct limiter *l, uint64_t name, int64_t now_us)
{
	struct cell *free_one = NULL;
	uint64_t had = 0;

	for (size_t i = 0; i < PLACES; i++) {
		struct cell *c = &l->cells[(name + i) % CELLS];
		uint64_t other = atomic_load(&c->name);

		if (other == name)
			return c;
		if (free_one == NULL && (other == 0 || atomic_load(&c->whole_us) <= now_us)) {
			free_one = c;
			had = other;
		}
	}
	/* Whoever was faster has it; who was slower goes uncounted this once. */
	if (free_one == NULL || !atomic_compare_exchange_strong(&free_one->name, &had, name))
		return NULL;
	return free_one;
}

bool
limiter_take(struct limiter *l, const char *name, const struct limit *limit, int64_t now_ms,
    int64_t *wait_s)
{
	int64_t now_us = now_ms * 1000, most = limit->burst * limit->every_us, whole, base;
	uint8_t digest[HASH_MAX];
	struct cell *c;
	uint64_t tag;

	if (l == NULL || limit->every_us == 0 ||
	    hash_of(HASH_SHA256, bytes_of_text(name), digest) != ERR_NONE)
		return true;
	memcpy(&tag, digest, sizeof tag);
	if ((c = find_cell(l, tag | 1, now_us)) == NULL)
		return true;
	whole = atomic_load(&c->whole_us);
	do {
		/* The boot clock of another boot, or an older limit: begin anew. */
		base = whole < now_us || whole > now_us + most ? now_us : whole;
		if (base + limit->every_us > now_us + most) {
			*wait_s = (base + limit->every_us - now_us - most + 999999) / 1000000;
			return false;
		}
	} while (!atomic_compare_exchange_weak(&c->whole_us, &whole, base + limit->every_us));
	return true;
}

void
limiter_name_place(const char *address, char out[static LIMITER_PLACE_SIZE])
{
	static const uint8_t mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct in6_addr a;
	char text[INET6_ADDRSTRLEN];

	snprintf(out, LIMITER_PLACE_SIZE, "%s", address);
	if (inet_pton(AF_INET6, address, &a) != 1)
		return;
	if (memcmp(a.s6_addr, mapped, sizeof mapped) == 0) {
		inet_ntop(AF_INET, a.s6_addr + sizeof mapped, out, LIMITER_PLACE_SIZE);
		return;
	}
	memset(a.s6_addr + 8, 0, 8);
	if (inet_ntop(AF_INET6, &a, text, sizeof text) != NULL)
		snprintf(out, LIMITER_PLACE_SIZE, "%s/64", text);
}
