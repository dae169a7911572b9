/* pool/limits.h: the ceilings of a pool, each with its reason. */
#ifndef HOLDFAST_POOL_LIMITS_H
#define HOLDFAST_POOL_LIMITS_H

/* Objects that one worker holds: the one it scans, and one to go on with while its verdict travels; of
 * small ones so many that two messages are under way. More would wait behind a slow one while
 * other workers have nothing to do. */
#define POOL_PIPELINE 32

/* Objects that go in one message: as many as one carries, when they are small. What is no larger takes a
 * fraction of a millisecond mostly. */
#define POOL_BATCH 16
#define POOL_SMALL_BYTES 65536

/* Objects that wait in the pool, each with its descriptor. */
#define POOL_QUEUE 64

/* From the start of a worker to its being ready. Milliseconds are the rule; testing the digest of a
 * database of a gigabyte on a slow disk is the exception. */
#define POOL_START_MS 30000

/* Beyond the scan's own limit of time, for one long step between two looks at the clock: an
 * eighth of that limit, but no less than this. */
#define POOL_GRACE_MS 500

/* After a worker could not be started, before the next attempt. */
#define POOL_RETRY_MS 1000

/* A worker is replaced after so many objects, so that whoever captured one does not keep it, and
 * what a library leaks is returned. Starting one costs milliseconds. */
#define POOL_RECYCLE_OBJECTS 5000

/* And after so long; well under its limit of CPU time (an hour). */
#define POOL_RECYCLE_MS (45 * 60 * 1000)

#endif
