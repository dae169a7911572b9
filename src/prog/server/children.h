/* prog/server/children.h: the server's processes: started, watched, started again, stopped. */
#ifndef HOLDFAST_PROG_SERVER_CHILDREN_H
#define HOLDFAST_PROG_SERVER_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

#define CHILDREN_MAX 64
#define CHILD_ARGUMENTS_MAX 40

struct child {
	const char *name;	/* the program */
	char path[4096];
	const char *argv[CHILD_ARGUMENTS_MAX + 1];
	int listener;		/* its descriptor 3; -1: it has none */
	pid_t pid;		/* 0: not running */
	int64_t started_ms;
	int64_t again_ms;	/* when to start it again */
	int64_t pause_ms;	/* between its end and the next start; grows while it keeps failing */
};

struct children {
	struct child list[CHILDREN_MAX];
	size_t count;
};

/* Add ${name} from the folder ${folder} of the build; ${argv} without the program's own name. */
enum err children_add(struct children *all, const char *folder, const char *name,
    const char *const *argv, int listener, struct fault *why);

/* Start all that does not run and whose time has come. */
void children_start_due(struct children *all, int64_t now_ms);

/* A child ended, as waitpid said. Unless ${stopping}, it will be started again. */
void children_ended(struct children *all, pid_t pid, int status, int64_t now_ms, bool stopping);

/* To all, or to those of one ${name}. */
void children_signal(struct children *all, const char *name, int signal_number);

/* How many run. */
size_t children_running(const struct children *all);

#endif
