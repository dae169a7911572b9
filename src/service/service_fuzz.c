/* Fuzzer: the messages between the server's processes. */
#include "service/payment.h"
#include "service/recheck.h"
#include "service/signing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct signing_request signing;
	struct recheck_request recheck;
	enum verify_answer answer;
	struct payment_request payment;
	char url[PAYMENT_URL_SIZE];
	struct buf lease;

	buf_init(&lease, LEASE_MAX * 2);
	signing_read_request(bytes_of(data, size), &signing);
	signing_read_answer(bytes_of(data, size), &lease, NULL);
	recheck_read_request(bytes_of(data, size), &recheck);
	recheck_read_answer(bytes_of(data, size), &answer);
	payment_read_request(bytes_of(data, size), &payment);
	payment_read_answer(bytes_of(data, size), url);
	buf_fini(&lease);
	return 0;
}
