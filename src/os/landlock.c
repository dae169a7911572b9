/* os/landlock.c: see landlock.h. The C library of Debian 12 has no wrappers, and its kernel headers are older
 * than the kernels that this runs on: the few structures that newer ones take stand here. */
#include "os/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

/* As in linux/landlock.h of newer kernels than the one that built this. */
struct landlock_all {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
};

/* Rights to files; the truncation of version 3 is not in Debian's headers. */
#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define TRUNCATES (UINT64_C(1) << 14)
#define WRITES (READS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_REG | TRUNCATES)
/* Rights that mean nothing for a single file, which the kernel refuses there. */
#define ON_FOLDERS (LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_MAKE_REG)

/* From this version on it can refuse TCP (Linux 6.7). */
enum { VERSION_TCP = 4 };

/* Everything that the running kernel's Landlock can refuse. */
static struct landlock_all
all_of_version(long version)
{
	/* Rights to files of version 1 are the bits 0 to 12; 2 added one, 3 one, 5 one. */
	static const unsigned fs_bits[] = { 0, 13, 14, 15, 15, 16 };
	struct landlock_all all = { 0, 0, 0 };

	all.handled_access_fs = (UINT64_C(1) << fs_bits[version < 5 ? version : 5]) - 1;
	if (version >= VERSION_TCP)
		all.handled_access_net = 3;	/* bind and connect by TCP */
	if (version >= 6)
		all.scoped = 3;		/* abstract sockets and signals outside */
	return all;
}

static enum err
allow(int rules, const struct landlock_path *p, uint64_t handled, struct fault *why)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(p->path, O_PATH | O_CLOEXEC) };
	enum err e = ERR_NONE;
	struct stat st;

	if (rule.parent_fd < 0)
		return errno == ENOENT ? ERR_NONE : fault_errno(why, "cannot look at %s", p->path);
	rule.allowed_access = handled & (p->right == LANDLOCK_WRITE ? WRITES : READS);
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= ~(uint64_t)ON_FOLDERS;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
		e = fault_errno(why, "cannot let Landlock pass %s", p->path);
	close(rule.parent_fd);
	return e;
}

/* Below 1: it is not built in, or not switched on. */
static long
running_version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

enum err
landlock_enter(const struct landlock_path *paths, size_t count, bool network, bool *in_force,
    struct fault *why)
{
	/* An older kernel knows a shorter form, and refuses what it does not know. */
	static const size_t sizes[] = { 0, 8, 8, 8, 16, 16, 24 };
	long version = running_version();
	struct landlock_all all;
	enum err e = ERR_NONE;
	int rules;

	*in_force = false;
	if (version < 1)
		return ERR_NONE;
	all = all_of_version(version);
	if (network)
		all.handled_access_net = 0;
	rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizes[version < 6 ? version : 6], 0);
	if (rules < 0)
		return fault_errno(why, "cannot enter Landlock");
	for (size_t i = 0; i < count && e == ERR_NONE; i++)
		if (paths[i].path != NULL && paths[i].right != LANDLOCK_NOTHING)
			e = allow(rules, &paths[i], all.handled_access_fs, why);
	if (e == ERR_NONE && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
				 syscall(SYS_landlock_restrict_self, rules, 0) != 0))
		e = fault_errno(why, "cannot enter Landlock");
	*in_force = e == ERR_NONE;
	close(rules);
	return e;
}

enum err
landlock_confine(const struct landlock_path *paths, size_t count, bool network, struct fault *why)
{
	bool in_force;
	enum err e = landlock_enter(paths, count, network, &in_force, why);

	if (e == ERR_NONE && !in_force)
		log_warn("this kernel has no Landlock: only file modes keep this process from other files");
	else if (e == ERR_NONE && !network && running_version() < VERSION_TCP)
		log_warn("this kernel's Landlock knows no TCP (Linux 6.7 does): only its own code keeps this process from "
			 "the network");
	return e;
}
