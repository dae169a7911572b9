/* Fuzzer: a template, a NUL, and JSON for it. Whatever is read must be written without harm, and no value may add a
 * letter of markup: with all texts replaced by such letters, there are as many of them as with harmless ones. */
#include <stdlib.h>

#include "codec/json.h"
#include "codec/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same value with each text that is not empty replaced. */
static json_t *
with_texts(const json_t *v, const char *text)
{
	json_t *copy = NULL, *each;
	const char *name;
	size_t i;

	if (json_is_string(v))
		return json_string(json_string_length(v) == 0 ? "" : text);
	if (json_is_array(v)) {
		copy = json_array();
		json_array_foreach((json_t *)(uintptr_t)v, i, each)
			json_array_append_new(copy, with_texts(each, text));
	} else if (json_is_object(v)) {
		copy = json_object();
		json_object_foreach((json_t *)(uintptr_t)v, name, each)
			json_object_set_new(copy, name, with_texts(each, text));
	}
	return copy == NULL ? json_incref((json_t *)(uintptr_t)v) : copy;
}

/* False: it does not fit. */
static bool
count_markup(struct template_set *s, const json_t *values, const char *text, size_t *n)
{
	json_t *v = with_texts(values, text);
	struct buf out;
	enum err e;

	*n = 0;
	buf_init(&out, 1 << 20);
	e = template_render(s, "a", v, NULL, &out);
	for (size_t i = 0; i < out.n; i++)
		*n += out.p[i] == '<' || out.p[i] == '>' || out.p[i] == '"' || out.p[i] == '\'';
	json_decref(v);
	buf_fini(&out);
	return e == ERR_NONE;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	size_t end = bytes_find(in, 0);
	struct template_set *s = NULL;
	json_t *values = NULL;
	size_t hostile, harmless;
	struct fault why;

	if (template_set_new(&s) != ERR_NONE)
		return 0;
	if (template_set_add(s, "a", bytes_first(in, end), &why) == ERR_NONE &&
	    template_set_add(s, "b", bytes_of_text("{{#a}}[{{b}}{{.}}]{{/a}}"), &why) == ERR_NONE &&
	    template_set_finish(s, &why) == ERR_NONE &&
	    json_parse(bytes_from(in, end + 1), &values, &why) == ERR_NONE &&
	    count_markup(s, values, "<>\"", &hostile) && count_markup(s, values, "abc", &harmless) &&
	    hostile != harmless)
		abort();
	json_decref(values);
	template_set_free(s);
	return 0;
}
