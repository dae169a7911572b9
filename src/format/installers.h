/* format/installers.h: what programs carry behind or within themselves: files of installers, scripts,
 * and their own packed image. For pe.c and the tests of this folder only. */
#ifndef HOLDFAST_FORMAT_INSTALLERS_H
#define HOLDFAST_FORMAT_INSTALLERS_H

#include "exe/pe.h"
#include "format/outlet.h"

/* Each gives what it finds in ${file}, all of which lies in memory; nothing when it is not of its
 * make. ${pe}: the headers of the program. ERR_NOMEM. */
typedef enum err installer_fn(struct bytes file, const struct pe *pe, const struct outlet *out);

installer_fn nsis_give;		/* Nullsoft's: deflate and LZMA, solid or not */
installer_fn installshield_give; /* both kinds of setup.exe, and the cabinets within */

/* The image of a program packed by UPX (NRV2B, 2D, 2E, LZMA) or MEW (aPLib); *done when it was. */
enum err upx_give(struct bytes file, const struct pe *pe, const struct outlet *out, bool *done);
enum err mew_give(struct bytes file, const struct pe *pe, const struct outlet *out, bool *done);

/* Cabinets of InstallShield that lie open. ${hdr}: the header's bytes, also the volume's own when
 * volumes is NULL. */
struct installshield_volume {
	unsigned number;
	struct bytes content;
};
void installshield_give_cabinet(struct bytes hdr, const struct installshield_volume *volumes,
    size_t count, const struct outlet *out);

#endif
