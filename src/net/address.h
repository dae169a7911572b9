/* net/address.h: what kind of network an address lies in, so that a server that calls addresses which others name
 * is not led to call its own neighbours. Looks nothing up. */
#ifndef HOLDFAST_NET_ADDRESS_H
#define HOLDFAST_NET_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

enum address_kind {
	ADDRESS_NONE = 0,	/* no host's: unknown family, multicast, link-local, documentation, reserved */
	ADDRESS_LOOPBACK,
	ADDRESS_PRIVATE,	/* RFC 1918, RFC 6598, unique local IPv6 */
	ADDRESS_PUBLIC
};

/* An IPv4 address within an IPv6 one (mapped) counts as the IPv4 address. */
enum address_kind address_kind_of(const struct sockaddr *address);

/* Which of them may be called. */
enum address_reach {
	ADDRESS_ANYWHERE = 0,	/* whatever the vendor's configuration names */
	ADDRESS_REACH_PUBLIC,
	ADDRESS_REACH_PRIVATE,	/* public and private */
	ADDRESS_REACH_DEVELOPMENT /* public, and this machine itself */
};
bool address_is_within(const struct sockaddr *address, enum address_reach reach);

#endif
