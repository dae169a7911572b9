/* daemon/membership.c: see membership.h. */
#include "prog/daemon/membership.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "os/clock.h"
#include "os/file.h"

static struct clock_reading
read_clocks(void)
{
	struct clock_reading c = { .wall = clock_wall(), .boot_ms = clock_boot_ms() };

	_Static_assert(BOOT_ID_SIZE == CLOCK_BOOT_ID_SIZE, "a boot has one name");
	clock_boot_id(c.boot_id);
	return c;
}

struct moment
membership_moment(const struct membership *m)
{
	struct clock_reading clocks = read_clocks();
	struct moment t = { .wall = clocks.wall };

	t.now = trusted_time_now(&m->record->time, &clocks, &t.clock_wrong);
	return t;
}

/* The time that signed times and the boot clock vouch for, without the wall clock. */
static int64_t
vouched_now(const struct membership *m, const struct clock_reading *clocks)
{
	struct clock_reading without = *clocks;
	bool unused;

	without.wall = 0;
	return trusted_time_now(&m->record->time, &without, &unused);
}

/* Whether a lease whose signature holds is this device's. */
static enum err
check_owner(const struct membership *m, const struct lease *lease, const char *device,
    struct fault *why)
{
	if (!text_equal(lease->issuer, m->trust->issuer))
		return fault_set(why, ERR_FORGED, "the lease is from another service (%s)",
		    lease->issuer);
	if (!text_equal(lease->device, device))
		return fault_set(why, ERR_FORGED, "the lease is another device's");
	return ERR_NONE;
}

static enum err
check_answer(const struct membership *m, const struct lease *lease, const char *device,
    const char *nonce, struct fault *why)
{
	struct clock_reading clocks = read_clocks();
	enum err e;

	if ((e = check_owner(m, lease, device, why)) != ERR_NONE)
		return e;
	if (!text_equal(lease->nonce, nonce))
		return fault_set(why, ERR_FORGED, "the lease does not answer our question");
	if (lease->issued < vouched_now(m, &clocks) - CLOCK_TOLERANCE_S)
		return fault_set(why, ERR_EXPIRED,
		    "the lease was signed before the time that this device knows it to be");
	return ERR_NONE;
}

/* Go by this lease from now on. */
static void
adopt(struct membership *m, const struct lease *lease)
{
	struct clock_reading clocks = read_clocks();

	trusted_time_learn(&m->record->time, lease->issued, &clocks);
	m->record->lease_issued = lease->issued;
	m->record->lease_ended = lease->features == 0;
	m->lease = *lease;
	m->has_lease = true;
	m->trouble[0] = '\0';
}

/* Keep a lease that counts already. When the disk takes nothing, a lease that ended protection must not
 * leave the one before it behind: after a restart that one would protect again. */
static void
keep(struct membership *m, const char *text)
{
	struct fault why;

	if (file_replace(m->dir, LEASE_FILE, bytes_of_text(text), 0600, &why) == ERR_NONE)
		return;
	if (m->lease.features == 0)
		unlinkat(m->dir, LEASE_FILE, 0);
	snprintf(m->trouble, sizeof m->trouble,
	    "%.380s; what the service said counts, but is asked again after a restart", why.text);
	log_error("%s", m->trouble);
}

enum err
membership_accept(struct membership *m, const char *text, const char *nonce, struct fault *why)
{
	struct lease lease;
	enum err e;

	if ((e = lease_open(bytes_of_text(text), m->trust->keys, m->trust->key_count, &lease, why)) !=
		ERR_NONE ||
	    (e = check_answer(m, &lease, m->device.id, nonce, why)) != ERR_NONE)
		return e;
	adopt(m, &lease);
	keep(m, text);
	return ERR_NONE;
}

enum err
membership_enrol(struct membership *m, const struct device *device, const char *text,
    const char *nonce, struct fault *why)
{
	struct lease lease;
	enum err e;

	if ((e = lease_open(bytes_of_text(text), m->trust->keys, m->trust->key_count, &lease, why)) !=
		ERR_NONE ||
	    (e = check_answer(m, &lease, device->id, nonce, why)) != ERR_NONE)
		return e;
	/* Killed between the two writes, the device has no lease of its own and asks for one. */
	if ((e = device_save(m->dir, device, why)) != ERR_NONE ||
	    (e = file_replace(m->dir, LEASE_FILE, bytes_of_text(text), 0600, why)) != ERR_NONE)
		return e;
	m->device = *device;
	m->enrolled = true;
	adopt(m, &lease);
	return ERR_NONE;
}

