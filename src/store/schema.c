/* store/schema.c: the tables, one migration after the other. A released migration never changes. */
#include "store/schema.h"

#include "store/statement.h"

/* "HFDS": tells a file of ours from any other SQLite database. */
#define APPLICATION_ID 1212564563
#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

static const char *const migrations[] = {
	"PRAGMA application_id = " TEXT_OF(APPLICATION_ID) ";"
	"CREATE TABLE provider ("
	" id TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL, web TEXT NOT NULL,"
	" hours TEXT NOT NULL, verify_url TEXT NOT NULL, verify_token TEXT NOT NULL,"
	" lease_s INTEGER NOT NULL, checkin_s INTEGER NOT NULL, grace_s INTEGER NOT NULL,"
	" doubt_s INTEGER NOT NULL, retention_s INTEGER NOT NULL, retail INTEGER NOT NULL,"
	" created INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX provider_one_retail ON provider (retail) WHERE retail = 1;"

	"CREATE TABLE api_key (digest BLOB PRIMARY KEY, provider TEXT NOT NULL REFERENCES provider,"
	" created INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE subscription ("
	" id TEXT PRIMARY KEY, provider TEXT NOT NULL REFERENCES provider,"
	" external_id TEXT NOT NULL, reference TEXT NOT NULL, code_digest BLOB NOT NULL UNIQUE,"
	" state INTEGER NOT NULL, reason INTEGER NOT NULL, since INTEGER NOT NULL,"
	" seats INTEGER NOT NULL, paid_until INTEGER NOT NULL, doubt_until INTEGER NOT NULL,"
	" doubt_given INTEGER NOT NULL, created INTEGER NOT NULL, revision INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX subscription_external ON subscription (provider, external_id);"
	"CREATE INDEX subscription_provider ON subscription (provider, id);"

	"CREATE TABLE device ("
	" id TEXT PRIMARY KEY, subscription TEXT NOT NULL REFERENCES subscription,"
	" name TEXT NOT NULL, machine TEXT NOT NULL, platform TEXT NOT NULL,"
	" key BLOB NOT NULL, token_digest BLOB NOT NULL UNIQUE, seated INTEGER NOT NULL,"
	" left_reason INTEGER NOT NULL, left_at INTEGER NOT NULL, moved_to TEXT NOT NULL,"
	" created INTEGER NOT NULL, last_seen INTEGER NOT NULL, generation INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX device_machine ON device (subscription, machine);"

	"CREATE TABLE event (position INTEGER PRIMARY KEY AUTOINCREMENT, chain TEXT NOT NULL,"
	" seq INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL,"
	" detail TEXT NOT NULL, hash BLOB NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX event_chain ON event (chain, seq);"
	/* The log only grows. The hash chain finds what gets past these. */
	"CREATE TRIGGER event_no_update BEFORE UPDATE ON event"
	" BEGIN SELECT raise(ABORT, 'the event log is append-only'); END;"
	"CREATE TRIGGER event_no_delete BEFORE DELETE ON event"
	" BEGIN SELECT raise(ABORT, 'the event log is append-only'); END;"

	"CREATE TABLE checkout (id TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES device,"
	" created INTEGER NOT NULL, paid INTEGER NOT NULL, subscription TEXT NOT NULL)"
	" STRICT, WITHOUT ROWID;"

	"CREATE TABLE attempt (key TEXT PRIMARY KEY, ends INTEGER NOT NULL, count INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;",

	"ALTER TABLE checkout ADD COLUMN payer TEXT NOT NULL DEFAULT '';"
	"CREATE INDEX checkout_payer ON checkout (payer) WHERE payer <> '';"
	"CREATE TABLE payment (checkout TEXT NOT NULL REFERENCES checkout, at INTEGER NOT NULL,"
	" until INTEGER NOT NULL, refunded INTEGER NOT NULL, PRIMARY KEY (checkout, until))"
	" STRICT, WITHOUT ROWID;"
	"CREATE TABLE payment_notice (id TEXT PRIMARY KEY, at INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX payment_notice_at ON payment_notice (at);"
	"CREATE TABLE early_refund (payer TEXT NOT NULL, charged_at INTEGER NOT NULL,"
	" PRIMARY KEY (payer, charged_at)) STRICT, WITHOUT ROWID;",

	"CREATE TABLE document (seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" provider TEXT NOT NULL REFERENCES provider, kind TEXT NOT NULL, id TEXT NOT NULL,"
	" external_id TEXT NOT NULL, state TEXT NOT NULL, created INTEGER NOT NULL,"
	" updated INTEGER NOT NULL, due INTEGER NOT NULL, deleted INTEGER NOT NULL, body BLOB NOT NULL)"
	" STRICT;"
	"CREATE UNIQUE INDEX document_id ON document (id, kind);"
	"CREATE UNIQUE INDEX document_external ON document (provider, kind, external_id)"
	" WHERE external_id <> '' AND deleted = 0;"
	"CREATE INDEX document_listed ON document (provider, kind, seq) WHERE deleted = 0;"
	"CREATE INDEX document_due ON document (kind, due, seq) WHERE due <> 0 AND deleted = 0;"
	"CREATE INDEX document_deleted ON document (provider, kind, deleted) WHERE deleted <> 0;",
	/* Keys that were given out before there were roles go on as they were: kind 1, a key; role 4, owner. */
	"CREATE TABLE credential (id TEXT PRIMARY KEY, kind INTEGER NOT NULL,"
	" provider TEXT REFERENCES provider, label TEXT NOT NULL, role INTEGER NOT NULL,"
	" created INTEGER NOT NULL, last_used INTEGER NOT NULL, revoked INTEGER NOT NULL,"
	" digest BLOB NOT NULL UNIQUE) STRICT, WITHOUT ROWID;"
	"CREATE INDEX credential_provider ON credential (provider, id);"
	"INSERT INTO credential SELECT 'key_' || lower(hex(randomblob(13))), 1, provider, '', 4,"
	" created, 0, 0, digest FROM api_key;"
	"DROP TABLE api_key;",

	"CREATE TABLE endpoint (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
	" provider TEXT NOT NULL REFERENCES provider, kind INTEGER NOT NULL, scope TEXT NOT NULL,"
	" url TEXT NOT NULL, filter TEXT NOT NULL, secret TEXT NOT NULL, old_secret TEXT NOT NULL,"
	" old_until INTEGER NOT NULL, created INTEGER NOT NULL, disabled INTEGER NOT NULL,"
	" why TEXT NOT NULL) STRICT;"
	"CREATE INDEX endpoint_provider ON endpoint (provider, seq);"
	"CREATE TABLE delivery (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
	" kind INTEGER NOT NULL, provider TEXT NOT NULL, lane TEXT NOT NULL, subject TEXT NOT NULL,"
	" type TEXT NOT NULL, position INTEGER NOT NULL, state INTEGER NOT NULL,"
	" created INTEGER NOT NULL, due INTEGER NOT NULL, until INTEGER NOT NULL,"
	" finished INTEGER NOT NULL, attempts INTEGER NOT NULL, status INTEGER NOT NULL,"
	" error TEXT NOT NULL, body BLOB NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX delivery_once ON delivery (lane, position, subject, type);"
	/* State 1 is pending. */
	"CREATE INDEX delivery_due ON delivery (lane, due, seq) WHERE state = 1;"
	"CREATE INDEX delivery_finished ON delivery (finished) WHERE state <> 1;"
	"CREATE INDEX delivery_provider ON delivery (provider, seq);"
	"CREATE INDEX delivery_state ON delivery (provider, state, seq);"
	"CREATE INDEX delivery_lane ON delivery (lane, seq);"
	/* Due: when something of the lane is; NULL: nothing is pending. */
	"CREATE TABLE lane (name TEXT PRIMARY KEY, failures INTEGER NOT NULL, paused INTEGER NOT NULL,"
	" delivered INTEGER NOT NULL, due INTEGER) STRICT, WITHOUT ROWID;"
	"CREATE INDEX lane_due ON lane (due) WHERE due IS NOT NULL;"
	"CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	/* What happened before is not told now. */
	"INSERT INTO cursor SELECT 'outgoing', coalesce(max(position), 0) FROM event;"
	"CREATE TABLE recipient (subscription TEXT PRIMARY KEY, address TEXT NOT NULL,"
	" name TEXT NOT NULL, language TEXT NOT NULL, code TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE brand (provider TEXT PRIMARY KEY, logo TEXT NOT NULL, colour TEXT NOT NULL,"
	" sender TEXT NOT NULL, reply_to TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE mail_template (provider TEXT NOT NULL, kind TEXT NOT NULL, language TEXT NOT NULL,"
	" subject TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (provider, kind, language))"
	" STRICT, WITHOUT ROWID;",

	"CREATE TABLE access_token (digest BLOB PRIMARY KEY, client TEXT NOT NULL REFERENCES credential,"
	" role INTEGER NOT NULL, expires INTEGER NOT NULL, sealing BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX access_token_expires ON access_token (expires);"
	"CREATE TABLE access_answer (credential TEXT NOT NULL REFERENCES credential, key BLOB NOT NULL,"
	" request BLOB NOT NULL, created INTEGER NOT NULL, sealed BLOB NOT NULL,"
	" PRIMARY KEY (credential, key)) STRICT;"
	"CREATE INDEX access_answer_created ON access_answer (created);",

	"ALTER TABLE provider ADD COLUMN billing_grace_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN request_grace_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN expiry_grace_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN activate_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN transfers INTEGER NOT NULL DEFAULT 10;"
	"ALTER TABLE provider ADD COLUMN undo_s INTEGER NOT NULL DEFAULT 86400;"
	"ALTER TABLE provider ADD COLUMN backdate_s INTEGER NOT NULL DEFAULT 1209600;"
	"ALTER TABLE provider ADD COLUMN reconcile_s INTEGER NOT NULL DEFAULT 86400;"
	"ALTER TABLE provider ADD COLUMN reminder1 INTEGER NOT NULL DEFAULT 30;"
	"ALTER TABLE provider ADD COLUMN reminder2 INTEGER NOT NULL DEFAULT 7;"
	"ALTER TABLE provider ADD COLUMN reminder3 INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE provider ADD COLUMN leaves INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN leaves_to TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE subscription ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN activated INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN expiry_grace_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN expiry_told INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN renews INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN grace_until INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN said INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN said_at INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN consent INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE subscription ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE subscription ADD COLUMN purged INTEGER NOT NULL DEFAULT 0;"
	/* What has devices, or is active, was activated. */
	"UPDATE subscription SET decided = since, activated = coalesce((SELECT min(created) FROM device"
	" WHERE device.subscription = subscription.id), 0);"
	"UPDATE subscription SET activated = since WHERE activated = 0 AND state = 2;"
	"ALTER TABLE device ADD COLUMN moved_to_id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE device ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
	/* The hash goes over the sum, not the detail: a person's data can go and the chain still holds. Events
	 * that were written before have no sum; their hash goes over the detail itself. */
	"ALTER TABLE event ADD COLUMN salt BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE event ADD COLUMN sum BLOB NOT NULL DEFAULT x'';"
	"DROP TRIGGER event_no_update;"
	"CREATE TRIGGER event_no_update BEFORE UPDATE ON event WHEN NEW.position IS NOT OLD.position"
	" OR NEW.chain IS NOT OLD.chain OR NEW.seq IS NOT OLD.seq OR NEW.at IS NOT OLD.at"
	" OR NEW.actor IS NOT OLD.actor OR NEW.kind IS NOT OLD.kind OR NEW.detail IS NOT ''"
	" OR NEW.salt IS NOT x'' OR NEW.sum IS NOT OLD.sum OR NEW.hash IS NOT OLD.hash OR OLD.sum = x''"
	" BEGIN SELECT raise(ABORT, 'the event log is append-only'); END;"
	"CREATE TABLE due (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
	" subject TEXT NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, event INTEGER NOT NULL,"
	" reason INTEGER NOT NULL, paid_until INTEGER NOT NULL, actor TEXT NOT NULL,"
	" about TEXT NOT NULL) STRICT;"
	"CREATE INDEX due_at ON due (at, seq);"
	"CREATE INDEX due_subject ON due (subject, at, seq);"
	/* Kind 6: the end of the paid time; kind 7: of retention; kind 8: compare with the inventory. */
	"INSERT INTO due (id, subject, kind, at, event, reason, paid_until, actor, about)"
	" SELECT 'due_' || lower(hex(randomblob(13))), id, 6, paid_until, 0, 0, 0, '', ''"
	" FROM subscription WHERE state = 2 AND paid_until <> 0;"
	"INSERT INTO due (id, subject, kind, at, event, reason, paid_until, actor, about)"
	" SELECT 'due_' || lower(hex(randomblob(13))), s.id, 7, s.since + p.retention_s + 1, 0, 0, 0, '',"
	" '' FROM subscription AS s JOIN provider AS p ON p.id = s.provider WHERE s.state = 4;"
	"INSERT INTO due (id, subject, kind, at, event, reason, paid_until, actor, about)"
	" SELECT 'due_' || lower(hex(randomblob(13))), id, 8, created, 0, 0, 0, '', ''"
	" FROM provider WHERE verify_url <> '';",

	"CREATE TABLE feedback (article TEXT NOT NULL, visitor TEXT NOT NULL, helpful INTEGER NOT NULL,"
	" comment TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (article, visitor)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE contact_request (reference TEXT PRIMARY KEY, name TEXT NOT NULL, mail TEXT NOT NULL,"
	" article TEXT NOT NULL, device TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX contact_request_at ON contact_request (at);",

	"CREATE TABLE console_user ("
	" id TEXT PRIMARY KEY, provider TEXT REFERENCES provider, mail TEXT NOT NULL UNIQUE,"
	" name TEXT NOT NULL, role INTEGER NOT NULL, password TEXT NOT NULL, must_change INTEGER NOT NULL,"
	" totp BLOB NOT NULL, totp_on INTEGER NOT NULL, totp_step INTEGER NOT NULL, created INTEGER NOT NULL,"
	" last_seen INTEGER NOT NULL, since INTEGER NOT NULL, disabled INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX console_user_provider ON console_user (provider, mail);"
	"CREATE TABLE console_recovery (user TEXT NOT NULL REFERENCES console_user, digest BLOB NOT NULL,"
	" PRIMARY KEY (user, digest)) STRICT, WITHOUT ROWID;",

	"CREATE INDEX subscription_reference ON subscription (provider, reference);"
	"CREATE INDEX recipient_address ON recipient (address COLLATE NOCASE);"
	"CREATE INDEX device_name ON device (name COLLATE NOCASE);"
	"CREATE INDEX delivery_subject ON delivery (subject, seq) WHERE subject <> '';",

	/* 2: those from before are not mailed now. */
	"ALTER TABLE contact_request ADD COLUMN quoted TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE contact_request ADD COLUMN subscription TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE contact_request ADD COLUMN provider TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE contact_request ADD COLUMN mailed INTEGER NOT NULL DEFAULT 2;"
	"CREATE INDEX contact_request_provider ON contact_request (provider, at);"
	"CREATE INDEX contact_request_unmailed ON contact_request (at) WHERE mailed = 0;"
	"CREATE INDEX subscription_quoted ON subscription (reference);",

	"CREATE TABLE session (digest BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,"
	" subject TEXT NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL, expires INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"CREATE INDEX session_subject ON session (kind, subject);"
	"CREATE INDEX session_expires ON session (expires);"
	"CREATE TABLE sign_in_link (digest BLOB PRIMARY KEY, kind INTEGER NOT NULL, subject TEXT NOT NULL,"
	" expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX sign_in_link_subject ON sign_in_link (kind, subject);",

	"ALTER TABLE provider ADD COLUMN parent TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE provider ADD COLUMN suspended_for INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE provider ADD COLUMN spared_until INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX provider_parent ON provider (parent, id);",

	/* Kind 12: expired for as long as a cancelled one is kept. */
	"INSERT INTO due (id, subject, kind, at, event, reason, paid_until, actor, about)"
	" SELECT 'due_' || lower(hex(randomblob(13))), s.id, 12, s.paid_until + p.retention_s, 0, 0, 0, '', ''"
	" FROM subscription AS s JOIN provider AS p ON p.id = s.provider WHERE s.state = 2 AND s.paid_until <> 0"
	" AND s.renews = 0;",

	"CREATE INDEX checkout_subscription ON checkout (subscription) WHERE subscription <> '';",

	/* Whose it is, beside the name by which it is looked for: else each search reads what all providers have of
	 * that name. It follows from the subscription; the triggers see to it wherever a row comes from. */
	"ALTER TABLE device ADD COLUMN provider TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE recipient ADD COLUMN provider TEXT NOT NULL DEFAULT '';"
	"UPDATE device SET provider = (SELECT provider FROM subscription WHERE id = device.subscription);"
	"UPDATE recipient SET provider = coalesce((SELECT provider FROM subscription WHERE id = recipient.subscription), '');"
	"DROP INDEX device_name;"
	"CREATE INDEX device_name ON device (provider, name COLLATE NOCASE);"
	"CREATE INDEX recipient_provider ON recipient (provider, address COLLATE NOCASE);"
	"CREATE TRIGGER device_added AFTER INSERT ON device BEGIN"
	" UPDATE device SET provider = (SELECT provider FROM subscription WHERE id = new.subscription) WHERE id = new.id;"
	" END;"
	"CREATE TRIGGER device_moved AFTER UPDATE OF subscription ON device WHEN old.subscription <> new.subscription BEGIN"
	" UPDATE device SET provider = (SELECT provider FROM subscription WHERE id = new.subscription) WHERE id = new.id;"
	" END;"
	"CREATE TRIGGER recipient_added AFTER INSERT ON recipient BEGIN"
	" UPDATE recipient SET provider = coalesce((SELECT provider FROM subscription WHERE id = new.subscription), '')"
	" WHERE subscription = new.subscription; END;"
	"CREATE TRIGGER subscription_handed_over AFTER UPDATE OF provider ON subscription"
	" WHEN old.provider <> new.provider BEGIN"
	" UPDATE device SET provider = new.provider WHERE subscription = new.id;"
	" UPDATE recipient SET provider = new.provider WHERE subscription = new.id; END;"
	/* And what a person wrote to us, by the address that they wrote. */
	"CREATE INDEX contact_request_mail ON contact_request (mail COLLATE NOCASE, at);",
};
enum { MIGRATIONS = sizeof migrations / sizeof migrations[0] };

