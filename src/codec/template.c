/* codec/template.c: see template.h. A template becomes a list of steps; sections know where they end. */
#include "codec/template.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/text.h"
#include "codec/encode.h"

enum step_kind {
	STEP_NONE = 0,
	STEP_TEXT,
	STEP_VALUE,
	STEP_SECTION,
	STEP_INVERTED,
	STEP_END,
	STEP_PARTIAL
};

struct step {
	enum step_kind kind;
	struct bytes text;	/* of the template's source: what is written, or the name */
	size_t end;		/* sections: the step that ends it; partials, once finished: which template */
	bool between_tags;	/* values: HTML may stand there */
	size_t line;
};

struct template {
	char name[TEMPLATE_NAME_SIZE];
	char *source;
	struct step *steps;
	size_t count, room;
};

struct template_set {
	struct template *all;
	size_t count, room;
};

/* Where in HTML we are. */
enum place {
	PLACE_TEXT = 0,
	PLACE_TAG,
	PLACE_DOUBLE,		/* in an attribute's "…" */
	PLACE_SINGLE,
	PLACE_COMMENT,
	PLACE_RAW		/* in a script or a style */
};

struct parser {
	struct template *t;
	struct bytes text;
	size_t at;
	enum place place;
	bool raw_tag;		/* the tag that we are in begins a script or a style */
	struct {
		size_t step;
		enum place place;
	} open[TEMPLATE_SECTIONS_MAX];
	size_t depth;
	struct fault *why;
};

static size_t
line_of(const struct parser *p, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += p->text.p[i] == '\n';
	return line;
}

static enum err
refuse_at(const struct parser *p, size_t at, const char *words)
{
	return fault_set(p->why, ERR_MALFORMED, "%s, line %zu: %s", p->t->name, line_of(p, at), words);
}

static enum err
add_step(struct parser *p, struct step step)
{
	struct template *t = p->t;
	enum err e = array_grow((void **)&t->steps, &t->room, t->count + 1, sizeof *t->steps);

	if (e == ERR_NONE)
		t->steps[t->count++] = step;
	return e;
}

/* The letter ${at}; NUL behind the end. */
static char
letter(struct bytes b, size_t at)
{
	return at < b.n ? (char)b.p[at] : '\0';
}

static bool
begins_raw(struct bytes from)
{
	return bytes_start_with(from, "<script") || bytes_start_with(from, "<style");
}

static void
enter_tag(struct parser *p, struct bytes from)
{
	char next = letter(from, 1);

	if (bytes_start_with(from, "<!--")) {
		p->place = PLACE_COMMENT;
	} else if ((next | 32) >= 'a' && (next | 32) <= 'z') {
		p->place = PLACE_TAG;
		p->raw_tag = begins_raw(from);
	} else if (next == '/' || next == '!' || next == '\0') {
		/* Also when one of our tags follows: nobody's value may name a tag. */
		p->place = PLACE_TAG;
		p->raw_tag = false;
	}
}

/* Follow the places through what stands between two of our tags. */
static void
follow_html(struct parser *p, struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)text.p[i];

		switch (p->place) {
		case PLACE_TEXT:
			if (c == '<')
				enter_tag(p, bytes_from(text, i));
			break;
		case PLACE_TAG:
			if (c == '>')
				p->place = p->raw_tag ? PLACE_RAW : PLACE_TEXT;
			else if (c == '"' || c == '\'')
				p->place = c == '"' ? PLACE_DOUBLE : PLACE_SINGLE;
			break;
		case PLACE_DOUBLE:
		case PLACE_SINGLE:
			if (c == (p->place == PLACE_DOUBLE ? '"' : '\''))
				p->place = PLACE_TAG;
			break;
		case PLACE_COMMENT:
			if (bytes_start_with(bytes_from(text, i), "-->"))
				p->place = PLACE_TEXT;
			break;
		case PLACE_RAW:
			if (c == '<' && letter(text, i + 1) == '/')
				enter_tag(p, bytes_from(text, i));
		}
	}
}

static enum err
add_text(struct parser *p, size_t from, size_t to)
{
	struct bytes text = bytes_first(bytes_from(p->text, from), to - from);

	if (text.n == 0)
		return ERR_NONE;
	follow_html(p, text);
	return add_step(p, (struct step){ .kind = STEP_TEXT, .text = text });
}

static bool
is_name_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Words with a dot between each two, or a dot alone; of a partial, words with a stroke between. */
static bool
is_name(struct bytes name, char between)
{
	bool ended = true;

	if (between == '.' && bytes_equal_text(name, "."))
		return true;
	for (size_t i = 0; i < name.n; i++) {
		char c = (char)name.p[i];

		if (c == between ? ended : !is_name_letter(c))
			return false;
		ended = c == between;
	}
	return !ended && name.n < TEMPLATE_NAME_SIZE;
}

