/* daemon/limits.h: every ceiling of the daemon, with its reason. */
#ifndef HOLDFAST_DAEMON_LIMITS_H
#define HOLDFAST_DAEMON_LIMITS_H

/* The trust file: a root with many keys has 60 KB. */
#define DAEMON_TRUST_MAX 262144
#define DAEMON_LEASE_KEYS_MAX 8	/* today's key, tomorrow's, and room */

/* Our own small files. */
#define DAEMON_FILE_MAX 65536

/* Programs connected at one time: each is a person or a script; a scan is one. */
#define DAEMON_CLIENTS_MAX 64

/* Replies kept for a program that does not read them; a full window of verdicts and some more. */
#define DAEMON_BACKLOG_MAX 256

/* Forked helpers at one time (sealing, unsealing, trying a database): as many as disks have use for. */
#define DAEMON_TASKS_MAX 4
#define DAEMON_TASK_TIMEOUT_S 900

/* A protection database: far above the largest public signature sets once compiled. */
#define DAEMON_DATABASE_MAX ((uint64_t)4 << 30)

/* How long workers are kept when no scan runs, so that one after another starts at once. */
#define DAEMON_REST_S 20

/* Bytes of history before it is set aside; two such files are kept: some 5,000 events each. */
#define DAEMON_HISTORY_MAX ((uint64_t)1 << 20)

/* How long a stop waits for what is being sealed or unsealed. */
#define DAEMON_DRAIN_S 10

#endif
