/* Fuzzer: the server's answers, by kind of question and status from the first byte. */
#include "prog/updater/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum job_kind kinds[] = { JOB_ACTIVATE, JOB_CHECKIN, JOB_REACTIVATE, JOB_PURCHASE,
		JOB_PORTAL };
	static struct outcome out;

	if (size == 0)
		return 0;
	account_read_answer(kinds[data[0] % 4], (data[0] & 4) != 0 ? 200 : 409,
	    bytes_from(bytes_of(data, size), 1), &out);
	return 0;
}
