/* Fuzzer: every text that comes from outside, by the first byte: JSON, JWS, base64url, forms,
 * CSV and base64. */
#include "codec/csv.h"
#include "codec/encode.h"
#include "codec/json.h"
#include "codec/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
always_holds(void *ctx, struct bytes message, struct bytes signature)
{
	(void)ctx, (void)message, (void)signature;
	return true;
}

static void
fuzz_json(struct bytes in, struct buf *out)
{
	json_t *value = NULL;

	if (json_parse(in, &value, NULL) != ERR_NONE)
		return;
	json_write_canonical(value, out);
	json_decref(value);
}

static void
fuzz_csv(struct bytes in, struct buf *out)
{
	struct csv c = csv_over(in);
	struct csv_record r;

	while (csv_take(&c, &r, NULL) == ERR_NONE) {
		for (size_t i = 0; i < r.count; i++)
			csv_put(out, i == 0, r.fields[i]);
		csv_end(out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	char field[16];
	struct buf out;

	if (size == 0)
		return 0;
	in = bytes_from(in, 1);
	buf_init(&out, 1 << 20);
	switch (data[0] % 6) {
	case 0:
		fuzz_json(in, &out);
		break;
	case 1:
		jws_open(in, always_holds, NULL, &out);
		break;
	case 2:
		decode_base64url(in, &out);
		break;
	case 3:
		fuzz_csv(in, &out);
		break;
	case 4:
		decode_base64(in, &out);
		break;
	default:
		decode_form_field(in, "a", field, sizeof field);
	}
	buf_fini(&out);
	return 0;
}
