/* doc/model/seats.pml: devices that fight over seats, for SPIN (test/model.sh runs it).
 *
 * Three devices, at first one seat; persons activate, take another's place, and undo it; the console gives a seat
 * more, and takes one with the name of who loses it; meanwhile the subscription is suspended and resumed. Checked:
 *   assert         never a seat too many, none lost count of; a device without a seat, or whose subscription is
 *                  suspended, is protected for LEASE ticks at most
 *   ltl holds      who has a seat of an active subscription for good is protected in the end
 *   ltl returns    who lost a seat to too few of them has one again when there is one for everybody
 * The rules are those of entitle/authority_seat.c and authority_device.c, one transaction each: an atomic step. */

/* What the rules would be without: test/model.sh leaves each out, and the model must then find the fault. */
#ifdef FORGET_COUNT
#define FREE true
#else
#define FREE (taken < seats)
#endif
#ifdef FORGET_RETURN
#define RETURN false
#else
#define RETURN (taken < seats)
#endif

#define LEASE 1
#define MOVES 2		/* how often somebody takes another's seat */

bool suspended;
byte changes;		/* of that; three at most */
byte seats = 1;
byte taken;
bool seated[3];
bool lost[3];		/* its seat, to too few: comes back by itself */
byte lease[3];
byte wrong[3];
byte moves;
byte gave = 3, got = 3;	/* the last move: 3 is nobody */
bool grown;		/* there is a seat for everybody, for good */

#define entitled(d) (seated[d] && !suspended)
#define calm (grown && changes == 3 && !suspended)

inline check_seats() {
	assert(taken <= seats);
	assert(taken == seated[0] + seated[1] + seated[2])
}

inline return_seats() {
	if
	:: lost[0] && RETURN -> lost[0] = false; seated[0] = true; taken++
	:: else
	fi;
	if
	:: lost[1] && RETURN -> lost[1] = false; seated[1] = true; taken++
	:: else
	fi;
	if
	:: lost[2] && RETURN -> lost[2] = false; seated[2] = true; taken++
	:: else
	fi
}

inline move(from, to) {
	seated[from] = false; seated[to] = true; lost[to] = false; gave = from; got = to; moves++
}

/* authority_activate: a seat that is free, or another's. */
proctype person(byte d) {
	do
	:: atomic {
		!seated[d] && !suspended ->
		if
		:: FREE -> seated[d] = true; lost[d] = false; taken++
		:: taken == seats && moves < MOVES && seated[(d + 1) % 3] -> move((d + 1) % 3, d)
		:: taken == seats && moves < MOVES && seated[(d + 2) % 3] -> move((d + 2) % 3, d)
		:: taken == seats && moves == MOVES -> skip
		fi;
		check_seats()
	}
	od
}

/* authority_undo_transfer, while the other still has the seat. */
active proctype regret() {
	atomic {
		gave < 3 && !seated[gave] && seated[got] ->
		seated[got] = false; seated[gave] = true; lost[gave] = false; gave = 3; got = 3;
		check_seats()
	}
}

/* authority_set_seats. */
active proctype console() {
	atomic { seats = 2; return_seats(); check_seats() };
	atomic {
		if
		:: taken < 2
		:: taken == 2 && seated[0] -> seated[0] = false; lost[0] = true; taken--
		:: taken == 2 && seated[1] -> seated[1] = false; lost[1] = true; taken--
		:: taken == 2 && seated[2] -> seated[2] = false; lost[2] = true; taken--
		fi;
		seats = 1;
		check_seats()
	};
	atomic { seats = 3; return_seats(); check_seats(); grown = true }
}

active proctype provider() {
	do
	:: changes < 2 -> atomic { suspended = !suspended; changes++ }
	:: changes == 2 -> atomic { suspended = false; changes = 3 }; break
	od
}

proctype checkins(byte d) {
	do
	:: atomic {
		if
		:: entitled(d) -> lease[d] = LEASE; wrong[d] = 0
		:: else -> lease[d] = 0
		fi
	}
	od
}

inline tick(d) {
	if
	:: lease[d] > 0 -> lease[d]--
	:: else
	fi;
	if
	:: entitled(d) -> wrong[d] = 0
	:: !entitled(d) && wrong[d] <= LEASE -> wrong[d]++
	:: else
	fi;
	assert(lease[d] == 0 || wrong[d] <= LEASE)
}

active proctype clock() {
	do
	:: atomic { tick(0); tick(1); tick(2) }
	od
}

init {
	atomic { run person(0); run person(1); run person(2); run checkins(0); run checkins(1); run checkins(2) }
}

ltl holds { [] ((calm && seated[0]) -> <> (lease[0] > 0 || !seated[0])) }
ltl returns { [] (grown -> !(lost[0] || lost[1] || lost[2])) }
