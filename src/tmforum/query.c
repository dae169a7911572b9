/* tmforum/query.c: reads a query; see query.h. What matches is in query_match.c. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "tmforum/limits.h"
#include "tmforum/query_internal.h"

static bool
is_path_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
	    c == '_' || c == '-' || c == '@';
}

/* The operators in the order in which they are tried: longer ones before their beginnings. */
static const struct {
	const char *sign;
	enum query_operator op;
} signs[] = {
	{ "==", QUERY_EQ },
	{ "!=", QUERY_NE },
	{ ">=", QUERY_GTE },
	{ "<=", QUERY_LTE },
	{ "=", QUERY_EQ },
	{ ">", QUERY_GT },
	{ "<", QUERY_LT },
};
enum { SIGNS = sizeof signs / sizeof signs[0] };

static const struct {
	const char *suffix;
	enum query_operator op;
} suffixes[] = {
	{ ".eq", QUERY_EQ },
	{ ".ne", QUERY_NE },
	{ ".gt", QUERY_GT },
	{ ".gte", QUERY_GTE },
	{ ".lt", QUERY_LT },
	{ ".lte", QUERY_LTE },
};
enum { SUFFIXES = sizeof suffixes / sizeof suffixes[0] };

/* Split "path<sign>value" in place. False when ${text} does not begin that way. */
static bool
split_term(char *text, struct query_term *out)
{
	size_t n = 0;

	while (is_path_letter(text[n]))
		n++;
	if (n == 0)
		return false;
	for (size_t i = 0; i < SIGNS; i++) {
		size_t length = strlen(signs[i].sign);

		if (strncmp(text + n, signs[i].sign, length) != 0)
			continue;
		*out = (struct query_term){ .path = text, .op = signs[i].op, .value = text + n + length };
		text[n] = '\0';
		return true;
	}
	return false;
}

/* "orderDate.gt" is an operator too. */
static void
take_suffix(struct query_term *t)
{
	size_t n = strlen(t->path);

	for (size_t i = 0; i < SUFFIXES; i++) {
		size_t length = strlen(suffixes[i].suffix);

		if (t->op == QUERY_EQ && n > length &&
		    text_equal(t->path + n - length, suffixes[i].suffix)) {
			t->op = suffixes[i].op;
			t->path[n - length] = '\0';
			return;
		}
	}
}

/* Where an alternative "…;path<sign>value" begins behind ${value}, or NULL. The ';' becomes its end. */
static char *
cut_alternative(char *value)
{
	for (char *at = strchr(value, ';'); at != NULL; at = strchr(at + 1, ';')) {
		size_t n = 1;

		while (is_path_letter(at[n]))
			n++;
		if (n > 1 && at[n] != '\0' && strchr("=<>!", at[n]) != NULL) {
			*at = '\0';
			return at + 1;
		}
	}
	return NULL;
}

/* Values in quotes lose them; what stands within is one value. */
static void
unquote(struct query_term *t)
{
	size_t n = strlen(t->value);

	if (n >= 2 && t->value[0] == '"' && t->value[n - 1] == '"' &&
	    memchr(t->value + 1, '"', n - 2) == NULL) {
		t->value[n - 1] = '\0';
		t->value++;
		t->quoted = true;
	}
}

static enum err
read_number(const char *name, const char *value, int64_t *out, struct fault *why)
{
	uint64_t n;

	if (text_to_u64(bytes_of_text(value), INT32_MAX, &n) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED, "\"%s\" must be a whole number from 0", name);
	*out = (int64_t)n;
	return ERR_NONE;
}

static enum err
add_fields(struct query *q, char *list, struct fault *why)
{
	if (list[0] == '\0')
		return ERR_NONE;
	q->selects = true;
	for (char *rest = list, *one; (one = strsep(&rest, ",")) != NULL;) {
		if (one[0] == '\0' || text_equal(one, "none"))
			continue;
		if (q->field_count == QUERY_FIELDS_MAX)
			return fault_set(why, ERR_LIMIT, "\"fields\" names more than %d attributes",
			    QUERY_FIELDS_MAX);
		q->fields[q->field_count++] = one;
	}
	return ERR_NONE;
}

