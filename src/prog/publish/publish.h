/* publish/publish.h: what the subcommands of holdfast-publish share: their entries and exit codes. */
#ifndef HOLDFAST_PROG_PUBLISH_PUBLISH_H
#define HOLDFAST_PROG_PUBLISH_PUBLISH_H

/* Of all subcommands but scan, which speaks clamscan's (see scan.c). In the manual. */
enum publish_exit {
	PUBLISH_DONE = 0,
	PUBLISH_FAILED = 1,
	PUBLISH_USAGE = 64
};

/* One for each subcommand: argv[0] is its name. They return the exit code. */
int build_run(int argc, char **argv);
int explain_run(int argc, char **argv);
int keys_run(int argc, char **argv);
int release_run(int argc, char **argv);
int resign_run(int argc, char **argv);
int rollout_run(int argc, char **argv);
int root_run(int argc, char **argv);
int scan_run(int argc, char **argv);

#endif
