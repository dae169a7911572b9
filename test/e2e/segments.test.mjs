// Goal of these tests: a device that is some generations behind comes to the newest by segments, few and short ones, and by
// the whole file where they fail it; what comes out is what was published, or it is not taken.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Scene, arrange, arrangeDevice, expectStatus, until } from "./lib.mjs";
import { Mirror } from "./mirror.mjs";
import { eicarSource } from "./samples.mjs";

const hash = (i) => createHash("md5").update(String(i)).digest("hex");

/** Some 100 KB of signatures, the first `n` of an endless row. */
function sources(n) {
	const lines = [];

	for (let i = 0; i < 2000 + n; i++)
		lines.push(`${hash(i)}:${100 + i}:Test.${i}`);
	return { ...eicarSource(), "many.hdb": `${lines.join("\n")}\n` };
}

async function worldOf(t, releases) {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "1s" } });
	const mirror = await Mirror.of(t, world.publisher.repo);
	const trust = JSON.parse(readFileSync(world.trust, "utf8"));
	const release = async (n) => {
		await world.publisher.release(`n${n}`, sources(n));
		world.newest = n;
	};

	writeFileSync(world.trust, JSON.stringify({ ...trust, updates: mirror.url }));
	for (let n = 2; n <= releases; n++)
		await release(n);
	const { device } = await arrangeDevice(scene, world, "laptop");

	mirror.asked = [];
	return { scene, world, device, mirror, release };
}

const generation = async (device) => (await device.status()).data.generation;
/** The database in use is just the one that was built. */
const hasPublished = async (device, world) => assert.deepEqual(
	readFileSync(join(device.state, "database", `${await generation(device)}.hfdb`)),
	readFileSync(join(world.publisher.dir, `n${world.newest}.hfdb`)));
const names = (mirror) => mirror.take(/^targets/).map(({ path }) => path.replace(/^targets\/[0-9a-f]*\./, ""));

test("a device some generations behind takes the few segments between, and fetches a fraction of the whole", async (t) => {
	const { world, device, mirror, release } = await worldOf(t, 3);

	assert.equal(await generation(device), 3);
	for (let n = 4; n <= 13; n++)
		await release(n);
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 13);
	await hasPublished(device, world);
	const taken = mirror.asked.filter(({ path }) => path.startsWith("targets/"));
	const bytes = taken.reduce((sum, { bytes: n }) => sum + n, 0);
	const [whole] = readdirSync(join(world.publisher.repo, "targets")).filter((name) => name.endsWith(".holdfast.hfdb"));

	assert.deepEqual(names(mirror), ["segment.3-4", "segment.4-8", "segment.8-12", "segment.12-13"]);
	assert.ok(bytes * 5 < readFileSync(join(world.publisher.repo, "targets", whole)).length, `${bytes} bytes`);
	assert.deepEqual(readdirSync(join(device.state, "updates")).filter((name) => name.startsWith("download")), []);
	// Nothing in a segment can be read without the epoch's key.
	for (const name of readdirSync(join(world.publisher.repo, "targets")).filter((each) => each.includes("segment")))
		assert.equal(readFileSync(join(world.publisher.repo, "targets", name)).includes("HFdelta1"), false);
});

test("where segments fail, the whole file comes: changed ones, absent ones, a database that is not what it was", async (t) => {
	const { world, device, mirror, release } = await worldOf(t, 4);
	const targets = join(world.publisher.repo, "targets");

	// Changed on the mirror: the digest in the signed metadata does not hold.
	await release(5);
	mirror.change = (path, bytes) => (path.includes("segment") ? Buffer.alloc(bytes.length) : bytes);
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 5);
	await hasPublished(device, world);
	assert.deepEqual(names(mirror), ["segment.4-5", "holdfast.hfdb"]);
	mirror.change = (path, bytes) => bytes;

	// Absent there.
	await release(6);
	const [absent] = readdirSync(targets).filter((name) => name.endsWith("segment.5-6"));

	rmSync(join(targets, absent));
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 6);
	await hasPublished(device, world);

	// The database that it begins with was changed, where nobody noticed yet.
	const own = join(device.state, "database", "6.hfdb");
	const bytes = readFileSync(own);

	bytes[bytes.length - 1000] ^= 1;
	chmodSync(own, 0o600);
	writeFileSync(own, bytes);
	await release(7);
	mirror.asked = [];
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 7);
	await hasPublished(device, world);
	assert.deepEqual(names(mirror), ["segment.6-7", "holdfast.hfdb"]);
});

