/* entitle/limits.h: every ceiling of the subscription's data, with its reason. All in bytes with the
 * NUL, so that records have a fixed size and no record needs freeing. */
#ifndef HOLDFAST_ENTITLE_LIMITS_H
#define HOLDFAST_ENTITLE_LIMITS_H

#define ID_SIZE 32		/* a prefix of 4 and 26 random letters (130 bits), with room */
#define NAME_SIZE 81		/* what fits a line of a terminal or a card */
#define PHONE_SIZE 41		/* an E.164 number written with spaces, and an extension */
#define URL_SIZE 257		/* longer ones break in mails and on cards */
#define EXTERNAL_ID_SIZE 101	/* TM Forum systems use UUIDs and order numbers; 100 is ample */
#define NONCE_SIZE 44		/* 32 bytes in base64url */
#define REVISION_SIZE 64	/* a subscription's id, a dot, a number */
#define REFERENCE_SIZE 16	/* what a person reads out on the phone */

#define REMINDERS_MAX 3	/* people read the first, and the last */

#define SEATS_MAX 1000		/* a company's subscription; more are several subscriptions */
#define EPOCHS_MAX 4		/* epoch keys in a lease: today's, and some to catch up with */
#define EPOCH_NAME_SIZE 12
#define EPOCH_KEY_SIZE 32
#define WRAPPED_KEY_SIZE 80	/* EPOCH_KEY_SIZE and the box around it */

#define LEASE_MAX 4096		/* a signed lease is about 1 KiB; this leaves room for long names */

#endif
