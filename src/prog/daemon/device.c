/* daemon/device.c: see device.h. */
#include "prog/daemon/device.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "os/file.h"
#include "prog/daemon/limits.h"

void
device_forget(struct device *d)
{
	random_forget(d, sizeof *d);
}

enum err
device_write(const struct device *d, struct buf *out)
{
	struct buf key;
	json_t *value = NULL;
	enum err e = ERR_NOMEM;

	buf_init(&key, AGENT_KEY_TEXT_SIZE);
	encode_base64url(bytes_of(d->key.key, sizeof d->key.key), &key);
	value = json_pack("{s:s, s:s, s:s, s:s#, s:I, s:I}", "device", d->id, "name", d->name,
	    "token", d->token, "key", (const char *)key.p, (int)key.n, "enrolled",
	    (json_int_t)d->enrolled, "checkin_s", (json_int_t)d->checkin_s);
	if (key.err == ERR_NONE && value != NULL)
		e = json_write(value, out);
	json_decref(value);
	if (key.p != NULL)
		random_forget(key.p, key.n);
	buf_fini(&key);
	return e;
}

#define TEXT(n, o) { .name = n, .kind = JSON_KIND_TEXT, .required = true, .out = o, .size = sizeof o }

enum err
device_read(struct bytes text, struct device *out, struct fault *why)
{
	char key_text[AGENT_KEY_TEXT_SIZE];
	json_t *value = NULL;
	struct buf key;
	struct device d = { .enrolled = 0 };
	const struct json_field fields[] = { TEXT("device", d.id), TEXT("name", d.name),
		TEXT("token", d.token), TEXT("key", key_text),
		{ .name = "enrolled", .kind = JSON_KIND_WHOLE, .required = true, .out = &d.enrolled,
		    .most = INT64_MAX / 2 },
		{ .name = "checkin_s", .kind = JSON_KIND_WHOLE, .required = true, .out = &d.checkin_s,
		    .least = AGENT_CHECKIN_MIN_S, .most = AGENT_CHECKIN_MAX_S } };
	enum err e;

	buf_init(&key, SEAL_BOX_KEY_SIZE);
	if ((e = json_parse(text, &value, why)) != ERR_NONE ||
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], why)) != ERR_NONE)
		goto done;
	if ((e = decode_base64url(bytes_of_text(key_text), &key)) != ERR_NONE ||
	    key.n != SEAL_BOX_KEY_SIZE || d.id[0] == '\0' || d.token[0] == '\0') {
		e = fault_set(why, ERR_MALFORMED, "its device, token or key is broken");
		goto done;
	}
	memcpy(d.key.key, key.p, key.n);
	*out = d;
done:
	device_forget(&d);
	random_forget(key_text, sizeof key_text);
	buf_fini(&key);
	json_decref(value);
	return e;
}

enum err
device_load(int dir, struct device *out, struct fault *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = file_read(dir, DEVICE_FILE, &text, why)) == ERR_NONE &&
	    (e = device_read(buf_bytes(&text), out, why)) != ERR_NONE)
		fault_within(why, DEVICE_FILE);
	if (text.p != NULL)
		random_forget(text.p, text.n);
	buf_fini(&text);
	return e;
}

enum err
device_save(int dir, const struct device *d, struct fault *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, DAEMON_FILE_MAX);
	if ((e = device_write(d, &text)) != ERR_NONE)
		fault_set(why, e, "cannot write " DEVICE_FILE ": %s", err_name(e));
	else
		e = file_replace(dir, DEVICE_FILE, buf_bytes(&text), 0600, why);
	if (text.p != NULL)
		random_forget(text.p, text.n);
	buf_fini(&text);
	return e;
}

enum err
device_machine(const char *state_path, char out[static AGENT_MACHINE_SIZE])
{
	char *real = realpath(state_path, NULL);
	struct buf text;
	enum err e;

	_Static_assert(AGENT_MACHINE_SIZE == HASH_HEX_SIZE, "a machine's name is a digest in hex");
	buf_init(&text, DAEMON_FILE_MAX);
	buf_put_string(&text, "holdfast machine\n");
	/* A machine without an id goes by its directory alone. */
	if (file_read(AT_FDCWD, "/etc/machine-id", &text, NULL) == ERR_NONE)
		buf_put_string(&text, "\n");
	/* Several devices of one machine, each in its directory, are several devices. */
	buf_put_string(&text, real != NULL ? real : state_path);
	e = text.err != ERR_NONE ? text.err : hash_sha256_hex(buf_bytes(&text), out);
	buf_fini(&text);
	free(real);
	return e;
}
