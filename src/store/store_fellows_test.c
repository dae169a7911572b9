/* Goal of this test: a device learns who shares its subscription, and one that lost its seat no more than it should. */
#include "base/test.h"
#include "base/text.h"
#include "entitle/authority_fellows.h"
#include "entitle/authority_seat.h"
#include "store/store_sqlite.h"

static const int64_t NOW = 1795000000;

struct world {
	struct store *store;
	struct provider provider;
	struct subscription sub;
	char code[CODE_SHOWN_SIZE];
	struct refusal why;
};

static void
world_open(struct world *w, int64_t seats)
{
	struct contact vendor = { .name = "Holdfast Direct" };
	struct order o = { "A-1", seats, 0 };

	*w = (struct world){ .provider = { .policy = policy_default() } };
	CHECK_EQ(store_sqlite_open(":memory:", &w->store, NULL), ERR_NONE);
	CHECK_EQ(authority_ensure_retail(w->store, &vendor, NOW), ERR_NONE);
	strcpy(w->provider.contact.name, "Example Broadband");
	CHECK_EQ(authority_add_provider(w->store, &w->provider, "vendor", NOW, NULL), ERR_NONE);
	CHECK_EQ(authority_order(w->store, &w->provider, &o, NOW, &w->sub, w->code, &w->why), ERR_NONE);
}

static struct device
activated(struct world *w, const char *name, const char *replace)
{
	struct activation a = { .peer = "127.0.0.1" };
	char token[TOKEN_SIZE];
	struct subscription sub;
	struct device d;
	int64_t retry_s;

	strcpy(a.code, w->code);
	strcpy(a.replace, replace);
	strcpy(a.device.name, name);
	strcpy(a.device.machine, name);
	strcpy(a.device.platform, "linux");
	CHECK_EQ(authority_activate(w->store, &a, NOW, &d, token, &sub, &w->why, &retry_s), ERR_NONE);
	return d;
}

static bool
note(void *ctx, const struct fellow *f)
{
	char *names = ctx;

	strcat(names, f->is_asker ? "*" : "");
	strcat(names, f->name);
	strcat(names, " ");
	return true;
}

/* "a *b " and the seats: what the device ${id} is told. */
static int64_t
told(struct world *w, const char *id, char names[static 200])
{
	struct device d;
	int64_t seats = -1;

	names[0] = '\0';
	CHECK_EQ(w->store->get_device(w->store, id, &d), ERR_NONE);
	CHECK_EQ(authority_fellows(w->store, &d, note, names, &seats), ERR_NONE);
	return seats;
}

TEST(a_device_with_a_seat_learns_of_all_that_have_one)
{
	char names[200];
	struct device a, b;
	struct world w;

	world_open(&w, 3);
	a = activated(&w, "a", "");
	b = activated(&w, "b", "");
	CHECK_EQ(told(&w, a.id, names), 3);
	CHECK(text_equal(names, "*a b ") || text_equal(names, "b *a "));
	CHECK_EQ(told(&w, b.id, names), 3);
	CHECK(text_equal(names, "a *b ") || text_equal(names, "*b a "));
	w.store->close(w.store);
}

TEST(a_device_whose_licence_moved_learns_only_where_it_went)
{
	char names[200];
	struct device a;
	struct world w;

	world_open(&w, 2);
	a = activated(&w, "a", "");
	activated(&w, "b", "");
	activated(&w, "c", a.id);
	CHECK_EQ(told(&w, a.id, names), 0);
	CHECK_TEXT(names, "c ");
	w.store->close(w.store);
}

TEST(a_removed_device_learns_of_none_and_one_without_a_seat_left_of_all)
{
	struct seat_change removal = { .actor = "test" };
	struct seat_count fewer = { .seats = 1, .count = 1, .actor = "test" };
	char names[200];
	struct device a, b;
	struct world w;
	const char *lost[1];

	world_open(&w, 3);
	a = activated(&w, "a", "");
	b = activated(&w, "b", "");
	activated(&w, "c", "");
	removal.subscription = fewer.subscription = w.sub.id;
	removal.device = a.id;
	CHECK_EQ(authority_release_seat(w.store, &w.provider, &removal, NOW, &w.why), ERR_NONE);
	CHECK_EQ(told(&w, a.id, names), 0);
	CHECK_TEXT(names, "");
	lost[0] = b.id;
	fewer.release = lost;
	CHECK_EQ(authority_set_seats(w.store, &w.provider, &fewer, NOW, &w.why), ERR_NONE);
	CHECK_EQ(told(&w, b.id, names), 1);
	CHECK_TEXT(names, "c ");
	w.store->close(w.store);
}
