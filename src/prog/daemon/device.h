/* daemon/device.h: what activation made of this device: device.json, and the name of the machine.
 * Owns that file's form. It holds secrets: wipe a device with device_forget. */
#ifndef HOLDFAST_DAEMON_DEVICE_H
#define HOLDFAST_DAEMON_DEVICE_H

#include "agent/limits.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "crypto/seal.h"
#include "entitle/limits.h"

#define DEVICE_FILE "device.json"

struct device {
	char id[ID_SIZE];
	char name[NAME_SIZE];
	char token[AGENT_TOKEN_SIZE];
	struct seal_box_secret key;	/* epoch keys are wrapped for it */
	int64_t enrolled;
	int64_t checkin_s;
};

void device_forget(struct device *d);

/* Append as JSON. ERR_NOMEM. */
enum err device_write(const struct device *d, struct buf *out);

/* ERR_MALFORMED. ${out} changes only on success. */
enum err device_read(struct bytes text, struct device *out, struct fault *why);

/* Load from and save to the state directory. ERR_NOT_FOUND: never activated; else as file_read,
 * file_replace. */
enum err device_load(int dir, struct device *out, struct fault *why);
enum err device_save(int dir, const struct device *d, struct fault *why);

/* A name of this machine and state directory, by hashing: the same when installed again there, and of
 * no use to find the machine out. ERR_NOMEM. */
enum err device_machine(const char *state_path, char out[static AGENT_MACHINE_SIZE]);

#endif
