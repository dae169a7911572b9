/* outgoing/mail_text.c: see mail_text.h. The words are plain, short, and say who can do what. */
#include "outgoing/mail_text.h"

#include <stddef.h>
#include <stdio.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "codec/encode.h"

enum { ENGLISH, GERMAN, LANGUAGES };

static const struct mail_words words[MAIL_KINDS][LANGUAGES] = {
	[MAIL_WELCOME] = {
		{ "Your protection from {provider}: activate it",
		    "{provider} has ordered protection for your devices. It starts as soon as you activate it.\n\n"
		    "Your activation code is {code}.\n\n"
		    "Enter it on the device that you want to protect, or open {link} there." },
		{ "Ihr Schutz von {provider}: bitte aktivieren",
		    "{provider} hat Schutz für Ihre Geräte bestellt. Er beginnt, sobald Sie ihn aktivieren.\n\n"
		    "Ihr Aktivierungscode ist {code}.\n\n"
		    "Geben Sie ihn auf dem Gerät ein, das Sie schützen möchten, oder öffnen Sie dort {link}." } },
	[MAIL_SUSPENDED] = {
		{ "Your protection is suspended",
		    "{provider} has suspended your protection. Your devices show what that means for them.\n\n"
		    "Please contact {provider}. As soon as the issue is resolved, your protection returns by itself." },
		{ "Ihr Schutz ist ausgesetzt",
		    "{provider} hat Ihren Schutz ausgesetzt. Ihre Geräte zeigen, was das für sie bedeutet.\n\n"
		    "Bitte wenden Sie sich an {provider}. Sobald die Sache geklärt ist, kehrt Ihr Schutz von selbst"
		    " zurück." } },
	[MAIL_CANCELLED] = {
		{ "Your protection has ended",
		    "Your protection from {provider} is cancelled. Your devices are no longer protected.\n\n"
		    "If that is not what you wanted, please contact {provider}: it can be taken up again where it"
		    " ended. What is in quarantine on your devices stays yours." },
		{ "Ihr Schutz ist beendet",
		    "Ihr Schutz von {provider} ist gekündigt. Ihre Geräte sind nicht mehr geschützt.\n\n"
		    "Wenn Sie das nicht wollten, wenden Sie sich bitte an {provider}: Er kann dort fortgesetzt werden,"
		    " wo er endete. Was auf Ihren Geräten in Quarantäne ist, bleibt Ihres." } },
	[MAIL_REINSTATED] = {
		{ "Your protection is back",
		    "{provider} has taken up your protection again. Your devices are protected as before; there is"
		    " nothing that you need to do." },
		{ "Ihr Schutz ist wieder da",
		    "{provider} hat Ihren Schutz wieder aufgenommen. Ihre Geräte sind geschützt wie zuvor; Sie müssen"
		    " nichts tun." } },
	[MAIL_TRANSFERRED] = {
		{ "Your protection moved to another device",
		    "{to_device} is protected now, in place of {device}. {device} is no longer protected.\n\n"
		    "If that was not you, please contact {provider}." },
		{ "Ihr Schutz ist auf ein anderes Gerät gewechselt",
		    "{to_device} ist jetzt geschützt, anstelle von {device}. {device} ist nicht mehr geschützt.\n\n"
		    "Wenn Sie das nicht waren, wenden Sie sich bitte an {provider}." } },
	[MAIL_EXPIRED] = {
		{ "The time of your protection is over",
		    "The time that was paid for is over.\n\nTo stay protected, please renew it with {provider}." },
		{ "Die Zeit Ihres Schutzes ist um",
		    "Die bezahlte Zeit ist abgelaufen.\n\nBitte verlängern Sie bei {provider}, um geschützt zu"
		    " bleiben." } },
	[MAIL_REMIND_EXPIRY] = {
		{ "Your protection ends on {date}",
		    "Your protection is paid for until {date}.\n\nTo stay protected, please renew it with {provider}." },
		{ "Ihr Schutz endet am {date}",
		    "Ihr Schutz ist bis zum {date} bezahlt.\n\nBitte verlängern Sie bei {provider}, um geschützt zu"
		    " bleiben." } },
	[MAIL_REMIND_SUSPENSION] = {
		{ "Your devices are protected only until {date}",
		    "{provider} has suspended your protection. Your devices stay protected until {date}.\n\n"
		    "Please contact {provider}. As soon as the issue is resolved, all is as before." },
		{ "Ihre Geräte sind nur noch bis zum {date} geschützt",
		    "{provider} hat Ihren Schutz ausgesetzt. Ihre Geräte bleiben bis zum {date} geschützt.\n\n"
		    "Bitte wenden Sie sich an {provider}. Sobald die Sache geklärt ist, ist alles wie zuvor." } },
	[MAIL_REMIND_ACTIVATION] = {
		{ "Your protection is not activated yet",
		    "{provider} has ordered protection for your devices, but none is activated yet. The order ends on"
		    " {date}.\n\nPlease enter your activation code on the device that you want to protect. If you do"
		    " not have it any more, {provider} can send you a new one." },
		{ "Ihr Schutz ist noch nicht aktiviert",
		    "{provider} hat Schutz für Ihre Geräte bestellt, aber noch keines ist aktiviert. Die Bestellung"
		    " endet am {date}.\n\nBitte geben Sie Ihren Aktivierungscode auf dem Gerät ein, das Sie schützen"
		    " möchten. Wenn Sie ihn nicht mehr haben, kann {provider} Ihnen einen neuen schicken." } },
	[MAIL_REMIND_CANCELLATION] = {
		{ "Your protection ends on {date}",
		    "Your protection from {provider} is cancelled as of {date}. Until then your devices are"
		    " protected.\n\nIf that is not what you wanted, please contact {provider}." },
		{ "Ihr Schutz endet am {date}",
		    "Ihr Schutz von {provider} ist zum {date} gekündigt. Bis dahin sind Ihre Geräte geschützt.\n\n"
		    "Wenn Sie das nicht wollten, wenden Sie sich bitte an {provider}." } },
	[MAIL_REMIND_LEAVING] = {
		{ "Your answer is needed by {date}",
		    "{provider} ends its service on {date}. Your protection can go on with whoever takes over, but only"
		    " if you agree.\n\nPlease tell {provider}. Without your consent your protection ends on that"
		    " day." },
		{ "Ihre Antwort wird bis zum {date} gebraucht",
		    "{provider} beendet seinen Dienst am {date}. Ihr Schutz kann bei dem weitergehen, der übernimmt,"
		    " aber nur, wenn Sie zustimmen.\n\nBitte sagen Sie es {provider}. Ohne Ihre Zustimmung endet Ihr"
		    " Schutz an diesem Tag." } },
	[MAIL_SIGN_IN] = {
		{ "Sign in to your subscription",
		    "Somebody, most likely you, wants to sign in to your protection from {provider}.\n\n"
		    "Open {link} to sign in. It works once, for 15 minutes.\n\n"
		    "If that was not you, there is nothing that you need to do: without this link nobody gets in." },
		{ "Anmelden bei Ihrem Schutz",
		    "Jemand, vermutlich Sie selbst, möchte sich bei Ihrem Schutz von {provider} anmelden.\n\n"
		    "Öffnen Sie {link}, um sich anzumelden. Das geht einmal, 15 Minuten lang.\n\n"
		    "Wenn Sie das nicht waren, müssen Sie nichts tun: Ohne diesen Link kommt niemand hinein." } },
	[MAIL_LEAVING] = {
		{ "{provider} ends its service on {date}",
		    "{provider} ends its service on {date}. Until then nothing changes for your devices.\n\n"
		    "Your protection can go on with whoever takes over, but only if you agree. Please tell"
		    " {provider}." },
		{ "{provider} beendet seinen Dienst am {date}",
		    "{provider} beendet seinen Dienst am {date}. Bis dahin ändert sich für Ihre Geräte nichts.\n\n"
		    "Ihr Schutz kann bei dem weitergehen, der übernimmt, aber nur, wenn Sie zustimmen. Bitte sagen Sie"
		    " es {provider}." } },
	[MAIL_PROVIDER_SUSPENDED] = {
		{ "The service of {provider} is suspended",
		    "{provider} cannot offer protection at the moment. Your own subscription is in order, and you have"
		    " done nothing wrong. Your devices show what that means for them.\n\n"
		    "Only {provider} can resolve it; your protection returns by itself then." },
		{ "Der Dienst von {provider} ist ausgesetzt",
		    "{provider} kann derzeit keinen Schutz anbieten. Ihr eigenes Abonnement ist in Ordnung, und Sie haben"
		    " nichts falsch gemacht. Ihre Geräte zeigen, was das für sie bedeutet.\n\n"
		    "Nur {provider} kann das klären; Ihr Schutz kehrt dann von selbst zurück." } },
};

