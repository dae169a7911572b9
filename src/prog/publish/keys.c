/* publish/keys.c: "holdfast-publish keys": everything secret that a publisher needs, made once. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/publish/epoch.h"
#include "prog/publish/options.h"
#include "prog/publish/passphrase_file.h"
#include "prog/publish/publish.h"
#include "tuf/ceremony.h"

static const char usage[] =
    "usage: holdfast-publish keys [--root M/N] [--targets M/N] [--passphrase-file FILE] DIR\n"
    "\n"
    "Make the publisher's keys in DIR, which is made when it is missing:\n"
    "\n"
    "  root-1.key ...       N keys, of which M must sign whenever keys change (default 3/5)\n"
    "  targets-1.key ...    N keys, of which M must sign a release (default 2/3)\n"
    "  snapshot-1.key, timestamp-1.key    sign what is current; \"resign\" needs them\n"
    "  epochs/1             seals releases\n"
    "  root.json            what devices start to trust from\n"
    "\n"
    "With --passphrase-file, root and targets keys are sealed under the first line of FILE.\n"
    "Keys that are there are never overwritten; a run that was cut short is completed. Take the\n"
    "root keys off this machine afterwards: doc/updates.md says how.\n";

struct keys_options {
	const char *root, *targets, *passphrase, *dir;
};

/* "M/N" with M from 1 to N. NULL leaves ${out} alone. */
static enum err
read_quorum(const char *text, struct tuf_quorum *out)
{
	struct bytes b = bytes_of_text(text == NULL ? "" : text);
	size_t slash = bytes_find(b, '/');
	uint64_t threshold, count;

	if (text == NULL)
		return ERR_NONE;
	if (text_to_u64(bytes_first(b, slash), TUF_KEYS_MAX, &threshold) != ERR_NONE ||
	    text_to_u64(bytes_from(b, slash + 1), TUF_KEYS_MAX, &count) != ERR_NONE || threshold < 1 ||
	    threshold > count)
		return ERR_MALFORMED;
	*out = (struct tuf_quorum){ (int)threshold, (int)count };
	return ERR_NONE;
}

static enum err
make(const struct keys_options *o, const struct tuf_quorum *quorums, struct fault *why)
{
	struct passphrase passphrase;
	struct tuf_keyring ring;
	enum err e;

	if ((e = passphrase_read(o->passphrase, &passphrase, why)) != ERR_NONE)
		return e;
	ring.passphrase = passphrase_text(&passphrase);
	if ((e = file_open_dir(AT_FDCWD, o->dir, true, &ring.dir, why)) != ERR_NONE)
		goto done;
	/* root.json, made last, is what says that all is there. */
	if (faccessat(ring.dir, "root.json", F_OK, 0) == 0)
		e = fault_set(why, ERR_EXISTS, "there are keys already, and they stay as they are");
	else if ((e = epoch_ensure_first(ring.dir, why)) == ERR_NONE)
		e = tuf_ceremony_begin(&ring, quorums, clock_wall(), why);
	if (e != ERR_NONE)
		fault_within(why, "%s", o->dir);
	close(ring.dir);
done:
	passphrase_forget(&passphrase);
	return e;
}

static int
run(const struct keys_options *o)
{
	struct tuf_quorum quorums[TUF_ROLES];
	struct fault why;

	memcpy(quorums, tuf_quorums, sizeof quorums);
	if (read_quorum(o->root, &quorums[TUF_ROOT]) != ERR_NONE ||
	    read_quorum(o->targets, &quorums[TUF_TARGETS]) != ERR_NONE) {
		options_complain("keys", "--root and --targets take M/N, such as 3/5");
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (make(o, quorums, &why) != ERR_NONE) {
		options_say_fault("keys", &why);
		return PUBLISH_FAILED;
	}
	printf("%s: keys made; keep them secret, and a copy of them safe\n"
	       "  %d of %d root keys change keys, %d of %d targets keys make a release\n"
	       "%s/root.json: give this to devices; it is not secret\n",
	    o->dir, quorums[TUF_ROOT].threshold, quorums[TUF_ROOT].count,
	    quorums[TUF_TARGETS].threshold, quorums[TUF_TARGETS].count, o->dir);
	if (o->passphrase == NULL)
		fputs("note: they are not sealed; --passphrase-file seals root and targets keys\n", stderr);
	return PUBLISH_DONE;
}

int
keys_run(int argc, char **argv)
{
	struct keys_options o = { .root = NULL };
	const struct option_spec specs[] = {
		{ "root", 0, NULL, &o.root },
		{ "targets", 0, NULL, &o.targets },
		{ "passphrase-file", 0, NULL, &o.passphrase },
	};
	struct command_line line = { .usage = usage };

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
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
	o.dir = line.operands[0];
	return run(&o);
}
