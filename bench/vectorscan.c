/* bench/vectorscan: the peer in bench/engine: how fast does Vectorscan search the same bodies?
 * Compiles the plain bodies of a source (.ndb) for block mode, as it is told to for literals in hex, matches
 * the files that standard input lists, and prints one line of figures as bench/match does. */
#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 65536 };

struct patterns {
	char **texts;
	unsigned *flags, *ids;
	unsigned count, room;
};

static void
fail(const char *what)
{
	fprintf(stderr, "vectorscan: %s\n", what);
	exit(2);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* "aabb" becomes "\xaa\xbb". */
static char *
escape(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *text = malloc(4 * n + 1);

	if (text == NULL)
		fail("out of memory");
	for (size_t i = 0; i < n; i++) {
		memcpy(text + 4 * i, "\\x", 2);
		memcpy(text + 4 * i + 2, hex + 2 * i, 2);
	}
	text[4 * n] = '\0';
	return text;
}

static void
add(struct patterns *p, const char *hex)
{
	if (p->count == p->room) {
		p->room = p->room == 0 ? 1024 : 2 * p->room;
		p->texts = realloc(p->texts, p->room * sizeof p->texts[0]);
		p->flags = realloc(p->flags, p->room * sizeof p->flags[0]);
		p->ids = realloc(p->ids, p->room * sizeof p->ids[0]);
		if (p->texts == NULL || p->flags == NULL || p->ids == NULL)
			fail("out of memory");
	}
	p->texts[p->count] = escape(hex);
	p->flags[p->count] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
	p->ids[p->count] = p->count;
	p->count++;
}

static void
read_source(const char *path, struct patterns *p)
{
	static char line[LINE];
	FILE *f = fopen(path, "r");

	if (f == NULL)
		fail(path);
	while (fgets(line, sizeof line, f) != NULL) {
		char *hex = strrchr(line, ':');

		line[strcspn(line, "\r\n")] = '\0';
		if (hex != NULL)
			add(p, hex + 1);
	}
	fclose(f);
}

static int
take_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
	(void)id, (void)from, (void)to, (void)flags;
	++*(unsigned long long *)ctx;
	return 0;
}

static size_t
match_file(const hs_database_t *db, hs_scratch_t *scratch, const char *path, unsigned long long *found)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st) != 0)
		fail(path);
	p = st.st_size == 0 ? NULL : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (p == NULL)
		return 0;
	if (p == MAP_FAILED || hs_scan(db, p, (unsigned)st.st_size, 0, scratch, take_match, found) != HS_SUCCESS)
		fail(path);
	munmap(p, (size_t)st.st_size);
	return (size_t)st.st_size;
}

int
main(int argc, char **argv)
{
	double begun = cpu_seconds(), built, cpu;
	unsigned long long found = 0, bytes = 0;
	struct patterns p = { 0 };
	hs_compile_error_t *error;
	hs_scratch_t *scratch = NULL;
	hs_database_t *db;
	char path[4096];

	if (argc != 2)
		fail("usage: vectorscan SOURCE.ndb < LIST-OF-FILES");
	read_source(argv[1], &p);
	if (hs_compile_multi((const char *const *)p.texts, p.flags, p.ids, p.count, HS_MODE_BLOCK, NULL, &db,
		&error) != HS_SUCCESS)
		fail(error->message);
	if (hs_alloc_scratch(db, &scratch) != HS_SUCCESS)
		fail("out of memory");
	built = cpu_seconds();
	while (fgets(path, sizeof path, stdin) != NULL) {
		path[strcspn(path, "\n")] = '\0';
		bytes += match_file(db, scratch, path, &found);
	}
	cpu = cpu_seconds() - built;
	printf("bytes %llu found %llu build %.3f cpu %.4f MB/s %.0f\n", bytes, found, built - begun, cpu,
	    (double)bytes / 1e6 / cpu);
	return 0;
}
