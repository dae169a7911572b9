/* publish/place.h: for tests only: a folder to work in, and the program run in it as its users do.
 * Whatever fails in here fails the test. */
#ifndef HOLDFAST_PROG_PUBLISH_PLACE_H
#define HOLDFAST_PROG_PUBLISH_PLACE_H

#include <sys/resource.h>

#include "base/buf.h"
#include "base/err.h"

/* The folder, and what the last run said: NUL-terminated. */
struct place {
	char path[160];
	int dir;
	struct buf out, err;
	struct fault why;
};

/* What a run may be put under. */
struct conditions {
	rlim_t file_size;	/* bytes that a file may have; 0: any */
	long kill_after_us;	/* 0: not at all */
};

/* A fresh folder. */
void place_open(struct place *p);
void place_close(struct place *p);

/* Write a file. */
void place_put(struct place *p, const char *name, const char *text);

/* Make "sources": one body and one hash signature, one line of nonsense, one file of another kind. */
void place_put_sources(struct place *p);

/* Run "holdfast-publish WORDS" in the folder; ${words} are parted by single spaces. The exit code, or
 * minus the signal that ended it. */
int place_run(struct place *p, const char *words);
int place_run_under(struct place *p, const char *words, const struct conditions *c);

/* What the last run said. */
const char *place_out(const struct place *p);
const char *place_err(const struct place *p);

#endif
