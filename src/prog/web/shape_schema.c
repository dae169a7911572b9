/* prog/web/shape_schema.c: shapes as JSON Schema (2020-12), for /openapi.json; see shape.h. */
#include <stdio.h>

#include "prog/web/shape.h"

static json_t *
reference_to(const struct shape *shape)
{
	char text[100];

	snprintf(text, sizeof text, "#/components/schemas/%s", shape->name);
	return json_pack("{s:s}", "$ref", text);
}

static json_t *
choices_of(const struct field *f)
{
	json_t *names = json_array();

	for (int v = 0; v < 64; v++)
		if ((f->choices >> v & 1) != 0)
			json_array_append_new(names, json_string(f->choice(v)));
	return names;
}

/* A null beside the type, where one may stand. */
static json_t *
type_of(const char *name, bool or_null)
{
	return or_null ? json_pack("[s, s]", name, "null") : json_string(name);
}

json_t *
shape_field_schema(const struct field *f, bool written)
{
	bool or_null = written ? f->kind == FIELD_TIME && (f->flags & FIELD_SPARSE) == 0
			       : (f->flags & FIELD_NULLABLE) != 0;
	json_t *schema = NULL;

	switch (f->kind) {
	case FIELD_TEXT:
		schema = json_pack("{s:o, s:I}", "type", type_of("string", or_null), "maxLength",
		    (json_int_t)f->size - 1);
		if (!written && (f->flags & FIELD_FILLED) != 0)
			json_object_set_new(schema, "minLength", json_integer(1));
		break;
	case FIELD_WHOLE:
		schema = json_pack("{s:o, s:I, s:I}", "type", type_of("integer", or_null), "minimum",
		    (json_int_t)f->least, "maximum", (json_int_t)f->most);
		break;
	case FIELD_BOOL:
		schema = json_pack("{s:o}", "type", type_of("boolean", or_null));
		break;
	case FIELD_TIME:
		schema = json_pack("{s:o, s:s}", "type", type_of("string", or_null), "format", "date-time");
		break;
	case FIELD_CHOICE:
		schema = json_pack("{s:s, s:o}", "type", "string", "enum", choices_of(f));
		break;
	case FIELD_OBJECT:
		schema = reference_to(f->of);
		break;
	case FIELD_LIST:
		schema = json_pack("{s:s, s:o}", "type", "array", "items",
		    f->of == NULL ? json_pack("{s:s}", "type", "string") : reference_to(f->of));
		break;
	case FIELD_ANY:
		schema = json_object();
		break;
	case FIELD_NONE:
		break;
	}
	if (f->about != NULL)
		json_object_set_new(schema, "description", json_string(f->about));
	return schema;
}

json_t *
shape_schema(const struct shape *shape, bool written)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < shape->count; i++) {
		const struct field *f = &shape->fields[i];

		json_object_set_new(properties, f->name, shape_field_schema(f, written));
		if (written ? (f->flags & FIELD_SPARSE) == 0 : (f->flags & FIELD_REQUIRED) != 0)
			json_array_append_new(required, json_string(f->name));
	}
	return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0,
	    "properties", properties, "required", required);
}
