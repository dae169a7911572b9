// Goal of these tests: how a device speaks HTTP to whoever serves its updates: it asks for what changed only, goes on where a
// download broke off, leaves a server alone that asks for it, goes through a proxy, and is not led astray by any of it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, arrange, arrangeDevice, until } from "./lib.mjs";
import { Mirror, Proxy } from "./mirror.mjs";
import { eicarSource } from "./samples.mjs";

/** Sources of a database of some 100 KB. */
function manyHashes(seed) {
	const lines = [];

	for (let i = 0; i < 2000; i++)
		lines.push(`${createHash("md5").update(`${seed} ${i}`).digest("hex")}:${100 + i}:Test.${seed}.${i}`);
	return { ...eicarSource(), "many.hdb": `${lines.join("\n")}\n` };
}

/** A device whose updates come from these mirrors, in this order. */
async function worldWith(t, { mirrors = 1, env } = {}) {
	const scene = Scene.of(t);
	const world = await arrange(scene, { provider: { checkin: "1s" } });
	const trust = JSON.parse(readFileSync(world.trust, "utf8"));
	const all = [];

	for (let i = 0; i < mirrors; i++)
		all.push(await Mirror.of(t, world.publisher.repo));
	trust.updates = all[0].url;
	trust.mirrors = all.slice(1).map(({ url }) => url);
	writeFileSync(world.trust, JSON.stringify(trust));
	const { device } = await arrangeDevice(scene, world, "laptop", { env });

	for (const mirror of all)
		mirror.asked = [];
	return { scene, world, device, mirrors: all, mirror: all[0] };
}

const generation = async (device) => (await device.status()).data.generation;
const hasNoPart = (device) =>
	assert.deepEqual(readdirSync(join(device.state, "updates")).filter((name) => name.startsWith("download")), []);

test("a poll without news is one small question and one for a root, and fetches nothing", async (t) => {
	const { world, device, mirror } = await worldWith(t);

	await device.cliExpecting(0, "update");
	const polls = mirror.take(/./);

	assert.deepEqual(polls.map(({ path, status }) => [path, status]),
		[["metadata/2.root.json", 404], ["metadata/timestamp.json", 304]]);
	assert.match(polls[1].headers["if-none-match"], /^"/);

	// A new release has another ETag: it comes at once.
	await world.publisher.release("second", manyHashes("a"));
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);
	assert.equal(mirror.take(/timestamp/)[0].status, 200);

	// Without the trusted file nothing can be "unchanged".
	rmSync(join(device.state, "updates", "timestamp.json"));
	await device.cliExpecting(0, "update");
	assert.equal(mirror.take(/timestamp/)[0].status, 200);
	assert.equal(await generation(device), 2);
});

