// kill -9 of each process of a device at work: it is started again, or its parent takes it down with it;
// every file is at every moment whole in one of its two places, and nothing is called clean unscanned.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { Device, Scene, arrange, arrangeDevice, until } from "./lib.mjs";
import { readStatus } from "./processes.mjs";
import { clamSource, eicar, eicarSource } from "./samples.mjs";

let scene, world;

before(async () => {
	scene = new Scene();
	world = await arrange(scene, { provider: { checkin: "1s" } });
});

after(() => scene.close());

async function deviceFor(t, name, options) {
	const made = await arrangeDevice(scene, world, name, options);

	t.after(() => made.device.stop());
	return made;
}

const lines = (text) => text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

/** `count` infected files among ordinary ones, each with a content of its own; the infected paths. */
function makeTree(name, count) {
	const dir = scene.path(name);
	const infected = [];

	mkdirSync(dir);
	for (let i = 0; i < count; i++) {
		infected.push(join(dir, `${i}.com`));
		// EICAR may be followed by white space: so each file is its own, and stays EICAR.
		writeFileSync(infected.at(-1), eicar() + " ".repeat(i));
		writeFileSync(join(dir, `${i}.txt`), `ordinary file ${i}\n`.repeat(5000));
	}
	return { dir, infected, content: (path) => eicar() + " ".repeat(infected.indexOf(path)) };
}

async function listQuarantine(device) {
	return lines((await device.cliExpecting(0, "quarantine", "list", "--json")).out);
}

function isAlive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** Kill -9. False when it had ended before. */
function kill(pid) {
	try {
		return process.kill(pid, "SIGKILL");
	} catch (error) {
		if (error.code === "ESRCH")
			return false;
		throw error;
	}
}

/** Each infected file is whole in its place or in the quarantine: in one of them, never in none. */
async function assertNothingLost(device, { infected, content }) {
	const entries = await listQuarantine(device);

	for (const path of infected) {
		const entry = entries.find((each) => each.path === path);

		if (existsSync(path))
			assert.equal(readFileSync(path, "latin1"), content(path), `${path} is whole`);
		else
			assert.ok(entry !== undefined, `${path} is neither in its place nor in the quarantine`);
		assert.equal(entries.filter((each) => each.path === path).length <= 1, true, `${path} is there once`);
	}
}

/** What is in the quarantine comes back as it was. */
async function assertRestorable(device, { infected, content }) {
	for (const entry of await listQuarantine(device)) {
		assert.ok(infected.includes(entry.path), entry.path);
		rmSync(entry.path, { force: true });
		await device.cliExpecting(0, "quarantine", "restore", entry.id);
		assert.equal(readFileSync(entry.path, "latin1"), content(entry.path));
	}
	for (const path of infected)
		assert.equal(readFileSync(path, "latin1"), content(path));
}

test("kill -9 of the waiting updater: another waits, and reinstatement still arrives at once", async (t) => {
	const { device, subscription } = await deviceFor(t, "waiting");

	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	for (let round = 0; round < 3; round++) {
		const updater = await until("an updater waits, and is killed", async () => {
			const [found] = device.children("holdfast-updater");

			// One that only asks is done in milliseconds: what is still there then waits at the server.
			await pause(300);
			return found !== undefined && kill(found.pid) && found;
		});

		await until("it has ended", () => !isAlive(updater.pid));
	}
	await world.provider.resume(subscription.id);
	await device.untilCondition("protected");
});

test("kill -9 of updaters while they fetch: the old data or the new, and never anything between", async (t) => {
	const { device } = await deviceFor(t, "fetching");

	for (let round = 0; round < 4; round++) {
		const { generation } = (await device.status()).data;

		await world.publisher.release(`round-${round}`, { ...await clamSource(), ...eicarSource() });
		const { result } = device.cliStarted("update");
		let done = false;

		result.finally(() => (done = true));
		await pause(round * 8);
		while (!done) {
			for (const { pid } of device.children("holdfast-updater"))
				kill(pid);
			await pause(1);
		}
		assert.ok([0, 2].includes((await result).status), (await result).err);
		const now = await device.status();

		assert.equal(now.condition, "protected");
		assert.ok([generation, generation + 1].includes(now.data.generation));
		await device.cliExpecting(0, "update");
		assert.equal((await device.status()).data.generation, generation + 1);
	}
	assert.deepEqual(readdirSync(join(device.state, "database")).filter((name) => name.endsWith(".new")), []);
});

test("kill -9 of workers while they scan: others go on, and what was under way is not called clean", async (t) => {
	const { device } = await deviceFor(t, "working");
	const tree = makeTree("worked", 150);
	const { result } = device.cliStarted("scan", "--json", "--no-quarantine", tree.dir);
	let done = false, kills = 0;

	result.finally(() => (done = true));
	while (!done && kills < 12) {
		// Only those that got as far as their sandbox: workers that never come up are another matter.
		const [worker] = device.children("holdfast-worker").filter(({ pid }) => readStatus(pid)?.Seccomp === "2");

		if (worker !== undefined && kill(worker.pid))
			kills++;
		await pause(10);
	}
	const { out, err, status } = await result;
	const seen = lines(out);
	const named = new Map(seen.filter((line) => line.path !== undefined).map((line) => [line.path, line]));

	t.diagnostic(`${kills} workers were killed`);
	assert.ok(kills > 0, "no worker was met at work");
	assert.ok([1, 2].includes(status), `${status}: ${err}`);
	// An infected file is named infected or incomplete; it may not be passed over.
	for (const path of tree.infected)
		assert.ok(["infected", "incomplete"].includes(named.get(path)?.verdict), `${path}: ${named.get(path)?.verdict}`);
	assert.equal(seen.at(-1).files, 300);
	const again = await device.cliExpecting(1, "scan", "--json", "--no-quarantine", tree.dir);

	assert.equal(lines(again.out).pop().infected, 150);
});

