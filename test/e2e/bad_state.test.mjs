// What a device makes of its own files and of its clock when they are not as they should be: it is never
// protected by them, says what is wrong, and recovers as soon as the server can be asked.

import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { WrongClock } from "./faults.mjs";
import { Scene, arrange, arrangeDevice, until } from "./lib.mjs";
import { clamSource, eicar, eicarName, eicarSource } from "./samples.mjs";

let scene, world;

before(async () => {
	scene = new Scene();
	world = await arrange(scene, { provider: { checkin: "1s", lease: "1h" } });
});

after(() => scene.close());

async function deviceFor(t, name, options, from = world) {
	const made = await arrangeDevice(scene, from, name, options);

	t.after(() => made.device.stop());
	return made;
}

/** Start the device with the server away, look at it, and bring the server back. */
async function startAlone(device, look) {
	await world.server.stop();
	try {
		await device.start();
		await look(await device.status());
	} finally {
		await world.server.start();
	}
}

async function assertFindsEicar(device) {
	const path = scene.path(`found-by-${device.name}.com`);

	writeFileSync(path, eicar());
	const { out } = await device.cliExpecting(1, "scan", "--no-quarantine", path);

	assert.match(out, new RegExp(`${eicarName} FOUND`));
}

test("an altered, cut, empty, overlong or foreign lease protects nothing, is named, and is replaced", async (t) => {
	const { device } = await deviceFor(t, "altered");
	const { device: other } = await deviceFor(t, "other");
	const path = join(device.state, "lease");
	const good = readFileSync(path, "latin1");
	const [header, claims, signature] = good.split(".");
	const swap = (text, at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
	const longer = JSON.parse(Buffer.from(claims, "base64url"));

	longer.exp += 86400 * 365;
	const wrong = {
		"a header with a changed letter": `${swap(header, 5)}.${claims}.${signature}`,
		"a claim with a changed letter": `${header}.${swap(claims, 90)}.${signature}`,
		"a longer life": `${header}.${Buffer.from(JSON.stringify(longer)).toString("base64url")}.${signature}`,
		"a signature with a changed letter": `${header}.${claims}.${swap(signature, 40)}`,
		"no signature": `${header}.${claims}.`,
		"half of it": good.slice(0, good.length / 2),
		"all but a letter": good.slice(0, -1),
		"nothing": "",
		"too much": good + "A".repeat(100000),
		"bytes that are no text": "\0\xff\n".repeat(100),
		"another device's": readFileSync(join(other.state, "lease"), "latin1"),
	};

	await world.server.stop();
	for (const [what, text] of Object.entries(wrong)) {
		await device.stop();
		writeFileSync(path, text, "latin1");
		await device.start();
		const status = await device.status();

		assert.equal(status.condition, "unprotected", what);
		assert.ok(status.state_trouble?.length > 20, `${what}: ${status.state_trouble}`);
		await device.cliExpecting(3, "scan", "/etc/hostname");
	}
	await world.server.start();
	assert.equal((await device.untilCondition("protected")).state_trouble, null);
});

test("an older lease that is put back does not bring protection back", async (t) => {
	const { device, subscription } = await deviceFor(t, "replayed");
	const path = join(device.state, "lease");
	const old = scene.path("an-old-lease");

	copyFileSync(path, old);
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	await device.stop();
	copyFileSync(old, path);
	await startAlone(device, (status) => {
		assert.equal(status.condition, "unprotected");
		assert.match(status.state_trouble, /older/);
	});
	assert.equal((await until("it asks again", async () => {
		const status = await device.status();

		return status.reason === "billing" && status;
	})).condition, "unprotected");
});

test("an older lease that is put back without state.json does not bring protection back", async (t) => {
	const { device, subscription } = await deviceFor(t, "forgotten");
	const path = join(device.state, "lease");
	const old = readFileSync(path);

	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	await device.stop();
	writeFileSync(path, old);
	rmSync(join(device.state, "state.json"));
	await startAlone(device, async (status) => {
		assert.deepEqual([status.condition, status.reason], ["unprotected", "unreachable"]);
		assert.match(status.state_trouble, /asking the service/);
		await device.cliExpecting(3, "scan", "/etc/hostname");
	});
	await until("it asks again", async () => (await device.status()).reason === "billing");
	await world.provider.resume(subscription.id);
	assert.equal((await device.untilCondition("protected")).state_trouble, null);
});

test("a lease that runs out while the server is away ends protection, and says that nobody was reached", async (t) => {
	const provider = await world.server.addProvider({ name: "Short Leases", checkin: "1s", lease: "4s", grace: "0s" });
	const { device } = await deviceFor(t, "expired", {}, { ...world, provider });

	await world.server.stop();
	const status = await device.untilCondition("unprotected");

	assert.equal(status.reason, "unreachable");
	await device.cliExpecting(3, "scan", "/etc/hostname");
	assert.match((await device.cliExpecting(0, "subscription")).out, /has not reached the protection service/);
	await world.server.start();
	await device.untilCondition("protected");
});

test("with grace a device is protected beyond its lease while the server is away, and says so", async (t) => {
	const provider = await world.server.addProvider({ name: "With Grace", checkin: "1s", lease: "3s", grace: "1h" });
	const { device } = await deviceFor(t, "graceful", {}, { ...world, provider });

	await world.server.stop();
	const status = await device.untilCondition("grace");

	assert.deepEqual([status.reason, status.protected], ["unreachable", true]);
	await assertFindsEicar(device);
	await world.server.start();
	await device.untilCondition("protected");
});

test("a clock that is set back or forward is named, and gains and loses nothing", async (t) => {
	const clock = await WrongClock.in(scene);
	const provider = await world.server.addProvider({ name: "Clocks", checkin: "1s", lease: "1h" });
	const { device, subscription } = await deviceFor(t, "clock", { env: clock.env }, { ...world, provider });
	const month = 30 * 86400;

	for (const off of [-month, month]) {
		clock.setOff(off);
		const status = await until("the clock is named", async () => {
			const seen = await device.status();

			return seen.warnings.some((each) => each.reason === "clock") && seen;
		});

		assert.equal(status.condition, "protected");
		assert.ok(Math.abs(status.warnings[0].ahead_s - off) < 60, `${status.warnings[0].ahead_s} for ${off}`);
		// Also when it is started with that clock, and asks the server and the mirror with it.
		await device.stop();
		await device.start();
		assert.equal((await device.status()).condition, "protected");
		await device.cliExpecting(0, "update");
		await assertFindsEicar(device);
	}
	clock.setOff(0);
	await provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	clock.setOff(-month);
	assert.equal((await device.status()).condition, "unprotected");
});

test("an expired lease does not live again when the clock is set back", async (t) => {
	const clock = await WrongClock.in(scene);
	const provider = await world.server.addProvider({ name: "Set Back", checkin: "1s", lease: "4s", grace: "0s" });
	const { device } = await deviceFor(t, "setback", { env: clock.env }, { ...world, provider });

	await world.server.stop();
	await device.untilCondition("unprotected");
	clock.setOff(-3600);
	assert.equal((await device.status()).reason, "unreachable");
	await device.stop();
	await device.start();
	assert.equal((await device.status()).reason, "unreachable");
	await world.server.start();
	await device.untilCondition("protected");
});

test("a damaged device.json is named, and activating again takes the old seat", async (t) => {
	const { device, subscription } = await deviceFor(t, "forgetful");
	const path = join(device.state, "device.json");
	const good = readFileSync(path);

	for (const text of ["", "{", good.subarray(0, good.length - 10), "[1, 2, 3]"]) {
		await device.stop();
		writeFileSync(path, text);
		await device.start();
		const status = await device.status();

		assert.equal(status.condition, "unprotected");
		assert.match(status.state_trouble, /activate this device again/);
	}
	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", "forgetful");
	await device.untilCondition("protected");
	assert.equal((await world.provider.get(subscription.id)).devices.filter((each) => each.seated).length, 1);
});

test("a damaged state.json costs nothing but what it remembered", async (t) => {
	const { device } = await deviceFor(t, "careless");
	const path = join(device.state, "state.json");

	for (const text of ["", "{}", '{"floor": "yesterday"}', "\0".repeat(5000)]) {
		await device.stop();
		writeFileSync(path, text);
		await device.start();
		await device.untilCondition("protected");
	}
	await device.stop();
	rmSync(path);
	await device.start();
	await device.untilCondition("protected");
});

test("a quarantine whose key is damaged is left alone, and opens again with the right key", async (t) => {
	const { device } = await deviceFor(t, "locked");
	const path = scene.path("locked.com");
	const key = join(device.state, "quarantine.key");

	writeFileSync(path, eicar());
	await device.cliExpecting(1, "scan", path);
	await device.stop();
	const good = readFileSync(key);
	const before = readdirSync(join(device.state, "quarantine")).sort();

	writeFileSync(key, good.subarray(0, 7));
	await assert.rejects(device.start(), /quarantine\.key/);
	assert.deepEqual(readdirSync(join(device.state, "quarantine")).sort(), before);
	assert.deepEqual(readFileSync(key), good.subarray(0, 7), "a key is never overwritten");
	writeFileSync(key, good);
	await device.start();
	const [entry] = JSON.parse(`[${(await device.cliExpecting(0, "quarantine", "list", "--json")).out.trim()}]`);

	await device.cliExpecting(0, "quarantine", "restore", entry.id);
	assert.equal(readFileSync(path, "latin1"), eicar());
});

test("a sealed file that was altered or cut is not restored, and nothing is left of the attempt", async (t) => {
	const { device } = await deviceFor(t, "tampered");
	const path = scene.path("tampered.com");

	writeFileSync(path, eicar());
	await device.cliExpecting(1, "scan", path);
	const folder = join(device.state, "quarantine");
	const [name] = readdirSync(folder).filter((each) => each.endsWith(".sealed"));
	const id = name.replace(".sealed", "");
	const sealed = join(folder, name);
	const good = readFileSync(sealed);

	for (const spoilt of [good.subarray(0, -1), good.subarray(0, 20), Buffer.alloc(0),
		Buffer.from(good.map((byte, i) => (i === good.length - 20 ? byte ^ 1 : byte)))]) {
		writeFileSync(sealed, spoilt);
		await device.cliExpecting(2, "quarantine", "restore", id);
		assert.equal(existsSync(path), false);
		assert.deepEqual(readdirSync(scene.dir).filter((each) => each.includes("tampered.com")), []);
	}
	writeFileSync(sealed, good);
	await device.cliExpecting(0, "quarantine", "restore", id);
	assert.equal(readFileSync(path, "latin1"), eicar());
});

test("protection data cut at any place is never used: the device fetches it again", async (t) => {
	const { device } = await deviceFor(t, "cut", { args: ["--update-interval", "1s"] });
	const { generation } = (await device.status()).data;
	const path = join(device.state, "database", `${generation}.hfdb`);
	const whole = readFileSync(path);

	for (const share of [0, 0.01, 0.3, 0.7, 0.999]) {
		await device.stop();
		truncateSync(path, Math.floor(whole.length * share));
		await device.start();
		await until("the data is whole again", async () =>
			(await device.status()).condition === "protected" && readFileSync(path).equals(whole));
		await assertFindsEicar(device);
	}
	await device.stop();
	writeFileSync(join(device.state, "database", "current.json"), "{");
	await device.start();
	await device.untilCondition("protected");
	await assertFindsEicar(device);
});

test("one changed byte in the protection data is found at start: it is named, and fetched again", async (t) => {
	const { device } = await deviceFor(t, "flipped", { args: ["--update-interval", "1h"] });
	const { generation } = (await device.status()).data;
	const path = join(device.state, "database", `${generation}.hfdb`);
	const whole = readFileSync(path);

	for (const share of [0.4, 0.999]) {
		const changed = Buffer.from(whole);

		changed[Math.floor(whole.length * share)] ^= 1;
		await device.stop();
		writeFileSync(path, changed);
		await device.start();
		await until("the data is whole again", async () =>
			(await device.status()).condition === "protected" && readFileSync(path).equals(whole));
		assert.match((await device.cliExpecting(0, "history")).out, /was changed on the disk; fetching it again/);
		await assertFindsEicar(device);
	}
});

/** The files of a release that a device fetches for it, newest versions first. */
function releaseFiles(repo) {
	const byVersion = (a, b) => parseInt(b, 10) - parseInt(a, 10);
	const metadata = readdirSync(join(repo, "metadata"));
	const newest = (role) => metadata.filter((name) => name.endsWith(`.${role}.json`)).sort(byVersion)[0];

	return ["timestamp.json", newest("snapshot"), newest("targets")].map((name) => join(repo, "metadata", name));
}

test("a release whose files are cut at any place is refused, and the old one stays in use", async (t) => {
	const { device } = await deviceFor(t, "offered");
	const { generation } = (await device.status()).data;
	const targets = join(world.publisher.repo, "targets");
	const had = new Set(readdirSync(targets));

	await world.publisher.release("cut", { ...await clamSource(), ...eicarSource() });
	const fresh = readdirSync(targets).filter((name) => !had.has(name)).map((name) => join(targets, name));

	// In the order in which they are read: once the metadata is known to the device, it is not read again. The database
	// and the segment to it are cut together: either would do without the other.
	for (const paths of [...releaseFiles(world.publisher.repo).map((path) => [path]), fresh]) {
		const whole = new Map(paths.map((path) => [path, readFileSync(path)]));

		for (const keep of [() => 0, (n) => n * 0.1, (n) => n * 0.5, (n) => n * 0.9, (n) => n - 1]) {
			for (const [path, bytes] of whole)
				truncateSync(path, Math.floor(keep(bytes.length)));
			const { err } = await device.cliExpecting(2, "update");

			assert.ok(err.length > 20, err);
			assert.equal((await device.status()).data.generation, generation, `${paths} cut`);
			for (const [path, bytes] of whole)
				writeFileSync(path, bytes);
		}
	}
	assert.equal((await device.status()).condition, "protected");
	await device.cliExpecting(0, "update");
	assert.equal((await device.status()).data.generation, generation + 1);
});

test("the publisher refuses to release a database that is cut at any place", async () => {
	const database = await world.publisher.build("spoilt", { ...await clamSource(), ...eicarSource() });
	const whole = readFileSync(database);
	const { keys, repo } = world.publisher;
	const timestamp = readFileSync(join(repo, "metadata", "timestamp.json"), "utf8");

	for (const share of [0, 0.02, 0.5, 0.98]) {
		truncateSync(database, Math.floor(whole.length * share));
		const result = await world.publisher.run("release", "--keys", keys, "--repo", repo, database);

		assert.equal(result.status, 1, result.out);
		assert.match(result.err, /spoilt\.hfdb/);
		writeFileSync(database, whole);
	}
	assert.equal(readFileSync(join(repo, "metadata", "timestamp.json"), "utf8"), timestamp);
});
