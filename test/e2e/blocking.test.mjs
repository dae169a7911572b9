// Goal of these tests: what a provider's block takes, when, and from whom: with grace not before it is over, then every
// feature but nothing of the person's own, and from that subscription's devices alone.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { Device, Scene, arrange, until } from "./lib.mjs";
import { eicar } from "./samples.mjs";

let scene, world;

before(async () => {
	scene = new Scene();
	world = await arrange(scene, { provider: { checkin: "1s" } });
});

after(() => scene.close());

/** A protected device with a subscription of its own; `more`: what is ordered besides. */
async function deviceFor(t, name, { provider = world.provider, ...more } = {}) {
	const subscription = await provider.order(`order-of-${name}`, 1, more);
	const device = await new Device(scene, name, world.trust).start();

	t.after(() => device.stop());
	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", name);
	await device.untilCondition("protected");
	return { device, subscription };
}

const listOf = async (device, ...args) => (await device.cliExpecting(0, ...args, "--json")).out.split("\n")
	.filter((line) => line !== "").map((line) => JSON.parse(line));

/** Write EICAR and scan it; the result. */
async function scanEicar(device, name) {
	const path = scene.path(name);

	writeFileSync(path, eicar());
	return { path, ...await device.cli("scan", path) };
}

test("grace protects with its reason; when it is over no feature is left, and all that is the person's own is", async (t) => {
	const GRACE_S = 10;
	const provider = await world.server.addProvider({ name: "Patient Broadband", checkin: "1s", "billing-grace": `${GRACE_S}s` });
	const { device, subscription } = await deviceFor(t, "spared", { provider });
	const suspended = Date.now();

	await provider.suspend(subscription.id, "billing");
	const during = await device.untilCondition("grace");

	assert.deepEqual([during.reason, during.protected], ["billing", true]);
	const found = await scanEicar(device, "during-grace.com");

	assert.equal(found.status, 1, found.err);
	assert.equal(existsSync(found.path), false, "it is put away");
	await device.cliExpecting(0, "update");
	const over = await device.untilCondition("unprotected");

	assert.ok(Date.now() - suspended >= (GRACE_S - 1) * 1000, "it is as long as the provider's policy says");
	assert.deepEqual([over.reason, over.protected], ["billing", false]);

	// No feature.
	const missed = await scanEicar(device, "after-grace.com");

	assert.equal(missed.status, 3, missed.out);
	assert.equal(readFileSync(missed.path, "latin1"), eicar());
	await device.cliExpecting(3, "update");
	// The person's own: what was put away, what is set, what happened, and the way back.
	const [kept] = await listOf(device, "quarantine", "list");

	assert.equal(kept.path, found.path);
	await device.cliExpecting(0, "quarantine", "export", kept.id, scene.path("exported.com"));
	assert.equal(readFileSync(scene.path("exported.com"), "latin1"), eicar());
	await device.cliExpecting(0, "quarantine", "restore", kept.id);
	assert.equal(readFileSync(found.path, "latin1"), eicar());
	assert.deepEqual(await listOf(device, "quarantine", "list"), []);
	const [set] = await listOf(device, "settings", "notify=no");

	assert.equal(set.notify, false);
	assert.equal((await listOf(device, "settings"))[0].notify, false);
	const events = (await listOf(device, "history")).map(({ event }) => event);

	assert.ok(["found", "quarantined", "condition"].every((kind) => events.includes(kind)), events.join());
	const { out } = await device.cliExpecting(0, "subscription");

	for (const words of [/payment is open/, /Help me stay protected/, /Contact my service provider/, /Reactivate the service/])
		assert.match(out, words);
	await device.cliExpecting(0, "contact");
	await provider.resume(subscription.id);
	await device.untilCondition("protected");
	assert.equal((await scanEicar(device, "resolved.com")).status, 1);
});

test("of two subscriptions of one person, one that is suspended or cancelled leaves the other's device protected", async (t) => {
	const recipient = { address: "dora@home.example", name: "Dora" };
	const blocked = await deviceFor(t, "blocked", { recipient }), other = await deviceFor(t, "not-blocked", { recipient });

	/** The other's device, as it is when it has heard from the server once more. */
	async function othersStatus() {
		const { last_checkin: before } = await other.device.status();

		return until("it has asked again", async () => {
			const status = await other.device.status();

			return status.last_checkin !== before && status;
		});
	}

	for (const [state, reason, change] of [["suspended", "billing", () => world.provider.suspend(blocked.subscription.id, "billing")],
		["cancelled", "discontinued", () => world.provider.cancel(blocked.subscription.id)]]) {
		await change();
		await until(`it is ${state} for ${reason}`, async () => (await blocked.device.status()).reason === reason);
		const status = await othersStatus();

		assert.deepEqual([status.condition, status.protected], ["protected", true], state);
		assert.equal((await scanEicar(other.device, `found-when-${state}.com`)).status, 1);
		assert.equal((await world.provider.get(blocked.subscription.id)).state, state);
		assert.equal((await world.provider.get(other.subscription.id)).state, "active");
	}
});
