// A disk that is full: whatever needs room is refused with a sentence that says so, nothing is half done, and
// when there is room again everything goes on without help.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { FullDisk } from "./faults.mjs";
import { ask } from "./http.mjs";
import { Publisher, Scene, Server, arrange, arrangeDevice, programPath, until } from "./lib.mjs";
import { run } from "./processes.mjs";
import { clamSource, describeFile, eicar, eicarSource } from "./samples.mjs";

test("a full disk under the server's store: orders are refused with 507, and nothing is half done", async (t) => {
	const scene = Scene.of(t);
	const disk = await FullDisk.below(scene, scene.path("server"));
	const server = await new Server(scene, { env: disk.env }).start();
	const provider = await server.addProvider();
	const before = await provider.order("before");

	disk.fill();
	for (let i = 0; i < 5; i++) {
		const answer = await provider.ask("POST", "v1/subscriptions", { external_id: `full ${i}` });

		assert.equal(answer.status, 507, answer.text);
		assert.equal(answer.json.code, "store_full");
		assert.ok(Number(answer.headers["retry-after"]) > 0);
	}
	assert.equal((await provider.ask("POST", `v1/subscriptions/${before.id}/cancel`, {})).status, 507);
	// What needs no room goes on.
	assert.equal((await provider.get(before.id)).state, "pending");
	assert.equal((await ask("GET", server.at("healthz"))).status, 200);

	disk.makeRoom();
	const listed = (await provider.ask("GET", "v1/subscriptions")).json.subscriptions;

	assert.deepEqual(listed.map((subscription) => subscription.external_id), ["before"]);
	await provider.order("full 0");
	await provider.cancel(before.id);
	assert.equal((await server.verifyLog()).intact, true);
});

test("a full disk when the server starts: it says so and does not start; with room it does", async (t) => {
	const scene = Scene.of(t);
	const disk = await FullDisk.below(scene, scene.path("server"));
	const server = new Server(scene, { env: disk.env });

	disk.fill();
	await assert.rejects(server.start(), /did not start/);
	assert.match(server.log(), /full|[Nn]o space/);
	assert.equal((await server.process.ended).status, 1);
	disk.makeRoom();
	await server.start();
	await (await server.addProvider()).order("at last");
});

/** A device whose state lies on a disk that fills up. */
async function deviceOnDisk(t, name = "laptop") {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "1s" } });
	const disk = await FullDisk.below(scene, scene.path(name));
	const { device, subscription } = await arrangeDevice(scene, world, name, { env: disk.env });

	return { scene, world, disk, device, subscription };
}

const hasNothingHalfDone = (device, folder) =>
	assert.deepEqual(readdirSync(join(device.state, folder)).filter((name) => name.endsWith(".new")), []);

test("a full disk while updating: the old data stays in use, and the next try takes the new", async (t) => {
	const { world, disk, device } = await deviceOnDisk(t);

	await world.publisher.release("second", { ...await clamSource(), ...eicarSource() });
	disk.fill();
	const { err } = await device.cliExpecting(2, "update");

	assert.match(err, /full|[Nn]o space|room/);
	let status = await device.status();

	assert.deepEqual([status.condition, status.data.generation], ["protected", 1]);
	disk.makeRoom();
	await device.cliExpecting(0, "update");
	status = await device.status();
	assert.deepEqual([status.condition, status.data.generation, status.data.trouble], ["protected", 2, null]);
	hasNothingHalfDone(device, "database");
});

test("a full disk while quarantining: what is found is named and stays, and the next scan takes it", async (t) => {
	const { scene, disk, device } = await deviceOnDisk(t);
	const path = scene.path("found.com");

	writeFileSync(path, eicar());
	const before = describeFile(path);

	disk.fill();
	const full = await device.cliExpecting(1, "scan", path);

	assert.match(full.out + full.err, /FOUND/);
	assert.match(full.out + full.err, /full|[Nn]o space|room/);
	assert.deepEqual(describeFile(path), before, "the file is where it was");
	assert.equal((await device.cliExpecting(0, "quarantine", "list", "--json")).out, "");
	disk.makeRoom();
	hasNothingHalfDone(device, "quarantine");
	assert.deepEqual(readdirSync(join(device.state, "quarantine")), []);
	await device.cliExpecting(1, "scan", path);
	assert.equal(existsSync(path), false);
	assert.equal((await device.status()).quarantined, 1);
});

test("a full disk while restoring: the quarantine keeps the file, and nothing is left of the attempt", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene);
	const home = scene.path("home");
	const disk = await FullDisk.below(scene, home);
	const { device } = await arrangeDevice(scene, world, "laptop", { env: disk.env });
	const path = join(home, "found.com");

	mkdirSync(home);
	writeFileSync(path, eicar());
	await device.cliExpecting(1, "scan", path);
	const { id } = JSON.parse((await device.cliExpecting(0, "quarantine", "list", "--json")).out);

	disk.fill();
	const { err } = await device.cliExpecting(2, "quarantine", "restore", id);

	assert.match(err, /full|[Nn]o space|room/);
	assert.deepEqual(readdirSync(home), []);
	disk.makeRoom();
	await device.cliExpecting(0, "quarantine", "restore", id);
	assert.equal(readFileSync(path, "latin1"), eicar());
});

test("a full disk while the subscription changes: the service's word counts at once, also after a restart", async (t) => {
	const { world, disk, device, subscription } = await deviceOnDisk(t);

	disk.fill();
	await world.provider.suspend(subscription.id);
	const status = await device.untilCondition("unprotected");

	assert.equal(status.reason, "billing");
	assert.match(status.state_trouble, /full|[Nn]o space|room/);
	await device.cliExpecting(3, "scan", "/etc/hostname");
	await world.server.stop();
	await device.stop();
	await device.start();
	assert.equal((await device.status()).condition, "unprotected");
	await world.server.start();
	await until("the reason is known again", async () => (await device.status()).reason === "billing");
	await world.provider.resume(subscription.id);
	await device.untilCondition("protected");
	disk.makeRoom();
	await until("the next lease is kept", async () => (await device.status()).state_trouble === null);
});

test("a full disk when the daemon starts: it says so, or runs with what it has", async (t) => {
	const { disk, device } = await deviceOnDisk(t);

	await device.stop();
	disk.fill();
	await device.start();
	assert.equal((await device.status()).condition, "protected");
	await device.cliExpecting(0, "scan", "/etc/hostname");
	disk.makeRoom();
	await device.untilCondition("protected");
});

test("a full disk while releasing: nothing is released, and devices see the release before it", async (t) => {
	const scene = Scene.of(t);
	const publisher = await new Publisher(scene).makeKeys();
	const disk = await FullDisk.below(scene, publisher.repo);

	await publisher.release("first", await clamSource());
	const second = await publisher.build("second", eicarSource());
	const timestamp = join(publisher.repo, "metadata", "timestamp.json");
	const before = readFileSync(timestamp, "utf8");
	const release = () => run(programPath("holdfast-publish"),
		["release", "--keys", publisher.keys, "--repo", publisher.repo, second], { env: disk.env });

	disk.fill();
	const full = await release();

	assert.equal(full.status, 1);
	assert.match(full.err, /Nothing was released/);
	assert.equal(readFileSync(timestamp, "utf8"), before);
	disk.makeRoom();
	assert.equal((await release()).status, 0);
	assert.notEqual(readFileSync(timestamp, "utf8"), before);
});
