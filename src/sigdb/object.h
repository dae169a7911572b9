/* sigdb/object.h: what kinds of object signatures tell apart, by ClamAV's names and numbers, and which
 * of them an object is by its first bytes. Owns nothing; unpacks nothing. */
#ifndef HOLDFAST_SIGDB_OBJECT_H
#define HOLDFAST_SIGDB_OBJECT_H

#include "match/view.h"

/* The target of a signature: ClamAV's numbers. */
enum object_target {
	TARGET_ANY = 0,
	TARGET_PE,
	TARGET_OLE2,
	TARGET_HTML,
	TARGET_MAIL,
	TARGET_GRAPHICS,
	TARGET_ELF,
	TARGET_TEXT,
	TARGET_UNUSED,
	TARGET_MACHO,
	TARGET_PDF,
	TARGET_FLASH,
	TARGET_JAVA,
	TARGET_INTERNAL,
	TARGETS
};

/* The number of a type by its name in a Container: or Intermediates: condition, such as
 * "CL_TYPE_ZIP"; 0 when there is none such, or for CL_TYPE_ANY. */
unsigned object_type_by_name(struct bytes name);

/* The target that the object is, TARGET_ANY when it is none of those. */
enum object_target object_target_of(struct view *v);

/* Signatures for it may name places of a program? */
static inline bool
object_target_is_program(unsigned target)
{
	return target == TARGET_PE || target == TARGET_ELF || target == TARGET_MACHO;
}

#endif
