/* format/pe.c: what a Windows program holds beside its code: installers' files, its own packed
 * image. One that was packed in a way that is not undone here is told: running it in an
 * emulator belongs into scan/, not here. */
#include <stdio.h>

#include "exe/pe.h"
#include "format/installers.h"
#include "format/packers.h"
#include "format/readers.h"

enum err
pe_unpack(const struct source *object, const struct outlet *out)
{
	static installer_fn *const installers[] = { nsis_give, installshield_give };
	char words[64];
	bool done = false;
	const char *packer;
	struct pe pe;
	enum err e = pe_read(object, 0, &pe);

	if (e == ERR_TRUNCATED)
		return ERR_NOT_FOUND;
	for (size_t i = 0; e == ERR_NONE && i < sizeof installers / sizeof installers[0]; i++)
		e = installers[i](object->whole, &pe, out);
	if (e != ERR_NONE)
		return e;
	if ((e = upx_give(object->whole, &pe, out, &done)) != ERR_NONE ||
	    (!done && (e = mew_give(object->whole, &pe, out, &done)) != ERR_NONE))
		return e;
	if (!done && (packer = packers_find(object->whole, &pe)) != NULL) {
		snprintf(words, sizeof words, "packed by %s", packer);
		outlet_miss(out, TROUBLE_UNSUPPORTED, bytes_of_text(words));
	}
	return ERR_NONE;
}
