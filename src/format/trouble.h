/* format/trouble.h: why something inside an object could not be had. */
#ifndef HOLDFAST_FORMAT_TROUBLE_H
#define HOLDFAST_FORMAT_TROUBLE_H

enum trouble {
	TROUBLE_NONE = 0,
	TROUBLE_DAMAGED,
	TROUBLE_ENCRYPTED,
	TROUBLE_UNSUPPORTED,	/* a method that we do not undo */
	TROUBLE_MEMORY,		/* needs more than there is */
	TROUBLE_UNREADABLE,	/* the object itself could not be read */
	TROUBLE_LIMIT,		/* more of them than a reader follows */
	TROUBLES
};

#endif
