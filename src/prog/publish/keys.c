/* publish/keys.c: "holdfast-publish keys": everything secret that a publisher needs, made once. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/publish/epoch.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "tuf/repo.h"

static const char usage[] =
    "usage: holdfast-publish keys DIR\n"
    "\n"
    "Make the publisher's keys in DIR, which is made when it is missing:\n"
    "\n"
    "  root.key, targets.key, snapshot.key, timestamp.key   sign releases (Ed25519)\n"
    "  epochs/1                                             seals releases\n"
    "  root.json                                            what devices start to trust from\n"
    "\n"
    "Keys that are there are never overwritten; a run that was cut short is completed.\n";

static enum err
make(const char *path, struct fault *why)
{
	enum err e;
	int keys;

	if ((e = file_open_dir(AT_FDCWD, path, true, &keys, why)) != ERR_NONE)
		return e;
	/* root.json, made last, is what says that all is there. */
	if (faccessat(keys, "root.json", F_OK, 0) == 0)
		e = fault_set(why, ERR_EXISTS, "there are keys already, and they stay as they are");
	else if ((e = epoch_ensure_first(keys, why)) == ERR_NONE)
		e = tuf_repo_make_keys(keys, clock_wall(), why);
	if (e != ERR_NONE)
		fault_within(why, "%s", path);
	close(keys);
	return e;
}

int
keys_run(int argc, char **argv)
{
	struct command_line line = { .usage = usage };
	struct fault why;

	switch (options_read(argc, argv, NULL, 0, &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (line.operand_count != 1) {
		options_complain("keys", "it needs one folder, DIR");
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (make(line.operands[0], &why) != ERR_NONE) {
		options_say_fault("keys", &why);
		return PUBLISH_FAILED;
	}
	printf("%s: keys made; keep them secret, and a copy of them safe\n"
	       "%s/root.json: give this to devices; it is not secret\n",
	    line.operands[0], line.operands[0]);
	return PUBLISH_DONE;
}
