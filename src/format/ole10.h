/* format/ole10.h: the file within an OLE 1.0 package, in RTF objects and in OLE2's Ole10Native
 * streams. For this folder only. */
#ifndef HOLDFAST_FORMAT_OLE10_H
#define HOLDFAST_FORMAT_OLE10_H

#include "format/outlet.h"

/* ${package} begins at its flags, behind the size. Gives nothing when it is none. */
void ole10_give(const struct outlet *out, struct bytes package);

#endif
