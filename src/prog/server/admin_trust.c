/* prog/server/admin_trust.c: print the file that tells an agent whom to trust; doc/device-protocol.md. */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/sign.h"
#include "os/file.h"
#include "prog/server/server.h"

static const char usage[] =
    "usage: holdfast-server trust --state DIR --root FILE [--updates URL]\n\n"
    "Prints the trust file for the agents of this server: its address, its lease key, and the\n"
    "publisher's root of trust (FILE: the root.json that holdfast-publish keys made).\n"
    "  --updates URL  where releases are found; BASE-URL/updates/ unless given\n";

/* Roots of trust hold a handful of keys. */
enum { ROOT_MAX = 65536 };

struct trust {
	char base_url[URL_SIZE];
	char updates[URL_SIZE];
	struct buf lease_key;	/* base64url */
	json_t *root;
};

static enum err
read_base_url(int state, struct trust *t, struct fault *why)
{
	struct bytes text;
	struct buf b;
	enum err e;

	buf_init(&b, sizeof t->base_url);
	if ((e = file_read(state, STATE_BASE_URL, &b, NULL)) != ERR_NONE) {
		fault_set(why, e, "the server has not run here yet: start it once, then ask again");
	} else {
		text = buf_bytes(&b);
		e = text_from_bytes(t->base_url, sizeof t->base_url,
		    bytes_first(text, bytes_find(text, '\n')));
	}
	buf_fini(&b);
	return e;
}

static enum err
read_lease_key(int state, struct trust *t, struct fault *why)
{
	struct buf b;
	enum err e;

	buf_init(&b, SIGN_PUBLIC_SIZE);
	e = file_read(state, STATE_KEYS "/lease.pub", &b, why);
	if (e == ERR_NONE && b.n != SIGN_PUBLIC_SIZE)
		e = fault_set(why, ERR_TRUNCATED, "%s/lease.pub is not a public key", STATE_KEYS);
	if (e == ERR_NONE)
		encode_base64url(buf_bytes(&b), &t->lease_key);
	buf_fini(&b);
	return e;
}

static enum err
read_root(const char *path, struct trust *t, struct fault *why)
{
	struct buf b;
	enum err e;

	buf_init(&b, ROOT_MAX);
	if ((e = file_read(AT_FDCWD, path, &b, why)) == ERR_NONE &&
	    (e = json_parse(buf_bytes(&b), &t->root, why)) != ERR_NONE)
		fault_within(why, "%s", path);
	buf_fini(&b);
	return e;
}

static enum err
print_trust(struct trust *t)
{
	json_t *all;

	if (t->updates[0] == '\0')
		snprintf(t->updates, sizeof t->updates, "%.240supdates/", t->base_url);
	all = json_pack("{s:s, s:s, s:[s#], s:s, s:O}", "server", t->base_url, "issuer", t->base_url,
	    "lease_keys", (const char *)t->lease_key.p, (int)t->lease_key.n, "updates", t->updates,
	    "root", t->root);
	if (all == NULL)
		return ERR_NOMEM;
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return ERR_NONE;
}

static int
show(const char *state, const char *root, const char *updates)
{
	struct fault why = { ERR_NONE, "out of memory" };
	struct trust t = { .root = NULL };
	enum err e;
	int dir;

	buf_init(&t.lease_key, 256);
	if (updates != NULL && text_copy(t.updates, sizeof t.updates, updates) != ERR_NONE)
		return server_usage("trust", "--updates is too long");
	if ((e = file_open_dir(AT_FDCWD, state, false, &dir, &why)) == ERR_NONE) {
		if ((e = read_base_url(dir, &t, &why)) == ERR_NONE &&
		    (e = read_lease_key(dir, &t, &why)) == ERR_NONE &&
		    (e = read_root(root, &t, &why)) == ERR_NONE)
			e = print_trust(&t);
		close(dir);
	}
	if (e != ERR_NONE)
		fprintf(stderr, "holdfast-server trust: %s\n", why.text);
	json_decref(t.root);
	buf_fini(&t.lease_key);
	return e == ERR_NONE ? EXIT_DONE : EXIT_FAILED;
}

int
server_trust(int argc, char **argv)
{
	static const struct option known[] = { { "state", required_argument, NULL, 's' },
		{ "root", required_argument, NULL, 'r' }, { "updates", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' }, { 0 } };
	const char *state = NULL, *root = NULL, *updates = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (o) {
		case 's':
			state = optarg;
			break;
		case 'r':
			root = optarg;
			break;
		case 'u':
			updates = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return server_usage("trust", "see holdfast-server trust --help");
		}
	}
	if (state == NULL || root == NULL || optind != argc)
		return server_usage("trust", "--state DIR and --root FILE are needed");
	return show(state, root, updates);
}
