/* base/test.h: how unit tests are written here, over cmocka. For tests only.
 * A test registers itself; its name is a sentence. base/test.c has the main function.
 *
 *	TEST(reader_refuses_to_read_past_its_end)
 *	{
 *		CHECK_EQ(...);
 *	}
 */
#ifndef HOLDFAST_BASE_TEST_H
#define HOLDFAST_BASE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"

void test_register(const char *name, CMUnitTestFunction fn);

#define TEST(name)                                                                  \
	static void name(void **state);                                             \
	__attribute__((constructor)) static void register_##name(void)              \
	{                                                                           \
		test_register(#name, name);                                         \
	}                                                                           \
	static void name(void **state __attribute__((unused)))

#define CHECK(x) assert_true(x)
/* Whole numbers: expected second. */
#define CHECK_EQ(got, want) assert_int_equal((got), (want))
#define CHECK_TEXT(got, want) assert_string_equal((got), (want))
#define CHECK_BYTES(got, want)                                                      \
	do {                                                                        \
		struct bytes got_ = (got), want_ = (want);                          \
		assert_int_equal(got_.n, want_.n);                                  \
		if (want_.n > 0)                                                    \
			assert_memory_equal(got_.p, want_.p, want_.n);              \
	} while (0)

/* A copy in exactly ${n} bytes of heap, so that the sanitizer guards its end; the test frees it. */
uint8_t *test_copy(const void *p, size_t n);

/* A fresh private directory, removed with all it holds when the program ends. */
const char *test_dir(void);

/* Let the ${nth} allocation from now (1 is the next) and all after it fail; 0 ends that.
 * Counts malloc, calloc and realloc of our own code (the linker wraps them in tests). */
void test_fail_allocation(unsigned nth);

/* True when an allocation failed since test_fail_allocation: a loop over N ends when it is not. */
int test_allocation_failed(void);

#endif
