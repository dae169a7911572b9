/* bench/fill: a store as it is after years: so many subscriptions of one provider, each with a device on its seat,
 * and two events in its chain; and some more that wait for their device. Beside the store, files of requests for
 * bench/load: check-ins, orders, changes and activations. Everything goes through the store's own functions. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/access.h"
#include "entitle/event.h"
#include "store/store_sqlite.h"

enum { CHECKINS = 20000, WRITES = 5000, BATCH = 50000 };

struct filling {
	struct store *store;
	struct provider provider;
	int64_t now, count;
	char key[TOKEN_SIZE];
	FILE *checkins, *orders, *suspends, *resumes, *activations;
};

static void
must(enum err e, const char *what)
{
	if (e == ERR_NONE)
		return;
	fprintf(stderr, "fill: %s: %s\n", what, err_name(e));
	exit(2);
}

static FILE *
open_file(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if ((f = fopen(path, "w")) == NULL) {
		perror(path);
		exit(2);
	}
	return f;
}

static const char nonce[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static void
append(struct filling *f, const char *chain, const char *kind)
{
	must(event_append(f->store, chain, "provider", kind,
		 json_pack("{s:s, s:i}", "state", "active", "seats", 1), f->now), "event");
}

static void
add_device(struct filling *f, const struct subscription *sub, int64_t i)
{
	struct device d = { .name = "Laptop", .platform = "linux", .seated = true, .created = f->now,
		.last_seen = f->now, .generation = 1 };
	uint8_t digest[HASH_MAX];
	char token[TOKEN_SIZE];

	authority_make_id("dev_", d.id);
	authority_make_token("hfd_", token);
	memcpy(d.subscription, sub->id, ID_SIZE);
	snprintf(d.machine, sizeof d.machine, "machine-%012" PRId64, i);
	random_fill(d.key, sizeof d.key);
	must(authority_token_digest(token, digest), "digest");
	must(f->store->add_device(f->store, &d, digest), "device");
	/* Those asked for are spread over all. */
	if (i % (f->count / CHECKINS + 1) == 0)
		fprintf(f->checkins,
		    "POST /device/v1/checkin %s {\"nonce\":\"%s\",\"generation\":1}\n", token, nonce);
}

static void
add_subscription(struct filling *f, int64_t i, bool active)
{
	struct subscription sub = { .state = active ? SUB_ACTIVE : SUB_PENDING, .since = f->now,
		.seats = 1, .created = f->now, .revision = 1 };
	uint8_t digest[HASH_MAX];
	char code[CODE_SHOWN_SIZE];

	authority_make_id("sub_", sub.id);
	memcpy(sub.provider, f->provider.id, ID_SIZE);
	snprintf(sub.external_id, sizeof sub.external_id, "filled-%012" PRId64, i);
	snprintf(sub.reference, sizeof sub.reference, "HF-FILL-%04d", (int)(i % 10000));
	code_make(code);
	must(code_digest(code, digest), "digest");
	must(f->store->add_subscription(f->store, &sub, digest), "subscription");
	append(f, sub.id, "ordered");
	if (!active) {
		fprintf(f->activations,
		    "POST /device/v1/activate - {\"code\":\"%s\",\"machine\":\"machine-of-waiting\",\"name\":"
		    "\"Laptop\",\"platform\":\"linux\",\"key\":\"%s\",\"nonce\":\"%s\"}\n",
		    code, nonce, nonce);
		return;
	}
	add_device(f, &sub, i);
	append(f, sub.id, "activate");
	if (i % (f->count / WRITES + 1) == 0) {
		fprintf(f->suspends, "POST /v1/subscriptions/%s/suspend %s {\"reason\":\"billing\"}\n",
		    sub.id, f->key);
		fprintf(f->resumes, "POST /v1/subscriptions/%s/resume %s {}\n", sub.id, f->key);
	}
}

static void
fill(struct filling *f)
{
	int64_t position;

	for (int64_t i = 0; i < f->count + WRITES; i++) {
		if (i % BATCH == 0)
			must(f->store->begin(f->store), "begin");
		add_subscription(f, i, i < f->count);
		if (i % BATCH == BATCH - 1 || i == f->count + WRITES - 1)
			must(f->store->commit(f->store), "commit");
	}
	must(f->store->get_position(f->store, &position), "position");
	must(f->store->begin(f->store), "begin");
	/* The clerk has told of all of it, years ago. */
	must(f->store->delivery.put_cursor(f->store, "outgoing", position), "cursor");
	must(f->store->commit(f->store), "commit");
	for (int i = 0; i < WRITES; i++)
		fprintf(f->orders, "POST /v1/subscriptions %s {\"external_id\":\"new-%d\",\"seats\":3}\n",
		    f->key, i);
}

int
main(int argc, char **argv)
{
	static const struct contact vendor = { .name = "Holdfast Direct" };
	struct filling f = { .now = (int64_t)time(NULL), .provider = { .contact = { .name = "Filled" } } };
	struct credential owner = { .kind = CREDENTIAL_KEY, .role = ROLE_OWNER };
	struct fault why;

	if (argc != 4 || (f.count = atoll(argv[3])) < 1) {
		fputs("usage: fill STORE-FILE FOLDER-FOR-REQUESTS SUBSCRIPTIONS\n", stderr);
		return 2;
	}
	if (store_sqlite_open(argv[1], &f.store, &why) != ERR_NONE) {
		fprintf(stderr, "fill: %s\n", why.text);
		return 2;
	}
	f.checkins = open_file(argv[2], "checkins");
	f.orders = open_file(argv[2], "orders");
	f.suspends = open_file(argv[2], "suspends");
	f.resumes = open_file(argv[2], "resumes");
	f.activations = open_file(argv[2], "activations");
	f.provider.policy = policy_default();
	must(authority_ensure_retail(f.store, &vendor, f.now), "vendor");
	must(authority_add_provider(f.store, &f.provider, "vendor", f.now, NULL), "provider");
	memcpy(owner.provider, f.provider.id, ID_SIZE);
	must(access_add(f.store, &owner, "fill", f.now, f.key), "key");
	fill(&f);
	f.store->close(f.store);
	return fclose(f.checkins) | fclose(f.orders) | fclose(f.suspends) | fclose(f.resumes) |
	    fclose(f.activations);
}
