/* agent/request.c: see request.h. */
#include "agent/request.h"

#include "agent/wire.h"
#include "crypto/random.h"

static void
activate_fields(struct wire *w, struct request_activate *a)
{
	wire_text(w, a->code, sizeof a->code);
	wire_plain(w, a->name, sizeof a->name);
	wire_text(w, a->replace, sizeof a->replace);
}

static void
end_fields(struct wire *w, struct request_end *end)
{
	wire_u64(w, &end->files);
	wire_u64(w, &end->errors);
	wire_bool(w, &end->cancelled);
}

static void
request_fields(struct wire *w, struct request *r)
{
	WIRE_ENUM(w, &r->kind, REQUEST_KINDS);
	switch (r->kind) {
	case REQUEST_ACTIVATE:
		activate_fields(w, &r->activate);
		break;
	case REQUEST_SCAN:
		wire_bool(w, &r->quarantine);
		break;
	case REQUEST_OBJECT:
		wire_u64(w, &r->object.tag);
		wire_text(w, r->object.path, sizeof r->object.path);
		break;
	case REQUEST_REMOVED:
		wire_u64(w, &r->removed.tag);
		wire_bool(w, &r->removed.removed);
		break;
	case REQUEST_SCAN_END:
		end_fields(w, &r->end);
		break;
	case REQUEST_ENTRY:
	case REQUEST_UNSEAL:
	case REQUEST_DROP:
		wire_text(w, r->entry.id, sizeof r->entry.id);
		wire_bool(w, &r->entry.restored);
		break;
	case REQUEST_HISTORY:
		wire_u64(w, &r->cursor);
		break;
	case REQUEST_SET:
		settings_fields(w, &r->settings);
		break;
	case REQUEST_NONE:
	case REQUEST_STATUS:
	case REQUEST_WATCH:
	case REQUEST_REACTIVATE:
	case REQUEST_PURCHASE:
	case REQUEST_PORTAL:
	case REQUEST_UPDATE:
	case REQUEST_DEVICES:
	case REQUEST_SETTINGS:
	case REQUEST_KINDS:
		break;
	}
}

void
request_write(const struct request *r, struct buf *out)
{
	struct request copy = *r;

	request_fields(&(struct wire){ .out = out }, &copy);
	random_forget(&copy, sizeof copy);
}

enum err
request_read(struct bytes body, struct request *out)
{
	struct reader in = reader_over(body);
	struct request r;

	memset(&r, 0, sizeof r);
	request_fields(&(struct wire){ .in = &in }, &r);
	if (!reader_is_done(&in) || r.kind == REQUEST_NONE)
		return ERR_MALFORMED;
	*out = r;
	random_forget(&r, sizeof r);
	return ERR_NONE;
}