enum err
membership_resign(struct membership *m, struct fault *why)
{
	if (unlinkat(m->dir, DEVICE_FILE, 0) != 0 && errno != ENOENT)
		return fault_errno(why, "cannot remove " DEVICE_FILE);
	if (unlinkat(m->dir, LEASE_FILE, 0) != 0 && errno != ENOENT)
		return fault_errno(why, "cannot remove " LEASE_FILE);
	device_forget(&m->device);
	m->enrolled = false;
	m->has_lease = false;
	return ERR_NONE;
}

/* A lost record must not let time fall below what a lease proves, whether that still counts or not. */
static void
raise_floor(struct membership *m, int64_t proven)
{
	struct trusted_time *t = &m->record->time;
	struct clock_reading clocks = read_clocks();

	if (t->floor >= proven)
		return;
	*t = (struct trusted_time){ .floor = proven, .floor_boot_ms = clocks.boot_ms };
	memcpy(t->boot_id, clocks.boot_id, sizeof t->boot_id);
}

static enum err
load_lease(struct membership *m, struct fault *why)
{
	struct lease lease;
	struct buf text;
	enum err e;

	buf_init(&text, LEASE_MAX);
	if ((e = file_read(m->dir, LEASE_FILE, &text, why)) != ERR_NONE ||
	    (e = lease_open(buf_bytes(&text), m->trust->keys, m->trust->key_count, &lease, why)) !=
		ERR_NONE ||
	    (e = check_owner(m, &lease, m->device.id, why)) != ERR_NONE)
		goto done;
	raise_floor(m, lease.issued);
	if (m->record->lease_issued == 0) {
		/* Else removing the record would let an older lease come back. */
		e = fault_set(why, ERR_EXPIRED, "which lease was accepted last is not known any more");
		goto done;
	}
	if (lease.issued < m->record->lease_issued ||
	    (lease.issued == m->record->lease_issued && m->record->lease_ended && lease.features != 0)) {
		e = fault_set(why, ERR_EXPIRED, "the lease is older than the last one that was accepted");
		goto done;
	}
	m->lease = lease;
	m->has_lease = true;
done:
	buf_fini(&text);
	return e;
}

/* What a bad file means: nothing is protected by it, and a person is told. */
static enum err
note_trouble(struct membership *m, enum err e, const struct fault *why, const char *remedy)
{
	/* Not readable at all is another matter: waiting for the disk must not cost the activation. */
	if (e == ERR_NOMEM || e == ERR_IO || e == ERR_DENIED)
		return e;
	snprintf(m->trouble, sizeof m->trouble, "%.380s; %s", why->text, remedy);
	log_error("%s", m->trouble);
	return ERR_NONE;
}

enum err
membership_load(int dir, const struct trust *trust, struct record *record, struct membership *out,
    struct fault *why)
{
	enum err e;

	*out = (struct membership){ .dir = dir, .trust = trust, .record = record };
	e = device_load(dir, &out->device, why);
	if (e == ERR_NOT_FOUND)
		return ERR_NONE;
	if (e != ERR_NONE)
		return note_trouble(out, e, why, "activate this device again");
	out->enrolled = true;
	if ((e = load_lease(out, why)) != ERR_NONE) {
		e = note_trouble(out, e, why, "asking the service for a new one");
		if (e != ERR_NONE)
			return e;
	}
	return ERR_NONE;
}

void
membership_forget(struct membership *m)
{
	device_forget(&m->device);
}

struct condition
membership_condition(const struct membership *m, int64_t now)
{
	const struct condition_facts facts = { .lease = m->has_lease ? &m->lease : NULL,
		.now = now,
		.database_time = m->record->confirmed,
		.enrolled = m->enrolled ? m->device.enrolled : 0 };

	/* Activated, but its lease is lost or damaged: the service has to confirm it again. */
	if (m->enrolled && !m->has_lease)
		return (struct condition){ CONDITION_UNPROTECTED, REASON_UNREACHABLE,
			m->record->checked_in, 0 };
	return condition_derive(&facts);
}

unsigned
membership_features(const struct membership *m, int64_t now)
{
	const struct condition_facts facts = { .lease = m->has_lease ? &m->lease : NULL,
		.now = now,
		.database_time = m->record->confirmed,
		.enrolled = m->enrolled ? m->device.enrolled : 0 };

	return condition_features(&facts);
}

void
membership_save_record(struct membership *m)
{
	struct clock_reading clocks = read_clocks();
	struct fault why;

	trusted_time_advance(&m->record->time, &clocks);
	if (record_save(m->dir, m->record, &why) != ERR_NONE)
		log_warn("%s", why.text);
}
