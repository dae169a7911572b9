/* base/log.h: one line an event, to standard error: time, program, process, level, words.
 * The only I/O of this floor. Log once, where the error is first understood; parsers never log.
 * Never pass a secret: no code, token, key, lease or file content. */
#ifndef HOLDFAST_BASE_LOG_H
#define HOLDFAST_BASE_LOG_H

/* Name the program for the lines to come; ${program} must live on. */
void log_init(const char *program);

/* Control characters in the words are written as \xHH, so that one event stays one line. */
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
