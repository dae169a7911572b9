/* Fuzzer: the messages between clerk and courier. */
#include "outgoing/delivery_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes message = bytes_of(data, size);
	struct delivery_result result;
	struct post_request post;
	struct mail_request mail;

	delivery_read_post(message, &post);
	delivery_read_mail(message, &mail);
	delivery_read_result(message, &result);
	return 0;
}