test("a timestamp that was refused is asked for whole the next time, though its ETag is the same", async (t) => {
	const { world, device, mirror } = await worldWith(t);

	await world.publisher.release("second", manyHashes("a"));
	mirror.change = (path, bytes) => (path.endsWith("timestamp.json") ?
		Buffer.from(bytes.toString().replace(/"sig":"../, '"sig":"00')) : bytes);
	for (let i = 0; i < 2; i++) {
		const refused = await device.cliExpecting(2, "update");

		assert.match(refused.err, /sign/);
		assert.equal(mirror.take(/timestamp/)[0].status, 200);
	}
	mirror.change = (path, bytes) => bytes;
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);
});

test("a download that breaks off goes on where it was, at once while it moves and later when it did not", async (t) => {
	const { world, device, mirror } = await worldWith(t);

	await world.publisher.release("second", manyHashes("a"));
	Object.assign(mirror, { breakAfter: 20000, breaks: 2 });
	await device.cliExpecting(0, "update");
	const parts = mirror.take(/^targets/);

	assert.deepEqual(parts.map(({ status }) => status), [200, 206, 206]);
	assert.deepEqual(parts.map(({ headers }) => headers.range), [undefined, "bytes=20000-", "bytes=40000-"]);
	assert.equal(await generation(device), 2);
	hasNoPart(device);

	// Broken off, and then the server is gone: what came is kept for another day, and over a restart.
	await world.publisher.release("third", manyHashes("b"));
	Object.assign(mirror, { breakAfter: 30000, breaks: 1 });
	mirror.change = (path, bytes) => {
		if (path.startsWith("targets/"))
			mirror.refuse = { status: 500 };
		return bytes;
	};
	await device.cliExpecting(2, "update");
	assert.equal(await generation(device), 2);
	await device.stop();
	mirror.refuse = undefined;
	mirror.change = (path, bytes) => bytes;
	mirror.asked = [];
	await device.start();
	await until("it is taken", async () => await generation(device) === 3);
	assert.deepEqual(mirror.take(/^targets/).map(({ status, headers }) => [status, headers.range]),
		[[206, "bytes=30000-"]]);
	hasNoPart(device);
});

/** Release something of which the device has a part when the server goes away. */
async function leavePart({ world, device, mirror }, name) {
	await world.publisher.release(name, manyHashes(name));
	Object.assign(mirror, { breakAfter: 30000, breaks: 1 });
	mirror.change = (path, bytes) => {
		if (path.startsWith("targets/"))
			mirror.refuse = { status: 500 };
		return bytes;
	};
	await device.cliExpecting(2, "update");
	mirror.refuse = undefined;
	mirror.change = (path, bytes) => bytes;
	mirror.asked = [];
}

/** Update, and say how the mirror answered for targets. */
async function statusesOf({ device, mirror }) {
	await device.cliExpecting(0, "update");
	hasNoPart(device);
	return mirror.take(/^targets/).map(({ status }) => status);
}

test("what came before is not trusted: a poisoned part, another file, no ranges, no ETag: it is fetched whole", async (t) => {
	const scenery = await worldWith(t), { world, device, mirror } = scenery;
	const part = join(device.state, "updates", "download.part");

	await leavePart(scenery, "a");
	const bytes = readFileSync(part);

	bytes[100] ^= 1;
	writeFileSync(part, bytes);
	assert.deepEqual(await statusesOf(scenery), [206, 200], "poisoned");
	assert.equal(await generation(device), 2);

	await leavePart(scenery, "b");
	await world.publisher.release("c", manyHashes("c"));
	assert.deepEqual(await statusesOf(scenery), [200], "a newer release meanwhile");
	assert.equal(await generation(device), 4);

	await leavePart(scenery, "d");
	mirror.hasRange = false;
	assert.deepEqual(await statusesOf(scenery), [200], "a server without ranges");
	mirror.hasRange = true;

	mirror.hasEtag = false;
	await leavePart(scenery, "e");
	assert.deepEqual(await statusesOf(scenery), [200], "a server without ETags");
	assert.equal(await generation(device), 6);
});

test("a server that breaks the rules of ranges costs the part, not the update", async (t) => {
	const scenery = await worldWith(t), { device, mirror } = scenery;

	await leavePart(scenery, "a");
	mirror.changePart = (status, { "Content-Range": _, ...headers }, body) => [status, headers, body];
	assert.deepEqual(await statusesOf(scenery), [206, 200], "no Content-Range");
	assert.equal(await generation(device), 2);

	await leavePart(scenery, "b");
	mirror.changePart = () => [416, { "Content-Range": "bytes */5" }, Buffer.from("no such part\n")];
	assert.deepEqual(await statusesOf(scenery), [416, 200], "no such part");
	assert.equal(await generation(device), 3);

	await leavePart(scenery, "c");
	mirror.changePart = (status, headers, body) => [status, headers, Buffer.concat([body, body])];
	assert.deepEqual(await statusesOf(scenery), [206, 200], "too long a part");
	assert.equal(await generation(device), 4);
});

test("a mirror that sends more than was announced is passed over for the next, and asked again once it is mended", async (t) => {
	const { world, device, mirrors: [first, second] } = await worldWith(t, { mirrors: 2 });
	const longer = (kind) => (path, bytes) => (path.startsWith(kind) ? Buffer.concat([bytes, Buffer.alloc(200000)]) : bytes);

	await world.publisher.release("second", manyHashes("a"));
	first.change = longer("targets/");
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);
	assert.deepEqual([first, second].map((mirror) => mirror.take(/^targets/).length), [1, 1]);
	hasNoPart(device);

	// A captive portal has a page for everything, of any length.
	await world.publisher.release("third", manyHashes("b"));
	first.change = longer("metadata/");
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 3);

	// All do: nothing of it is kept that could stand in the way.
	await world.publisher.release("fourth", manyHashes("c"));
	first.change = second.change = longer("targets/");
	const refused = await device.cliExpecting(2, "update");

	assert.match(refused.err, /is longer than/);
	first.take(/./);
	first.change = (path, bytes) => bytes;
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 4);
	assert.deepEqual(first.take(/^targets/).map(({ status, headers }) => [status, headers.range]), [[200, undefined]]);
});

test("how long the page of an error is says nothing: absent is absent, and who asks to be left alone is", async (t) => {
	const { world, device, mirror } = await worldWith(t);
	const page = "x".repeat(400000);

	mirror.absentPage = page;
	await world.publisher.release("second", manyHashes("a"));
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);

	await world.publisher.release("third", manyHashes("b"));
	mirror.change = (path, bytes) => {
		if (path.startsWith("targets/"))
			mirror.refuse = { status: 503, headers: { "Retry-After": "600" }, page };
		return path.startsWith("targets/") ? Buffer.alloc(bytes.length) : bytes;
	};
	Object.assign(mirror, { breakAfter: 1000, breaks: 1 });
	const busy = await device.cliExpecting(2, "update");

	assert.match(busy.err, /answered with status 503 for [0-9a-f]{64}\./);
	assert.match((await device.cliExpecting(2, "update")).err, /asks to be left alone/);
});

