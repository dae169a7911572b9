/* tmforum/resource.c: see resource.h. */
#include "tmforum/resource.h"

#include <stdint.h>

#include "base/text.h"
#include "tmforum/date_time.h"

enum { REQUIRED = ATTRIBUTE_REQUIRED, OURS = ATTRIBUTE_OURS, FIXED = ATTRIBUTE_FIXED };

#define COMMON(fixed)                                                             \
	{ "id", FORM_TEXT, OURS | FIXED }, { "href", FORM_TEXT, OURS | FIXED },   \
	    { "@baseType", FORM_TEXT, fixed }, { "@schemaLocation", FORM_TEXT, fixed }, \
	    { "@type", FORM_TEXT, fixed }

static const struct attribute service_order[] = {
	COMMON(FIXED),
	{ "cancellationDate", FORM_DATE, FIXED },
	{ "cancellationReason", FORM_TEXT, FIXED },
	{ "category", FORM_TEXT, FIXED },
	{ "completionDate", FORM_DATE, OURS | FIXED },
	{ "description", FORM_TEXT, 0 },
	{ "expectedCompletionDate", FORM_DATE, OURS },
	{ "externalId", FORM_TEXT, 0 },
	{ "notificationContact", FORM_TEXT, 0 },
	{ "orderDate", FORM_DATE, OURS | FIXED },
	{ "priority", FORM_TEXT, 0 },
	{ "requestedCompletionDate", FORM_DATE, 0 },
	{ "requestedStartDate", FORM_DATE, 0 },
	{ "startDate", FORM_DATE, OURS | FIXED },
	{ "errorMessage", FORM_ARRAY, OURS | FIXED },
	{ "externalReference", FORM_ARRAY, 0 },
	{ "jeopardyAlert", FORM_ARRAY, OURS | FIXED },
	{ "milestone", FORM_ARRAY, OURS | FIXED },
	{ "note", FORM_ARRAY, 0 },
	{ "orderRelationship", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "serviceOrderItem", FORM_ARRAY, REQUIRED },
	{ "state", FORM_TEXT, OURS },
};

static const struct attribute cancel_service_order[] = {
	COMMON(FIXED),
	{ "cancellationReason", FORM_TEXT, 0 },
	{ "completionMessage", FORM_TEXT, OURS },
	{ "effectiveCancellationDate", FORM_DATE, OURS },
	{ "requestedCancellationDate", FORM_DATE, 0 },
	{ "errorMessage", FORM_OBJECT, OURS },
	{ "serviceOrder", FORM_REFERENCE, REQUIRED },
	{ "state", FORM_TEXT, OURS },
};

static const struct attribute service[] = {
	COMMON(0),
	{ "category", FORM_TEXT, 0 },
	{ "description", FORM_TEXT, 0 },
	{ "endDate", FORM_DATE, 0 },
	{ "hasStarted", FORM_BOOL, 0 },
	{ "isBundle", FORM_BOOL, 0 },
	{ "isServiceEnabled", FORM_BOOL, 0 },
	{ "isStateful", FORM_BOOL, 0 },
	{ "name", FORM_TEXT, 0 },
	{ "serviceDate", FORM_TEXT, FIXED },
	{ "serviceType", FORM_TEXT, 0 },
	{ "startDate", FORM_DATE, 0 },
	{ "startMode", FORM_TEXT, 0 },
	{ "feature", FORM_ARRAY, 0 },
	{ "note", FORM_ARRAY, 0 },
	{ "place", FORM_ARRAY, 0 },
	{ "relatedEntity", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "serviceCharacteristic", FORM_ARRAY, 0 },
	{ "serviceOrderItem", FORM_ARRAY, 0 },
	{ "serviceRelationship", FORM_ARRAY, 0 },
	{ "serviceSpecification", FORM_REFERENCE, REQUIRED },
	{ "state", FORM_TEXT, REQUIRED },
	{ "supportingResource", FORM_ARRAY, 0 },
	{ "supportingService", FORM_ARRAY, 0 },
};