test("kill -9 of the command line while it quarantines: every file is whole in one place", async (t) => {
	const { device } = await deviceFor(t, "interrupted");
	const tree = makeTree("interrupted-tree", 60);

	for (let round = 0; round < 5; round++) {
		const { pid, result } = device.cliStarted("scan", tree.dir);

		await until("some files are sealed", () =>
			readdirSync(join(device.state, "quarantine")).length >= round * 12 + 4, { every: 2 });
		kill(pid);
		await result;
		await until("the daemon has settled it", async () => {
			await assertNothingLost(device, tree);
			return true;
		}, { patience: 5000 });
	}
	await device.cli("scan", tree.dir);
	await assertNothingLost(device, tree);
	assert.deepEqual(tree.infected.filter(existsSync), [], "the last scan took the rest");
	await assertRestorable(device, tree);
});

test("kill -9 of holdfastd while it quarantines: every file is whole in one place", async (t) => {
	const { device } = await deviceFor(t, "daemon");
	const tree = makeTree("daemon-tree", 60);

	for (let round = 0; round < 5; round++) {
		const { result } = device.cliStarted("scan", tree.dir);

		await until("some files are sealed", () =>
			readdirSync(join(device.state, "quarantine")).length >= round * 12 + 4, { every: 2 });
		const children = device.children();

		await device.stop({ signal: "SIGKILL" });
		const { status, err } = await result;

		assert.equal(status, 2, err);
		assert.match(err, /holdfastd/);
		await until("its processes end", () => children.every(({ pid }) => !isAlive(pid)));
		await device.start();
		await assertNothingLost(device, tree);
		assert.equal((await device.status()).condition, "protected");
	}
	await device.cliExpecting(1, "scan", tree.dir);
	await assertNothingLost(device, tree);
	assert.deepEqual(tree.infected.filter(existsSync), [], "the last scan took the rest");
	await assertRestorable(device, tree);
});

test("kill -9 of holdfastd while it restores: the file is whole in one place, nothing elsewhere", async (t) => {
	const { device } = await deviceFor(t, "restoring");
	const tree = makeTree("restored-tree", 12);

	await device.cliExpecting(1, "scan", tree.dir);
	for (const [i, entry] of (await listQuarantine(device)).entries()) {
		const { result } = device.cliStarted("quarantine", "restore", entry.id);

		await pause(i);
		await device.stop({ signal: "SIGKILL" });
		await result;
		await device.start();
		const there = existsSync(entry.path);
		const kept = (await listQuarantine(device)).some((each) => each.id === entry.id);

		assert.ok(there || kept, `${entry.path} is lost`);
		if (there)
			assert.equal(readFileSync(entry.path, "latin1"), tree.content(entry.path));
		assert.deepEqual(readdirSync(tree.dir).filter((name) => name.startsWith(".")), []);
	}
	await assertRestorable(device, tree);
});

test("kill -9 of holdfastd again and again: it starts where it was", async (t) => {
	const { device, subscription } = await deviceFor(t, "often");

	for (let round = 0; round < 10; round++) {
		await device.stop({ signal: "SIGKILL" });
		await device.start();
		await pause(round * 10);
	}
	await device.untilCondition("protected");
	await world.provider.suspend(subscription.id);
	assert.equal((await device.untilCondition("unprotected")).reason, "billing");
});

test("kill -9 of holdfastd while it activates: activating again takes the same seat", async (t) => {
	const { activation_code: code, id } = await world.provider.order("killed while activating");
	const device = await new Device(scene, "activating", world.trust).start();

	t.after(() => device.stop());
	for (let round = 0; round < 8; round++) {
		const { result } = device.cliStarted("activate", code, "--name", "activating");

		await pause(5 + round * 5);
		await device.stop({ signal: "SIGKILL" });
		await result;
		await device.start();
	}
	await device.cliExpecting(0, "activate", code, "--name", "activating");
	await device.untilCondition("protected");
	assert.equal((await world.provider.get(id)).devices.filter((each) => each.seated).length, 1);
});

test("suspended in the middle of a scan that quarantines: the scan ends, and no file is lost", async (t) => {
	const { device, subscription } = await deviceFor(t, "cut-short");
	const tree = makeTree("cut-short-tree", 150);
	const { pid, result } = device.cliStarted("scan", tree.dir);

	// The command line is held up, with verdicts under way to it on which it will act when it goes on.
	await until("some files are sealed", () => readdirSync(join(device.state, "quarantine")).length > 10, { every: 2 });
	process.kill(pid, "SIGSTOP");
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	process.kill(pid, "SIGCONT");
	const { status, err } = await result;

	assert.equal(status, 3, err);
	await until("every file is in one place", async () => {
		await assertNothingLost(device, tree);
		return true;
	}, { patience: 20000, every: 200 });
	await assertRestorable(device, tree);
});
