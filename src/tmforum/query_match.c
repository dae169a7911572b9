/* tmforum/query_match.c: what a query finds, and what it shows of it; see query.h. */
#include <stdlib.h>

#include "base/text.h"
#include "codec/json.h"
#include "tmforum/date_time.h"
#include "tmforum/query_internal.h"

/* A number in text, as filters write it. */
static bool
read_number(struct bytes text, double *out)
{
	char copy[40], *end;

	if (text.n == 0 || text_from_bytes(copy, sizeof copy, text) != ERR_NONE ||
	    strspn(copy, "0123456789+-.eE") != text.n)
		return false;
	*out = strtod(copy, &end);
	return *end == '\0';
}

static int
order(double a, double b)
{
	return (a > b) - (a < b);
}

static int
compare_texts(struct bytes have, struct bytes want)
{
	size_t n = have.n < want.n ? have.n : want.n;
	int c = n == 0 ? 0 : memcmp(have.p, want.p, n);

	return c != 0 ? c : (have.n > want.n) - (have.n < want.n);
}

/* Below, at or above 0, as ${have} stands to ${want}. False: they cannot be compared. */
static bool
compare(const json_t *have, struct bytes want, int *out)
{
	struct bytes text = { NULL, 0 };
	int64_t a, b;
	double x, y;

	if (json_is_boolean(have) || json_is_null(have)) {
		*out = bytes_equal_text(want, json_is_true(have) ? "true" : json_is_false(have) ? "false"
											 : "null")
		    ? 0
		    : 1;
		return true;
	}
	if (json_is_string(have))
		text = bytes_of(json_string_value(have), json_string_length(have));
	if (json_is_string(have) && bytes_equal(text, want)) {
		*out = 0;
	} else if (json_is_string(have) && date_time_read(text, &a) == ERR_NONE &&
	    date_time_read(want, &b) == ERR_NONE) {
		*out = (a > b) - (a < b);
	} else if (json_is_number(have) && read_number(want, &y)) {
		*out = order(json_number_value(have), y);
	} else if (json_is_string(have)) {
		*out = read_number(text, &x) && read_number(want, &y) && order(x, y) != 0
		    ? order(x, y)
		    : compare_texts(text, want);
	} else {
		return false;
	}
	return true;
}

/* A whole object or array, written as JSON. */
static bool
equals_structure(const json_t *have, struct bytes want)
{
	json_t *value = NULL;
	bool equal;

	if (want.n == 0 || (want.p[0] != '{' && want.p[0] != '[') ||
	    json_parse(want, &value, NULL) != ERR_NONE)
		return false;
	equal = json_equal(have, value);
	json_decref(value);
	return equal;
}

static bool
holds(const json_t *have, enum query_operator op, struct bytes want)
{
	int c;

	if (json_is_object(have))
		return op == QUERY_EQ && equals_structure(have, want);
	if (!compare(have, want, &c))
		return false;
	switch (op) {
	case QUERY_EQ:
		return c == 0;
	case QUERY_GT:
		return c > 0;
	case QUERY_GTE:
		return c >= 0;
	case QUERY_LT:
		return c < 0;
	case QUERY_LTE:
		return c <= 0;
	case QUERY_NE:
	case QUERY_NONE:
		break;
	}
	return false;
}

