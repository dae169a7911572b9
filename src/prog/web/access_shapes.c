/* prog/web/access_shapes.c: see access_shapes.h. */
#include "prog/web/access_shapes.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *
role_choice(int value)
{
	return role_name((enum role)value);
}

static const char *
kind_choice(int value)
{
	return credential_kind_name((enum credential_kind)value);
}

#define PROVIDER_ROLES \
	(1 << ROLE_READ_ONLY | 1 << ROLE_SUPPORT | 1 << ROLE_OPERATOR | 1 << ROLE_OWNER)
#define KINDS (1 << CREDENTIAL_KEY | 1 << CREDENTIAL_CLIENT)

#define SPAN(m, from, to, text) { SHAPE_WHOLE(policy, m, #m, from, to), .about = text }
#define REMINDER(n, i)                                                                               \
	{ SHAPE_WHOLE(policy, reminder_days[i], n, 0, 366), .about = "Days before the paid time ends; 0: none" }

#define POLICY_FIELDS                                                                                \
	SPAN(lease_s, 1, LEASE_MAX_S, "How long a device protects without contact, in seconds"),       \
	SPAN(checkin_s, 1, CHECKIN_MAX_S, "How often a protected device asks"),                        \
	SPAN(grace_s, 0, LEASE_MAX_S, "After the lease, while the server cannot be reached"),          \
	SPAN(doubt_s, 0, LEASE_MAX_S, "The benefit of the doubt on Reactivate; 0: none"),              \
	SPAN(retention_s, 0, RETENTION_MAX_S, "How long a cancelled subscription can be reinstated"),  \
	SPAN(billing_grace_s, 0, STOPPED_GRACE_MAX_S, "Suspended for billing: protected for so long"), \
	SPAN(request_grace_s, 0, STOPPED_GRACE_MAX_S, "Suspended at your request: likewise"),          \
	SPAN(expiry_grace_s, 0, STOPPED_GRACE_MAX_S, "The paid time is over: likewise"),               \
	SPAN(activate_s, 0, RETENTION_MAX_S, "Not activated for so long: cancelled; 0: never"),        \
	SPAN(transfers, 0, TRANSFERS_MAX, "Moves of seats by persons in 30 days; 0: no limit"),        \
	SPAN(undo_s, 0, TRANSFER_WINDOW_S, "A move of a seat can be undone for so long"),              \
	SPAN(backdate_s, 0, RETENTION_MAX_S, "How far back a change may take effect"),                 \
	SPAN(reconcile_s, 0, RETENTION_MAX_S, "Compared with your inventory so often; 0: never"),      \
	REMINDER("first_reminder_days", 0), REMINDER("second_reminder_days", 1),                       \
	REMINDER("last_reminder_days", 2)

static const struct field policy_fields[] = { POLICY_FIELDS };
SHAPE(policy, policy, "Policy");
static const struct field policy_change_fields[] = { POLICY_FIELDS };
SHAPE(policy_change, policy, "PolicyChange");

#define CARD_FIELDS                                                                               \
	{ SHAPE_TEXT(provider, contact.name, "name"), .flags = FIELD_FILLED,                        \
	    .about = "As subscribers know it" },                                                    \
	{ SHAPE_TEXT(provider, contact.phone, "phone"), .about = "What subscribers call" },         \
	{ SHAPE_TEXT(provider, contact.web, "web"), .about = "Where subscribers find help" },       \
	{ SHAPE_TEXT(provider, contact.hours, "hours"), .about = "When somebody answers" }

static const char *
reason_choice(int value)
{
	return reason_code((enum reason)value);
}

static const struct field provider_fields[] = {
	{ SHAPE_TEXT(provider, id, "id") },
	CARD_FIELDS,
	{ SHAPE_TEXT(provider, verify_url, "verify_url"),
	    .about = "Your system's answer on one subscription, asked on Reactivate" },
	{ SHAPE_OBJECT(provider, policy, "policy", &policy_shape) },
	{ SHAPE_TIME(provider, leaves, "leaves"), .flags = FIELD_SPARSE, .about = "It ends its service then" },
	{ SHAPE_TEXT(provider, leaves_to, "leaves_to"), .flags = FIELD_SPARSE, .about = "Who takes over" },
	{ SHAPE_TEXT(provider, place.parent, "parent"), .flags = FIELD_SPARSE, .about = "The provider above it" },
	{ SHAPE_CHOICE(provider, place.suspended_for, "suspended_for", reason_choice, (1 << REASON_COUNT) - 1),
	    .flags = FIELD_SPARSE, .about = "Why it is suspended, with all below it" },
	{ SHAPE_TIME(provider, place.suspended, "suspended"), .flags = FIELD_SPARSE, .about = "And since when" },
	{ SHAPE_TIME(provider, place.spared_until, "protected_until"), .flags = FIELD_SPARSE,
	    .about = "Its subscribers stay protected until then all the same" },
	{ SHAPE_TIME(provider, created, "created") },
};
const struct shape access_provider_shape = { "Provider", provider_fields, COUNT(provider_fields),
	sizeof(struct provider) };

static const struct field card_fields[] = { CARD_FIELDS };
const struct shape access_card_shape = { "CardChange", card_fields, COUNT(card_fields),
	sizeof(struct provider) };

static const struct field terms_fields[] = {
	CARD_FIELDS,
	{ SHAPE_TEXT(provider, verify_url, "verify_url") },
	{ SHAPE_TEXT(provider, verify_token, "verify_token"), .about = "A bearer token for it; never shown again" },
	{ SHAPE_OBJECT(provider, policy, "policy", &policy_change_shape) },
};
const struct shape access_terms_shape = { "ProviderTerms", terms_fields, COUNT(terms_fields),
	sizeof(struct provider) };

#define CREDENTIAL_FIELDS(s, m)                                                              \
	{ SHAPE_TEXT(s, m id, "id") },                                                         \
	{ SHAPE_CHOICE(s, m kind, "kind", kind_choice, KINDS) },                               \
	{ SHAPE_TEXT(s, m label, "label") },                                                   \
	{ SHAPE_CHOICE(s, m role, "role", role_choice, PROVIDER_ROLES) },                      \
	{ SHAPE_TIME(s, m created, "created") },                                               \
	{ SHAPE_TIME(s, m last_used, "last_used"), .about = "To the minute; null: never" },    \
	{ SHAPE_TIME(s, m revoked, "revoked"), .about = "null: it is valid" }

static const struct field credential_fields[] = { CREDENTIAL_FIELDS(credential, ) };
const struct shape access_credential_shape = { "Credential", credential_fields, COUNT(credential_fields),
	sizeof(struct credential) };

static const struct field request_fields[] = {
	{ SHAPE_TEXT(credential, label, "label"), .about = "What it is for, in your words" },
	{ SHAPE_CHOICE(credential, role, "role", role_choice, PROVIDER_ROLES), .flags = FIELD_REQUIRED },
};
const struct shape access_request_shape = { "CredentialRequest", request_fields, COUNT(request_fields),
	sizeof(struct credential) };

static const struct field list_fields[] = {
	{ SHAPE_LIST(access_list, credentials, "credentials", &access_credential_shape) },
};
const struct shape access_list_shape = { "CredentialList", list_fields, COUNT(list_fields),
	sizeof(struct access_list) };

static const struct field new_fields[] = {
	CREDENTIAL_FIELDS(access_new, credential.),
	{ SHAPE_TEXT(access_new, secret, "secret"), .about = "Shown once: only its digest is stored" },
};
const struct shape access_new_shape = { "NewCredential", new_fields, COUNT(new_fields),
	sizeof(struct access_new) };
