/* prog/web/shape.c: see shape.h. Reading and writing; shape_schema.c describes. */
#include "prog/web/shape.h"

#include <assert.h>
#include <inttypes.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"
#include "codec/json.h"

static uint8_t *
place_of(const struct field *f, void *out)
{
	return (uint8_t *)out + f->offset;
}

static enum err
set_time(const struct field *f, const char *text, void *out, struct fault *why)
{
	int64_t t;

	if (timestamp_read(text, &t) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "field \"%s\" must be a time such as 2027-01-31T00:00:00Z", f->name);
	memcpy(place_of(f, out), &t, sizeof t);
	return ERR_NONE;
}

static enum err
set_choice(const struct field *f, const char *text, void *out, struct fault *why)
{
	char names[200] = "";
	size_t n = 0;

	for (int v = 0; v < 64; v++) {
		if ((f->choices >> v & 1) == 0)
			continue;
		if (text_equal(f->choice(v), text)) {
			memcpy(place_of(f, out), &v, sizeof v);
			return ERR_NONE;
		}
		if (n < sizeof names)
			n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n == 0 ? "" : ", ",
			    f->choice(v));
	}
	return fault_set(why, ERR_MALFORMED, "field \"%s\" is one of %s", f->name, names);
}

static enum err
read_null(const struct field *f, void *out)
{
	uint8_t *place = place_of(f, out);

	memset(place, 0, f->kind == FIELD_TEXT ? 1 : f->size);
	return ERR_NONE;
}

/* What codec/json does not do by itself. */
static enum err
read_value(const struct field *f, json_t *value, void *out, struct fault *why)
{
	const char *text = json_string_value(value);

	if (json_is_null(value) && (f->flags & FIELD_NULLABLE) != 0)
		return read_null(f, out);
	switch (f->kind) {
	case FIELD_TIME:
		return set_time(f, text == NULL ? "" : text, out, why);
	case FIELD_CHOICE:
		return set_choice(f, text == NULL ? "" : text, out, why);
	case FIELD_OBJECT:
		if (shape_read(f->of, value, place_of(f, out), why) != ERR_NONE)
			return fault_within(why, "in \"%s\"", f->name);
		return ERR_NONE;
	case FIELD_LIST:
		if (!json_is_array(value))
			return fault_set(why, ERR_MALFORMED, "field \"%s\" must be a list", f->name);
		break;
	default:
		break;
	}
	memcpy(place_of(f, out), &value, sizeof value);
	return ERR_NONE;
}

static struct json_field
json_field_of(const struct field *f, void *out, json_t **value)
{
	struct json_field j = { .name = f->name, .required = (f->flags & FIELD_REQUIRED) != 0,
		.out = place_of(f, out), .size = f->size, .least = f->least, .most = f->most };

	j.kind = f->kind == FIELD_TEXT ? JSON_KIND_TEXT
	    : f->kind == FIELD_WHOLE   ? JSON_KIND_WHOLE
	    : f->kind == FIELD_BOOL    ? JSON_KIND_BOOL
				       : JSON_KIND_VALUE;
	if (j.kind == JSON_KIND_VALUE || (f->flags & FIELD_NULLABLE) != 0) {
		j.out = value;
	}
	return j;
}

static enum err
check_filled(const struct shape *shape, const void *out, struct fault *why)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];

		if ((f->flags & FIELD_FILLED) != 0 && ((const char *)out + f->offset)[0] == '\0')
			return fault_set(why, ERR_MALFORMED, "field \"%s\" must not be empty", f->name);
	}
	return ERR_NONE;
}

enum err
shape_read(const struct shape *shape, const json_t *object, void *out, struct fault *why)
{
	struct json_field fields[SHAPE_FIELDS_MAX];
	json_t *values[SHAPE_FIELDS_MAX] = { NULL };
	enum err e;

	assert(shape->count <= SHAPE_FIELDS_MAX);
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		json_t *value = json_object_get(object, f->name);

		fields[i] = json_field_of(f, out, &values[i]);
		/* Only a null that may be one goes around the common rules of its kind. */
		if (fields[i].out == &values[i] && !json_is_null(value) &&
		    fields[i].kind != JSON_KIND_VALUE)
			fields[i].out = place_of(f, out);
		else if (fields[i].out == &values[i])
			fields[i].kind = JSON_KIND_VALUE;
	}
	if ((e = json_read_object(object, fields, shape->count, why)) != ERR_NONE)
		return e;
	for (size_t i = 0; i < shape->count; i++)
		if (values[i] != NULL &&
		    (e = read_value(&shape->fields[i], values[i], out, why)) != ERR_NONE)
			return e;
	return check_filled(shape, out, why);
}

