/* pool/fake_worker.h: what the pool's tests and their stand-in for a worker have agreed on. */
#ifndef HOLDFAST_POOL_FAKE_WORKER_H
#define HOLDFAST_POOL_FAKE_WORKER_H

/* Sizes of objects with a meaning. */
enum { FAKE_DIES = 13, FAKE_HANGS = 17 };

#endif
