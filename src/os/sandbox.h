/* os/sandbox.h: give up, for good, everything that reading hostile bytes does not need.
 * After sandbox_enter a process can compute, use memory, and talk over the descriptors that it
 * kept. It cannot open, connect, execute, fork, trace, signal others or make memory executable. */
#ifndef HOLDFAST_OS_SANDBOX_H
#define HOLDFAST_OS_SANDBOX_H

#include <sys/types.h>

#include "base/err.h"
#include "base/buf.h"

/* Each that is in force is a bit of the result. */
enum sandbox_layer {
	SANDBOX_OWN_UID = 1,	/* another user than the parent; only when started as root */
	SANDBOX_NO_NEW_PRIVS = 2,
	/* No file system, no TCP, no signals to others, as far as the kernel has it. */
	SANDBOX_LANDLOCK = 4,
	SANDBOX_SECCOMP = 8,	/* an allow-list of system calls */
	SANDBOX_LIMITS = 16,	/* memory (not under sanitizers), CPU time, descriptors, cores */
	SANDBOX_NOT_DUMPABLE = 32,	/* nobody may trace it or read its memory */
	SANDBOX_LAYERS = 63
};

/* With the descriptors that it may keep. */
struct sandbox_settings {
	uid_t uid;		/* who to become when started as root; 0: stay */
	gid_t gid;
	uint64_t memory;	/* bytes of private memory */
	uint64_t mapped;	/* bytes of files mapped besides, for the address space's ceiling */
	uint32_t cpu_seconds;	/* in the whole life of the process */
	/* Descriptors, ascending; all others are closed, standard error too. */
	const int *keep;
	size_t keep_count;
};

/* Enter; there is no way back. *layers says what is in force. Landlock may be missing from the
 * kernel (and the own uid when not started as root); every other layer is a must:
 * ERR_UNSUPPORTED or ERR_DENIED with the sentence, and the process should end. The process must
 * have one thread. It is killed from then on when the thread that started it ends. */
enum err sandbox_enter(const struct sandbox_settings *settings, uint32_t *layers,
    struct fault *why);

/* Append words such as "own user, no new privileges, seccomp; missing: Landlock". */
void sandbox_describe(uint32_t layers, struct buf *out);

#endif
