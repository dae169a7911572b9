// Goal of these tests: a release is tried on some devices before it is for all, goes on only when they are well, and is
// halted by publishing; and ordinary files stop what finds something in them.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Scene, arrange, arrangeDevice, expectStatus } from "./lib.mjs";
import { clamSource, eicar, eicarSource } from "./samples.mjs";

function cohort(device, generation) {
	const digest = createHash("sha256").update(`${generation}/${device}`).digest();

	return Number(digest.readBigUInt64BE() % 100n);
}

async function generationAfterUpdate(device) {
	await device.cliExpecting(0, "update");
	return (await device.status()).data.generation;
}

test("a candidate reaches a device when its percent does, and a halt brings the old data back as new", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "1s" } });
	const { device } = await arrangeDevice(scene, world, "laptop");
	const publisher = world.publisher;
	const at = ["--keys", publisher.keys, "--repo", publisher.repo];
	const does = async (status, ...words) => expectStatus(await publisher.run(...words), status, words.join(" ")).out;
	const database = await publisher.build("second", { ...await clamSource(), ...eicarSource() });
	const id = JSON.parse(readFileSync(join(device.state, "device.json"), "utf8")).device;
	const own = cohort(id, 2);

	await does(0, "release", ...at, "--percent", String(Math.max(own, 1)), database);
	assert.match(await does(0, "rollout", ...at), /generation 2 is tried on/);
	if (own > 0) {
		assert.equal(await generationAfterUpdate(device), 1, "not among them yet");
		await does(0, "rollout", ...at, "--percent", String(own + 1));
	}
	assert.equal(await generationAfterUpdate(device), 2, "among them now");
	assert.match(await does(0, "rollout", ...at, "--halt"), /generation 3 brings back 1/);
	assert.equal(await generationAfterUpdate(device), 3);
	assert.equal((await device.status()).data.trouble, null);
	assert.match((await publisher.run("rollout", ...at)).err, /nothing is being tried/);

	// The next one waits for whoever is not among those who try it, and nobody calls that a rollback.
	await does(0, "release", ...at, "--percent", "1", database);
	if (cohort(id, 4) >= 1)
		assert.equal(await generationAfterUpdate(device), 3);
	const report = scene.path("report.json");
	const write = (more) => writeFileSync(report, JSON.stringify({ generation: 4, devices: 500, failed: 0, crashed: 0,
		detected: 0, usual: 0, ...more }));

	write({ devices: 3 });
	assert.match(await does(3, "rollout", ...at, "--health", report), /stays at 1 %/);
	write({ generation: 3 });
	await does(3, "rollout", ...at, "--health", report);
	await does(1, "rollout", ...at, "--health", `${report}.missing`);
	write({});
	assert.match(await does(0, "rollout", ...at, "--health", report), /for 10 %/);
	assert.match(await does(0, "rollout", ...at, "--health", report), /for 100 %/);
	assert.equal(await generationAfterUpdate(device), 4);

	await does(0, "release", ...at, "--percent", "1", database);
	write({ generation: 5, failed: 400 });
	assert.match(await does(2, "rollout", ...at, "--health", report), /generation 6 brings back 4/);
	assert.equal(await generationAfterUpdate(device), 6);
});

test("a release that finds something among ordinary files is not made", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene);
	const publisher = world.publisher;
	const corpus = scene.path("corpus");
	const database = await publisher.build("second", eicarSource());
	const words = ["release", "--keys", publisher.keys, "--repo", publisher.repo, "--corpus", corpus, database];

	mkdirSync(corpus);
	writeFileSync(join(corpus, "ordinary"), "a text\n");
	writeFileSync(join(corpus, "wrongly.found"), eicar());
	const refused = await publisher.run(...words);

	assert.equal(refused.status, 1);
	assert.match(refused.err, /finds something in .*corpus: not released/);
	writeFileSync(join(corpus, "wrongly.found"), "another text\n");
	expectStatus(await publisher.run(...words), 0, "release");
});

test("when the first place of updates is out of reach, the mirrors are asked in their order", async (t) => {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "1s" } });
	const trust = JSON.parse(readFileSync(world.trust, "utf8"));
	const good = trust.updates;

	// Nobody listens at port 1.
	trust.updates = "http://127.0.0.1:1/";
	trust.mirrors = ["http://127.0.0.1:1/other/", good];
	writeFileSync(world.trust, JSON.stringify(trust));
	const { device } = await arrangeDevice(scene, world, "laptop");

	assert.equal((await device.status()).data.generation, 1);
	await world.publisher.release("second", { ...await clamSource(), ...eicarSource() });
	assert.equal(await generationAfterUpdate(device), 2);
});
