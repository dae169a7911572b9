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

static const struct field policy_fields[] = {
	{ SHAPE_WHOLE(policy, lease_s, "lease_s", 1, LEASE_MAX_S),
	    .about = "How long a device protects without contact, in seconds" },
	{ SHAPE_WHOLE(policy, checkin_s, "checkin_s", 1, CHECKIN_MAX_S),
	    .about = "How often a protected device asks" },
	{ SHAPE_WHOLE(policy, grace_s, "grace_s", 0, LEASE_MAX_S), .about = "After the lease, while the server cannot be reached" },
	{ SHAPE_WHOLE(policy, doubt_s, "doubt_s", 0, LEASE_MAX_S),
	    .about = "The benefit of the doubt on Reactivate, when your system cannot be reached; 0: none" },
	{ SHAPE_WHOLE(policy, retention_s, "retention_s", 0, RETENTION_MAX_S),
	    .about = "How long a cancelled subscription can be reinstated" },
};
SHAPE(policy, policy, "Policy");

static const struct field policy_change_fields[] = {
	{ SHAPE_WHOLE(policy, lease_s, "lease_s", 1, LEASE_MAX_S) },
	{ SHAPE_WHOLE(policy, checkin_s, "checkin_s", 1, CHECKIN_MAX_S) },
	{ SHAPE_WHOLE(policy, grace_s, "grace_s", 0, LEASE_MAX_S) },
	{ SHAPE_WHOLE(policy, doubt_s, "doubt_s", 0, LEASE_MAX_S) },
	{ SHAPE_WHOLE(policy, retention_s, "retention_s", 0, RETENTION_MAX_S) },
};
SHAPE(policy_change, policy, "PolicyChange");

#define CARD_FIELDS                                                                               \
	{ SHAPE_TEXT(provider, contact.name, "name"), .flags = FIELD_FILLED,                        \
	    .about = "As subscribers know it" },                                                    \
	{ SHAPE_TEXT(provider, contact.phone, "phone"), .about = "What subscribers call" },         \
	{ SHAPE_TEXT(provider, contact.web, "web"), .about = "Where subscribers find help" },       \
	{ SHAPE_TEXT(provider, contact.hours, "hours"), .about = "When somebody answers" }

static const struct field provider_fields[] = {
	{ SHAPE_TEXT(provider, id, "id") },
	CARD_FIELDS,
	{ SHAPE_TEXT(provider, verify_url, "verify_url"),
	    .about = "Your system's answer on one subscription, asked on Reactivate" },
	{ SHAPE_OBJECT(provider, policy, "policy", &policy_shape) },
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
