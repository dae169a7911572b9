/* entitle/authority_forget.c: see authority_forget.h. */
#include "entitle/authority_forget.h"

#include "entitle/authority_internal.h"

static enum err
forget_contact(struct changing *c, const char *actor)
{
	struct recipient nobody = { .address = "" };
	struct recipient known;
	enum err e = c->store->delivery.get_recipient(c->store, c->sub.id, &known);

	if (e != ERR_NONE)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	memcpy(nobody.subscription, c->sub.id, ID_SIZE);
	if ((e = c->store->delivery.put_recipient(c->store, &nobody)) != ERR_NONE)
		return e;
	return changing_log(c, actor, "recipient_changed", json_pack("{s:b}", "mail", 0));
}

enum err
authority_forget(struct store *store, const struct provider *p, const char *subscription, const char *actor,
    int64_t now, enum forgotten *out)
{
	struct refusal why;
	struct changing c = { .store = store, .now = now, .why = &why };
	bool ended = false;
	enum err e;

	if ((e = store->begin(store)) != ERR_NONE)
		return e;
	if ((e = changing_begin(&c, p->id, subscription)) != ERR_NONE)
		goto done;
	ended = c.sub.state == SUB_CANCELLED;
	if (!ended)
		e = forget_contact(&c, actor);
	else if (c.sub.purged == 0 && (e = changing_log(&c, actor, "forget_asked", json_pack("{}"))) == ERR_NONE)
		e = retention_purge(&c);
done:
	if ((e = finish_transaction(store, e)) == ERR_NONE)
		*out = ended ? FORGOTTEN_ALL : FORGOTTEN_CONTACT;
	return e;
}