static enum err
read_pragma(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *stmt = NULL;
	enum err e = ERR_NONE;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		*out = sqlite3_column_int64(stmt, 0);
	else
		e = statement_error(db);
	sqlite3_finalize(stmt);
	return e;
}

static enum err
check_owner(sqlite3 *db, int64_t version, struct fault *why)
{
	int64_t id = 0, pages = 0;
	enum err e;

	if ((e = read_pragma(db, "PRAGMA application_id", &id)) != ERR_NONE ||
	    (e = read_pragma(db, "PRAGMA page_count", &pages)) != ERR_NONE)
		return fault_set(why, e, "the store cannot be read: %s", sqlite3_errmsg(db));
	if ((version == 0 && id == 0 && pages <= 1) || id == APPLICATION_ID)
		return ERR_NONE;
	return fault_set(why, ERR_MALFORMED, "the store is a database of another program");
}

enum err
schema_migrate(sqlite3 *db, struct fault *why)
{
	return schema_migrate_to(db, MIGRATIONS, why);
}

enum err
schema_migrate_to(sqlite3 *db, int last, struct fault *why)
{
	int64_t version = 0;
	char pragma[48];
	enum err e;

	/* Under the write lock from the start, so that two processes do not both migrate. */
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return fault_set(why, statement_error(db), "the store cannot be locked: %s",
		    sqlite3_errmsg(db));
	if ((e = read_pragma(db, "PRAGMA user_version", &version)) != ERR_NONE) {
		fault_set(why, e, "the store cannot be read: %s", sqlite3_errmsg(db));
		goto done;
	}
	if ((e = check_owner(db, version, why)) != ERR_NONE)
		goto done;
	if (version > MIGRATIONS) {
		e = fault_set(why, ERR_UNSUPPORTED,
		    "the store was written by a later version of Holdfast; install that one");
		goto done;
	}
	for (; version < last; version++) {
		sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version = %d", (int)version + 1);
		if (sqlite3_exec(db, migrations[version], NULL, NULL, NULL) != SQLITE_OK ||
		    sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK) {
			e = fault_set(why, statement_error(db), "the store cannot be set up: %s",
			    sqlite3_errmsg(db));
			goto done;
		}
	}
	if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return ERR_NONE;
	e = fault_set(why, statement_error(db), "the store cannot be set up: %s", sqlite3_errmsg(db));
done:
	sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return e;
}
