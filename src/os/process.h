/* os/process.h: start our own programs with exactly the descriptors that they need, and no more. */
#ifndef HOLDFAST_OS_PROCESS_H
#define HOLDFAST_OS_PROCESS_H

#include <sys/types.h>

#include "base/bytes.h"
#include "base/err.h"

/* Descriptors that a started program finds at 3, 4, 5, ...: enough for every program of ours. */
#define PROCESS_FDS_MAX 4

/* Start ${path} with ${argv} (NULL-terminated). fds[i] becomes descriptor 3 + i there; standard
 * error is kept, standard input and output are /dev/null, all else is closed. The environment
 * is emptied but for PATH, LANG, TZ, what sanitizers and fault-injecting libraries read, and names
 * that start with HOLDFAST_ or SSL_CERT_ or end in _proxy.
 * The program is killed when the thread that started it ends. ERR_NOT_FOUND when there is no such
 * program. */
enum err process_start(const char *path, const char *const *argv, const int *fds, size_t fd_count,
    pid_t *out, struct fault *why);

/* The folder that the running program lies in, to find its siblings. ERR_LIMIT: over ${size}. */
enum err process_own_dir(char *out, size_t size);

/* The path of a sibling program: beside the running one (as installed in libexec or built), or in
 * the build folder's layout ../FOLDER/NAME. ERR_NOT_FOUND. */
enum err process_find_sibling(const char *folder, const char *name, char *out, size_t size,
    struct fault *why);

/* How a child ended, for a log line: "exit status 2", "signal 9 (Killed)". */
void process_end_text(int wait_status, char *out, size_t size);

/* No core file, no ptrace by others: for every process that holds a secret. */
void process_protect_memory(void);

#endif
