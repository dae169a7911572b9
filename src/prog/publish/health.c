/* publish/health.c: see health.h. */
#include "prog/publish/health.h"

#include <inttypes.h>
#include <stdio.h>

#include "codec/json.h"

static const int64_t COUNT_MAX = (int64_t)1 << 40;

#define COUNT(n, o) { .name = n, .kind = JSON_KIND_WHOLE, .required = true, .out = &o, .most = COUNT_MAX }

enum err
health_read(struct bytes text, struct health *out, struct fault *why)
{
	struct health h;
	const struct json_field fields[] = { COUNT("generation", h.generation), COUNT("devices", h.devices),
		COUNT("failed", h.failed), COUNT("crashed", h.crashed), COUNT("detected", h.detected),
		COUNT("usual", h.usual) };
	json_t *value = NULL;
	enum err e;

	if ((e = json_parse(text, &value, why)) == ERR_NONE &&
	    (e = json_read_object(value, fields, sizeof fields / sizeof fields[0], why)) == ERR_NONE)
		*out = h;
	json_decref(value);
	return e;
}

/* More than one device in a thousand, and more than one: a single one has many reasons. */
static bool
is_too_many(int64_t count, int64_t devices)
{
	return count > 1 && count * 1000 > devices;
}

enum health_verdict
health_judge(const struct health *h, uint64_t generation, char *words, size_t size)
{
	if ((uint64_t)h->generation != generation || h->devices < HEALTH_DEVICES_LEAST) {
		snprintf(words, size, "%" PRId64 " devices report on generation %" PRId64 ": too little is known",
		    h->devices, h->generation);
		return HEALTH_UNKNOWN;
	}
	if (is_too_many(h->failed, h->devices) || is_too_many(h->crashed, h->devices)) {
		snprintf(words, size, "%" PRId64 " of %" PRId64 " devices could not load it, and it crashed on %" PRId64,
		    h->failed, h->devices, h->crashed);
		return HEALTH_BAD;
	}
	/* Three times as many, and more than chance makes of small numbers. */
	if (h->detected > 3 * h->usual + 5) {
		snprintf(words, size, "%" PRId64 " of %" PRId64 " devices found something; usual are %" PRId64,
		    h->detected, h->devices, h->usual);
		return HEALTH_BAD;
	}
	snprintf(words, size, "%" PRId64 " devices are well", h->devices);
	return HEALTH_GOOD;
}
