/* entitle/code.c: see code.h. The alphabet is Crockford's base 32 without its look-alikes. */
#include "entitle/code.h"

#include <ctype.h>

#include "crypto/random.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiply by x in GF(2^5) modulo x^5 + x^2 + 1, whose powers of x run through all 31 units. */
static unsigned
times_x(unsigned v)
{
	v <<= 1;
	return (v & 32) != 0 ? v ^ 0x25 : v;
}

/* The sum of x^i * c_i: another value at one place, or two places swapped, changes it, since the
 * factors of any two of the 13 places differ. Zero for a whole code. */
static unsigned
check_sum(const unsigned *values, size_t n)
{
	unsigned sum = 0;

	for (size_t i = n; i > 0; i--)
		sum = times_x(sum) ^ values[i - 1];
	return sum;
}

static void
write_shown(const unsigned values[static CODE_LETTERS], char out[static CODE_SHOWN_SIZE])
{
	for (size_t i = 0; i < CODE_LETTERS; i++) {
		if (i == 5 || i == 9)
			*out++ = '-';
		*out++ = alphabet[values[i]];
	}
	*out = '\0';
}

void
code_make(char out[static CODE_SHOWN_SIZE])
{
	unsigned values[CODE_LETTERS] = { 0 };

	for (size_t i = 1; i < CODE_LETTERS; i++)
		values[i] = random_below(32);
	/* The factor of place 0 is 1, so the check character there is the sum of the others. */
	values[0] = check_sum(values, CODE_LETTERS);
	write_shown(values, out);
}

static int
value_of(char c)
{
	const char *at;

	c = (char)toupper((unsigned char)c);
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	at = c == '\0' ? NULL : strchr(alphabet, c);
	return at == NULL ? -1 : (int)(at - alphabet);
}

enum err
code_read(const char *typed, char out[static CODE_SHOWN_SIZE])
{
	unsigned values[CODE_LETTERS];
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		int v;

		if (*typed == ' ' || *typed == '-')
			continue;
		if ((v = value_of(*typed)) < 0 || n == CODE_LETTERS)
			return ERR_MALFORMED;
		values[n++] = (unsigned)v;
	}
	if (n != CODE_LETTERS || check_sum(values, n) != 0)
		return ERR_MALFORMED;
	write_shown(values, out);
	return ERR_NONE;
}

enum err
code_digest(const char *shown, uint8_t out[static HASH_MAX])
{
	return hash_of(HASH_SHA256, bytes_of_text(shown), out);
}
