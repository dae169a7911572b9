/* entitle/code.h: activation codes: 13 characters that a person can type and read out.
 * Twelve are random (60 bits), the last is a check character: every single wrong character and every
 * swap of two is found before the server is asked. */
#ifndef HOLDFAST_ENTITLE_CODE_H
#define HOLDFAST_ENTITLE_CODE_H

#include "base/err.h"
#include "crypto/hash.h"

#define CODE_LETTERS 13
#define CODE_SHOWN_SIZE (CODE_LETTERS + 2 + 1) /* XXXXX-XXXX-XXXX and a NUL */

/* Make a new code as it is shown. */
void code_make(char out[static CODE_SHOWN_SIZE]);

/* Bring what a person typed into the shown form: case, spaces and dashes do not matter, and I, L and
 * O are read as 1, 1 and 0. ERR_MALFORMED: not 13 letters of the alphabet, or the check fails. */
enum err code_read(const char *typed, char out[static CODE_SHOWN_SIZE]);

/* What is stored instead of the code: its SHA-256. 60 random bits cannot be guessed back in bulk
 * faster than the rate limit allows online. ERR_NOMEM. */
enum err code_digest(const char *shown, uint8_t out[static HASH_MAX]);

#endif