static const struct attribute product_order[] = {
	COMMON(FIXED),
	{ "cancellationDate", FORM_DATE, OURS | FIXED },
	{ "cancellationReason", FORM_TEXT, FIXED },
	{ "category", FORM_TEXT, 0 },
	{ "completionDate", FORM_DATE, OURS | FIXED },
	{ "description", FORM_TEXT, 0 },
	{ "expectedCompletionDate", FORM_DATE, OURS },
	{ "externalId", FORM_TEXT, 0 },
	{ "notificationContact", FORM_TEXT, 0 },
	{ "orderDate", FORM_DATE, OURS | FIXED },
	{ "priority", FORM_TEXT, 0 },
	{ "requestedCompletionDate", FORM_DATE, 0 },
	{ "requestedStartDate", FORM_DATE, 0 },
	{ "agreement", FORM_ARRAY, 0 },
	{ "billingAccount", FORM_OBJECT, 0 },
	{ "channel", FORM_ARRAY, 0 },
	{ "note", FORM_ARRAY, 0 },
	{ "orderTotalPrice", FORM_ARRAY, 0 },
	{ "payment", FORM_ARRAY, 0 },
	{ "productOfferingQualification", FORM_ARRAY, 0 },
	{ "productOrderItem", FORM_ARRAY, REQUIRED },
	{ "quote", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "state", FORM_TEXT, OURS },
};

static const struct attribute cancel_product_order[] = {
	COMMON(FIXED),
	{ "cancellationReason", FORM_TEXT, 0 },
	{ "effectiveCancellationDate", FORM_DATE, OURS },
	{ "requestedCancellationDate", FORM_DATE, 0 },
	{ "productOrder", FORM_REFERENCE, REQUIRED },
	{ "state", FORM_TEXT, OURS },
};

static const struct attribute product[] = {
	COMMON(0),
	{ "description", FORM_TEXT, 0 },
	{ "isBundle", FORM_BOOL, 0 },
	{ "isCustomerVisible", FORM_BOOL, 0 },
	{ "name", FORM_TEXT, 0 },
	{ "orderDate", FORM_DATE, 0 },
	{ "productSerialNumber", FORM_TEXT, 0 },
	{ "startDate", FORM_DATE, 0 },
	{ "terminationDate", FORM_DATE, 0 },
	{ "agreement", FORM_ARRAY, 0 },
	{ "billingAccount", FORM_OBJECT, 0 },
	{ "place", FORM_ARRAY, 0 },
	{ "product", FORM_ARRAY, 0 },
	{ "productCharacteristic", FORM_ARRAY, 0 },
	{ "productOffering", FORM_REFERENCE, 0 },
	{ "productOrderItem", FORM_ARRAY, 0 },
	{ "productPrice", FORM_ARRAY, 0 },
	{ "productRelationship", FORM_ARRAY, 0 },
	{ "productSpecification", FORM_REFERENCE, 0 },
	{ "productTerm", FORM_ARRAY, 0 },
	{ "realizingResource", FORM_ARRAY, 0 },
	{ "realizingService", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "status", FORM_TEXT, 0 },
};

static const struct attribute customer[] = {
	COMMON(0),
	{ "name", FORM_TEXT, REQUIRED },
	{ "status", FORM_TEXT, 0 },
	{ "statusReason", FORM_TEXT, 0 },
	{ "account", FORM_ARRAY, 0 },
	{ "agreement", FORM_ARRAY, 0 },
	{ "characteristic", FORM_ARRAY, 0 },
	{ "contactMedium", FORM_ARRAY, 0 },
	{ "creditProfile", FORM_ARRAY, 0 },
	{ "engagedParty", FORM_REFERENCE, REQUIRED },
	{ "paymentMethod", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "validFor", FORM_OBJECT, 0 },
};

static const struct attribute individual[] = {
	COMMON(0),
	{ "aristocraticTitle", FORM_TEXT, 0 },
	{ "birthDate", FORM_DATE, 0 },
	{ "countryOfBirth", FORM_TEXT, 0 },
	{ "deathDate", FORM_DATE, 0 },
	{ "familyName", FORM_TEXT, REQUIRED },
	{ "familyNamePrefix", FORM_TEXT, 0 },
	{ "formattedName", FORM_TEXT, 0 },
	{ "fullName", FORM_TEXT, 0 },
	{ "gender", FORM_TEXT, 0 },
	{ "generation", FORM_TEXT, 0 },
	{ "givenName", FORM_TEXT, REQUIRED },
	{ "legalName", FORM_TEXT, 0 },
	{ "location", FORM_TEXT, 0 },
	{ "maritalStatus", FORM_TEXT, 0 },
	{ "middleName", FORM_TEXT, 0 },
	{ "nationality", FORM_TEXT, 0 },
	{ "placeOfBirth", FORM_TEXT, 0 },
	{ "preferredGivenName", FORM_TEXT, 0 },
	{ "title", FORM_TEXT, 0 },
	{ "contactMedium", FORM_ARRAY, 0 },
	{ "creditRating", FORM_ARRAY, 0 },
	{ "disability", FORM_ARRAY, 0 },
	{ "externalReference", FORM_ARRAY, 0 },
	{ "individualIdentification", FORM_ARRAY, 0 },
	{ "languageAbility", FORM_ARRAY, 0 },
	{ "otherName", FORM_ARRAY, 0 },
	{ "partyCharacteristic", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "skill", FORM_ARRAY, 0 },
	{ "status", FORM_TEXT, 0 },
	{ "taxExemptionCertificate", FORM_ARRAY, 0 },
};

