/* Fuzzer for each reader of our own by itself, whatever kind_find would say: the first byte names the
 * reader, the rest is its object. */
#include <assert.h>

#include "format/collect.h"
#include "format/container.h"

const char *__asan_default_options(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	container_prepare();
	return 0;
}

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1:max_allocation_size_mb=512";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct collect c;
	enum kind kind;

	if (size == 0)
		return 0;
	kind = (enum kind)(KIND_RPM + 1 + data[0] % (KINDS - KIND_RPM - 1));
	collect_init(&c, 4 << 20);
	(void)collect_unpack(&c, kind, bytes_of(data + 1, size - 1));
	collect_fini(&c);
	return 0;
}
