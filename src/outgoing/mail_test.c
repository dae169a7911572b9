/* Goal of this test: a mail is what the standards say, in both languages; nothing that a person or a provider wrote
 * ends a header or becomes markup. What other programs make of it is tested end to end. */
#include <stdlib.h>

#include "base/test.h"
#include "base/text.h"
#include "outgoing/mail.h"
#include "outgoing/request_mail.h"

static const int64_t NOW = 1795000000; /* 18 November 2026, 11:06:40 UTC, a Wednesday */

static struct mail_case
sample(enum mail_kind kind, const char *language)
{
	struct mail_case c = { .kind = kind, .ends = NOW + 86400,
		.event = { .detail = "{\"from_name\":\"old laptop\",\"to_name\":\"new laptop\"}" },
		.subscription = { .id = "sub_1", .reference = "HF-ABCD-EFGH" },
		.provider = { .contact = { .name = "Example Broadband", .phone = "+49 30 1234",
				  .web = "https://example.net/help", .hours = "Mo-Fr 9-17" } },
		.recipient = { .subscription = "sub_1", .address = "ada@home.example", .name = "Ada",
		    .code = "ABCDE-FGHI-JKLM" } };

	strcpy(c.recipient.language, language);
	return c;
}

/* The mail as text; the test frees it. NULL: refused, as ${want} says. */
static char *
write_mail(const struct mail_case *c, const struct brand *brand, const struct mail_template *own, enum err want)
{
	static const struct brand plain;
	const struct mail mail = { .about = c, .brand = brand == NULL ? &plain : brand, .own = own, .id = "msg_1",
		.from = "protect@vendor.example", .link = "https://protect.example/activate#ABCDE-FGHI-JKLM",
		.now = NOW };
	struct buf out;
	char *text = NULL;

	buf_init(&out, 100000);
	CHECK_EQ(mail_write(&mail, &out), want);
	if (want == ERR_NONE)
		CHECK((text = buf_take_string(&out)) != NULL);
	buf_fini(&out);
	return text;
}

TEST(every_kind_has_words_in_both_languages_with_known_placeholders)
{
	for (enum mail_kind k = MAIL_NONE + 1; k < MAIL_KINDS; k++)
		for (int german = 0; german < 2; german++) {
			struct mail_words words = mail_text_builtin(k, german ? "de" : "en");
			const struct mail_case c = sample(k, german ? "de" : "en");
			char *text;

			CHECK(words.subject != NULL && words.subject[0] != '\0');
			CHECK(words.text != NULL && words.text[0] != '\0');
			text = write_mail(&c, NULL, NULL, ERR_NONE);
			CHECK(strchr(text, '{') == NULL && strchr(text, '}') == NULL);
			free(text);
		}
}

TEST(every_line_is_ended_and_short_enough_and_seven_bit)
{
	struct mail_case c = sample(MAIL_WELCOME, "de");
	char *text, *line;

	strcpy(c.recipient.name, "Zoë Ängström-Weißenfels mit einem sehr langen Namen, der nicht passt");
	text = write_mail(&c, NULL, NULL, ERR_NONE);
	for (line = text; *line != '\0';) {
		char *end = strstr(line, "\r\n");

		CHECK(end != NULL);
		CHECK(end - line <= 998);
		CHECK(strchr(line, '\n') == end + 1);
		for (char *p = line; p < end; p++)
			CHECK(*p >= ' ' && *p <= '~');
		line = end + 2;
	}
	free(text);
}

TEST(the_headers_are_those_of_the_standards)
{
	const struct mail_case c = sample(MAIL_SUSPENDED, "en");
	const struct brand brand = { .sender = "Example", .reply_to = "help@example.net" };
	char *text = write_mail(&c, &brand, NULL, ERR_NONE);

	CHECK(strncmp(text, "From: Example\r\n <protect@vendor.example>\r\n", 42) == 0);
	CHECK(strstr(text, "\r\nTo: Ada\r\n <ada@home.example>\r\n") != NULL);
	CHECK(strstr(text, "\r\nReply-To: <help@example.net>\r\n") != NULL);
	CHECK(strstr(text, "\r\nSubject: Your protection is suspended\r\n") != NULL);
	CHECK(strstr(text, "\r\nDate: Wed, 18 Nov 2026 11:06:40 +0000\r\n") != NULL);
	CHECK(strstr(text, "\r\nMessage-ID: <msg_1@vendor.example>\r\n") != NULL);
	CHECK(strstr(text, "\r\nAuto-Submitted: auto-generated\r\n") != NULL);
	CHECK(strstr(text, "\r\nContent-Type: multipart/alternative; boundary=\"=_part_of_a_mail\"\r\n\r\n") != NULL);
	free(text);
}

