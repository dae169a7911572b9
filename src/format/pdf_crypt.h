/* format/pdf_crypt.h: streams of encrypted PDF files that open with an empty password, as their
 * readers open them without asking (ISO 32000-1, 7.6; revisions 5 and 6 from ISO 32000-2).
 * For this folder only. */
#ifndef HOLDFAST_FORMAT_PDF_CRYPT_H
#define HOLDFAST_FORMAT_PDF_CRYPT_H

#include "base/buf.h"

struct pdf_crypt {
	bool is_aes, is_256;	/* else RC4 */
	size_t key_size;
	uint8_t key[32];
};

/* ${encrypt}: the dictionary; ${id}: the first string of the file's identifier, as it is written.
 * False: the empty password does not open it, or it is encrypted in a way that we do not know. */
bool pdf_crypt_open(struct bytes encrypt, struct bytes id, struct pdf_crypt *out);

/* What comes out in clear is no longer than what went in, and this. */
#define PDF_CRYPT_MORE 32

/* Append what object ${number}, ${generation} says in clear. */
void pdf_crypt_undo(const struct pdf_crypt *c, uint32_t number, uint32_t generation,
    struct bytes data, struct buf *out);

#endif
