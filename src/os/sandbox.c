/* os/sandbox.c: see sandbox.h. The order matters: who we are first (it clears the death signal
 * and the dumpable flag), what we hold, what the file system may give, and the system calls
 * last. */
#include "os/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os/landlock.h"

/* Sanitizers map terabytes of shadow and look at themselves when they report: a build with them has
 * no ceiling on memory and a few more system calls. Never shipped. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

static enum err
change_user(const struct sandbox_settings *settings, uint32_t *layers, struct fault *why)
{
	uid_t uid = settings->uid;
	gid_t gid = settings->gid;

	if (geteuid() != 0 || uid == 0)
		return ERR_NONE;
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return fault_errno(why, "cannot become user %lu", (unsigned long)uid);
	if (setuid(0) == 0)
		return fault_set(why, ERR_DENIED, "cannot give up root for good");
	*layers |= SANDBOX_OWN_UID;
	return ERR_NONE;
}

static enum err
protect_self(uint32_t *layers, struct fault *why)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return fault_errno(why, "cannot protect this process");
	*layers |= SANDBOX_NOT_DUMPABLE;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fault_errno(why, "cannot give up new privileges");
	*layers |= SANDBOX_NO_NEW_PRIVS;
	return ERR_NONE;
}

static enum err
close_others(const struct sandbox_settings *settings, struct fault *why)
{
	/* Nothing is left to write to, so that a captured process cannot speak in the log or to the
	 * terminal; but what a sanitizer has to say must be seen. */
	unsigned from = SANDBOX_SANITIZED ? STDERR_FILENO + 1 : 0;

	if (SANDBOX_SANITIZED && close_range(0, STDERR_FILENO - 1, 0) != 0)
		return fault_errno(why, "cannot close descriptors");
	for (size_t i = 0; i < settings->keep_count; i++) {
		unsigned keep = (unsigned)settings->keep[i];

		if (keep > from && close_range(from, keep - 1, 0) != 0)
			return fault_errno(why, "cannot close descriptors");
		from = keep + 1;
	}
	if (close_range(from, ~0U, 0) != 0)
		return fault_errno(why, "cannot close descriptors");
	return ERR_NONE;
}

static bool
set_limit(int what, uint64_t value)
{
	struct rlimit limit = { value, value };

	return setrlimit((__rlimit_resource_t)what, &limit) == 0;
}

static enum err
set_limits(const struct sandbox_settings *settings, uint32_t *layers, struct fault *why)
{
	/* Programs and libraries are mapped as well. */
	static const uint64_t programs = UINT64_C(256) << 20;
	/* The descriptors that messages bring come on top of those kept. */
	enum { FILES = 64 };

	if (!set_limit(RLIMIT_CORE, 0) || !set_limit(RLIMIT_NOFILE, FILES) ||
	    !set_limit(RLIMIT_NPROC, 0) || !set_limit(RLIMIT_CPU, settings->cpu_seconds))
		return fault_errno(why, "cannot set limits");
	if (!SANDBOX_SANITIZED &&
	    (!set_limit(RLIMIT_DATA, settings->memory) ||
		!set_limit(RLIMIT_AS, settings->memory + settings->mapped + programs)))
		return fault_errno(why, "cannot set limits of memory");
	*layers |= SANDBOX_LIMITS;
	return ERR_NONE;
}

static enum err
enter_landlock(uint32_t *layers, struct fault *why)
{
	bool in_force;
	enum err e = landlock_enter(NULL, 0, false, &in_force, why);

	/* Without it seccomp stands alone. */
	if (in_force)
		*layers |= SANDBOX_LANDLOCK;
	return e;
}

/* What reading descriptors, using memory and answering needs. */
static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(brk),
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time), SCMP_SYS(getrandom),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(exit), SCMP_SYS(exit_group) };

/* What libraries try and can do without: refused, where all else is fatal. */
static const int refused[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(creat),
	SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx),
	SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(uname),
	SCMP_SYS(sysinfo), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid),
	SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(sched_getaffinity), SCMP_SYS(prctl),
	SCMP_SYS(umask), SCMP_SYS(writev)
