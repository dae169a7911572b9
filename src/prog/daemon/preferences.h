/* daemon/preferences.h: what people have set on this device: settings.json.
 * Owns that file, and who may change what. Nothing in it hangs on the subscription: it is the person's own. */
#ifndef HOLDFAST_DAEMON_PREFERENCES_H
#define HOLDFAST_DAEMON_PREFERENCES_H

#include "agent/settings.h"
#include "base/buf.h"

#define PREFERENCES_FILE "settings.json"

/* Users who want no notifications: as many as a device has people. One more is refused. */
#define PREFERENCES_QUIET_MAX 64

struct preferences {
	struct device_settings settings;	/* notify and may_change: not used */
	uint32_t quiet_count;
	uint32_t quiet[PREFERENCES_QUIET_MAX];	/* user ids */
};

struct preferences preferences_default(void);

/* Append as JSON. ERR_NOMEM. */
enum err preferences_write(const struct preferences *p, struct buf *out);

/* ERR_MALFORMED. ${out} changes only on success. */
enum err preferences_read(struct bytes text, struct preferences *out, struct fault *why);

/* Load; what is not there or damaged is as never set, and the error says so: ${out} is always filled. */
enum err preferences_load(int dir, struct preferences *out, struct fault *why);

/* As the user ${uid} sees them; ${owner} may change them all. */
struct device_settings preferences_for(const struct preferences *p, uint32_t uid, bool owner);

/* Change them to what ${uid} says, and keep that in ${dir}. ERR_DENIED: another than the owner may change ${notify}
 * only. ERR_MALFORMED, ERR_LIMIT; from the disk as file_replace. On an error nothing has changed. */
struct preferences_change {
	uint32_t uid;
	bool owner;
	const struct device_settings *to;
};
enum err preferences_change(int dir, struct preferences *p, const struct preferences_change *change,
    struct fault *why);

#endif
