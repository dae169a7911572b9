/* bench/delta.c: for bench/updates: how long it takes to make a delta from one file to another, and to apply it; and the most
 * memory that a process has which only applies it.
 *
 * Usage: delta OLD NEW */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "delta/delta.h"

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct bytes
map(int fd)
{
	struct stat st;
	void *p = fstat(fd, &st) != 0 ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		exit(EXIT_FAILURE);
	return bytes_of(p, (size_t)st.st_size);
}

/* In a process of its own, whose memory is then that of this alone. */
static void
apply(int old, int delta)
{
	int out = memfd_create("out", MFD_CLOEXEC), status;
	struct rusage usage;
	struct fault why;
	double began;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		began = seconds();
		if (delta_apply(old, delta, UINT64_MAX, out, &why) != ERR_NONE)
			_exit(EXIT_FAILURE);
		getrusage(RUSAGE_SELF, &usage);
		printf("applied in %.3f s with %.1f MB\n", seconds() - began, (double)usage.ru_maxrss / 1024);
		fflush(stdout);
		_exit(EXIT_SUCCESS);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		exit(EXIT_FAILURE);
}

int
main(int argc, char **argv)
{
	int old = argc == 3 ? open(argv[1], O_RDONLY) : -1, fresh = argc == 3 ? open(argv[2], O_RDONLY) : -1;
	int delta = memfd_create("delta", MFD_CLOEXEC);
	struct bytes from, to;
	struct fault why;
	double began = seconds();

	if (old < 0 || fresh < 0 || delta < 0) {
		fputs("usage: delta OLD NEW\n", stderr);
		return EXIT_FAILURE;
	}
	from = map(old);
	to = map(fresh);
	if (delta_make(from, to, delta, &why) != ERR_NONE)
		return EXIT_FAILURE;
	printf("  delta of %lld bytes made in %.1f s of CPU, ", (long long)lseek(delta, 0, SEEK_CUR), seconds() - began);
	munmap((void *)(uintptr_t)from.p, from.n);
	munmap((void *)(uintptr_t)to.p, to.n);
	lseek(delta, 0, SEEK_SET);
	apply(old, delta);
	return EXIT_SUCCESS;
}
