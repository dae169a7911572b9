/* prog/web/cookie.c: see cookie.h. */
#include "prog/web/cookie.h"

#include "base/text.h"
#include "net/http_server.h"

bool
cookie_find(const struct call *c, const char *name, char *out, size_t size)
{
	const char *at = http_request_header(c->request, "Cookie");
	size_t length = strlen(name);

	while (at != NULL && *at != '\0') {
		size_t n = strcspn(at, ";");

		if (n > length && strncmp(at, name, length) == 0 && at[length] == '=')
			return text_from_bytes(out, size, bytes_of(at + length + 1, n - length - 1)) == ERR_NONE;
		at += n;
		at += strspn(at, "; ");
	}
	return false;
}
