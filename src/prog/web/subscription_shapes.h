/* prog/web/subscription_shapes.h: subscriptions, devices and events as JSON. */
#ifndef HOLDFAST_PROG_WEB_SUBSCRIPTION_SHAPES_H
#define HOLDFAST_PROG_WEB_SUBSCRIPTION_SHAPES_H

#include "prog/web/routes.h"
#include "prog/web/shape.h"

/* Names for the shapes of others. */
const char *subscription_state_choice(int value);
const char *subscription_reason_choice(int value);
#define SUBSCRIPTION_STATES                                                                          \
	(1 << SUB_PENDING | 1 << SUB_ACTIVE | 1 << SUB_SUSPENDED | 1 << SUB_CANCELLED | 1 << SUB_EXPIRED)
/* What a provider may give as a reason. */
#define SUBSCRIPTION_REASONS (1 << REASON_BILLING | 1 << REASON_PROVIDER_REQUEST | 1 << REASON_DISCONTINUED)

struct subscription_answer {
	struct subscription sub;
	enum sub_state state;	/* at the time of the call */
	char outcome[16];	/* of a change: "done", "scheduled", "overtaken"; empty: left out */
	json_t *devices;	/* NULL: left out */
	char activation_code[CODE_SHOWN_SIZE]; /* empty: left out */
};
extern const struct shape subscription_shape, subscription_device_shape;

/* Over struct recipient: as answered, and as asked for. */
extern const struct shape subscription_recipient_shape, subscription_recipient_request_shape;

/* Over struct figures. */
extern const struct shape figures_shape;

/* The good answer of the call's route, whose shape is figures_shape: those of one provider; explain_api.c. */
void figures_answer(struct call *c, const char *provider);

/* An answer without devices and code; as JSON. */
json_t *subscription_to_json(const struct subscription *s, int64_t now);

/* The good answer of the call's route, whose shape is subscription_shape: ${s} with its devices. */
void subscription_answer_whole(struct call *c, const struct subscription *s);
/* The same, with what came of a change. */
void subscription_answer_change(struct call *c, const struct subscription *s, const char *outcome);

/* The subscription that the path names, when it is the asker's; answers and returns false when not. */
bool subscription_find_own(struct call *c, struct subscription *out);

/* What a rule returned for it, when it was no success. */
void subscription_refuse(struct call *c, enum err e, const struct refusal *why, const char *doing);

#endif
