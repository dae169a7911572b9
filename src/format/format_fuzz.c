/* Fuzzer for everything that format/ reads: whatever the bytes, each kind that they may be is
 * walked to its end within a number of steps. The library beneath is not instrumented; its own
 * project fuzzes it, and the sandbox holds what that misses. */
#include <assert.h>

#include "base/text.h"
#include "format/collect.h"
#include "format/container.h"

const char *__asan_default_options(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unpacked bytes after which a walk ends: enough to pass through every state of the readers. */
enum { STEPS = 2000, UNPACKED = 4 << 20 };

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	container_prepare();
	return 0;
}

/* A size read from an archive may be anything: as outside the sanitizer, malloc(3) says no. Run
 * with -malloc_limit_mb=1000000. */
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

static bool
take_step(void *ctx)
{
	int *left = ctx;

	return --*left > 0;
}

static void
walk(struct container *c)
{
	struct container_entry entry;
	struct bytes part;
	size_t unpacked = 0;
	volatile uint8_t last;

	while (unpacked < UNPACKED && container_next(c, &entry) == ERR_NONE) {
		assert(text_is_plain(entry.name) && strlen(entry.name) < sizeof entry.name);
		while (unpacked < UNPACKED && container_read(c, &part) == ERR_NONE && part.n > 0) {
			unpacked += part.n;
			/* The sanitizer looks at both ends. */
			last = part.p[0];
			last = part.p[part.n - 1];
			(void)last;
		}
	}
}

static void
open_and_walk(const struct source *object, enum kind kind, enum container_depth depth)
{
	int left = STEPS;
	struct container_hook hook = { take_step, &left };
	struct container *c = NULL;

	if (container_open(object, kind, depth, hook, &c) == ERR_NONE)
		walk(c);
	container_close(c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source object = source_of_memory(bytes_of(data, size));
	kind_set kinds;

	static struct collect c;

	assert(kind_find(&object, &kinds) == ERR_NONE);
	for (int kind = 0; kind < KINDS; kind++) {
		if ((kinds & KIND_BIT(kind)) == 0)
			continue;
		if (!kind_is_by_libarchive((enum kind)kind)) {
			collect_init(&c, UNPACKED);
			(void)unpack_object((enum kind)kind, &object, &c.outlet);
			collect_fini(&c);
			continue;
		}
		open_and_walk(&object, (enum kind)kind, CONTAINER_ONE_LAYER);
		if (kind_is_compression((enum kind)kind))
			open_and_walk(&object, (enum kind)kind, CONTAINER_THROUGH);
	}
	return 0;
}
