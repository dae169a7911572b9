/* os/clock.h: the clocks of the machine. The wall clock may be set by anybody; the boot clock
 * only runs forward, also through sleep, and starts anew with each boot. */
#ifndef HOLDFAST_OS_CLOCK_H
#define HOLDFAST_OS_CLOCK_H

#include <stdint.h>

/* Seconds since 1970 UTC, from the C library's time(3), so that test clocks can stand in. */
int64_t clock_wall(void);

/* Milliseconds since this boot, sleep included. */
int64_t clock_boot_ms(void);

/* A name for this boot: 36 characters and a NUL, or "unknown". */
#define CLOCK_BOOT_ID_SIZE 37
void clock_boot_id(char out[static CLOCK_BOOT_ID_SIZE]);

#endif
