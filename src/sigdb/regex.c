/* sigdb/regex.c: see regex.h. */
#include "sigdb/regex.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "sigdb/limits.h"
#include "sigdb/signature.h"

struct regex {
	pcre2_code *code;
	pcre2_match_context *context;
	pcre2_match_data *data;
	bool compiled;
};

static uint32_t
options_of(uint32_t flags)
{
	static const struct {
		uint32_t flag, option;
	} table[] = { { REGEX_CASELESS, PCRE2_CASELESS }, { REGEX_DOTALL, PCRE2_DOTALL },
		{ REGEX_MULTILINE, PCRE2_MULTILINE }, { REGEX_EXTENDED, PCRE2_EXTENDED },
		{ REGEX_ANCHORED, PCRE2_ANCHORED }, { REGEX_DOLLAR_END, PCRE2_DOLLAR_ENDONLY },
		{ REGEX_UNGREEDY, PCRE2_UNGREEDY } };
	uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if ((flags & table[i].flag) != 0)
			options |= table[i].option;
	return options;
}

/* NULL, with the reason, when it is none. */
static pcre2_code *
compile(struct bytes text, uint32_t flags, struct fault *why)
{
	PCRE2_UCHAR words[128];
	pcre2_code *code;
	PCRE2_SIZE where;
	int error;

	code = pcre2_compile(text.p, text.n, options_of(flags), &error, &where, NULL);
	if (code != NULL)
		return code;
	pcre2_get_error_message(error, words, sizeof words);
	fault_set(why, error == PCRE2_ERROR_NOMEMORY ? ERR_NOMEM : ERR_MALFORMED, "%s",
	    (const char *)words);
	return NULL;
}

enum err
regex_check(struct bytes text, uint32_t flags, struct fault *why)
{
	pcre2_code *code = compile(text, flags, why);

	pcre2_code_free(code);
	return code != NULL ? ERR_NONE : why->err;
}

enum err
regex_new(struct bytes text, uint32_t flags, struct regex **out, struct fault *why)
{
	struct regex *r = calloc(1, sizeof *r);

	if (r == NULL)
		return fault_set(why, ERR_NOMEM, "memory is short");
	if ((r->code = compile(text, flags, why)) == NULL) {
		free(r);
		return why->err;
	}
	r->compiled = pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE) == 0;
	r->context = pcre2_match_context_create(NULL);
	r->data = pcre2_match_data_create(1, NULL);
	if (r->context == NULL || r->data == NULL) {
		regex_free(r);
		return fault_set(why, ERR_NOMEM, "memory is short");
	}
	pcre2_set_match_limit(r->context, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(r->context, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(r->context, REGEX_HEAP_KIB);
	*out = r;
	return ERR_NONE;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->context);
	pcre2_code_free(r->code);
	free(r);
}

bool
regex_is_compiled(const struct regex *r)
{
	return r->compiled;
}

enum err
regex_search(const struct regex *r, struct bytes text, size_t from, size_t *start, size_t *end)
{
	int n = pcre2_match(r->code, text.p, text.n, from, 0, r->data, r->context);
	const PCRE2_SIZE *vector = pcre2_get_ovector_pointer(r->data);

	switch (n) {
	case PCRE2_ERROR_NOMATCH:
		return ERR_NOT_FOUND;
	case PCRE2_ERROR_NOMEMORY:
		return ERR_NOMEM;
	default:
		if (n < 0)
			return ERR_LIMIT;
	}
	*start = vector[0];
	*end = vector[1];
	return ERR_NONE;
}
