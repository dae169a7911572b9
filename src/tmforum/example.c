/* tmforum/example.c: see example.h. */
#include "tmforum/example.h"

#include "tmforum/characteristic.h"

static json_t *
subscriber(void)
{
	return json_pack("[{s:s, s:s, s:s, s:s}]", "id", "subscriber-4711", "role", "user", "name",
	    "Ann Lee", "@referredType", "Individual");
}

static json_t *
note(int64_t now, const char *text)
{
	return json_pack("[{s:s, s:s, s:s, s:o}]", "id", "1", "author", "Order desk", "text", text, "date",
	    characteristic_of_date(now));
}

json_t *
example_service(int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:s, s:o, s:o,"
			 " s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:i}], s:o, s:o, s:s}",
	    "name", "Endpoint protection", "description", "Endpoint protection for a household",
	    "category", "CFS", "serviceType", "EndpointProtection", "state", "active", "hasStarted", 0,
	    "isBundle", 0, "isServiceEnabled", 1, "isStateful", 1, "startMode", "4", "serviceDate",
	    characteristic_of_date(now), "startDate", characteristic_of_date(now),
	    "serviceSpecification", "id", "endpoint-protection", "name", "Endpoint protection",
	    "version", "1.0", "serviceCharacteristic", "name", "seats", "valueType", "integer", "value",
	    3, "relatedParty", subscriber(), "note", note(now, "Sold with the broadband line"), "@type",
	    "Service");
}

json_t *
example_order(int64_t now)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:[{s:s, s:s, s:i, s:o, s:s}], s:s}",
	    "externalId", "order-4711", "category", "Endpoint protection", "description",
	    "Endpoint protection for a household", "priority", "1", "notificationContact",
	    "orders@broadband.example", "requestedStartDate", characteristic_of_date(now),
	    "requestedCompletionDate", characteristic_of_date(now + 86400), "relatedParty", subscriber(),
	    "note", note(now, "Ordered by telephone"), "serviceOrderItem", "id", "1", "action", "add",
	    "quantity", 1, "service", example_service(now), "@type", "ServiceOrderItem", "@type",
	    "ServiceOrder");
}