test("what came of the whole file after segments failed is gone on from, and they are tried again where it is not there", async (t) => {
	const { world, device, mirror, release } = await worldOf(t, 4);

	await release(5);
	Object.assign(mirror, { breakAfter: 30000, breaks: 1 });
	mirror.change = (path, bytes) => {
		if (path.endsWith("holdfast.hfdb"))
			mirror.refuse = { status: 500 };
		return path.includes("segment") ? Buffer.alloc(bytes.length) : bytes;
	};
	await device.cliExpecting(2, "update");
	assert.equal(await generation(device), 4);
	[mirror.refuse, mirror.change] = [undefined, (path, bytes) => bytes];
	mirror.asked = [];
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 5);
	await hasPublished(device, world);
	const asked = mirror.asked.filter(({ path }) => path.startsWith("targets/"));

	assert.deepEqual(asked.map(({ status, headers }) => [status, headers.range]), [[206, "bytes=30000-"]]);
	assert.deepEqual(names(mirror), ["holdfast.hfdb"]);

	// The next release begins with segments again. Where the rest of the whole file is gone they are tried after all.
	await release(6);
	Object.assign(mirror, { breakAfter: 30000, breaks: 1 });
	mirror.change = (path, bytes) => {
		if (path.endsWith("holdfast.hfdb"))
			mirror.refuse = { status: 500 };
		return path.includes("segment") ? Buffer.alloc(bytes.length) : bytes;
	};
	await device.cliExpecting(2, "update");
	assert.deepEqual(names(mirror).slice(0, 2), ["segment.5-6", "holdfast.hfdb"]);
	[mirror.refuse, mirror.change] = [undefined, (path, bytes) => bytes];
	for (const name of readdirSync(join(world.publisher.repo, "targets")).filter((each) => each.endsWith("holdfast.hfdb")))
		rmSync(join(world.publisher.repo, "targets", name));
	await device.cliExpecting(0, "update");
	assert.deepEqual(names(mirror), ["holdfast.hfdb", "segment.5-6"]);
	assert.equal(await generation(device), 6);
	await hasPublished(device, world);
});

test("a server out of reach in the middle of the segments: the old data stays, and the next update goes on", async (t) => {
	const { world, device, mirror, release } = await worldOf(t, 3);

	for (let n = 4; n <= 5; n++)
		await release(n);
	mirror.change = (path, bytes) => {
		if (path.includes("segment.3-4"))
			mirror.refuse = { status: 500 };
		return bytes;
	};
	await device.cliExpecting(2, "update");
	assert.equal(await generation(device), 3);
	[mirror.refuse, mirror.change] = [undefined, (path, bytes) => bytes];
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 5);
	await hasPublished(device, world);
});

test("a halted release brings back what most devices never gave up, and they fetch none of it again", async (t) => {
	const { world, device, mirror } = await worldOf(t, 4);
	const { keys, repo } = world.publisher, at = ["--keys", keys, "--repo", repo];
	const candidate = await world.publisher.build("candidate", sources(50));

	expectStatus(await world.publisher.run("release", ...at, "--percent", "1", candidate), 0, "release");
	expectStatus(await world.publisher.run("rollout", ...at, "--halt"), 0, "halt");
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 6);
	// Unless it was among the few that tried it.
	if (readFileSync(join(device.state, "history.jsonl"), "utf8").includes("generation 5"))
		return;
	assert.deepEqual(names(mirror), []);
	await hasPublished(device, world);
});

test("segments are named for 32 generations, and whoever is further behind fetches the whole", async (t) => {
	const { world, device, mirror, release } = await worldOf(t, 2);
	const listed = () => {
		const metadata = join(world.publisher.repo, "metadata");
		const newest = Math.max(...readdirSync(metadata).map((name) => Number(/^(\d+)\.targets/.exec(name)?.[1] ?? 0)));

		return Object.values(JSON.parse(readFileSync(join(metadata, `${newest}.targets.json`))).signed.targets)
			.flatMap(({ custom }) => (custom.from === undefined ? [] : [[custom.from, custom.to]]));
	};

	await device.stop();
	const small = await world.publisher.build("small", sources(0));

	for (let n = 3; n <= 36; n++)
		expectStatus(await world.publisher.run("release", "--keys", world.publisher.keys, "--repo", world.publisher.repo, small), 0, "release");
	assert.ok(listed().every(([from, to]) => from >= 4 && to <= 36 && from % (to - from) === 0));
	assert.ok(listed().some(([from, to]) => to - from === 16));
	assert.ok(listed().length <= 64);
	await device.start();
	await until("it is taken", async () => await generation(device) === 36);
	assert.deepEqual(names(mirror), ["holdfast.hfdb"]);
});