static const struct attribute organization[] = {
	COMMON(0),
	{ "isHeadOffice", FORM_BOOL, 0 },
	{ "isLegalEntity", FORM_BOOL, 0 },
	{ "name", FORM_TEXT, 0 },
	{ "nameType", FORM_TEXT, 0 },
	{ "organizationType", FORM_TEXT, 0 },
	{ "tradingName", FORM_TEXT, 0 },
	{ "contactMedium", FORM_ARRAY, 0 },
	{ "creditRating", FORM_ARRAY, 0 },
	{ "existsDuring", FORM_OBJECT, 0 },
	{ "externalReference", FORM_ARRAY, 0 },
	{ "organizationChildRelationship", FORM_ARRAY, 0 },
	{ "organizationIdentification", FORM_ARRAY, 0 },
	{ "organizationParentRelationship", FORM_OBJECT, 0 },
	{ "otherName", FORM_ARRAY, 0 },
	{ "partyCharacteristic", FORM_ARRAY, 0 },
	{ "relatedParty", FORM_ARRAY, 0 },
	{ "status", FORM_TEXT, 0 },
	{ "taxExemptionCertificate", FORM_ARRAY, 0 },
};

#define ATTRIBUTES(table) .attributes = table, .attribute_count = sizeof table / sizeof table[0]

static const struct resource resources[RESOURCES] = {
	[RESOURCE_SERVICE_ORDER] = { RESOURCE_SERVICE_ORDER, NATURE_ORDER,
	    "tmf-api/serviceOrdering/v4/", "serviceOrder", "ServiceOrder", "sor_", RESOURCE_SERVICE,
	    .items = "serviceOrderItem", .subject = "service", ATTRIBUTES(service_order) },
	[RESOURCE_CANCEL_SERVICE_ORDER] = { RESOURCE_CANCEL_SERVICE_ORDER, NATURE_CANCELLATION,
	    "tmf-api/serviceOrdering/v4/", "cancelServiceOrder", "CancelServiceOrder", "cso_",
	    RESOURCE_SERVICE_ORDER, ATTRIBUTES(cancel_service_order) },
	[RESOURCE_SERVICE] = { RESOURCE_SERVICE, NATURE_RECORD, "tmf-api/serviceInventory/v4/", "service",
	    "Service", "sub_", RESOURCE_NONE, .characteristics = "serviceCharacteristic",
	    .state = "state", .specification = "serviceSpecification", ATTRIBUTES(service) },
	[RESOURCE_PRODUCT_ORDER] = { RESOURCE_PRODUCT_ORDER, NATURE_ORDER,
	    "tmf-api/productOrderingManagement/v4/", "productOrder", "ProductOrder", "por_",
	    RESOURCE_PRODUCT, .items = "productOrderItem", .subject = "product",
	    ATTRIBUTES(product_order) },
	[RESOURCE_CANCEL_PRODUCT_ORDER] = { RESOURCE_CANCEL_PRODUCT_ORDER, NATURE_CANCELLATION,
	    "tmf-api/productOrderingManagement/v4/", "cancelProductOrder", "CancelProductOrder", "cpo_",
	    RESOURCE_PRODUCT_ORDER, ATTRIBUTES(cancel_product_order) },
	[RESOURCE_PRODUCT] = { RESOURCE_PRODUCT, NATURE_RECORD, "tmf-api/productInventory/v4/", "product",
	    "Product", "sub_", RESOURCE_NONE, .characteristics = "productCharacteristic",
	    .state = "status", .specification = "productSpecification", ATTRIBUTES(product) },
	[RESOURCE_CUSTOMER] = { RESOURCE_CUSTOMER, NATURE_DOCUMENT, "tmf-api/customerManagement/v4/",
	    "customer", "Customer", "cus_", RESOURCE_NONE, ATTRIBUTES(customer) },
	[RESOURCE_INDIVIDUAL] = { RESOURCE_INDIVIDUAL, NATURE_DOCUMENT, "tmf-api/party/v4/",
	    "individual", "Individual", "ind_", RESOURCE_NONE, ATTRIBUTES(individual) },
	[RESOURCE_ORGANIZATION] = { RESOURCE_ORGANIZATION, NATURE_DOCUMENT, "tmf-api/party/v4/",
	    "organization", "Organization", "org_", RESOURCE_NONE, ATTRIBUTES(organization) },
};

