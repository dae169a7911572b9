/* scan/limits.h: the ceilings that no caller can raise. The others are verdict/scan_limits.h. */
#ifndef HOLDFAST_SCAN_LIMITS_H
#define HOLDFAST_SCAN_LIMITS_H

/* scan_look_at calls itself once a level with about a kilobyte of stack of our own; libarchive's readers
 * need some 20 KB beneath it, once. Far under the 8 MB of a main thread. */
#define SCAN_DEPTH_MAX 64

#endif
