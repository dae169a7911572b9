/* Goal of this test: the keys of version information are found where they begin, and damage anywhere in
 * a program gives other keys or none, never a read outside of it. */
#include <stdlib.h>

#include "base/test.h"
#include "sigdb/versions.h"

enum { HEADER = 0x200, ADDRESS = 0x1000, FILE_SIZE = 0x400, TREE = 3 * 24 + 16 };

static void
put(uint8_t *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

/* Text in UTF-16 with its NUL; where it ends, rounded up to four bytes from ${from} on. */
static uint8_t *
put_wide(uint8_t *from, uint8_t *p, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i++, p += 2)
		put(p, (uint8_t)text[i], 2);
	return from + (p - from + 3) / 4 * 4;
}

static uint8_t *
put_string(uint8_t *p, const char *key, const char *value)
{
	uint8_t *end = put_wide(p, put_wide(p, p + 6, key), value);

	put(p, (uint64_t)(end - p), 2);
	put(p + 2, strlen(value) + 1, 2);
	return end;
}

static void
put_directory(uint8_t *p, uint32_t id, uint32_t target)
{
	put(p + 14, 1, 2);
	put(p + 16, id, 4);
	put(p + 20, target, 4);
}

/* A program with one section, which holds version information of two strings; *first and *second are where
 * their keys begin. */
static void
make_program(uint8_t file[static FILE_SIZE], uint64_t *first, uint64_t *second)
{
	uint8_t *info = file + HEADER + TREE, *strings = info + 6 + 32 + 2 + 52, *table, *one, *two, *end;

	memset(file, 0, FILE_SIZE);
	memcpy(file, "MZ", 2);
	put(file + 0x3c, 0x40, 4);
	memcpy(file + 0x40, "PE\0\0\x4c\x01\x01", 7);
	put(file + 0x54, 224, 2);
	put(file + 0x58, 0x10b, 2);
	put(file + 0x58 + 32, 0x1000, 4);
	put(file + 0x58 + 36, 0x200, 4);
	put(file + 0x58 + 60, HEADER, 4);
	put(file + 0x58 + 92, 16, 4);
	put(file + 0x58 + 112, ADDRESS, 4);
	put(file + 0x58 + 116, 0x200, 4);
	put(file + 0x58 + 224 + 8, 0x200, 4);
	put(file + 0x58 + 224 + 12, ADDRESS, 4);
	put(file + 0x58 + 224 + 16, 0x200, 4);
	put(file + 0x58 + 224 + 20, HEADER, 4);
	put_directory(file + HEADER, 16, 0x80000018);
	put_directory(file + HEADER + 24, 1, 0x80000030);
	put_directory(file + HEADER + 48, 1033, 72);
	table = put_wide(strings, strings + 6, "StringFileInfo");
	one = put_wide(table, table + 6, "040904b0");
	two = put_string(one, "Name", "a value");
	end = put_string(two, "Version", "1.2");
	put(table, (uint64_t)(end - table), 2);
	put(strings, (uint64_t)(end - strings), 2);
	put_wide(info, info + 6, "VS_VERSION_INFO");
	put(info, (uint64_t)(end - info), 2);
	put(info + 2, 52, 2);
	put(info + 40, 0xfeef04bd, 4);
	put(file + HEADER + 72, ADDRESS + TREE, 4);
	put(file + HEADER + 76, (uint64_t)(end - info), 4);
	*first = (uint64_t)(one - file) + 6;
	*second = (uint64_t)(two - file) + 6;
}

static void
read_versions(struct bytes file, struct versions *out)
{
	struct source object = source_of_memory(file);
	struct program program;
	struct view view;

	view_init(&view, &object, NULL);
	view.window = file;
	program_read(&view, TARGET_PE, &program);
	versions_read(&view, &program, out);
	CHECK(out->read);
}

TEST(keys_of_version_information_are_found_where_they_begin)
{
	static uint8_t file[FILE_SIZE];
	static struct versions versions;
	uint64_t first, second;

	make_program(file, &first, &second);
	read_versions(bytes_of(file, sizeof file), &versions);
	CHECK_EQ(versions.count, 2);
	CHECK(versions_has(&versions, first));
	CHECK(versions_has(&versions, second));
	CHECK(!versions_has(&versions, first + 1));
	/* A string without a value is no place. */
	put(file + second + 2 * sizeof "Version", 0, 8);
	put(file + second - 6, 6 + 2 * sizeof "Version", 2);
	read_versions(bytes_of(file, sizeof file), &versions);
	CHECK(!versions_has(&versions, second));
}

/* Where each of thousands of entries leads back to the beginning, three levels of them would be looked at for days. */
TEST(resources_that_lead_back_to_themselves_end)
{
	enum { ENTRIES = 4096, SIZE = HEADER + 16 + 8 * ENTRIES };
	static uint8_t file[SIZE];
	static struct versions versions;
	uint64_t first, second;

	make_program(file, &first, &second);
	put(file + 0x58 + 116, SIZE - HEADER, 4);
	put(file + 0x58 + 224 + 8, SIZE - HEADER, 4);
	put(file + 0x58 + 224 + 16, SIZE - HEADER, 4);
	memset(file + HEADER, 0, SIZE - HEADER);
	put(file + HEADER + 14, ENTRIES, 2);
	for (int i = 0; i < ENTRIES; i++) {
		put(file + HEADER + 16 + 8 * i, 16, 4);
		put(file + HEADER + 20 + 8 * i, 0x80000000, 4);
	}
	read_versions(bytes_of(file, sizeof file), &versions);
	CHECK_EQ(versions.count, 0);
}

TEST(a_program_that_is_cut_or_damaged_anywhere_harms_nothing)
{
	static uint8_t file[FILE_SIZE];
	static struct versions versions;
	uint64_t first, second;

	make_program(file, &first, &second);
	for (size_t n = 0; n < sizeof file; n++) {
		uint8_t *exact = test_copy(file, n);

		read_versions(bytes_of(exact, n), &versions);
		CHECK(versions.count <= 2);
		CHECK(n > second || !versions_has(&versions, second));
		free(exact);
	}
	for (size_t bit = 0; bit < 8 * sizeof file; bit++) {
		uint8_t *exact = test_copy(file, sizeof file);

		exact[bit / 8] ^= (uint8_t)(1U << bit % 8);
		read_versions(bytes_of(exact, sizeof file), &versions);
		for (uint32_t i = 0; i < versions.count; i++)
			CHECK(versions.keys[i] < sizeof file);
		free(exact);
	}
}