const struct resource *
resource_of(enum resource_kind kind)
{
	return &resources[kind];
}

const struct resource *
resource_by_name(const char *name)
{
	for (size_t i = RESOURCE_NONE + 1; i < RESOURCES; i++)
		if (text_equal(resources[i].name, name))
			return &resources[i];
	return NULL;
}

const struct resource *
resource_by_path(const char *path)
{
	for (size_t i = RESOURCE_NONE + 1; i < RESOURCES; i++) {
		const struct resource *r = &resources[i];
		size_t base = strlen(r->base), name = strlen(r->name);

		if (path[0] == '/' && strncmp(path + 1, r->base, base) == 0 &&
		    strncmp(path + 1 + base, r->name, name) == 0 &&
		    (path[1 + base + name] == '\0' || path[1 + base + name] == '/'))
			return r;
	}
	return NULL;
}

const struct attribute *
resource_attribute(const struct resource *r, const char *name)
{
	for (size_t i = 0; i < r->attribute_count; i++)
		if (text_equal(r->attributes[i].name, name))
			return &r->attributes[i];
	return NULL;
}

static bool
is_array_of_objects(const json_t *value)
{
	if (!json_is_array(value))
		return false;
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_object(json_array_get(value, i)))
			return false;
	return true;
}

static bool
has_form(const json_t *value, enum attribute_form form)
{
	int64_t t;

	switch (form) {
	case FORM_ANY:
		return true;
	case FORM_TEXT:
		return json_is_string(value);
	case FORM_DATE:
		return json_is_string(value) &&
		    date_time_read_seconds(json_string_value(value), &t) == ERR_NONE;
	case FORM_BOOL:
		return json_is_boolean(value);
	case FORM_WHOLE:
		return json_is_integer(value);
	case FORM_OBJECT:
		return json_is_object(value);
	case FORM_REFERENCE:
		return json_is_object(value) && json_is_string(json_object_get(value, "id"));
	case FORM_ARRAY:
		return is_array_of_objects(value);
	}
	return false;
}

static const char *
form_words(enum attribute_form form)
{
	static const char *const words[] = { "anything", "a text",
		"a date and time such as 2027-01-31T00:00:00Z", "true or false", "a whole number",
		"an object", "an object with an \"id\"", "an array of objects" };

	return words[form];
}

enum err
resource_check(const struct resource *r, const json_t *body, bool creates, struct fault *why)
{
	if (!json_is_object(body))
		return fault_set(why, ERR_MALFORMED, "a JSON object was expected");
	for (size_t i = 0; i < r->attribute_count; i++) {
		const struct attribute *a = &r->attributes[i];
		const json_t *value = json_object_get(body, a->name);

		if (creates && (a->flags & OURS))
			continue;
		if (value == NULL && creates && (a->flags & REQUIRED))
			return fault_set(why, ERR_MALFORMED, "attribute \"%s\" is missing", a->name);
		if (value == NULL || (!creates && json_is_null(value) && !(a->flags & REQUIRED)))
			continue;
		/* A part of a reference may be patched; the whole is looked at afterwards. */
		if (!creates && a->form == FORM_REFERENCE && json_is_object(value))
			continue;
		if (!has_form(value, a->form))
			return fault_set(why, ERR_MALFORMED, "attribute \"%s\" must be %s", a->name,
			    form_words(a->form));
	}
	return ERR_NONE;
}

enum err
resource_check_fixed(const struct resource *r, const json_t *document, const json_t *patch,
    struct fault *why)
{
	for (size_t i = 0; i < r->attribute_count; i++) {
		const struct attribute *a = &r->attributes[i];
		const json_t *value = json_object_get(patch, a->name);

		if ((a->flags & FIXED) && value != NULL &&
		    !json_equal(value, json_object_get(document, a->name)))
			return fault_set(why, ERR_MALFORMED, "attribute \"%s\" cannot be changed", a->name);
	}
	return ERR_NONE;
}
