/* store/store_sqlite_mail.c: whom mail goes to and how it looks; see entitle/store_delivery.h. */
#include "store/store_sqlite_internal.h"

static void
take_recipient(struct statement *st, void *out)
{
	struct recipient *r = out;

	statement_take_text(st, r->subscription, sizeof r->subscription);
	statement_take_text(st, r->address, sizeof r->address);
	statement_take_text(st, r->name, sizeof r->name);
	statement_take_text(st, r->language, sizeof r->language);
	statement_take_text(st, r->code, sizeof r->code);
}

static enum err
get_recipient(struct store *s, const char *subscription, struct recipient *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT subscription, address, name, language, code FROM recipient WHERE subscription = ?");

	statement_text(&st, subscription);
	return statement_get(&st, take_recipient, out);
}

static enum err
put_recipient(struct store *s, const struct recipient *r)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, r->address[0] == '\0'
		? "DELETE FROM recipient WHERE subscription = ?"
		: "INSERT OR REPLACE INTO recipient (subscription, address, name, language, code)"
		  " VALUES (?,?,?,?,?)");

	statement_text(&st, r->subscription);
	if (r->address[0] != '\0') {
		statement_text(&st, r->address);
		statement_text(&st, r->name);
		statement_text(&st, r->language);
		statement_text(&st, r->code);
	}
	return statement_run(&st, NULL);
}

static void
take_brand(struct statement *st, void *out)
{
	struct brand *b = out;

	statement_take_text(st, b->provider, sizeof b->provider);
	statement_take_text(st, b->logo, sizeof b->logo);
	statement_take_text(st, b->colour, sizeof b->colour);
	statement_take_text(st, b->sender, sizeof b->sender);
	statement_take_text(st, b->reply_to, sizeof b->reply_to);
}

static enum err
get_brand(struct store *s, const char *provider, struct brand *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT provider, logo, colour, sender, reply_to FROM brand WHERE provider = ?");

	statement_text(&st, provider);
	return statement_get(&st, take_brand, out);
}

static enum err
put_brand(struct store *s, const struct brand *b)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "INSERT OR REPLACE INTO brand (provider, logo, colour, sender, reply_to) VALUES (?,?,?,?,?)");

	statement_text(&st, b->provider);
	statement_text(&st, b->logo);
	statement_text(&st, b->colour);
	statement_text(&st, b->sender);
	statement_text(&st, b->reply_to);
	return statement_run(&st, NULL);
}

static void
take_template(struct statement *st, void *out)
{
	struct mail_template *t = out;

	statement_take_text(st, t->provider, sizeof t->provider);
	statement_take_text(st, t->kind, sizeof t->kind);
	statement_take_text(st, t->language, sizeof t->language);
	statement_take_text(st, t->subject, sizeof t->subject);
	statement_take_text(st, t->text, sizeof t->text);
}

static enum err
get_template(struct store *s, const char *provider, const char *kind, const char *language,
    struct mail_template *out)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements,
	    "SELECT provider, kind, language, subject, text FROM mail_template"
	    " WHERE provider = ? AND kind = ? AND language = ?");

	statement_text(&st, provider);
	statement_text(&st, kind);
	statement_text(&st, language);
	return statement_get(&st, take_template, out);
}

static enum err
put_template(struct store *s, const struct mail_template *t)
{
	struct statement st = statement_begin(&store_sqlite_of(s)->statements, t->text[0] == '\0'
		? "DELETE FROM mail_template WHERE provider = ? AND kind = ? AND language = ?"
		: "INSERT OR REPLACE INTO mail_template (provider, kind, language, subject, text)"
		  " VALUES (?,?,?,?,?)");

	statement_text(&st, t->provider);
	statement_text(&st, t->kind);
	statement_text(&st, t->language);
	if (t->text[0] != '\0') {
		statement_text(&st, t->subject);
		statement_text(&st, t->text);
	}
	return statement_run(&st, NULL);
}

void
store_sqlite_add_mail_operations(struct store *s)
{
	s->delivery.get_recipient = get_recipient;
	s->delivery.put_recipient = put_recipient;
	s->delivery.get_brand = get_brand;
	s->delivery.put_brand = put_brand;
	s->delivery.get_template = get_template;
	s->delivery.put_template = put_template;
}