static enum err
set_from_text(const struct field *f, const char *text, void *out, struct fault *why)
{
	uint64_t v;
	bool truth;

	switch (f->kind) {
	case FIELD_TEXT:
		if (!text_is_plain(text))
			return fault_set(why, ERR_MALFORMED, "field \"%s\" holds control characters", f->name);
		if (text_copy((char *)place_of(f, out), f->size, text) != ERR_NONE)
			return fault_set(why, ERR_MALFORMED, "field \"%s\" may have at most %zu bytes",
			    f->name, f->size - 1);
		return ERR_NONE;
	case FIELD_WHOLE:
		if (text_to_u64(bytes_of_text(text), (uint64_t)f->most, &v) != ERR_NONE ||
		    (int64_t)v < f->least)
			return fault_set(why, ERR_MALFORMED, "field \"%s\" must be from %" PRId64 " to %" PRId64,
			    f->name, f->least, f->most);
		memcpy(place_of(f, out), &v, sizeof v);
		return ERR_NONE;
	case FIELD_BOOL:
		truth = text_equal(text, "true");
		if (!truth && !text_equal(text, "false"))
			return fault_set(why, ERR_MALFORMED, "field \"%s\" must be true or false", f->name);
		memcpy(place_of(f, out), &truth, sizeof truth);
		return ERR_NONE;
	case FIELD_TIME:
		return set_time(f, text, out, why);
	case FIELD_CHOICE:
		return set_choice(f, text, out, why);
	default:
		abort();
	}
}

/* Whether the shape has a field of the name that ${pair} begins with. */
static bool
is_known(const struct shape *shape, struct bytes pair)
{
	struct bytes name = bytes_first(pair, bytes_find(pair, '='));

	for (size_t i = 0; i < shape->count; i++)
		if (bytes_equal_text(name, shape->fields[i].name))
			return true;
	return name.n == 0;
}

enum err
shape_read_query(const struct shape *shape, struct bytes query, void *out, struct fault *why)
{
	struct bytes rest = query;
	char text[512];
	enum err e;

	while (rest.n > 0) {
		size_t n = bytes_find(rest, '&');
		struct bytes pair = bytes_first(rest, n);

		if (!is_known(shape, pair))
			return fault_set(why, ERR_MALFORMED, "the query has an unknown field \"%.*s\"",
			    (int)(pair.n > 64 ? 64 : bytes_find(pair, '=')), (const char *)pair.p);
		rest = bytes_from(rest, n + 1);
	}
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];

		e = decode_form_field(query, f->name, text, sizeof text);
		if (e == ERR_NOT_FOUND && (f->flags & FIELD_REQUIRED) == 0)
			continue;
		if (e != ERR_NONE)
			return fault_set(why, ERR_MALFORMED, "the query's field \"%s\" is %s", f->name,
			    e == ERR_NOT_FOUND ? "missing" : "malformed, too long or there twice");
		if ((e = set_from_text(f, text, out, why)) != ERR_NONE)
			return e;
	}
	return check_filled(shape, out, why);
}

static json_t *
time_to_json(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}

/* False: it is to be left out. */
static bool
is_there(const struct field *f, const uint8_t *place)
{
	static const uint8_t zero[sizeof(int64_t)];

	if ((f->flags & FIELD_SPARSE) == 0 || f->kind == FIELD_OBJECT)
		return true;
	return memcmp(place, zero, f->kind == FIELD_TEXT ? 1 : f->size) != 0;
}

static json_t *
field_to_json(const struct field *f, const uint8_t *place)
{
	json_t *value;
	int64_t whole;
	bool truth;
	int choice;

	switch (f->kind) {
	case FIELD_TEXT:
		return json_string((const char *)place);
	case FIELD_WHOLE:
		memcpy(&whole, place, sizeof whole);
		return json_integer(whole);
	case FIELD_BOOL:
		memcpy(&truth, place, sizeof truth);
		return json_boolean(truth);
	case FIELD_TIME:
		memcpy(&whole, place, sizeof whole);
		return time_to_json(whole);
	case FIELD_CHOICE:
		memcpy(&choice, place, sizeof choice);
		return json_string(f->choice(choice));
	case FIELD_OBJECT:
		return shape_write(f->of, place);
	case FIELD_LIST:
	case FIELD_ANY:
		memcpy(&value, place, sizeof value);
		return value == NULL ? json_null() : value;
	case FIELD_NONE:
		break;
	}
	abort();
}

json_t *
shape_write(const struct shape *shape, const void *from)
{
	json_t *object = json_object();
	bool good = object != NULL;

	/* All of them, also after a failure: what is given away must not be lost. */
	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];
		const uint8_t *place = (const uint8_t *)from + f->offset;

		if (is_there(f, place) && json_object_set_new(object, f->name, field_to_json(f, place)) != 0)
			good = false;
	}
	if (good)
		return object;
	json_decref(object);
	return NULL;
}
