// Goal of this test: a device says who shares its subscription, and does what was set on it, whatever the
// subscription's state.

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Device, Scene, arrange, arrangeDevice } from "./lib.mjs";
import { eicar } from "./samples.mjs";

let scene, world;

before(async () => {
	scene = new Scene();
	world = await arrange(scene);
});

after(() => scene.close());

const json = async (device, ...args) => JSON.parse((await device.cliExpecting(0, ...args, "--json")).out);

/** A device with that code, activated or refused. */
async function another(t, name, code, ...args) {
	const device = await new Device(scene, name, world.trust).start();

	t.after(() => device.stop());
	return { device, activated: await device.cli("activate", code, "--name", name, ...args) };
}

test("devices of one subscription know each other by name; one whose licence moved knows where it went", async (t) => {
	const sub = await world.provider.order("household", 2);
	const { device: first } = await another(t, "first", sub.activation_code);
	const { device: second } = await another(t, "second", sub.activation_code);
	const seen = await json(first, "devices");

	assert.equal(seen.seats, 2);
	assert.deepEqual(seen.devices.map(({ name, this: own }) => [name, own]).sort(),
		[["first", true], ["second", false]]);
	assert.ok(Date.now() - Date.parse(seen.devices[1].last_seen) < 60000);
	assert.match((await second.cliExpecting(0, "devices")).out, /2 of 2 seats are taken/);
	const { device: third, activated } = await another(t, "third", sub.activation_code, "--replace",
		(await first.status()).device);

	assert.equal(activated.status, 0, activated.err);
	await first.untilCondition("unprotected");
	assert.deepEqual((await json(first, "devices")).devices.map((each) => each.name), ["third"]);
	assert.equal((await json(third, "devices")).devices.length, 2);
});

test("a device that was removed learns of no other; one that was never activated says what to do", async (t) => {
	const sub = await world.provider.order("removed", 2);
	const { device: kept } = await another(t, "kept", sub.activation_code);
	const { device: removed } = await another(t, "removed", sub.activation_code);

	await world.provider.ask("POST", `v1/subscriptions/${sub.id}/devices/${(await removed.status()).device}/release`);
	await removed.untilCondition("unprotected");
	assert.deepEqual(await json(removed, "devices"), { seats: 0, devices: [], unlisted: 0 });
	assert.equal((await json(kept, "devices")).devices.length, 1);
	const fresh = await new Device(scene, "fresh", world.trust).start();

	t.after(() => fresh.stop());
	assert.match((await fresh.cliExpecting(2, "devices")).err, /not activated yet/);
});

test("a scan does as it was set: what to pass over, and whether to put away", async (t) => {
	const { device } = await arrangeDevice(scene, world, "set");
	const folder = scene.path("set-files");

	t.after(() => device.stop());
	mkdirSync(join(folder, "skip"), { recursive: true });
	writeFileSync(join(folder, "skip", "a.com"), eicar());
	await device.cliExpecting(0, "settings", `skip+=${folder}/skip/`, "gentle=yes");
	// More folders in each other than a scan goes into: whoever enters them says so.
	mkdirSync(join(folder, "skip", "d/".repeat(250)), { recursive: true });
	const passed = await device.cliExpecting(0, "scan", folder);

	assert.doesNotMatch(passed.out + passed.err, /skip|too deep/);
	rmSync(join(folder, "skip", "d"), { recursive: true });
	await device.cliExpecting(0, "settings", "quarantine=no");
	await device.cliExpecting(1, "scan", join(folder, "skip"));
	assert.equal((await device.status()).quarantined, 0);
	await device.cliExpecting(0, "settings", "quarantine=yes", `skip-=${folder}/skip`);
	await device.cliExpecting(1, "scan", folder);
	assert.equal((await device.status()).quarantined, 1);
});

test("settings outlive the daemon and the subscription; nonsense changes nothing", async (t) => {
	const { device, subscription } = await arrangeDevice(scene, world, "kept-settings");

	t.after(() => device.stop());
	await device.cliExpecting(0, "settings", "notify=no");
	await world.provider.cancel(subscription.id);
	await device.untilCondition("unprotected");
	await device.stop();
	await device.start();
	assert.equal((await json(device, "settings")).notify, false);
	assert.equal((await json(device, "settings", "notify=yes")).notify, true);
	for (const bad of ["notify=maybe", "nothing=yes", "skip+=relative", "skip+=/a/../b", "skip-=/nowhere", "notify"])
		await device.cliExpecting(64, "settings", "quarantine=no", bad);
	assert.equal((await json(device, "settings")).quarantine, true);
});