TEST(no_value_ends_a_header)
{
	static const char *const evil[] = { "x\r\nBcc: all@home.example", "x\nBcc: y", "x\rBcc: y", "\x01" };
	const struct brand plain = { .provider = "" };
	struct mail_template own = { .subject = "a\r\nBcc: b", .text = "Text" };
	struct mail_case c = sample(MAIL_SUSPENDED, "en");

	for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
		struct brand brand = plain;

		c = sample(MAIL_SUSPENDED, "en");
		strcpy(c.recipient.name, evil[i]);
		write_mail(&c, NULL, NULL, ERR_MALFORMED);
		c = sample(MAIL_SUSPENDED, "en");
		strcpy(brand.sender, evil[i]);
		write_mail(&c, &brand, NULL, ERR_MALFORMED);
		strcpy(c.provider.contact.name, evil[i]);
		write_mail(&c, NULL, NULL, ERR_MALFORMED);
	}
	c = sample(MAIL_SUSPENDED, "en");
	write_mail(&c, NULL, &own, ERR_MALFORMED);
	strcpy(own.subject, "{provider}");
	strcpy(c.recipient.address, "a@b.example>\r\nBcc: <c@d.example");
	write_mail(&c, NULL, &own, ERR_MALFORMED);
	strcpy(c.recipient.address, "a@b.example, c@d.example");
	write_mail(&c, NULL, &own, ERR_MALFORMED);
}

TEST(values_are_escaped_in_html_and_only_web_addresses_are_links)
{
	struct mail_values v = { .name = "<script>&\"'", .link = "https://a.example/?b=\"c\"&d",
		.web = "javascript:alert(1)" };
	struct buf out;

	buf_init(&out, 1000);
	mail_text_fill("<b>{name}</b> {link} {web} {nothing} {", &v, true, &out);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text(
		"&lt;b&gt;&lt;script&gt;&amp;&quot;&#39;&lt;/b&gt; "
		"<a href=\"https://a.example/?b=&quot;c&quot;&amp;d\">https://a.example/?b=&quot;c&quot;&amp;d</a> "
		"javascript:alert(1) {nothing} {"));
	buf_clear(&out);
	/* What a value holds is not looked at again. */
	v.name = "{link}";
	mail_text_fill("{name}", &v, false, &out);
	CHECK_BYTES(buf_bytes(&out), bytes_of_text("{link}"));
	buf_fini(&out);
}

TEST(a_providers_own_words_and_brand_are_used)
{
	const struct mail_case c = sample(MAIL_REMIND_EXPIRY, "de");
	const struct mail_template own = { .subject = "Bis {date}", .text = "Eins.\n\nZwei {reference}." };
	const struct brand brand = { .logo = "EXAMPLE <3", .colour = "#abcdef" };
	char *text = write_mail(&c, &brand, &own, ERR_NONE);

	CHECK(strstr(text, "Eins.\r\n\r\nZwei HF-ABCD-EFGH.\r\n") != NULL);
	CHECK(strstr(text, "<p>Eins.</p>\r\n<p>Zwei HF-ABCD-EFGH.</p>\r\n") != NULL);
	CHECK(strstr(text, "background:#abcdef") != NULL);
	CHECK(strstr(text, "EXAMPLE &lt;3") != NULL);
	free(text);
}

TEST(a_day_is_written_as_people_do)
{
	char text[MAIL_DATE_SIZE];

	mail_text_date(NOW, "en", text);
	CHECK_TEXT(text, "18 November 2026");
	mail_text_date(NOW, "de", text);
	CHECK_TEXT(text, "18. November 2026");
	mail_text_date(1772323200, "de", text);
	CHECK_TEXT(text, "1. März 2026");
}

