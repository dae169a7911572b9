/* sigdb/imports.c: see imports.h. */
#include "sigdb/imports.h"

#include "match/image.h"

enum { DESCRIPTOR = 20, LIBRARIES_MAX = 1024, FUNCTIONS_MAX = 65536, NAME_MAX_BYTES = 256 };

/* ${n} bytes that are loaded at ${address}; NULL when the file has not that many. */
static const uint8_t *
bytes_at(struct view *v, const struct program *p, uint64_t address, size_t n)
{
	uint64_t at;

	return program_offset(p, address, &at) ? view_bytes(v, at, n) : NULL;
}

/* Append the text at ${address} in lower case, without the ending of a library. */
static bool
put_name(struct view *v, const struct program *p, uint64_t address, bool library, struct buf *out)
{
	static const char *const endings[] = { ".dll", ".ocx", ".sys" };
	char name[NAME_MAX_BYTES + 1];
	size_t n = 0;

	for (; n < NAME_MAX_BYTES; n++) {
		const uint8_t *c = bytes_at(v, p, address + n, 1);

		if (c == NULL)
			return false;
		if (*c == 0)
			break;
		name[n] = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
	}
	name[n] = '\0';
	for (size_t i = 0; library && n > 4 && i < sizeof endings / sizeof endings[0]; i++)
		if (strcmp(name + n - 4, endings[i]) == 0) {
			n -= 4;
			break;
		}
	buf_put(out, bytes_of(name, n));
	return n > 0;
}

/* One library: its functions from the table at ${thunks} on. */
static bool
put_library(struct view *v, const struct program *p, uint64_t name, uint64_t thunks, struct buf *out)
{
	size_t size = p->is_64 ? 8 : 4;
	uint64_t ordinal_bit = p->is_64 ? UINT64_C(1) << 63 : UINT64_C(1) << 31;

	for (uint32_t i = 0; i < FUNCTIONS_MAX && out->err == ERR_NONE; i++) {
		const uint8_t *thunk = bytes_at(v, p, thunks + i * size, size);
		uint64_t value;

		if (thunk == NULL)
			return false;
		value = p->is_64 ? image_load64(thunk) : image_load32(thunk);
		if (value == 0)
			break;
		if (out->n > 0)
			buf_u8(out, ',');
		if (!put_name(v, p, name, true, out))
			return false;
		buf_u8(out, '.');
		if ((value & ordinal_bit) != 0)
			buf_printf(out, "ord%u", (unsigned)(value & 0xffff));
		else if (!put_name(v, p, (value & 0x7fffffff) + 2, false, out))
			return false;
	}
	return true;
}

enum err
imports_read(struct view *v, const struct program *p, struct buf *out)
{
	if (!p->known || p->imports_address == 0)
		return ERR_NOT_FOUND;
	for (uint32_t i = 0; i < LIBRARIES_MAX && out->err == ERR_NONE; i++) {
		const uint8_t *d = bytes_at(v, p, p->imports_address + (uint64_t)i * DESCRIPTOR, DESCRIPTOR);
		uint32_t lookup, name, thunks;

		if (d == NULL)
			return ERR_NOT_FOUND;
		lookup = image_load32(d);
		name = image_load32(d + 12);
		thunks = image_load32(d + 16);
		if (name == 0 && thunks == 0)
			break;
		if (!put_library(v, p, name, lookup != 0 ? lookup : thunks, out))
			return ERR_NOT_FOUND;
	}
	return out->err;
}
