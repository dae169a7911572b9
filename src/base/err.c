/* base/err.c: see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
err_name(enum err e)
{
	static const char *const names[ERR_COUNT] = {
		[ERR_NONE] = "none",
		[ERR_NOMEM] = "out of memory",
		[ERR_IO] = "input or output failed",
		[ERR_FULL] = "disk full",
		[ERR_TRUNCATED] = "truncated",
		[ERR_MALFORMED] = "malformed",
		[ERR_LIMIT] = "over the limit",
		[ERR_UNSUPPORTED] = "unsupported",
		[ERR_NOT_FOUND] = "not found",
		[ERR_EXISTS] = "exists already",
		[ERR_CONFLICT] = "conflict",
		[ERR_DENIED] = "denied",
		[ERR_FORGED] = "forged",
		[ERR_EXPIRED] = "expired",
		[ERR_TIMEOUT] = "timed out",
		[ERR_CLOSED] = "closed",
	};

	if ((unsigned)e >= ERR_COUNT)
		return "unknown";
	return names[e];
}

enum err
err_from_errno(int saved_errno)
{
	switch (saved_errno) {
	case 0:
		return ERR_NONE;
	case ENOMEM:
		return ERR_NOMEM;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	case ENOENT:
	case ENOTDIR:
		return ERR_NOT_FOUND;
	case EEXIST:
		return ERR_EXISTS;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_DENIED;
	case EAGAIN:
	case ETIMEDOUT:
		return ERR_TIMEOUT;
	case EPIPE:
	case ECONNRESET:
	case ECONNREFUSED:
		return ERR_CLOSED;
	default:
		return ERR_IO;
	}
}

enum err
fault_set(struct fault *f, enum err e, const char *fmt, ...)
{
	va_list ap;

	if (f == NULL)
		return e;
	f->err = e;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
	return e;
}

enum err
fault_errno(struct fault *f, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (f == NULL)
		return err_from_errno(saved);
	f->err = err_from_errno(saved);
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
	n = strlen(f->text);
	snprintf(f->text + n, sizeof f->text - n, ": %s", strerror(saved));
	return f->err;
}

enum err
fault_within(struct fault *f, const char *fmt, ...)
{
	char old[FAULT_TEXT];
	va_list ap;
	size_t n;

	if (f == NULL)
		return ERR_IO;
	memcpy(old, f->text, sizeof old);
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof f->text, fmt, ap);
	va_end(ap);
	n = strlen(f->text);
	snprintf(f->text + n, sizeof f->text - n, ": %s", old);
	return f->err;
}
