/* tuf/choice.h: which published release is for this device. One rule for who fetches it and who vouches for it. */
#ifndef HOLDFAST_TUF_CHOICE_H
#define HOLDFAST_TUF_CHOICE_H

#include "tuf/client.h"

struct tuf_choice {
	struct tuf_target target;	/* what is for this device, if what it has does not stay */
	bool stays;			/* what it has stays: it is just that, or a candidate that others wait for */
};

/* ${c} was refreshed; the device has ${generation}, 0: none. The candidate when ${device} is among those who try it,
 * else what is for all. Unless it stays, the target is newer than what the device has. ERR_CONFLICT: only older ones
 * are published. ERR_MALFORMED: a release without its words. Otherwise as tuf_client_target. *out changes only on
 * success. */
enum err tuf_choose_release(struct tuf_client *c, const char *device, uint64_t generation,
    struct tuf_choice *out, struct fault *why);

#endif
