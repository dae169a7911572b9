/* entitle/authority_retention.c: what is forgotten of a person when retention is over. The subscription stays as a
 * row without names, and its log as a chain that still holds: what events said is gone, that they were is not. */
#include <jansson.h>

#include "base/text.h"
#include "crypto/random.h"
#include "entitle/authority_internal.h"

enum err
retention_purge(struct changing *c)
{
	struct store *store = c->store;
	struct recipient nobody = { .address = "" };
	uint8_t code[HASH_MAX];
	enum err e;

	memcpy(nobody.subscription, c->sub.id, ID_SIZE);
	random_fill(code, sizeof code);
	c->sub.purged = c->now;
	text_copy(c->sub.external_id, sizeof c->sub.external_id, c->sub.reference);
	if ((e = store->purge_devices(store, c->sub.id)) != ERR_NONE ||
	    (e = store->purge_events(store, c->sub.id)) != ERR_NONE ||
	    (e = store->document.forget(store, c->sub.id)) != ERR_NONE ||
	    (e = store->delivery.put_recipient(store, &nobody)) != ERR_NONE ||
	    (e = store->session.remove_all(store, SUBJECT_SUBSCRIPTION, c->sub.id)) != ERR_NONE ||
	    (e = store->put_code(store, c->sub.id, code)) != ERR_NONE || (e = changing_save(c)) != ERR_NONE)
		return e;
	return changing_log(c, "schedule", "purged", json_pack("{}"));
}
