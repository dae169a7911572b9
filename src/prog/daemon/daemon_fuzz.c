/* Fuzzer: every file that the daemon reads from its own disk, by the first byte. A crash or another
 * program may have left anything there. */
#include "prog/daemon/device.h"
#include "prog/daemon/history.h"
#include "prog/daemon/index.h"
#include "prog/daemon/record.h"
#include "prog/daemon/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fuzz_trust(struct bytes in)
{
	struct trust t;

	if (trust_read(in, &t, NULL) == ERR_NONE)
		trust_fini(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct quarantine_entry entry;
	struct history_event event;
	struct device device;
	struct record record;
	struct bytes in;

	if (size == 0)
		return 0;
	in = bytes_from(bytes_of(data, size), 1);
	switch (data[0] % 5) {
	case 0:
		fuzz_trust(in);
		break;
	case 1:
		device_read(in, &device, NULL);
		break;
	case 2:
		record_read(in, &record, NULL);
		break;
	case 3:
		history_read_line(in, &event);
		break;
	default:
		index_read_entry(in, &entry);
	}
	return 0;
}