static struct bytes
trim(struct bytes b)
{
	while (b.n > 0 && (b.p[0] == ' ' || b.p[0] == '\t' || b.p[0] == '\n' || b.p[0] == '\r'))
		b = bytes_from(b, 1);
	while (b.n > 0 && (b.p[b.n - 1] == ' ' || b.p[b.n - 1] == '\t' || b.p[b.n - 1] == '\n' ||
			      b.p[b.n - 1] == '\r'))
		b.n--;
	return b;
}

static enum err
open_section(struct parser *p, struct bytes name, enum step_kind kind, size_t at)
{
	if (p->place == PLACE_COMMENT || p->place == PLACE_RAW)
		return refuse_at(p, at, "a section cannot stand in a comment, a script or a style");
	if (p->depth == TEMPLATE_SECTIONS_MAX)
		return refuse_at(p, at, "too many sections within each other");
	p->open[p->depth].step = p->t->count;
	p->open[p->depth++].place = p->place;
	return add_step(p, (struct step){ .kind = kind, .text = name, .line = line_of(p, at) });
}

static enum err
close_section(struct parser *p, struct bytes name, size_t at)
{
	struct step *begun;

	if (p->depth == 0)
		return refuse_at(p, at, "no section is open here");
	begun = &p->t->steps[p->open[--p->depth].step];
	if (!bytes_equal(begun->text, name))
		return refuse_at(p, at, "another section is open here");
	if (p->open[p->depth].place != p->place)
		return refuse_at(p, at, "a section must end where it began: in the same tag, attribute or text");
	begun->end = p->t->count;
	return add_step(p, (struct step){ .kind = STEP_END });
}

static enum err
add_value(struct parser *p, struct bytes name, size_t at)
{
	if (!is_name(name, '.'))
		return refuse_at(p, at, "that is no name");
	if (p->place != PLACE_TEXT && p->place != PLACE_DOUBLE && p->place != PLACE_SINGLE)
		return refuse_at(p, at, "a value can stand between tags and in quoted attributes only");
	return add_step(p, (struct step){ .kind = STEP_VALUE, .text = name,
		.between_tags = p->place == PLACE_TEXT });
}

static enum err
add_partial(struct parser *p, struct bytes name, size_t at)
{
	if (!is_name(name, '/'))
		return refuse_at(p, at, "that is no template's name");
	if (p->place != PLACE_TEXT)
		return refuse_at(p, at, "a template can stand between tags only");
	return add_step(p, (struct step){ .kind = STEP_PARTIAL, .text = name, .line = line_of(p, at) });
}

/* What stands between "{{" and "}}". */
static enum err
add_tag(struct parser *p, struct bytes inner, size_t at)
{
	char sigil = letter(inner, 0);
	struct bytes name = trim(bytes_from(inner, 1));

	switch (sigil) {
	case '!':
		return ERR_NONE;
	case '>':
		return add_partial(p, name, at);
	case '#':
	case '^':
	case '/':
		if (!is_name(name, '.'))
			return refuse_at(p, at, "that is no name");
		if (sigil == '/')
			return close_section(p, name, at);
		return open_section(p, name, sigil == '#' ? STEP_SECTION : STEP_INVERTED, at);
	case '{':
	case '&':
		return refuse_at(p, at, "no value goes unescaped");
	default:
		return add_value(p, trim(inner), at);
	}
}

/* Whether the tag from ${from} to ${to} is alone on its line; *from and *to then take in the line. */
static bool
takes_line(const struct parser *p, size_t *from, size_t *to)
{
	size_t begin = *from, end = *to;

	while (begin > 0 && (p->text.p[begin - 1] == ' ' || p->text.p[begin - 1] == '\t'))
		begin--;
	while (letter(p->text, end) == ' ' || letter(p->text, end) == '\t' || letter(p->text, end) == '\r')
		end++;
	if ((begin > 0 && p->text.p[begin - 1] != '\n') || (end < p->text.n && p->text.p[end] != '\n'))
		return false;
	*from = begin;
	*to = end < p->text.n ? end + 1 : end;
	return true;
}

static size_t
find_pair(struct bytes b, size_t from, char c)
{
	for (size_t i = from; i + 1 < b.n; i++)
		if (b.p[i] == (uint8_t)c && b.p[i + 1] == (uint8_t)c)
			return i;
	return b.n;
}