/* The parameters that are no filter. ERR_NOT_FOUND: it is none of them. */
static enum err
read_reserved(struct query *q, const struct query_term *t, struct fault *why)
{
	enum err e;

	if (t->op != QUERY_EQ)
		return ERR_NOT_FOUND;
	if (text_equal(t->path, "fields"))
		return add_fields(q, t->value, why);
	if (text_equal(t->path, "offset"))
		return read_number("offset", t->value, &q->offset, why);
	if (text_equal(t->path, "limit")) {
		if ((e = read_number("limit", t->value, &q->limit, why)) == ERR_NONE &&
		    q->limit > QUERY_LIMIT_MAX)
			q->limit = QUERY_LIMIT_MAX;
		return e;
	}
	if (text_equal(t->path, "sort") || text_equal(t->path, "filter") ||
	    text_equal(t->path, "expand") || text_equal(t->path, "depth"))
		return fault_set(why, ERR_UNSUPPORTED, "\"%s\" is not something that we do", t->path);
	return ERR_NOT_FOUND;
}

/* The same attribute asked twice is an "or": put the second beside the first. */
static size_t
group_of(const struct query *q, const struct query_term *t)
{
	for (size_t i = 0; t->op == QUERY_EQ && i < q->term_count; i++) {
		const struct query_term *other = &q->terms[i];

		if (other->op == QUERY_EQ && !other->alternative && text_equal(other->path, t->path))
			return other->group;
	}
	return q->group_count;
}

static enum err
add_term(struct query *q, const struct query_term *t, struct fault *why)
{
	if (q->term_count == QUERY_TERMS_MAX)
		return fault_set(why, ERR_LIMIT, "the query has more than %d filters", QUERY_TERMS_MAX);
	q->terms[q->term_count++] = *t;
	if (t->group == q->group_count)
		q->group_count++;
	return ERR_NONE;
}

/* One part between '&', decoded. */
static enum err
read_part(struct query *q, char *text, struct fault *why)
{
	size_t group = q->group_count;
	bool alternative = false;

	while (text != NULL) {
		struct query_term t;
		char *next;
		enum err e;

		if (!split_term(text, &t) || t.path[0] == '.')
			return fault_set(why, ERR_MALFORMED, "the query has a part that is no filter: "
			    "write attribute=value");
		next = cut_alternative(t.value);
		if (!alternative && next == NULL) {
			if ((e = read_reserved(q, &t, why)) != ERR_NOT_FOUND)
				return e;
			take_suffix(&t);
			t.group = group_of(q, &t);
		} else {
			take_suffix(&t);
			t.group = group;
			t.alternative = true;
		}
		unquote(&t);
		if ((e = add_term(q, &t, why)) != ERR_NONE)
			return e;
		alternative = true;
		text = next;
	}
	return ERR_NONE;
}

enum err
query_parse(struct bytes text, struct query **out, struct fault *why)
{
	struct query *q = calloc(1, sizeof *q + text.n + 1);
	enum err e = ERR_NONE;
	char *at;

	if (q == NULL)
		return fault_set(why, ERR_NOMEM, "memory is short");
	q->limit = QUERY_LIMIT_DEFAULT;
	at = q->text;
	/* What is decoded is never longer than it was, and each '&' leaves room for a NUL. */
	while (text.n > 0 && e == ERR_NONE) {
		struct bytes part = bytes_first(text, bytes_find(text, '&'));
		size_t n;

		text = bytes_from(text, part.n + 1);
		if (part.n == 0)
			continue;
		e = decode_form_piece(part, at, part.n + 1);
		if (e != ERR_NONE) {
			fault_set(why, e, "the query has a broken escape");
			break;
		}
		/* Reading it puts NULs into it. */
		n = strlen(at);
		if (text_is_plain(at))
			e = read_part(q, at, why);
		else
			e = fault_set(why, ERR_MALFORMED, "the query is not plain text");
		at += n + 1;
	}
	if (e == ERR_NONE)
		*out = q;
	else
		query_free(q);
	return e;
}

void
query_free(struct query *q)
{
	free(q);
}

int64_t
query_offset(const struct query *q)
{
	return q->offset;
}

int64_t
query_limit(const struct query *q)
{
	return q->limit;
}

bool
query_filters(const struct query *q)
{
	return q->term_count > 0;
}

const char *
query_wanted(const struct query *q, const char *name)
{
	const struct query_term *found = NULL;
	size_t group = 0;

	for (size_t i = 0; i < q->term_count; i++)
		if (text_equal(q->terms[i].path, name) && q->terms[i].op == QUERY_EQ &&
		    !q->terms[i].alternative) {
			if (found != NULL && q->terms[i].group == group)
				return NULL;
			found = &q->terms[i];
			group = found->group;
		}
	if (found == NULL || (!found->quoted && strchr(found->value, ',') != NULL))
		return NULL;
	return found->value;
}
