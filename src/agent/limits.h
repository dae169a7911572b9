/* agent/limits.h: every ceiling of the agent's own messages, with its reason. Sizes of texts are in
 * bytes with the NUL, so that messages have a fixed size once read. */
#ifndef HOLDFAST_AGENT_LIMITS_H
#define HOLDFAST_AGENT_LIMITS_H

#define AGENT_PATH_SIZE 4096	/* what Linux takes (PATH_MAX) */
#define AGENT_CODE_SIZE 40	/* 13 letters, and the dashes and spaces that people type between them */
#define AGENT_TOKEN_SIZE 65	/* 43 letters; the rest is room for a longer one */
#define AGENT_MACHINE_SIZE 65	/* a SHA-256 in hex */
#define AGENT_PLATFORM_SIZE 16
#define AGENT_KEY_TEXT_SIZE 44	/* 32 bytes in base64url */
#define AGENT_LEASE_SIZE 4096	/* LEASE_MAX of entitle/limits.h */
#define AGENT_SENTENCE_SIZE 512	/* FAULT_TEXT of base/err.h */
#define AGENT_CODE_NAME_SIZE 41	/* a stable error code, such as "seats_taken" */
#define AGENT_ENTRY_ID_SIZE 17	/* 16 random letters: 80 bits name a quarantined file */

/* Devices named when all seats are taken. A person picks from them: more than these do not help. */
#define AGENT_SEATS_MAX 64

/* The check-in interval that a server may ask for: one second is for tests, and beyond a week every
 * lease has long run out. */
#define AGENT_CHECKIN_MIN_S 1
#define AGENT_CHECKIN_MAX_S (7 * 86400)

/* The longest time a waiting check-in may be held open; the server's own ceiling is the same. */
#define AGENT_WAIT_MAX_S 60

/* Objects that one scan may have under way: the workers of a large machine stay busy, and the
 * descriptors stay far below the usual limit of 1024. */
#define AGENT_WINDOW_MAX 128

/* Seconds of one update. The updater asks nobody any more when the first have passed: 200 MB over a line of 1 Mbit/s
 * take 1600, and what came is gone on from the next time. The daemon ends it after the second: the rest is for
 * decrypting and joining what came. */
#define AGENT_UPDATE_FETCH_S 2100
#define AGENT_UPDATE_S 2400

/* Mirrors of the updates beside the first: each costs a time-out when all is down. */
#define AGENT_MIRRORS_MAX 4

#endif
