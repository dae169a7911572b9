/* net/address.c: see address.h. The networks are those of the IANA's special-purpose address registries. */
#include "net/address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define NETWORK(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))
static const struct {
	uint32_t network;
	unsigned bits;
	enum address_kind kind;
} networks4[] = {
	{ NETWORK(0, 0, 0, 0), 8, ADDRESS_NONE },
	{ NETWORK(10, 0, 0, 0), 8, ADDRESS_PRIVATE },
	{ NETWORK(100, 64, 0, 0), 10, ADDRESS_PRIVATE },
	{ NETWORK(127, 0, 0, 0), 8, ADDRESS_LOOPBACK },
	{ NETWORK(169, 254, 0, 0), 16, ADDRESS_NONE },	/* also where clouds keep their secrets */
	{ NETWORK(172, 16, 0, 0), 12, ADDRESS_PRIVATE },
	{ NETWORK(192, 0, 0, 0), 24, ADDRESS_NONE },
	{ NETWORK(192, 0, 2, 0), 24, ADDRESS_NONE },
	{ NETWORK(192, 88, 99, 0), 24, ADDRESS_NONE },
	{ NETWORK(192, 168, 0, 0), 16, ADDRESS_PRIVATE },
	{ NETWORK(198, 18, 0, 0), 15, ADDRESS_NONE },
	{ NETWORK(198, 51, 100, 0), 24, ADDRESS_NONE },
	{ NETWORK(203, 0, 113, 0), 24, ADDRESS_NONE },
	{ NETWORK(224, 0, 0, 0), 3, ADDRESS_NONE },	/* multicast, and the rest up to broadcast */
};

static enum address_kind
kind_of_4(uint32_t address)
{
	for (size_t i = 0; i < sizeof networks4 / sizeof networks4[0]; i++)
		if ((address ^ networks4[i].network) >> (32 - networks4[i].bits) == 0)
			return networks4[i].kind;
	return ADDRESS_PUBLIC;
}

static bool
begins_with(const uint8_t a[static 16], const uint8_t *prefix, unsigned bits)
{
	if (memcmp(a, prefix, bits / 8) != 0)
		return false;
	return bits % 8 == 0 || (a[bits / 8] ^ prefix[bits / 8]) >> (8 - bits % 8) == 0;
}

/* Only 2000::/3 is given out; what tunnels to IPv4 is left out of it, because where it ends is not seen here. */
static enum address_kind
kind_of_6(const uint8_t a[static 16])
{
	static const uint8_t loopback[16] = { [15] = 1 }, mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const uint8_t local[1] = { 0xfc }, global[1] = { 0x20 }, special[3] = { 0x20, 0x01, 0 };
	static const uint8_t documentation[4] = { 0x20, 0x01, 0x0d, 0xb8 }, six_to_four[2] = { 0x20, 0x02 };
	static const uint8_t examples[3] = { 0x3f, 0xff, 0 };

	if (begins_with(a, mapped, 96))
		return kind_of_4(NETWORK(a[12], a[13], a[14], a[15]));
	if (begins_with(a, loopback, 128))
		return ADDRESS_LOOPBACK;
	if (begins_with(a, local, 7))
		return ADDRESS_PRIVATE;
	if (!begins_with(a, global, 3) || begins_with(a, special, 23) || begins_with(a, documentation, 32) ||
	    begins_with(a, six_to_four, 16) || begins_with(a, examples, 20))
		return ADDRESS_NONE;
	return ADDRESS_PUBLIC;
}

enum address_kind
address_kind_of(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family) {
	case AF_INET:
		memcpy(&v4, address, sizeof v4);
		return kind_of_4(ntohl(v4.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&v6, address, sizeof v6);
		return kind_of_6(v6.sin6_addr.s6_addr);
	default:
		return ADDRESS_NONE;
	}
}

bool
address_is_within(const struct sockaddr *address, enum address_reach reach)
{
	enum address_kind kind = address_kind_of(address);

	switch (reach) {
	case ADDRESS_ANYWHERE:
		return true;
	case ADDRESS_REACH_PUBLIC:
		return kind == ADDRESS_PUBLIC;
	case ADDRESS_REACH_PRIVATE:
		return kind == ADDRESS_PUBLIC || kind == ADDRESS_PRIVATE;
	case ADDRESS_REACH_DEVELOPMENT:
		return kind == ADDRESS_PUBLIC || kind == ADDRESS_LOOPBACK;
	}
	return false;
}