TEST(a_mail_that_runs_out_of_memory_is_no_mail)
{
	const struct mail_case c = sample(MAIL_WELCOME, "en");
	static const struct brand plain;
	const struct mail mail = { .about = &c, .brand = &plain, .id = "msg_1", .from = "a@b.example", .link = "",
		.now = NOW };

	for (unsigned nth = 1;; nth++) {
		struct buf out;
		enum err e;

		buf_init(&out, 100000);
		test_fail_allocation(nth);
		e = mail_write(&mail, &out);
		if (!test_allocation_failed()) {
			test_fail_allocation(0);
			CHECK_EQ(e, ERR_NONE);
			buf_fini(&out);
			break;
		}
		test_fail_allocation(0);
		/* A detail that cannot be read is an empty name; all else is an error. */
		CHECK(e == ERR_NONE || e == ERR_NOMEM);
		buf_fini(&out);
	}
}

static struct contact_request
sample_request(void)
{
	return (struct contact_request){ .reference = "HF-AAAA-BBBB", .name = "Anna B\xc3\xb6ll", .mail = "anna@home.example",
		.article = "HF-1002", .text = "It says billing.\r\nI have paid.", .quoted = "HF-7K3M-9QD0",
		.subscription = "sub_1", .provider = "prv_1" };
}

static char *
write_request(const struct contact_request *r, enum err want)
{
	const struct request_mail mail = { .request = r, .id = "msg_1", .from = "protect@vendor.example",
		.to = "help@provider.example", .base_url = "https://protect.example/", .now = NOW };
	struct buf out;
	char *text = NULL;

	buf_init(&out, 100000);
	CHECK_EQ(request_mail_write(&mail, &out), want);
	if (want == ERR_NONE)
		CHECK((text = buf_take_string(&out)) != NULL);
	buf_fini(&out);
	return text;
}

TEST(a_request_for_help_says_who_asks_what_about_which_subscription)
{
	struct contact_request r = sample_request();
	char *text = write_request(&r, ERR_NONE);

	CHECK(strstr(text, "To: <help@provider.example>\r\n") != NULL);
	CHECK(strstr(text, "Reply-To: =?UTF-8?B?QW5uYSBCw7ZsbA==?=\r\n <anna@home.example>\r\n") != NULL);
	CHECK(strstr(text, "\r\n\r\nIt says billing.\r\nI have paid.\r\n") != NULL);
	CHECK(strstr(text, "Subscription: sub_1\r\n") != NULL);
	CHECK(strstr(text, "Article: https://protect.example/support/HF-1002\r\n") != NULL);
	CHECK(strstr(text, "did not send what the device says") != NULL);
	free(text);
	strcpy(r.device, "not protected: billing");
	r.subscription[0] = '\0';
	text = write_request(&r, ERR_NONE);
	CHECK(strstr(text, "as the person sent it:\r\nnot protected: billing\r\n") != NULL);
	CHECK(strstr(text, "no subscription here has that reference") != NULL);
	free(text);
}

TEST(nothing_in_a_request_for_help_ends_a_header)
{
	static const char *const names[] = { "Anna\r\nBcc: all@x.example", "Anna\nX: y", "\x01", "\xff" };
	struct contact_request r = sample_request();
	char *text;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		strcpy(r.name, names[i]);
		write_request(&r, ERR_MALFORMED);
	}
	r = sample_request();
	strcpy(r.mail, "a@x.example>\r\nBcc: <b@x.example");
	strcpy(r.text, ".\r\nQUIT\r\n\x1b[2J");
	text = write_request(&r, ERR_NONE);
	CHECK(strstr(text, "Reply-To") == NULL);
	CHECK(strstr(text, "\r\n.\r\n") == NULL);
	CHECK(strstr(text, "\x1b") == NULL);
	*strstr(text, "\r\n\r\n") = '\0';
	CHECK(strstr(text, "Bcc") == NULL);
	free(text);
}
