/* agent/settings.h: what a person may set on this device, as messages and as the file that the daemon keeps.
 * Owns the list of settings, their names and what they are unless set. What each does is its user's business. */
#ifndef HOLDFAST_AGENT_SETTINGS_H
#define HOLDFAST_AGENT_SETTINGS_H

#include "agent/limits.h"
#include "agent/wire.h"
#include "base/err.h"

/* Paths that a scan passes over: a person keeps a list that can be read at one look, and a message of it stays
 * far below a channel's. */
#define SETTINGS_SKIP_MAX 16
#define SETTINGS_SKIP_SIZE 512

/* For the whole device, but for ${notify}, which each user of it has for their own. */
struct device_settings {
	bool quarantine;	/* what is infected is put away; else it is only told */
	bool gentle;		/* scans take half of the processors at most */
	bool notify;		/* tell this user on the desktop */
	bool may_change;	/* said by the daemon: this user may change all of them, not only their own */
	uint32_t skip_count;
	char skip[SETTINGS_SKIP_MAX][SETTINGS_SKIP_SIZE]; /* absolute; with all below them */
};

struct device_settings settings_default(void);

void settings_fields(struct wire *w, struct device_settings *s);

/* Whether ${s} may be kept: every path is absolute, without "." and "..", and stands there once. ERR_MALFORMED
 * with a sentence. */
enum err settings_check(const struct device_settings *s, struct fault *why);

/* Add or remove a path. ERR_LIMIT, ERR_NOT_FOUND, with a sentence; an added path is brought into its plain form
 * first (no double or trailing slash), and one that is there already is fine. */
enum err settings_skip_add(struct device_settings *s, const char *path, struct fault *why);
enum err settings_skip_remove(struct device_settings *s, const char *path, struct fault *why);

/* True when a scan of ${named} passes over ${path} in it: that is one of those to skip, or lies below one. What a
 * person names is looked at with all below it, also when it lies within a path to skip. */
bool settings_skips(const struct device_settings *s, const char *named, const char *path);

#endif