/* The next of the values that commas part, without its quotes; a comma within quotes parts nothing. */
static struct bytes
take_value(struct bytes *rest)
{
	bool quoted = false;
	struct bytes one;
	size_t n = 0;

	while (n < rest->n && (quoted || rest->p[n] != ',')) {
		quoted ^= rest->p[n] == '"';
		n++;
	}
	one = bytes_first(*rest, n);
	*rest = bytes_from(*rest, n + 1);
	if (one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"')
		one = bytes_of(one.p + 1, one.n - 2);
	return one;
}

/* Whether the value at the end of the path is what the term wants. */
static bool
value_holds(const json_t *have, enum query_operator op, const struct query_term *t)
{
	struct bytes rest = bytes_of_text(t->value);

	/* A text with a comma in it may be meant as one. */
	if (holds(have, op, rest))
		return true;
	if (t->quoted || memchr(t->value, ',', rest.n) == NULL)
		return false;
	while (rest.n > 0)
		if (holds(have, op, take_value(&rest)))
			return true;
	return false;
}

/* Whether anything at the end of ${path} holds; an array is each of its elements. */
static bool
walk(const json_t *at, const char *path, enum query_operator op, const struct query_term *t)
{
	size_t n = path == NULL ? 0 : strcspn(path, ".");

	if (json_is_array(at)) {
		for (size_t i = 0; i < json_array_size(at); i++)
			if (walk(json_array_get(at, i), path, op, t))
				return true;
		return path == NULL && op == QUERY_EQ && equals_structure(at, bytes_of_text(t->value));
	}
	if (path == NULL)
		return value_holds(at, op, t);
	at = json_object_getn(at, path, n);
	return at != NULL && walk(at, path[n] == '\0' ? NULL : path + n + 1, op, t);
}

static bool
term_holds(const struct query_term *t, const json_t *document)
{
	/* "Not" is of the whole: no value there is the one. */
	if (t->op == QUERY_NE)
		return !walk(document, t->path, QUERY_EQ, t);
	return walk(document, t->path, t->op, t);
}

bool
query_matches(const struct query *q, const json_t *document)
{
	for (size_t group = 0; group < q->group_count; group++) {
		bool any = false;

		for (size_t i = 0; i < q->term_count && !any; i++)
			any = q->terms[i].group == group && term_holds(&q->terms[i], document);
		if (!any)
			return false;
	}
	return true;
}

static enum err copy_path(json_t *to, const json_t *from, const char *path);

/* Copy what ${path} selects within each element; elements that are no objects come whole. */
static enum err
copy_elements(json_t *to, const json_t *from, const char *path)
{
	for (size_t i = 0; i < json_array_size(from); i++) {
		json_t *element = json_array_get(from, i);
		enum err e;

		if (i >= json_array_size(to) &&
		    (json_is_object(element) ? json_array_append_new(to, json_object())
					     : json_array_append(to, element)) != 0)
			return ERR_NOMEM;
		if (json_is_object(element) &&
		    (e = copy_path(json_array_get(to, i), element, path)) != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

static enum err
copy_path(json_t *to, const json_t *from, const char *path)
{
	size_t n = strcspn(path, ".");
	json_t *value = json_object_getn(from, path, n), *part = json_object_getn(to, path, n);

	/* Not there, or there as a whole already. */
	if (value == NULL || part == value)
		return ERR_NONE;
	if (path[n] == '\0' || !(json_is_object(value) || json_is_array(value)))
		return json_object_setn(to, path, n, value) == 0 ? ERR_NONE : ERR_NOMEM;
	if (part == NULL) {
		part = json_is_object(value) ? json_object() : json_array();
		if (part == NULL || json_object_setn_new(to, path, n, part) != 0)
			return ERR_NOMEM;
	}
	return json_is_object(value) ? copy_path(part, value, path + n + 1)
				     : copy_elements(part, value, path + n + 1);
}

json_t *
query_select(const struct query *q, const json_t *document)
{
	json_t *out;
	enum err e;

	if (!q->selects)
		return json_incref((json_t *)(uintptr_t)document);
	if ((out = json_object()) == NULL)
		return NULL;
	if ((e = copy_path(out, document, "id")) == ERR_NONE)
		e = copy_path(out, document, "href");
	for (size_t i = 0; i < q->field_count && e == ERR_NONE; i++)
		e = copy_path(out, document, q->fields[i]);
	if (e == ERR_NONE)
		return out;
	json_decref(out);
	return NULL;
}
