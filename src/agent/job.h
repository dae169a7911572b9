/* agent/job.h: what the daemon asks of an updater process, and what that answers.
 * One process does one job: it reads one job from descriptor 3, does it, answers once, ends.
 * Owns the messages' form. A job and an outcome hold secrets: wipe them after use.
 *
 *	JOB_UPDATE comes with two or three descriptors: the folder of the trusted metadata, the first root, and the plain
 *	database that the device has, if any.
 *	OUTCOME_NEW_DATABASE comes with one: the plain database.
 */
#ifndef HOLDFAST_AGENT_JOB_H
#define HOLDFAST_AGENT_JOB_H

#include "agent/limits.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "entitle/limits.h"

enum job_kind {
	JOB_NONE = 0,
	JOB_ACTIVATE,
	JOB_CHECKIN,
	JOB_REACTIVATE,
	JOB_PURCHASE,
	JOB_UPDATE,
	JOB_DEVICES,
	JOB_PORTAL,
	JOB_KINDS
};

struct job_activate {
	char code[AGENT_CODE_SIZE];
	char machine[AGENT_MACHINE_SIZE];
	char name[NAME_SIZE];
	char platform[AGENT_PLATFORM_SIZE];
	char key[AGENT_KEY_TEXT_SIZE];	/* the device's public box key */
	char replace[ID_SIZE];		/* empty: take a free seat */
};

struct job_checkin {
	char revision[REVISION_SIZE];	/* of the lease that the device holds; empty: none */
	uint32_t wait_s;
	uint64_t generation;		/* 0: no protection data yet */
};

/* An epoch's content key, unwrapped. */
struct job_epoch {
	char name[EPOCH_NAME_SIZE];
	uint8_t key[EPOCH_KEY_SIZE];
};

struct job_update {
	char device[ID_SIZE];		/* whether a release is for it yet */
	uint64_t generation;		/* only a newer one is fetched */
	int64_t now;			/* trusted time */
	uint32_t mirror_count;
	char mirrors[AGENT_MIRRORS_MAX][URL_SIZE]; /* asked in this order when the first is out of reach */
	uint32_t epoch_count;
	struct job_epoch epochs[EPOCHS_MAX];
};

struct job {
	enum job_kind kind;
	char server[URL_SIZE];		/* JOB_UPDATE: where the updates lie */
	char token[AGENT_TOKEN_SIZE];	/* CHECKIN, REACTIVATE, PURCHASE, DEVICES, PORTAL */
	char nonce[NONCE_SIZE];		/* ACTIVATE, CHECKIN, REACTIVATE */
	union {
		struct job_activate activate;
		struct job_checkin checkin;
		struct job_update update;
	};
};

enum outcome_kind {
	OUTCOME_NONE = 0,
	OUTCOME_FAULT,		/* it could not be done: ${fault} */
	OUTCOME_PROBLEM,	/* the server refused: ${problem} */
	OUTCOME_ACTIVATED,
	OUTCOME_LEASE,		/* CHECKIN, REACTIVATE */
	OUTCOME_ADDRESS,	/* PURCHASE, PORTAL */
	OUTCOME_UP_TO_DATE,	/* UPDATE: the release is the one that the device has */
	OUTCOME_NEW_DATABASE,	/* UPDATE */
	OUTCOME_DEVICES,
	OUTCOME_KINDS
};

struct outcome_fault {
	enum err err;
	char text[AGENT_SENTENCE_SIZE];
	int64_t retry_after_s;		/* UPDATE: how long the server wants to be left alone; -1: not said */
};

/* A device that has a seat. */
struct seat_holder {
	char id[ID_SIZE];
	char name[NAME_SIZE];
	int64_t last_seen;
};

struct seat_list {
	uint32_t count, unlisted;
	struct seat_holder holders[AGENT_SEATS_MAX];
};

/* A device with a seat of this device's subscription, as far as this one is told of it. */
struct fellow_device {
	char name[NAME_SIZE];
	int64_t last_seen;
	bool is_this;
};

struct fellow_list {
	uint64_t seats;			/* 0: this device is not told */
	uint32_t count, unlisted;
	struct fellow_device devices[AGENT_SEATS_MAX];
};

struct outcome_problem {
	uint32_t status;		/* HTTP's */
	char code[AGENT_CODE_NAME_SIZE];
	char detail[AGENT_SENTENCE_SIZE];
	int64_t retry_after_s;		/* -1: not said */
	struct seat_list seats;		/* "seats_taken" */
};

/* What Reactivate came to. */
enum reactivation {
	REACTIVATION_NONE = 0,
	REACTIVATION_ACTIVE,
	REACTIVATION_STILL_BLOCKED,
	REACTIVATION_BENEFIT_OF_DOUBT,
	REACTIVATION_UNREACHABLE,
	REACTIVATION_NOT_POSSIBLE,
	REACTIVATIONS
};

struct outcome_lease {
	char device[ID_SIZE];		/* ACTIVATED */
	char token[AGENT_TOKEN_SIZE];	/* ACTIVATED */
	char lease[AGENT_LEASE_SIZE];
	int64_t checkin_s;
	enum reactivation reactivation;	/* REACTIVATE */
	char detail[AGENT_SENTENCE_SIZE];
};

struct outcome_update {
	uint64_t generation;
	uint64_t length;		/* NEW_DATABASE: of the plain database */
	uint8_t sha256[32];
};

struct outcome {
	enum outcome_kind kind;
	union {
		struct outcome_fault fault;
		struct outcome_problem problem;
		struct outcome_lease lease;
		char url[URL_SIZE];
		struct outcome_update update;
		struct fellow_list devices;
	};
};

/* Append the message; the error sticks in ${out}. */
void job_write(const struct job *j, struct buf *out);
void outcome_write(const struct outcome *o, struct buf *out);

/* Read a whole message. ERR_MALFORMED; the output changes only on success. */
enum err job_read(struct bytes body, struct job *out);
enum err outcome_read(struct bytes body, struct outcome *out);

/* The protocol's word for it ("still_blocked"), and the reverse; false for a word that is none. */
const char *reactivation_name(enum reactivation r);
bool reactivation_from_name(const char *name, enum reactivation *out);

#endif
