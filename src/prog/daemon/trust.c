/* daemon/trust.c: see trust.h. */
#include "prog/daemon/trust.h"

#include <fcntl.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "os/file.h"

static enum err
read_key(const json_t *item, struct sign_public *out)
{
	struct buf key;
	enum err e = ERR_MALFORMED;

	buf_init(&key, SIGN_PUBLIC_SIZE);
	if (json_is_string(item) &&
	    (e = decode_base64url(bytes_of_text(json_string_value(item)), &key)) == ERR_NONE) {
		e = key.n == SIGN_PUBLIC_SIZE ? ERR_NONE : ERR_MALFORMED;
		if (e == ERR_NONE)
			memcpy(out->key, key.p, SIGN_PUBLIC_SIZE);
	}
	buf_fini(&key);
	return e;
}

static enum err
read_keys(const json_t *list, struct trust *out, struct fault *why)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) == 0 ||
	    json_array_size(list) > DAEMON_LEASE_KEYS_MAX)
		return fault_set(why, ERR_MALFORMED, "\"lease_keys\" must list 1 to %d keys",
		    DAEMON_LEASE_KEYS_MAX);
	json_array_foreach(list, i, item)
		if (read_key(item, &out->keys[out->key_count++]) != ERR_NONE)
			return fault_set(why, ERR_MALFORMED,
			    "\"lease_keys\": number %zu is not a public key in base64url", i + 1);
	return ERR_NONE;
}

static enum err
read_mirrors(const json_t *list, struct trust *out, struct fault *why)
{
	const json_t *item;
	size_t i;

	if (list == NULL)
		return ERR_NONE;
	if (!json_is_array(list) || json_array_size(list) > AGENT_MIRRORS_MAX)
		return fault_set(why, ERR_MALFORMED, "\"mirrors\" must list at most %d addresses",
		    AGENT_MIRRORS_MAX);
	json_array_foreach(list, i, item) {
		const char *url = json_string_value(item);

		if (url == NULL || text_copy(out->mirrors[i], sizeof out->mirrors[i], url) != ERR_NONE ||
		    !text_is_plain(url))
			return fault_set(why, ERR_MALFORMED, "\"mirrors\": number %zu is no address", i + 1);
		out->mirror_count++;
	}
	return ERR_NONE;
}

#define TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }
#define VALUE(n, o) { .name = n, .kind = JSON_KIND_VALUE, .required = true, .out = &o }

enum err
trust_read(struct bytes text, struct trust *out, struct fault *why)
{
	json_t *value = NULL, *keys = NULL, *root = NULL, *mirrors = NULL;
	struct trust t = { .key_count = 0 };
	const struct json_field fields[] = { TEXT("server", t.server), TEXT("issuer", t.issuer),
		TEXT("updates", t.updates), VALUE("lease_keys", keys), VALUE("root", root),
		{ .name = "mirrors", .kind = JSON_KIND_VALUE, .out = &mirrors } };
	enum err e;

	buf_init(&t.root, DAEMON_TRUST_MAX);
	if ((e = json_parse(text, &value, why)) != ERR_NONE ||
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], why)) != ERR_NONE ||
	    (e = read_keys(keys, &t, why)) != ERR_NONE ||
	    (e = read_mirrors(mirrors, &t, why)) != ERR_NONE)
		goto done;
	if (!json_is_object(root)) {
		e = fault_set(why, ERR_MALFORMED, "\"root\" must be an object");
		goto done;
	}
	if ((e = json_write(root, &t.root)) != ERR_NONE) {
		fault_set(why, e, "\"root\" cannot be kept: %s", err_name(e));
		goto done;
	}
	*out = t;
	buf_init(&t.root, 0);
done:
	trust_fini(&t);
	json_decref(value);
	return e;
}

enum err
trust_load(const char *path, struct trust *out, struct fault *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_TRUST_MAX);
	if ((e = file_read(AT_FDCWD, path, &text, why)) == ERR_NONE &&
	    (e = trust_read(buf_bytes(&text), out, why)) != ERR_NONE)
		fault_within(why, "%s", path);
	buf_fini(&text);
	return e;
}

void
trust_fini(struct trust *t)
{
	buf_fini(&t->root);
}
