/* agent/page.c: see page.h. */
#include "agent/page.h"

#include <strings.h>

#include "base/bytes.h"
#include "base/text.h"

/* What is left of ${url} behind ${prefix}, in whatever case it is written; NULL when it does not begin so. */
static const char *
behind(const char *url, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncasecmp(url, prefix, n) == 0 ? url + n : NULL;
}

/* "", ":8080", each with a path behind it or nothing. What looks like a port may be a user's password:
 * "localhost:x@elsewhere" leads elsewhere. */
static bool
ends_host(const char *rest)
{
	if (*rest == ':')
		rest += 1 + strspn(rest + 1, "0123456789");
	return *rest == '\0' || *rest == '/';
}

bool
page_is_web(const char *url)
{
	static const char *const own[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	const char *rest = behind(url, "https://");

	if (!text_is_plain(url) || strchr(url, ' ') != NULL)
		return false;
	if (rest != NULL)
		return *rest != '\0' && *rest != '/';
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if ((rest = behind(url, own[i])) != NULL && ends_host(rest))
			return true;
	return false;
}
