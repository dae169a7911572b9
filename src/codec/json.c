/* codec/json.c: see json.h. */
#include "codec/json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"

/* Nesting is counted before jansson sees the text: its own limit is 2048 levels of recursion. */
static bool
nests_too_deep(struct bytes text)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DEPTH_MAX)
				return true;
		} else if ((c == ']' || c == '}') && depth > 0) {
			depth--;
		}
	}
	return false;
}

enum err
json_parse(struct bytes text, json_t **out, struct fault *why)
{
	json_error_t error;
	json_t *value;

	if (nests_too_deep(text))
		return fault_set(why, ERR_LIMIT, "JSON nests deeper than %d levels", JSON_DEPTH_MAX);
	value = json_loadb(text.p == NULL ? "" : (const char *)text.p, text.n,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (value == NULL) {
		if (json_error_code(&error) == json_error_out_of_memory)
			return fault_set(why, ERR_NOMEM, "out of memory while reading JSON");
		return fault_set(why, ERR_MALFORMED, "JSON, line %d, column %d: %s", error.line,
		    error.column, error.text);
	}
	*out = value;
	return ERR_NONE;
}

static enum err
read_text(const json_t *value, const struct json_field *f, struct fault *why)
{
	const char *text = json_string_value(value);

	if (text == NULL)
		return fault_set(why, ERR_MALFORMED, "field \"%s\" must be a string", f->name);
	if (json_string_length(value) >= f->size)
		return fault_set(why, ERR_MALFORMED, "field \"%s\" may have at most %zu bytes",
		    f->name, f->size - 1);
	if (strlen(text) != json_string_length(value) || !text_is_plain(text))
		return fault_set(why, ERR_MALFORMED, "field \"%s\" holds control characters",
		    f->name);
	memcpy(f->out, text, strlen(text) + 1);
	return ERR_NONE;
}

static enum err
read_whole(const json_t *value, const struct json_field *f, struct fault *why)
{
	int64_t v;

	if (!json_is_integer(value))
		return fault_set(why, ERR_MALFORMED, "field \"%s\" must be a whole number", f->name);
	v = json_integer_value(value);
	if (v < f->least || v > f->most)
		return fault_set(why, ERR_MALFORMED,
		    "field \"%s\" must be from %" PRId64 " to %" PRId64, f->name, f->least, f->most);
	memcpy(f->out, &v, sizeof v);
	return ERR_NONE;
}

static enum err
read_value(json_t *value, const struct json_field *f, struct fault *why)
{
	bool truth;

	switch (f->kind) {
	case JSON_KIND_TEXT:
		return read_text(value, f, why);
	case JSON_KIND_WHOLE:
		return read_whole(value, f, why);
	case JSON_KIND_BOOL:
		if (!json_is_boolean(value))
			return fault_set(why, ERR_MALFORMED, "field \"%s\" must be true or false",
			    f->name);
		truth = json_is_true(value);
		memcpy(f->out, &truth, sizeof truth);
		return ERR_NONE;
	case JSON_KIND_VALUE:
		memcpy(f->out, &value, sizeof value);
		return ERR_NONE;
	case JSON_KIND_NONE:
		break;
	}
	abort();
}

static enum err
refuse_unknown(json_t *object, const struct json_field *fields, size_t count, struct fault *why)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) {
		size_t i = 0;

		while (i < count && !text_equal(fields[i].name, name))
			i++;
		if (i == count)
			return fault_set(why, ERR_MALFORMED, "unknown field \"%.64s\"", name);
	}
	return ERR_NONE;
}

enum err
json_read_object(const json_t *object, const struct json_field *fields, size_t count,
    struct fault *why)
{
	enum err e;

	if (!json_is_object(object))
		return fault_set(why, ERR_MALFORMED, "a JSON object was expected");
	/* jansson iterates over a non-const object only; nothing is changed. */
	if ((e = refuse_unknown((json_t *)(uintptr_t)object, fields, count, why)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(object, fields[i].name);

		if (value == NULL && !fields[i].required)
			continue;
		if (value == NULL)
			return fault_set(why, ERR_MALFORMED, "field \"%s\" is missing",
			    fields[i].name);
		if ((e = read_value(value, &fields[i], why)) != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

enum err
json_write(const json_t *value, struct buf *out)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (text == NULL)
		return ERR_NOMEM;
	buf_put_string(out, text);
	free(text);
	return out->err;
}

static void
write_canonical_string(const char *text, size_t n, struct buf *out)
{
	buf_u8(out, '"');
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '"' || text[i] == '\\')
			buf_u8(out, '\\');
		buf_u8(out, (uint8_t)text[i]);
	}
	buf_u8(out, '"');
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err
write_canonical_object(json_t *object, struct buf *out)
{
	size_t count = json_object_size(object), n = 0;
	const char **names = calloc(count + 1, sizeof *names), *name;
	enum err e = ERR_NONE;
	json_t *value;

	if (names == NULL)
		return ERR_NOMEM;
	json_object_foreach(object, name, value)
		names[n++] = name;
	qsort(names, n, sizeof *names, compare_names);
	buf_u8(out, '{');
	for (size_t i = 0; i < n && e == ERR_NONE; i++) {
		if (i > 0)
			buf_u8(out, ',');
		write_canonical_string(names[i], strlen(names[i]), out);
		buf_u8(out, ':');
		e = json_write_canonical(json_object_get(object, names[i]), out);
	}
	buf_u8(out, '}');
	free(names);
	return e;
}

static enum err
write_canonical_array(const json_t *array, struct buf *out)
{
	enum err e = ERR_NONE;

	buf_u8(out, '[');
	for (size_t i = 0; i < json_array_size(array) && e == ERR_NONE; i++) {
		if (i > 0)
			buf_u8(out, ',');
		e = json_write_canonical(json_array_get(array, i), out);
	}
	buf_u8(out, ']');
	return e;
}

enum err
json_write_canonical(const json_t *value, struct buf *out)
{
	enum err e = ERR_NONE;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		e = write_canonical_object((json_t *)(uintptr_t)value, out);
		break;
	case JSON_ARRAY:
		e = write_canonical_array(value, out);
		break;
	case JSON_STRING:
		write_canonical_string(json_string_value(value), json_string_length(value), out);
		break;
	case JSON_INTEGER:
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_TRUE:
		buf_put_string(out, "true");
		break;
	case JSON_FALSE:
		buf_put_string(out, "false");
		break;
	case JSON_NULL:
		buf_put_string(out, "null");
		break;
	case JSON_REAL:
		e = ERR_UNSUPPORTED;
		break;
	}
	return e != ERR_NONE ? e : out->err;
}
