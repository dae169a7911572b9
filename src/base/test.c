/* base/test.c: the main function of every unit test, and its helpers. See test.h. */
#include "base/test.h"

#include <assert.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* More than any one test program holds. */
enum { TESTS_MAX = 256 };

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;
static char dir[] = "/tmp/holdfast-test-XXXXXX";
static int dir_made;

void
test_register(const char *name, CMUnitTestFunction fn)
{
	assert(test_count < TESTS_MAX);
	tests[test_count++] = (struct CMUnitTest){ name, fn, NULL, NULL, NULL };
}

uint8_t *
test_copy(const void *p, size_t n)
{
	/* malloc(0) may be NULL; the sanitizers guard a byte as well as none. */
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	assert(copy != NULL);
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

const char *
test_dir(void)
{
	if (!dir_made) {
		assert(mkdtemp(dir) != NULL);
		dir_made = 1;
	}
	return dir;
}

static unsigned fail_at, allocations;
static int failed;

void
test_fail_allocation(unsigned nth)
{
	fail_at = nth;
	allocations = 0;
	failed = 0;
}

int
test_allocation_failed(void)
{
	return failed;
}

static int
allocation_must_fail(void)
{
	if (fail_at == 0 || ++allocations < fail_at)
		return 0;
	failed = 1;
	return 1;
}

/* Named by the linker's --wrap: what our code calls, and the real ones. */
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

void *
__wrap_malloc(size_t n)
{
	return allocation_must_fail() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return allocation_must_fail() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return allocation_must_fail() ? NULL : __real_realloc(p, n);
}

int
main(int argc, char **argv)
{
	int result;

	/* One argument picks the tests whose name matches it ('*' and '?'). */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	result = _cmocka_run_group_tests(argv[0], tests, test_count, NULL, NULL);
	if (dir_made)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return result == 0 ? 0 : 1;
}