static enum err
parse(struct parser *p)
{
	enum err e = ERR_NONE;

	while (e == ERR_NONE && p->at < p->text.n) {
		size_t from = find_pair(p->text, p->at, '{'), end, to;
		struct bytes inner;
		size_t tag = from;

		if (from == p->text.n)
			break;
		if ((end = find_pair(p->text, from + 2, '}')) == p->text.n)
			return refuse_at(p, from, "a tag does not end");
		inner = bytes_first(bytes_from(p->text, from + 2), end - from - 2);
		to = end + 2;
		if (inner.n > 0 && strchr("#^/>!", inner.p[0]) != NULL)
			takes_line(p, &from, &to);
		if ((e = add_text(p, p->at, from)) == ERR_NONE)
			e = add_tag(p, inner, tag);
		p->at = to;
	}
	if (e == ERR_NONE)
		e = add_text(p, p->at, p->text.n);
	if (e != ERR_NONE)
		return e;
	if (p->depth > 0)
		return refuse_at(p, p->text.n, "a section does not end");
	if (p->place != PLACE_TEXT)
		return refuse_at(p, p->text.n, "a tag, comment or script of HTML does not end");
	return ERR_NONE;
}

enum err
template_set_new(struct template_set **out)
{
	return (*out = calloc(1, sizeof **out)) == NULL ? ERR_NOMEM : ERR_NONE;
}

static void
fini_template(struct template *t)
{
	free(t->source);
	free(t->steps);
}

void
template_set_free(struct template_set *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		fini_template(&s->all[i]);
	free(s->all);
	free(s);
}

/* The place of ${name} in the set, or s->count. */
static size_t
find(const struct template_set *s, struct bytes name)
{
	size_t i = 0;

	while (i < s->count && !bytes_equal_text(name, s->all[i].name))
		i++;
	return i;
}

enum err
template_set_add(struct template_set *s, const char *name, struct bytes text, struct fault *why)
{
	struct template t = { .name = "" };
	struct parser p = { .t = &t, .why = why };
	enum err e;

	if (text.n > TEMPLATE_BYTES_MAX || !is_name(bytes_of_text(name), '/') ||
	    text_copy(t.name, sizeof t.name, name) != ERR_NONE)
		return fault_set(why, ERR_LIMIT, "%s: too large, or its name is none", name);
	if (find(s, bytes_of_text(name)) < s->count)
		return fault_set(why, ERR_EXISTS, "%s: there is another of this name", name);
	if ((t.source = malloc(text.n + 1)) == NULL)
		return fault_set(why, ERR_NOMEM, "%s: out of memory", name);
	if (text.n > 0)
		memcpy(t.source, text.p, text.n);
	p.text = bytes_of(t.source, text.n);
	if ((e = parse(&p)) == ERR_NONE &&
	    (e = array_grow((void **)&s->all, &s->room, s->count + 1, sizeof *s->all)) == ERR_NONE)
		s->all[s->count++] = t;
	else
		fini_template(&t);
	if (e == ERR_NOMEM)
		fault_set(why, e, "%s: out of memory", name);
	return e;
}

/* Whether it goes round: no chain of inclusions may be deeper than TEMPLATE_PARTIALS_MAX. */
static enum err
check_depth(const struct template_set *s, const struct template *t, size_t depth, struct fault *why)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < t->count && e == ERR_NONE; i++) {
		if (t->steps[i].kind != STEP_PARTIAL)
			continue;
		if (depth == TEMPLATE_PARTIALS_MAX)
			return fault_set(why, ERR_MALFORMED, "%s, line %zu: templates include each other too deeply",
			    t->name, t->steps[i].line);
		e = check_depth(s, &s->all[t->steps[i].end], depth + 1, why);
	}
	return e;
}

enum err
template_set_finish(struct template_set *s, struct fault *why)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->all[i].count; k++) {
			struct step *step = &s->all[i].steps[k];

			if (step->kind == STEP_PARTIAL && (step->end = find(s, step->text)) == s->count)
				return fault_set(why, ERR_MALFORMED, "%s, line %zu: there is no template %.*s",
				    s->all[i].name, step->line, (int)step->text.n, (const char *)step->text.p);
		}
	for (size_t i = 0; i < s->count && e == ERR_NONE; i++)
		e = check_depth(s, &s->all[i], 0, why);
	return e;
}

json_t *
template_markup_add(struct template_markup *m, struct bytes html)
{
	json_t *text;

	if (m->texts == NULL && (m->texts = json_array()) == NULL)
		return NULL;
	text = json_stringn(html.n == 0 ? "" : (const char *)html.p, html.n);
	/* The list holds a reference of its own: no other value can come to lie where this one does. */
	return json_array_append(m->texts, text) == 0 ? text : (json_decref(text), NULL);
}

