/* tuf/choice.h: which published release is for this device. One rule for who fetches it and who vouches for it. */
#ifndef HOLDFAST_TUF_CHOICE_H
#define HOLDFAST_TUF_CHOICE_H

#include "tuf/client.h"

/* ${c} was refreshed. The candidate when ${device} is among those who try it, else what is for all. What the device
 * has already, ${generation}, stays when it is a candidate that others wait for: *out then has that generation.
 * ERR_CONFLICT: only older ones are published. ERR_MALFORMED: a release without its words. Otherwise as
 * tuf_client_target. */
enum err tuf_choose_release(struct tuf_client *c, const char *device, uint64_t generation,
    struct tuf_target *out, struct fault *why);

#endif