static const struct mail_frame frames[LANGUAGES] = {
	{ "Hello {name},", "Hello,", "You reach {provider} here:", "Your reference: {reference}" },
	{ "Guten Tag {name},", "Guten Tag,", "So erreichen Sie {provider}:", "Ihr Zeichen: {reference}" },
};

static int
language_of(const char *language)
{
	return text_equal(language, "de") ? GERMAN : ENGLISH;
}

struct mail_words
mail_text_builtin(enum mail_kind kind, const char *language)
{
	return words[kind][language_of(language)];
}

const struct mail_frame *
mail_text_frame(const char *language)
{
	return &frames[language_of(language)];
}

static const struct {
	const char *name;
	size_t offset;
	bool is_link;
} placeholders[] = {
	{ "{name}", offsetof(struct mail_values, name), false },
	{ "{provider}", offsetof(struct mail_values, provider), false },
	{ "{phone}", offsetof(struct mail_values, phone), false },
	{ "{web}", offsetof(struct mail_values, web), true },
	{ "{hours}", offsetof(struct mail_values, hours), false },
	{ "{reference}", offsetof(struct mail_values, reference), false },
	{ "{code}", offsetof(struct mail_values, code), false },
	{ "{link}", offsetof(struct mail_values, link), true },
	{ "{date}", offsetof(struct mail_values, date), false },
	{ "{device}", offsetof(struct mail_values, device), false },
	{ "{to_device}", offsetof(struct mail_values, to_device), false },
};