#if !SANDBOX_SANITIZED
	, SCMP_SYS(write)	/* a failed assertion writes, then aborts: let it come to that */
#endif
};

#if SANDBOX_SANITIZED
static const int sanitizers_need[] = { SCMP_SYS(getppid), SCMP_SYS(nanosleep),
	SCMP_SYS(clock_nanosleep), SCMP_SYS(getrusage), SCMP_SYS(write), SCMP_SYS(mincore) };
#endif

static bool
add_rules(scmp_filter_ctx filter)
{
	bool ok = true;

	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
		ok &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
		ok &= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), refused[i], 0) == 0;
#if SANDBOX_SANITIZED
	for (size_t i = 0; i < sizeof sanitizers_need / sizeof sanitizers_need[0]; i++)
		ok &= seccomp_rule_add(filter, SCMP_ACT_ALLOW, sanitizers_need[i], 0) == 0;
#endif
	return ok;
}

static bool
add_rule_on(scmp_filter_ctx filter, uint32_t action, int call, struct scmp_arg_cmp argument)
{
	return seccomp_rule_add_array(filter, action, call, 1, &argument) == 0;
}

/* Memory may be had, but never to be executed; a signal may be sent, but only to oneself
 * (abort). */
static bool
add_rules_by_argument(scmp_filter_ctx filter)
{
	static const int maps[] = { SCMP_SYS(mmap), SCMP_SYS(mprotect) };
	/* Argument 2 is the protection. */
	struct scmp_arg_cmp without = { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 };
	struct scmp_arg_cmp with = { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC };
	struct scmp_arg_cmp self = { 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0 };
	bool ok = add_rule_on(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), self);

	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		ok &= add_rule_on(filter, SCMP_ACT_ALLOW, maps[i], without);
		ok &= add_rule_on(filter, SCMP_ACT_ERRNO(EACCES), maps[i], with);
	}
	return ok;
}

static enum err
enter_seccomp(uint32_t *layers, struct fault *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	enum err e = ERR_NONE;
	int r;

	if (filter == NULL)
		return fault_set(why, ERR_NOMEM, "cannot make a filter of system calls");
	if (seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 ||
	    !add_rules(filter) || !add_rules_by_argument(filter)) {
		e = fault_set(why, ERR_UNSUPPORTED, "cannot make a filter of system calls");
	} else if ((r = seccomp_load(filter)) != 0) {
		errno = -r;
		e = fault_errno(why, "cannot load the filter of system calls");
	} else {
		*layers |= SANDBOX_SECCOMP;
	}
	seccomp_release(filter);
	return e;
}

enum err
sandbox_enter(const struct sandbox_settings *settings, uint32_t *layers, struct fault *why)
{
	enum err e;

	*layers = 0;
	if ((e = close_others(settings, why)) != ERR_NONE ||
	    (e = change_user(settings, layers, why)) != ERR_NONE ||
	    (e = protect_self(layers, why)) != ERR_NONE ||
	    (e = enter_landlock(layers, why)) != ERR_NONE ||
	    (e = set_limits(settings, layers, why)) != ERR_NONE ||
	    (e = enter_seccomp(layers, why)) != ERR_NONE)
		return fault_within(why, "sandbox");
	return ERR_NONE;
}

void
sandbox_describe(uint32_t layers, struct buf *out)
{
	static const struct {
		enum sandbox_layer layer;
		const char *words;
	} names[] = {
		{ SANDBOX_OWN_UID, "own user" },
		{ SANDBOX_NO_NEW_PRIVS, "no new privileges" },
		{ SANDBOX_LANDLOCK, "Landlock" },
		{ SANDBOX_SECCOMP, "seccomp" },
		{ SANDBOX_LIMITS, "limits" },
		{ SANDBOX_NOT_DUMPABLE, "not traceable" },
	};
	const char *between = "";

	for (int present = 1; present >= 0; present--) {
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			if (((layers & names[i].layer) != 0) != (present == 1))
				continue;
			buf_put_string(out, between);
			buf_put_string(out, names[i].words);
			between = ", ";
		}
		between = (layers & SANDBOX_LAYERS) == 0 ? "missing: " : "; missing: ";
	}
}
