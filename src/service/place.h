/* service/place.h: names of what lies in the server's state directory, where its processes find it. What one
 * process must not reach lies in a folder that it is not given (os/landlock.h). */
#ifndef HOLDFAST_SERVICE_PLACE_H
#define HOLDFAST_SERVICE_PLACE_H

/* The store and SQLite's files beside it: the parent, web. */
#define STATE_STORE_DIR "store"
#define STATE_STORE STATE_STORE_DIR "/store.db"
#define STATE_LIMITS STATE_STORE_DIR "/limits"	/* how often who asked; web */

/* The keys that leases are signed with: the signer. */
#define STATE_KEYS "keys"

#define STATE_SIGNER_SOCKET "signer.sock"
#define STATE_COURIER_SOCKET "courier.sock"

#endif
