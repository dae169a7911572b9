/* sigdb/cvd.h: ClamAV's containers of signature sources: .cvd, .cld, .cud.
 * 512 bytes of header "ClamAV-VDB:TIME:VERSION:SIGNATURES:LEVEL:MD5:SIGNATURE:BUILDER:SECONDS", then a tar,
 * gzipped or not. Owns the reading; must not know what its files mean. */
#ifndef HOLDFAST_SIGDB_CVD_H
#define HOLDFAST_SIGDB_CVD_H

#include "base/bytes.h"
#include "base/err.h"

enum { CVD_HEADER = 512, CVD_NAME_MAX = 100 };

/* The digital signature in the header, over the digest in it: by the key of ClamAV's makers? */
enum cvd_signed {
	CVD_SIGNED_NOT = 0,	/* by nobody whom we know, or not at all */
	CVD_SIGNED_CLAMAV
};

struct cvd {
	uint32_t version, signatures, level;
	char built[64];		/* as the header says it */
	bool digest_holds;	/* the MD5 of what follows the header is the one in it */
	enum cvd_signed is_signed;
	struct bytes body;
};

/* By whom is ${digest}, an MD5, signed in ${signature}, as the header has it? Its makers sign with RSA
 * without padding; the letters are digits of a number in base 64, the least first. ERR_NOMEM. */
enum err cvd_check_signature(struct bytes signature, const uint8_t digest[static 16],
    enum cvd_signed *out);

/* Read the header of ${file}, which is borrowed. ERR_MALFORMED, ERR_TRUNCATED; ERR_UNSUPPORTED as
 * crypto/hash.h; ERR_NOMEM. */
enum err cvd_open(struct bytes file, struct cvd *out);

/* One file of the container; both are borrowed for the call. */
typedef enum err cvd_file_fn(void *ctx, const char *name, struct bytes content);

/* Give each file to ${file}, one in memory at a time. Ends with its first error. ERR_MALFORMED: the gzip or
 * tar is damaged; ERR_TRUNCATED; ERR_LIMIT: a file over ${most} bytes; ERR_NOMEM. */
enum err cvd_each(const struct cvd *c, size_t most, cvd_file_fn *file, void *ctx);

#endif
