/* Fuzzer: a delta on a small file: whatever it holds, nothing over the ceiling comes out. */
#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/io.h"
#include "delta/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OLD = 3000, MOST = 65536 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int old = -1, delta = -1, out = -1;
	static uint8_t text[OLD];
	struct fault why;

	if (old < 0) {
		for (size_t i = 0; i < OLD; i++)
			text[i] = (uint8_t)(i * i >> 5);
		old = memfd_create("old", MFD_CLOEXEC);
		delta = memfd_create("delta", MFD_CLOEXEC);
		out = memfd_create("out", MFD_CLOEXEC);
		assert(io_write_all(old, bytes_of(text, OLD)) == ERR_NONE);
	}
	assert(ftruncate(delta, 0) == 0 && lseek(delta, 0, SEEK_SET) == 0);
	assert(ftruncate(out, 0) == 0 && lseek(out, 0, SEEK_SET) == 0);
	assert(io_write_all(delta, bytes_of(data, size)) == ERR_NONE && lseek(delta, 0, SEEK_SET) == 0);
	delta_apply(old, delta, MOST, out, &why);
	assert(lseek(out, 0, SEEK_CUR) <= MOST);
	return 0;
}
