/* tuf/choice.c: see choice.h. */
#include "tuf/choice.h"

#include "tuf/rollout.h"

/* A published release by this name. */
static enum err
read_release(struct tuf_client *client, const char *name, struct tuf_target *out, struct fault *why)
{
	enum err e = tuf_client_target(client, name, out, why);

	if (e == ERR_NONE && !out->is_release)
		e = fault_set(why, ERR_MALFORMED, "%s is published without its generation", name);
	return e;
}

enum err
tuf_choose_release(struct tuf_client *client, const char *device, uint64_t generation,
    struct tuf_choice *out, struct fault *why)
{
	struct tuf_choice choice = { .stays = false };
	struct tuf_target candidate;
	enum err e;

	if ((e = read_release(client, TUF_RELEASE_NAME, &choice.target, why)) != ERR_NONE)
		return e;
	e = read_release(client, TUF_CANDIDATE_NAME, &candidate, why);
	if (e != ERR_NONE && e != ERR_NOT_FOUND)
		return e;
	if (e == ERR_NONE && candidate.release.generation > choice.target.release.generation) {
		/* What this device took is still being tried, or the next one is: it waits. */
		choice.stays = candidate.release.generation >= generation &&
		    generation > choice.target.release.generation;
		if (candidate.release.generation > generation &&
		    tuf_rollout_includes(device, candidate.release.generation, candidate.release.percent))
			choice = (struct tuf_choice){ .target = candidate };
	}
	if (choice.target.release.generation == generation)
		choice.stays = true;
	if (!choice.stays && choice.target.release.generation < generation)
		return fault_set(why, ERR_CONFLICT,
		    "generation %llu is published, but this device has %llu already",
		    (unsigned long long)choice.target.release.generation,
		    (unsigned long long)generation);
	*out = choice;
	return ERR_NONE;
}
