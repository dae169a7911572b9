/* base/log.c: see log.h. Owns the line's form and nothing else. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/timestamp.h"

/* Longer events are cut: a log line is no place for a document. */
enum { WORDS_MAX = 1024 };

static const char *program_name = "holdfast";

void
log_init(const char *program)
{
	program_name = program;
}

__attribute__((format(printf, 2, 0))) static void
write_line(const char *level, const char *fmt, va_list ap)
{
	char words[WORDS_MAX], line[WORDS_MAX * 4 + 128], when[TIMESTAMP_SIZE];
	size_t n;

	vsnprintf(words, sizeof words, fmt, ap);
	timestamp_write((int64_t)time(NULL), when);
	n = (size_t)snprintf(line, 128, "%s %.40s[%ld] %s: ", when, program_name, (long)getpid(),
	    level);
	for (const char *w = words; *w != '\0'; w++) {
		unsigned char c = (unsigned char)*w;

		if (c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(line + n, sizeof line - n, "\\x%02x", c);
		else
			line[n++] = (char)c;
	}
	line[n++] = '\n';
	/* One write, so that lines of several processes do not mix. A log that fails is not fatal. */
	if (write(STDERR_FILENO, line, n) < 0)
		return;
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line("info", fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line("warning", fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	write_line("error", fmt, ap);
	va_end(ap);
}
