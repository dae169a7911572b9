/* Fuzzer: every metadata file, by the first byte: all that is read before and after its signatures
 * were checked. */
#include <assert.h>

#include "tuf/delegation.h"
#include "tuf/limits.h"
#include "tuf/listing.h"
#include "tuf/root.h"
#include "tuf/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_root(const struct tuf_metadata *m)
{
	struct tuf_root *root = NULL;

	if (tuf_root_read(m, &root, NULL) != ERR_NONE)
		return;
	assert(tuf_root_version(root) >= 1 && tuf_root_version(root) <= TUF_VERSION_MAX);
	for (enum tuf_role role = TUF_ROOT; role < TUF_ROLES; role++)
		assert(tuf_root_keeps_keys(root, root, role));
	/* No fuzzer forges a signature. */
	assert(tuf_root_verify(root, m, NULL) != ERR_NONE || json_array_size(m->signatures) > 0);
	tuf_root_free(root);
}

static void
fuzz_delegations(const struct tuf_metadata *m)
{
	struct tuf_delegation d;
	size_t at = 0, before;

	for (;;) {
		before = at;
		if (tuf_delegation_next(m, "a/b.c", &at, &d, NULL) != ERR_NONE)
			return;
		assert(at > before && tuf_role_name_is_fit(d.role));
		/* Only who signed nothing could ask for no signature, and 0 is no threshold. */
		assert(tuf_delegation_verify(&d, m, NULL) != ERR_NONE || json_array_size(m->signatures) > 0);
	}
}

static void
fuzz_targets(const struct tuf_metadata *m)
{
	json_t *list = json_object_get(m->body, "targets"), *entry;
	struct tuf_target t;
	const char *name;

	tuf_target_find(m, "holdfast.hfdb", true, &t, NULL);
	fuzz_delegations(m);
	json_object_foreach(list, name, entry)
		if (tuf_target_find(m, name, true, &t, NULL) == ERR_NONE)
			assert(tuf_name_is_safe(t.name) && tuf_name_is_safe(t.path));
}

static void
fuzz_listing(const struct tuf_metadata *m, struct bytes in)
{
	struct tuf_listed listed;

	if (tuf_listing_check(m, NULL) != ERR_NONE)
		return;
	assert(tuf_listing_no_rollback(m, m, NULL) == ERR_NONE);
	if (tuf_listing_find(m, "snapshot", &listed, NULL) == ERR_NONE)
		tuf_listed_check(&listed, in, NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tuf_metadata *m = NULL;
	enum tuf_role role;
	struct bytes in;

	if (size == 0)
		return 0;
	role = (enum tuf_role)(TUF_ROOT + data[0] % (TUF_ROLES - TUF_ROOT));
	in = bytes_from(bytes_of(data, size), 1);
	if (tuf_metadata_read(role, in, &m, NULL) != ERR_NONE)
		return 0;
	if (role == TUF_ROOT)
		fuzz_root(m);
	else if (role == TUF_TARGETS)
		fuzz_targets(m);
	else
		fuzz_listing(m, in);
	tuf_metadata_free(m);
	return 0;
}
