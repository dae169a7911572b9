/* Goal of this test: no address of a neighbour passes for a public one. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/test.h"
#include "net/address.h"

static enum address_kind
kind_of(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_kind_of((struct sockaddr *)&v4);
	CHECK_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_kind_of((struct sockaddr *)&v6);
}

TEST(each_special_network_is_known_to_its_first_and_last_address)
{
	static const struct {
		const char *address;
		enum address_kind kind;
	} cases[] = {
		{ "0.0.0.0", ADDRESS_NONE }, { "0.255.255.255", ADDRESS_NONE }, { "1.0.0.0", ADDRESS_PUBLIC },
		{ "9.255.255.255", ADDRESS_PUBLIC }, { "10.0.0.0", ADDRESS_PRIVATE },
		{ "10.255.255.255", ADDRESS_PRIVATE }, { "11.0.0.0", ADDRESS_PUBLIC },
		{ "100.63.255.255", ADDRESS_PUBLIC }, { "100.64.0.0", ADDRESS_PRIVATE },
		{ "100.127.255.255", ADDRESS_PRIVATE }, { "100.128.0.0", ADDRESS_PUBLIC },
		{ "126.255.255.255", ADDRESS_PUBLIC }, { "127.0.0.1", ADDRESS_LOOPBACK },
		{ "127.255.255.255", ADDRESS_LOOPBACK }, { "169.254.169.254", ADDRESS_NONE },
		{ "172.15.255.255", ADDRESS_PUBLIC }, { "172.16.0.0", ADDRESS_PRIVATE },
		{ "172.31.255.255", ADDRESS_PRIVATE }, { "172.32.0.0", ADDRESS_PUBLIC },
		{ "192.0.0.8", ADDRESS_NONE }, { "192.0.2.1", ADDRESS_NONE }, { "192.168.0.0", ADDRESS_PRIVATE },
		{ "192.168.255.255", ADDRESS_PRIVATE }, { "192.169.0.0", ADDRESS_PUBLIC },
		{ "198.18.0.0", ADDRESS_NONE }, { "198.19.255.255", ADDRESS_NONE },
		{ "198.20.0.0", ADDRESS_PUBLIC }, { "198.51.100.7", ADDRESS_NONE },
		{ "203.0.113.7", ADDRESS_NONE }, { "223.255.255.255", ADDRESS_PUBLIC },
		{ "224.0.0.1", ADDRESS_NONE }, { "240.0.0.1", ADDRESS_NONE },
		{ "255.255.255.255", ADDRESS_NONE }, { "::", ADDRESS_NONE }, { "::1", ADDRESS_LOOPBACK },
		{ "::2", ADDRESS_NONE }, { "::ffff:10.0.0.1", ADDRESS_PRIVATE },
		{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK }, { "::ffff:8.8.8.8", ADDRESS_PUBLIC },
		{ "64:ff9b::a00:1", ADDRESS_NONE }, { "2001::1", ADDRESS_NONE },
		{ "2001:db8::1", ADDRESS_NONE }, { "2002:a00:1::", ADDRESS_NONE },
		{ "2001:4860:4860::8888", ADDRESS_PUBLIC }, { "2a00::1", ADDRESS_PUBLIC },
		{ "3fff::1", ADDRESS_NONE }, { "4000::1", ADDRESS_NONE }, { "fc00::1", ADDRESS_PRIVATE },
		{ "fdff::1", ADDRESS_PRIVATE }, { "fe80::1", ADDRESS_NONE }, { "ff02::1", ADDRESS_NONE },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		CHECK_EQ(kind_of(cases[i].address), cases[i].kind);
}

TEST(each_reach_lets_through_what_it_says)
{
	static const struct {
		const char *address;
		bool within[4];	/* by reach: anywhere, public, private, development */
	} cases[] = {
		{ "8.8.8.8", { true, true, true, true } },
		{ "10.0.0.1", { true, false, true, false } },
		{ "127.0.0.1", { true, false, false, true } },
		{ "169.254.169.254", { true, false, false, false } },
	};
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct sockaddr other = { .sa_family = AF_UNIX };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int r = 0; r < 4; r++) {
			CHECK_EQ(inet_pton(AF_INET, cases[i].address, &a.sin_addr), 1);
			CHECK_EQ(address_is_within((struct sockaddr *)&a, (enum address_reach)r),
			    cases[i].within[r]);
		}
	CHECK(!address_is_within(&other, ADDRESS_REACH_PUBLIC));
}
