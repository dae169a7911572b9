/* doc/model/life.pml: the life of a subscription and the lease of its device, for SPIN (test/model.sh runs it).
 *
 * A provider whose commands may arrive in any order, twice, and be refused and tried again; a person who asks by
 * Reactivate meanwhile; somebody above who suspends the provider itself for a while; a device that asks now and then.
 * What is checked, in every order in which things can happen:
 *   assert        the device is protected only while its lease lasts, and it had a right to it at most LEASE ticks ago
 *   ltl no_loss   when every command has been answered, both sides hold the same to be true
 *   ltl regains   what the provider has resolved ends in protection, with nothing for the person to do
 * The rules are those of entitle/subscription.c, authority.c (overtaken, confirmed) and authority_device.c
 * (Reactivate), one transaction each: here an atomic step. */

/* What the rules would be without: test/model.sh leaves each out, and the model must then find the fault. */
#ifdef FORGET_OVERTAKEN
#define LATE(i) false
#else
#define LATE(i) (i < decided)
#endif
#ifdef FORGET_MEANWHILE
#define MEANWHILE false
#else
#define MEANWHILE (ours != was || decided != then)
#endif
#ifdef FORGET_CONFIRMED
#define CONFIRMED decided
#else
#define CONFIRMED i
#endif

#define COMMANDS 3
#define LEASE 2		/* ticks that a lease lasts */

mtype = { NOTHING, PENDING, ACTIVE, SUSPENDED, CANCELLED };
mtype = { SUSPEND, RESUME, CANCEL, REINSTATE };

/* Here: the authority's record. */
mtype ours = PENDING;
byte decided;		/* when the last change took effect; command i takes effect at i */

/* There: what the provider holds to be true. */
mtype theirs = ACTIVE;
mtype sent[COMMANDS + 1];
bool answered[COMMANDS + 1];
byte made;		/* commands that the provider has given */

/* The device. */
byte lease;
byte wrong;		/* ticks for which it has had no right to be protected */

/* The provider itself, or one above it, is suspended by others: entitle/authority_tree.c. */
bool blocked;
#ifdef FORGET_BLOCK
#define stopped false
#else
#define stopped blocked
#endif

#define entitled (ours == ACTIVE && !stopped) /* as the authority sees it */
#define rightful (ours == ACTIVE && !blocked)
#define same (ours == theirs || (ours == PENDING && theirs == ACTIVE))
#define settled (made == COMMANDS && answered[1] && answered[2] && answered[3])
#define resolved (made == COMMANDS && theirs == ACTIVE)
#define protected (lease > 0)

/* The provider's people: each command fits what they hold to be true. */
active proctype provider() {
	do
	:: made < COMMANDS -> atomic {
		made++;
		if
		:: theirs == ACTIVE -> sent[made] = SUSPEND; theirs = SUSPENDED
		:: theirs == ACTIVE || theirs == SUSPENDED -> sent[made] = CANCEL; theirs = CANCELLED
		:: theirs == SUSPENDED -> sent[made] = RESUME; theirs = ACTIVE
		:: theirs == CANCELLED -> sent[made] = REINSTATE; theirs = ACTIVE
		fi
	}
	:: made == COMMANDS -> break
	od
}

/* authority_change: overtaken, done, confirmed (it is so already), or refused; then it is tried again. */
inline change(i) {
	if
	:: LATE(i) -> answered[i] = true
	:: !LATE(i) && sent[i] == SUSPEND && (ours == ACTIVE || ours == PENDING) ->
		ours = SUSPENDED; decided = i; answered[i] = true
	:: !LATE(i) && sent[i] == RESUME && ours == SUSPENDED ->
		ours = ACTIVE; decided = i; answered[i] = true
	:: !LATE(i) && sent[i] == CANCEL && ours != CANCELLED ->
		ours = CANCELLED; decided = i; answered[i] = true
	:: !LATE(i) && sent[i] == REINSTATE && ours == CANCELLED ->
		ours = ACTIVE; decided = i; answered[i] = true
	:: !LATE(i) && ((sent[i] == SUSPEND && ours == SUSPENDED) || (sent[i] == CANCEL && ours == CANCELLED)
		|| ((sent[i] == RESUME || sent[i] == REINSTATE) && (ours == ACTIVE || ours == PENDING))) ->
		decided = CONFIRMED; answered[i] = true
	:: else
	fi
}

/* The way of one command: however long, and perhaps once more than needed. */
proctype way(byte i) {
	sent[i] != NOTHING;
	do
	:: !answered[i] -> atomic { change(i) }
	:: answered[i] -> break
	od;
	if
	:: atomic { change(i) }
	:: skip
	fi
}

/* The device is activated as soon as that is possible, and asks from time to time. */
active proctype device() {
	do
	:: atomic {
		if
		:: ours == PENDING && !stopped -> ours = ACTIVE
		:: else
		fi;
		if
		:: entitled -> lease = LEASE
		:: else -> lease = 0
		fi;
		if
		:: rightful -> wrong = 0
		:: else
		fi
	}
	od
}

/* Reactivate: the provider's system is asked; anything may happen before its answer is acted on. */
active proctype reactivate() {
	mtype said, was;
	byte then, upto;

	atomic {
		(ours == SUSPENDED || ours == CANCELLED) ->
		said = theirs; upto = made; was = ours; then = decided
	};
	atomic {
		if
		:: said == ACTIVE && !MEANWHILE ->
			/* What the provider had commanded when it was asked is in its answer. */
			ours = ACTIVE; decided = upto
		:: else
		fi;
		said = NOTHING; was = NOTHING; then = 0; upto = 0
	}
}

/* Somebody above suspends the provider, and lifts that some day. */
active proctype above() {
	if
	:: atomic { blocked = true };
		atomic { blocked = false }
	:: skip
	fi
}

/* Time: the lease ends by itself, whoever is reached. */
active proctype clock() {
	do
	:: atomic {
		if
		:: lease > 0 -> lease--
		:: else
		fi;
		if
		:: rightful -> wrong = 0
		:: !rightful && wrong <= LEASE -> wrong++
		:: else
		fi;
		assert(lease == 0 || wrong <= LEASE)
	}
	od
}

init {
	atomic { run way(1); run way(2); run way(3) }
}

ltl no_loss { [] (settled -> same) }
ltl regains { [] (resolved -> <> protected) }
