/* publish/root.c: "holdfast-publish root": the ceremony of a new root. Its draft is a file that travels; none of the
 * three steps needs a network (doc/updates.md). */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/process.h"
#include "prog/publish/options.h"
#include "prog/publish/publish.h"
#include "prog/publish/site.h"
#include "tuf/ceremony.h"

static const char usage[] =
    "usage: holdfast-publish root --keys DIR [--rotate ROLE] [OPTION] draft FILE\n"
    "       holdfast-publish root --keys DIR [OPTION] sign FILE\n"
    "       holdfast-publish root --keys DIR keep FILE\n"
    "\n"
    "  draft    write the next root to FILE: good for another year, with new keys, made in DIR,\n"
    "           for ROLE: root, targets, snapshot or timestamp\n"
    "  sign     add to FILE the signatures of the root keys in DIR\n"
    "  keep     when enough have signed, by the old root and the new one, put it beside the keys;\n"
    "           the next release or resign publishes it\n"
    "\n"
    "  --keys DIR               need not hold every key; N.root.json must be there\n"
    "  --passphrase-file FILE   its first line opens and seals keys\n";

struct root_options {
	struct site_paths paths;
	const char *rotate, *action, *file;
};

static const char *const shown_roles[TUF_ROLES] = { [TUF_ROOT] = "root", [TUF_TARGETS] = "targets",
	[TUF_SNAPSHOT] = "snapshot", [TUF_TIMESTAMP] = "timestamp" };

/* TUF_NO_ROLE when there is none of this name. */
static enum tuf_role
role_of(const char *name)
{
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++)
		if (text_equal(name, shown_roles[role]))
			return role;
	return TUF_NO_ROLE;
}

static enum err
draft(const struct root_options *o, const struct tuf_keyring *ring, struct fault *why)
{
	enum tuf_role role = o->rotate == NULL ? TUF_NO_ROLE : role_of(o->rotate);
	struct buf out;
	enum err e;

	buf_init(&out, TUF_ROOT_MAX);
	if ((e = tuf_ceremony_draft(ring, role, clock_wall(), &out, why)) == ERR_NONE &&
	    (e = file_create(AT_FDCWD, o->file, buf_bytes(&out), 0644, why)) == ERR_NONE)
		printf("drafted: %s; let the holders of root keys sign it\n", o->file);
	buf_fini(&out);
	return e;
}

static enum err
sign(const struct root_options *o, const struct tuf_keyring *ring, struct bytes file,
    struct fault *why)
{
	struct buf out;
	size_t added = 0;
	enum err e;

	buf_init(&out, TUF_ROOT_MAX);
	if ((e = tuf_ceremony_sign(ring, file, &added, &out, why)) == ERR_NONE &&
	    (e = file_replace(AT_FDCWD, o->file, buf_bytes(&out), 0644, why)) == ERR_NONE)
		printf("signed: %s, with %zu more keys\n", o->file, added);
	buf_fini(&out);
	return e;
}

static enum err
keep(const struct root_options *o, const struct tuf_keyring *ring, struct bytes file,
    struct fault *why)
{
	int64_t version;
	enum err e;

	if ((e = tuf_ceremony_keep(ring, file, &version, why)) == ERR_NONE)
		printf("kept: %s/%" PRId64 ".root.json; the next release or resign publishes it\n",
		    o->paths.keys, version);
	return e;
}

static enum err
act(const struct root_options *o, const struct tuf_keyring *ring, struct fault *why)
{
	struct buf file;
	enum err e;

	if (text_equal(o->action, "draft"))
		return draft(o, ring, why);
	buf_init(&file, TUF_ROOT_MAX);
	if ((e = file_read(AT_FDCWD, o->file, &file, why)) == ERR_NONE)
		e = text_equal(o->action, "sign") ? sign(o, ring, buf_bytes(&file), why) :
						    keep(o, ring, buf_bytes(&file), why);
	buf_fini(&file);
	return e;
}

static enum err
run(const struct root_options *o, struct fault *why)
{
	struct passphrase passphrase;
	struct tuf_keyring ring;
	enum err e;

	if ((e = passphrase_read(o->paths.passphrase, &passphrase, why)) != ERR_NONE)
		return e;
	ring.passphrase = passphrase_text(&passphrase);
	if ((e = file_open_dir(AT_FDCWD, o->paths.keys, false, &ring.dir, why)) == ERR_NONE) {
		e = act(o, &ring, why);
		close(ring.dir);
	}
	passphrase_forget(&passphrase);
	return e;
}

/* NULL when it makes sense. */
static const char *
objection(const struct root_options *o, size_t operands)
{
	if (o->paths.keys == NULL || operands != 2)
		return "it needs --keys DIR, one of draft, sign and keep, and a FILE";
	if (!text_equal(o->action, "draft") && !text_equal(o->action, "sign") &&
	    !text_equal(o->action, "keep"))
		return "the step must be draft, sign or keep";
	if (o->rotate != NULL && (role_of(o->rotate) == TUF_NO_ROLE || !text_equal(o->action, "draft")))
		return "--rotate takes root, targets, snapshot or timestamp, with draft";
	return NULL;
}

int
root_run(int argc, char **argv)
{
	struct root_options o = { .rotate = NULL };
	const struct option_spec specs[] = {
		{ "keys", 0, NULL, &o.paths.keys },
		{ "rotate", 0, NULL, &o.rotate },
		{ "passphrase-file", 0, NULL, &o.paths.passphrase },
	};
	struct command_line line = { .usage = usage };
	const char *wrong;
	struct fault why;

	switch (options_read(argc, argv, specs, sizeof specs / sizeof specs[0], &line)) {
	case OPTIONS_BAD:
		return PUBLISH_USAGE;
	case OPTIONS_ANSWERED:
		return PUBLISH_DONE;
	case OPTIONS_READ:
		break;
	}
	if (line.operand_count == 2) {
		o.action = line.operands[0];
		o.file = line.operands[1];
	}
	if ((wrong = objection(&o, line.operand_count)) != NULL) {
		options_complain("root", "%s", wrong);
		return PUBLISH_USAGE;
	}
	process_protect_memory();
	if (run(&o, &why) == ERR_NONE)
		return PUBLISH_DONE;
	options_say_fault("root", &why);
	return PUBLISH_FAILED;
}
