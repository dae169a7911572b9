/* base/io.h: read and write a descriptor to the end, whatever one system call takes at once. */
#ifndef HOLDFAST_BASE_IO_H
#define HOLDFAST_BASE_IO_H

#include "base/bytes.h"
#include "base/err.h"

/* Write all of it. The error that fits errno. */
enum err io_write_all(int fd, struct bytes content);

/* Read until ${n} bytes are there or the end is reached; *got says how many. */
enum err io_read_full(int fd, uint8_t *to, size_t n, size_t *got);

#endif
