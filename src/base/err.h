/* base/err.h: what can go wrong, one value per thing that a caller can do about it.
 * Owns the error numbers and the sentence that travels up with one. A verdict is never an error. */
#ifndef HOLDFAST_BASE_ERR_H
#define HOLDFAST_BASE_ERR_H

enum err {
	ERR_NONE = 0,
	ERR_NOMEM,	 /* memory is short: give up this piece of work */
	ERR_IO,		 /* the system refused; errno says more: try again later */
	ERR_FULL,	 /* no room on the disk: a person must make some */
	ERR_TRUNCATED,	 /* the bytes end too early */
	ERR_MALFORMED,	 /* the bytes are not what they must be: refuse them */
	ERR_LIMIT,	 /* over a ceiling that we set ourselves */
	ERR_UNSUPPORTED, /* well formed, but not something that we do */
	ERR_NOT_FOUND,	 /* there is none */
	ERR_EXISTS,	 /* there is one already */
	ERR_CONFLICT,	 /* it does not fit the present state */
	ERR_DENIED,	 /* the asker may not */
	ERR_FORGED,	 /* a signature, digest or seal does not hold */
	ERR_EXPIRED,	 /* it held once */
	ERR_TIMEOUT,	 /* no answer in time */
	ERR_CLOSED,	 /* the other side has gone */
	ERR_COUNT
};

/* A short constant name such as "not found", for logs and tests. */
const char *err_name(enum err e);

/* The error that fits errno: ERR_NOMEM, ERR_FULL (ENOSPC, EDQUOT, EFBIG), ERR_NOT_FOUND,
 * ERR_EXISTS, ERR_DENIED, ERR_TIMEOUT, ERR_CLOSED, else ERR_IO. */
enum err err_from_errno(int saved_errno);

/* An error with the sentence that a person will read. Room for one sentence with a path in it. */
#define FAULT_TEXT 512
struct fault {
	enum err err;
	char text[FAULT_TEXT];
};

/* Record ${e} with a sentence, and return ${e}. ${f} may be NULL: then only the number travels. */
enum err fault_set(struct fault *f, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As fault_set with the error that fits errno, ": " and the system's words for it at the end. */
enum err fault_errno(struct fault *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "CONTEXT: " in front of what is recorded, as the error rises. Returns its number. */
enum err fault_within(struct fault *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
