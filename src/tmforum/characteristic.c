/* tmforum/characteristic.c: see characteristic.h. */
#include "tmforum/characteristic.h"

#include "base/text.h"
#include "base/timestamp.h"
#include "tmforum/date_time.h"

static bool
has_name(const json_t *element, const char *name)
{
	const char *have = json_string_value(json_object_get(element, "name"));

	return have != NULL && text_equal(have, name);
}

const json_t *
characteristic_find(const json_t *list, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *element = json_array_get(list, i), *value, *inner;

		if (!has_name(element, name))
			continue;
		value = json_object_get(element, "value");
		inner = json_object_get(value, name);
		return inner != NULL ? inner : value;
	}
	return NULL;
}

enum err
characteristic_text(const json_t *list, const char *name, char *out, size_t size, struct fault *why)
{
	const json_t *value = characteristic_find(list, name);

	if (value == NULL || json_is_null(value))
		return ERR_NOT_FOUND;
	if (!json_is_string(value) || text_copy(out, size, json_string_value(value)) != ERR_NONE ||
	    json_string_length(value) != strlen(out) || !text_is_plain(out))
		return fault_set(why, ERR_MALFORMED,
		    "characteristic \"%s\" must be a plain text of at most %zu bytes", name, size - 1);
	return ERR_NONE;
}

enum err
characteristic_whole(const json_t *list, const char *name, int64_t least, int64_t most, int64_t *out,
    struct fault *why)
{
	const json_t *value = characteristic_find(list, name);
	int64_t n = json_integer_value(value);
	uint64_t read;

	if (value == NULL || json_is_null(value))
		return ERR_NOT_FOUND;
	if (json_is_string(value) &&
	    text_to_u64(bytes_of_text(json_string_value(value)), INT64_MAX, &read) == ERR_NONE)
		n = (int64_t)read;
	else if (!json_is_integer(value))
		n = least - 1;
	if (n < least || n > most)
		return fault_set(why, ERR_MALFORMED,
		    "characteristic \"%s\" must be a whole number from %lld to %lld", name,
		    (long long)least, (long long)most);
	*out = n;
	return ERR_NONE;
}

enum err
characteristic_date(const json_t *list, const char *name, int64_t *out, struct fault *why)
{
	const json_t *value = characteristic_find(list, name);

	if (value == NULL || json_is_null(value))
		return ERR_NOT_FOUND;
	if (!json_is_string(value) || date_time_read_seconds(json_string_value(value), out) != ERR_NONE)
		return fault_set(why, ERR_MALFORMED,
		    "characteristic \"%s\" must be a time such as 2027-01-31T00:00:00Z", name);
	return ERR_NONE;
}

static const char *
type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_INTEGER:
		return "integer";
	case JSON_TRUE:
	case JSON_FALSE:
		return "boolean";
	default:
		return "string";
	}
}

enum err
characteristic_set(json_t *list, const char *name, json_t *value)
{
	json_t *element = value == NULL ? NULL
					: json_pack("{s:s, s:s, s:o}", "name", name, "valueType",
					      type_of(value), "value", value);
	bool set = false;

	if (element == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_array_size(list);) {
		if (!has_name(json_array_get(list, i), name)) {
			i++;
		} else if (!set) {
			set = json_array_set(list, i, element) == 0;
			if (!set)
				break;
			i++;
		} else {
			json_array_remove(list, i);
		}
	}
	if (!set)
		set = json_array_append(list, element) == 0;
	json_decref(element);
	return set ? ERR_NONE : ERR_NOMEM;
}

enum err
characteristic_merge(json_t *list, const json_t *more)
{
	for (size_t i = 0; i < json_array_size(more); i++) {
		json_t *element = json_array_get(more, i);
		const char *name = json_string_value(json_object_get(element, "name"));

		for (size_t k = json_array_size(list); name != NULL && k-- > 0;)
			if (has_name(json_array_get(list, k), name))
				json_array_remove(list, k);
		if (json_array_append(list, element) != 0)
			return ERR_NOMEM;
	}
	return ERR_NONE;
}

json_t *
characteristic_without(const json_t *list, const char *name)
{
	json_t *out = json_array();

	for (size_t i = 0; out != NULL && i < json_array_size(list); i++) {
		json_t *element = json_array_get(list, i);

		if (!has_name(element, name) && json_array_append(out, element) != 0) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

json_t *
characteristic_of_date(int64_t t)
{
	char text[TIMESTAMP_SIZE];

	if (t == 0)
		return json_null();
	timestamp_write(t, text);
	return json_string(text);
}