void
template_markup_fini(struct template_markup *m)
{
	json_decref(m->texts);
	m->texts = NULL;
}

/* Each section of each template on the way may add one. */
enum { VALUES_MAX = (TEMPLATE_PARTIALS_MAX + 1) * TEMPLATE_SECTIONS_MAX + 1 };

struct rendering {
	const struct template_set *set;
	const struct template_markup *markup;
	const json_t *values[VALUES_MAX]; /* the outermost first */
	size_t depth;
	struct buf *out;
};

/* The member whose name is the first word of *name, which it is then taken from. */
static const json_t *
take_member(const json_t *of, struct bytes *name)
{
	size_t dot = bytes_find(*name, '.');
	const json_t *found = json_object_getn(of, (const char *)name->p, dot);

	*name = bytes_from(*name, dot + 1);
	return found;
}

static const json_t *
look_up(const struct rendering *r, struct bytes name)
{
	const json_t *found = NULL;
	struct bytes rest = name;

	if (bytes_equal_text(name, "."))
		return r->values[r->depth - 1];
	for (size_t i = r->depth; i-- > 0 && found == NULL;) {
		rest = name;
		found = take_member(r->values[i], &rest);
	}
	while (rest.n > 0 && found != NULL)
		found = take_member(found, &rest);
	return found;
}

static bool
is_something(const json_t *v)
{
	switch (v == NULL ? JSON_NULL : json_typeof(v)) {
	case JSON_NULL:
	case JSON_FALSE:
		return false;
	case JSON_STRING:
		return json_string_length(v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v) != 0;
	case JSON_ARRAY:
		return json_array_size(v) > 0;
	default:
		return true;
	}
}

static bool
is_markup(const struct rendering *r, const json_t *v)
{
	const json_t *texts = r->markup == NULL ? NULL : r->markup->texts;

	for (size_t i = 0; i < json_array_size(texts); i++)
		if (json_array_get(texts, i) == v)
			return true;
	return false;
}

static void
put_value(struct rendering *r, const struct step *step)
{
	const json_t *v = look_up(r, step->text);

	if (json_is_integer(v))
		buf_printf(r->out, "%lld", (long long)json_integer_value(v));
	else if (json_is_string(v) && step->between_tags && is_markup(r, v))
		buf_put_string(r->out, json_string_value(v));
	else if (json_is_string(v))
		encode_html(json_string_value(v), r->out);
}

static void render(struct rendering *r, const struct template *t, size_t from, size_t to);

static void
render_within(struct rendering *r, const struct template *t, size_t section, const json_t *value)
{
	r->values[r->depth++] = value;
	render(r, t, section + 1, t->steps[section].end);
	r->depth--;
}

static void
render_section(struct rendering *r, const struct template *t, size_t section)
{
	const struct step *step = &t->steps[section];
	const json_t *v = look_up(r, step->text), *element;
	size_t i;

	if (is_something(v) != (step->kind == STEP_SECTION))
		return;
	if (step->kind == STEP_INVERTED)
		render(r, t, section + 1, step->end);
	else if (json_is_array(v))
		json_array_foreach((json_t *)(uintptr_t)v, i, element)
			render_within(r, t, section, element);
	else
		render_within(r, t, section, v);
}

static void
render(struct rendering *r, const struct template *t, size_t from, size_t to)
{
	/* Once it is full nothing more is written: do not go on for nothing. */
	for (size_t i = from; i < to && r->out->err == ERR_NONE; i++) {
		const struct step *step = &t->steps[i];

		switch (step->kind) {
		case STEP_TEXT:
			buf_put(r->out, step->text);
			break;
		case STEP_VALUE:
			put_value(r, step);
			break;
		case STEP_SECTION:
		case STEP_INVERTED:
			render_section(r, t, i);
			i = step->end;
			break;
		case STEP_PARTIAL: {
			const struct template *other = &r->set->all[step->end];

			render(r, other, 0, other->count);
			break;
		}
		case STEP_NONE:
		case STEP_END:
			break;
		}
	}
}

enum err
template_render(const struct template_set *s, const char *name, const json_t *values,
    const struct template_markup *markup, struct buf *out)
{
	struct rendering r = { .set = s, .markup = markup, .values = { values }, .depth = 1, .out = out };
	size_t i = find(s, bytes_of_text(name));

	if (i == s->count)
		return ERR_NOT_FOUND;
	render(&r, &s->all[i], 0, s->all[i].count);
	return out->err;
}
