// Goal of these tests: a power cut at any step of a release or an update leaves the old state or the new one, never a
// third, whatever the file system did with what was not synced; and the next run completes. A kill -9 is the case in
// which nothing is lost. And the same for a disk that is full from some write on.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { FillingDisk } from "./faults.mjs";
import { Device, Publisher, Scene, arrange, arrangeDevice, expectStatus, programPath, until } from "./lib.mjs";
import { Mirror } from "./mirror.mjs";
import { Recording, restore } from "./power.mjs";
import { run } from "./processes.mjs";
import { clamSource, eicarSource } from "./samples.mjs";

const say = ({ step, way, what }) => `a cut after step ${step} (${what}), ${way}`;

/** What a client that knows only the first root gets from the mirror: the generation, verified to the last byte. */
async function generationAt(scene, publisher, mirror) {
	const dir = scene.path("client"), base = ["--metadata-url", `${mirror.url}metadata/`, "--metadata-dir", dir];

	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir);
	expectStatus(await run(programPath("holdfast-tuf"), ["--metadata-dir", dir, "init", publisher.root]), 0, "init");
	expectStatus(await run(programPath("holdfast-tuf"), [...base, "--target-name", "holdfast.hfdb", "--target-dir", dir,
		"--target-base-url", `${mirror.url}targets/`, "download"]), 0, "download");
	return JSON.parse(readFileSync(join(dir, "targets.json"))).signed.targets["holdfast.hfdb"].custom.generation;
}

test("a power cut at any step of a release: the old one or the new one, and releasing again completes", async (t) => {
	const scene = Scene.of(t);
	const publisher = await new Publisher(scene).makeKeys();
	const cut = scene.path("cut");
	const mirror = await Mirror.of(t, cut);

	await publisher.release("first", await clamSource());
	const database = await publisher.build("second", eicarSource());
	const recording = await Recording.of(scene, publisher.repo, "release");
	const release = (repo, env) => run(programPath("holdfast-publish"), ["release", "--keys", publisher.keys, "--repo", repo,
		database], { env });

	expectStatus(await release(publisher.repo, recording.env), 0, "release");
	const states = recording.states();
	const found = new Set();

	for (const each of states) {
		restore(each.state, cut);
		const generation = await generationAt(scene, publisher, mirror);

		found.add(generation);
		assert.ok([1, 2].includes(generation), say(each));
		// What the program called released stays released.
		if (each.last)
			assert.equal(generation, 2, say(each));
		expectStatus(await release(cut), 0, say(each));
		assert.equal(await generationAt(scene, publisher, mirror), generation + 1, say(each));
		assert.deepEqual(readdirSync(join(cut, "metadata")).filter((name) => name.endsWith(".new")), [], say(each));
	}
	assert.deepEqual([...found].sort(), [1, 2]);
	t.diagnostic(`${states.length} states`);
	assert.ok(states.length > 20, `${states.length} states`);

	// These tests see what they are for: had nothing been synced, there would be a third state.
	const careless = recording.states({ syncs: false });

	assert.ok(careless.some(({ state }) => state.get("metadata/timestamp.json")?.content.length === 0));
	assert.ok(careless.filter(({ last }) => last).some(({ state }) => !state.has("metadata/2.targets.json")));
});

test("a power cut at any step of an update: protected by the old data or the new, and the next update completes", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "4h" } });
	const { device } = await arrangeDevice(scene, world, "laptop");

	await device.stop();
	await world.publisher.release("second", { ...await clamSource(), ...eicarSource() });
	const recording = await Recording.of(scene, device.state, "update");

	device.env = recording.env;
	await device.start();
	await until("it is taken", async () => (await device.status()).data.generation === 2);
	await device.stop();
	const states = recording.states();
	const found = new Set();
	// Nobody serves updates while we look at what it has by itself.
	const nowhere = scene.path("nowhere.json");

	writeFileSync(nowhere, JSON.stringify({ ...JSON.parse(readFileSync(world.trust)), updates: "http://127.0.0.1:1/" }));
	t.diagnostic(`${states.length} states`);
	for (const each of states) {
		const cut = new Device(scene, "cut", nowhere);

		restore(each.state, cut.state, 0o700);
		await cut.start();
		const { condition, data } = await cut.status();

		found.add(data.generation);
		assert.equal(condition, "protected", say(each));
		assert.ok([1, 2].includes(data.generation), `${say(each)}: ${data.generation}`);
		if (each.last)
			assert.equal(data.generation, 2, say(each));
		await cut.stop();
		cut.trust = world.trust;
		await cut.start();
		await until(`${say(each)}: the update completes`, async () => (await cut.status()).data.generation === 2);
		await cut.stop();
		assert.deepEqual(readdirSync(join(cut.state, "database")).filter((name) => name.endsWith(".new")), [], say(each));
	}
	assert.deepEqual([...found].sort(), [1, 2]);
	assert.ok(states.length > 20, `${states.length} states`);
});

test("a disk that is full from any write of a release on: nothing is released, and with room again it is", async (t) => {
	const scene = Scene.of(t);
	const publisher = await new Publisher(scene).makeKeys();
	const full = scene.path("full");
	const mirror = await Mirror.of(t, full);
	const disk = await FillingDisk.below(scene, full);

	await publisher.release("first", await clamSource());
	const database = await publisher.build("second", eicarSource());
	const release = () => run(programPath("holdfast-publish"), ["release", "--keys", publisher.keys, "--repo", full, database],
		{ env: disk.env });
	let writes = 0;

	for (;; writes++) {
		rmSync(full, { recursive: true, force: true });
		cpSync(publisher.repo, full, { recursive: true });
		disk.hasRoomFor(writes);
		const first = await release();

		if (first.status === 0)
			break;
		assert.match(first.err, /Nothing was released/, `room for ${writes} writes`);
		assert.equal(await generationAt(scene, publisher, mirror), 1, `room for ${writes} writes`);
		disk.hasRoomFor(-1);
		expectStatus(await release(), 0, `room for ${writes} writes, and then for all`);
		assert.equal(await generationAt(scene, publisher, mirror), 2);
		assert.ok(writes < 100, "with room for a hundred writes nothing is released");
	}
	assert.ok(writes >= 4, `${writes} writes`);
});

test("a disk that is full from any write of an update on: the old data protects, and with room again the new", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "4h" } });
	const disk = await FillingDisk.below(scene, scene.path("laptop"));
	const { device } = await arrangeDevice(scene, world, "laptop", { env: disk.env });
	let taken = false;

	for (let writes = 0; !taken; writes++) {
		const before = (await device.status()).data.generation;

		await world.publisher.release(`with-${writes}`, { ...await clamSource(), ...eicarSource() });
		disk.hasRoomFor(writes);
		const { status, err } = await device.cli("update");

		// The last writes only note what came of it: it is taken all the same.
		taken = status === 0 && disk.left > 0;
		const now = await device.status();

		assert.equal(now.condition, "protected");
		assert.equal(now.data.generation, status === 0 ? before + 1 : before, `room for ${writes} writes: ${err}`);
		if (status !== 0)
			assert.match(err, /full|[Nn]o space|room/, `room for ${writes} writes`);
		disk.hasRoomFor(-1);
		await device.cliExpecting(0, "update");
		assert.equal((await device.status()).data.generation, before + 1);
		assert.deepEqual(readdirSync(join(device.state, "database")).filter((name) => name.endsWith(".new")), []);
		assert.ok(writes < 100);
	}
});