static void
put_value(const char *value, bool is_link, bool html, struct buf *out)
{
	/* Only the web is linked to: no other scheme does anything when it is clicked. */
	is_link = is_link && html && (strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0);
	if (is_link) {
		buf_put_string(out, "<a href=\"");
		encode_html(value, out);
		buf_put_string(out, "\">");
	}
	if (html)
		encode_html(value, out);
	else
		buf_put_string(out, value);
	if (is_link)
		buf_put_string(out, "</a>");
}

/* Replace the placeholder that ${text} begins with; its length, or 0 when it is none. */
static size_t
put_placeholder(const char *text, const struct mail_values *values, bool html, struct buf *out)
{
	for (size_t i = 0; i < sizeof placeholders / sizeof placeholders[0]; i++) {
		size_t n = strlen(placeholders[i].name);
		const char *value;

		if (strncmp(text, placeholders[i].name, n) != 0)
			continue;
		value = *(const char *const *)((const char *)values + placeholders[i].offset);
		put_value(value == NULL ? "" : value, placeholders[i].is_link, html, out);
		return n;
	}
	return 0;
}

void
mail_text_fill(const char *text, const struct mail_values *values, bool html, struct buf *out)
{
	while (*text != '\0') {
		char letter[2] = { *text, '\0' };
		size_t n = *text == '{' ? put_placeholder(text, values, html, out) : 0;

		text += n != 0 ? n : 1;
		if (n != 0)
			continue;
		if (html)
			encode_html(letter, out);
		else
			buf_put_string(out, letter);
	}
}

void
mail_text_date(int64_t t, const char *language, char out[static MAIL_DATE_SIZE])
{
	static const char *const months[LANGUAGES][12] = {
		{ "January", "February", "March", "April", "May", "June", "July", "August", "September",
		    "October", "November", "December" },
		{ "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
		    "November", "Dezember" },
	};
	int which = language_of(language), month, day;
	char text[TIMESTAMP_SIZE];

	timestamp_write(t, text);
	month = (text[5] - '0') * 10 + text[6] - '0';
	day = (text[8] - '0') * 10 + text[9] - '0';
	snprintf(out, MAIL_DATE_SIZE, "%d%s %s %.4s", day, which == GERMAN ? "." : "", months[which][month - 1], text);
}