test("a server that asks to be left alone has no say where a mirror serves, whatever comes of that", async (t) => {
	const { world, device, mirrors: [first, second] } = await worldWith(t, { mirrors: 2 });

	await world.publisher.release("second", manyHashes("a"));
	first.refuse = { status: 503, headers: { "Retry-After": "86400" } };
	second.change = (path, bytes) => (path.startsWith("targets/") ? Buffer.alloc(bytes.length) : bytes);
	await device.cliExpecting(2, "update");
	second.change = (path, bytes) => bytes;
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);

	// It breaks off, and goes on at once.
	await world.publisher.release("third", manyHashes("b"));
	Object.assign(second, { breakAfter: 30000, breaks: 1 });
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 3);

	// Out of reach all, and one asked for it: that is the longest that is waited.
	await world.publisher.release("fourth", manyHashes("c"));
	second.refuse = { status: 500 };
	await device.cliExpecting(2, "update");
	assert.match((await device.cliExpecting(2, "update")).err, /asks to be left alone; this device asks it again in/);
});

test("a mirror that sends something else, or lacks the file, is passed over for the next", async (t) => {
	const { world, device, mirrors: [first, second] } = await worldWith(t, { mirrors: 2 });

	await world.publisher.release("second", manyHashes("a"));
	first.change = (path, bytes) => (path.startsWith("targets/") ? Buffer.alloc(bytes.length) : bytes);
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);
	assert.equal(first.take(/^targets/).length, 1);
	assert.deepEqual(second.take(/./).map(({ path }) => path.split("/")[0]), ["targets"]);
	hasNoPart(device);

	// Half from one, half from the other: they are the same bytes under the same ETag.
	await world.publisher.release("third", manyHashes("b"));
	first.change = (path, bytes) => bytes;
	Object.assign(first, { breakAfter: 25000, breaks: 1 });
	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 3);
	assert.deepEqual(second.take(/^targets/).map(({ status, headers }) => [status, headers.range]),
		[[206, "bytes=25000-"]]);
});

test("a server that asks to be left alone is: also by a person, who is told; until the time is over", async (t) => {
	const { world, device, mirror } = await worldWith(t);

	await world.publisher.release("second", manyHashes("a"));
	mirror.refuse = { status: 503, headers: { "Retry-After": "10" } };
	const began = Date.now();

	await device.cliExpecting(2, "update");
	mirror.refuse = undefined;
	mirror.asked = [];
	const told = await device.cliExpecting(2, "update");

	assert.match(told.err, /asks to be left alone/);
	assert.equal((await device.status()).condition, "protected");
	await until("it asks again by itself", async () => await generation(device) === 2);
	assert.ok(Date.now() - began >= 9900, "not before the time is over");
	assert.equal((await device.status()).data.trouble, null);
});

test("updates come through a proxy that wants a name and a password", async (t) => {
	const proxy = await Proxy.of(t, "anna", "secret");
	const { world, device, mirror } = await worldWith(t, { env: { http_proxy: proxy.url } });

	assert.ok(proxy.passed > 0, "the first data came through it");
	await world.publisher.release("second", manyHashes("a"));
	const before = proxy.passed;

	await device.cliExpecting(0, "update");
	assert.equal(await generation(device), 2);
	// The root that is not there, timestamp, snapshot, targets, database; check-ins come on top.
	assert.ok(proxy.passed >= before + 5);
	assert.equal(mirror.take(/./).length, 5);
	assert.equal(existsSync(join(device.state, "updates", "download.part")), false);
});

test("the server serves the rest of a file to whoever has the beginning of that very file", async (t) => {
	const { world } = await worldWith(t);
	const [name] = readdirSync(join(world.publisher.repo, "targets"));
	const url = world.server.at(`updates/targets/${name}`);
	const { etag } = (await ask("GET", url)).headers;
	const size = readFileSync(join(world.publisher.repo, "targets", name)).length;
	const get = async (headers) => {
		const got = await ask("GET", url, { headers });

		return [got.status, Number(got.headers["content-length"]), got.headers["content-range"]];
	};
	const whole = [200, size, undefined];

	assert.deepEqual(await get({ Range: "bytes=100-", "If-Range": etag }), [206, size - 100, `bytes 100-${size - 1}/${size}`]);
	assert.deepEqual(await get({ Range: "bytes=100-", "If-Range": '"another"' }), whole);
	for (const range of ["bytes=0-", `bytes=${size}-`, "bytes=-5", "bytes=1-2,5-", "bytes=-", "lines=3-", "bytes=99999999999999999999-"])
		assert.deepEqual(await get({ Range: range, "If-Range": etag }), whole, range);
	assert.deepEqual(await get({ Range: "bytes=100-", "If-None-Match": etag }), [304, NaN, undefined]);
});
