/* pay/stripe_session.c: a Checkout Session asked for, and the answer; see stripe.h. */
#include "pay/stripe.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "codec/encode.h"
#include "codec/json.h"

static bool
is_secret(struct bytes line)
{
	for (size_t i = 0; i < line.n; i++)
		if (!isalnum(line.p[i]) && line.p[i] != '_')
			return false;
	return true;
}

enum err
stripe_read_secrets(struct bytes text, struct stripe_secrets *out)
{
	struct stripe_secrets all = { .count = 0 };

	while (text.n > 0) {
		size_t end = bytes_find(text, '\n');
		struct bytes line = bytes_first(text, end);

		text = bytes_from(text, end + 1);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n == 0)
			continue;
		if (!is_secret(line))
			return ERR_MALFORMED;
		if (all.count == STRIPE_SECRETS_MAX ||
		    text_from_bytes(all.list[all.count], STRIPE_SECRET_SIZE, line) != ERR_NONE)
			return ERR_LIMIT;
		all.count++;
	}
	if (all.count == 0)
		return ERR_NOT_FOUND;
	*out = all;
	return ERR_NONE;
}

static void
put_field(struct buf *form, const char *name, const char *value)
{
	buf_put_string(form, form->n == 0 ? "" : "&");
	buf_put_string(form, name);
	buf_put_string(form, "=");
	encode_url(value, form);
}

/* Stripe takes the currency's code in small letters. */
static void
put_currency(struct buf *form, const char *currency)
{
	char small[4] = "";

	for (size_t i = 0; i < 3 && currency[i] != '\0'; i++)
		small[i] = (char)tolower((unsigned char)currency[i]);
	put_field(form, "line_items[0][price_data][currency]", small);
}

enum err
stripe_write_session(const struct offer *offer, const char *id, const char *page, struct buf *form)
{
	char amount[24], paid[URL_SIZE + 8];

	snprintf(paid, sizeof paid, "%.256s?paid=1", page);
	snprintf(amount, sizeof amount, "%" PRId64, offer->amount);
	put_field(form, "mode", "subscription");
	put_field(form, "client_reference_id", id);
	put_field(form, "success_url", paid);
	put_field(form, "cancel_url", page);
	put_field(form, "line_items[0][quantity]", "1");
	put_currency(form, offer->currency);
	put_field(form, "line_items[0][price_data][unit_amount]", amount);
	put_field(form, "line_items[0][price_data][recurring][interval]", "year");
	put_field(form, "line_items[0][price_data][product_data][name]", offer->title);
	put_field(form, "metadata[" STRIPE_METADATA "]", id);
	put_field(form, "subscription_data[metadata][" STRIPE_METADATA "]", id);
	return form->err;
}

/* Stripe's words for what went wrong may quote the end of a key, as it does on its own pages. */
static enum err
refused(int status, const json_t *answer, struct fault *why)
{
	const json_t *error = json_object_get(answer, "error");
	const char *type = json_string_value(json_object_get(error, "type"));
	const char *code = json_string_value(json_object_get(error, "code"));

	return fault_set(why, ERR_DENIED, "Stripe answered %d (%.60s %.60s)", status,
	    type == NULL ? "no type" : type, code == NULL ? "" : code);
}

enum err
stripe_read_session(int status, struct bytes answer, struct buf *url, struct fault *why)
{
	json_t *value = NULL;
	const char *text;
	enum err e;

	if ((e = json_parse(answer, &value, why)) != ERR_NONE)
		return fault_set(why, e, "Stripe answered %d, and what is no JSON", status);
	text = json_string_value(json_object_get(value, "url"));
	if (status != 200)
		e = refused(status, value, why);
	else if (text == NULL || !text_is_plain(text))
		e = fault_set(why, ERR_MALFORMED, "Stripe answered without an address to pay at");
	else
		buf_put_string(url, text);
	json_decref(value);
	return e != ERR_NONE ? e : url->err;
}
