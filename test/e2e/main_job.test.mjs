// The main job, where ./demo does not look: what it promises on the way, and the turns that it does not take.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { Device, Scene, Server, arrange, arrangeDevice, expectStatus, programPath, until } from "./lib.mjs";
import { run } from "./processes.mjs";
import { clamSource, describeFile, eicar, eicarName, eicarSource, makeInfected } from "./samples.mjs";

let scene, world, standIn;

before(async () => {
	scene = new Scene();
	standIn = await new StandInProvider().start();
	scene.atEnd(() => standIn.stop());
	world = await arrange(scene, { provider: { "verify-url": standIn.url, doubt: "24h", checkin: "1s" } });
});

after(() => scene.close());

/** A device of its own for each test, ended with it. */
async function deviceFor(t, name, options) {
	const made = await arrangeDevice(scene, world, name, options);

	t.after(() => made.device.stop());
	return made;
}

const lines = (text) => text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));

async function quarantined(device) {
	return lines((await device.cliExpecting(0, "quarantine", "list", "--json")).out);
}

test("a code may be typed in any case, with spaces, from standard input", async (t) => {
	const { activation_code: code } = await world.provider.order("typed by hand");
	const device = await new Device(scene, "typed", world.trust).start();

	t.after(() => device.stop());
	const typed = `  ${code.toLowerCase().replaceAll("-", " ")}\n`;
	const result = await run(programPath("holdfast"), ["--state", device.state, "activate", "-", "--name", "typed"],
		{ input: typed });

	expectStatus(result, 0, "holdfast activate -");
	await device.untilCondition("protected");
});

test("a wrong code, a spent code and a suspended one are each told in a sentence", async (t) => {
	const device = await new Device(scene, "refused", world.trust).start();

	t.after(() => device.stop());
	const wrong = await device.cliExpecting(2, "activate", "AAAAA-AAAA-AAAA");

	assert.match(wrong.err, /no such activation code/);
	const { id, activation_code: code } = await world.provider.order("suspended before it began");

	await world.provider.suspend(id);
	const suspended = await device.cli("activate", code);

	assert.notEqual(suspended.status, 0);
	assert.match(suspended.err, /suspended/);
	await world.provider.cancel(id);
	const spent = await device.cli("activate", code);

	assert.notEqual(spent.status, 0);
	assert.match(spent.err, /has ended/);
	assert.equal((await device.status()).reason, "not_activated");
});

test("the same machine installed again takes its old seat", async () => {
	const { device, subscription } = await arrangeDevice(scene, world, "again");

	await device.stop();
	rmSync(device.state, { recursive: true });
	await device.start();
	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", "again");
	await device.untilCondition("protected");
	const { devices } = await world.provider.get(subscription.id);

	assert.equal(devices.filter((each) => each.seated).length, 1);
	await device.stop();
});

test("a licence that moved to another device can be moved back", async (t) => {
	const { device: first, subscription } = await deviceFor(t, "first");
	const second = await new Device(scene, "second", world.trust).start();

	t.after(() => second.stop());
	for (const [taker, giver] of [[second, first], [first, second]]) {
		const [seated] = (await world.provider.get(subscription.id)).devices.filter((each) => each.seated);

		await taker.cliExpecting(0, "activate", subscription.activation_code, "--name", taker.name,
			"--replace", seated.id);
		await taker.untilCondition("protected");
		assert.equal((await giver.untilCondition("unprotected")).reason, "transferred");
	}
});

test("reinstated at the provider, a device is protected within two seconds", async (t) => {
	const { device, subscription } = await deviceFor(t, "prompt");

	for (let round = 0; round < 2; round++) {
		await world.provider.suspend(subscription.id);
		await device.untilCondition("unprotected");
		const begun = Date.now();

		await world.provider.resume(subscription.id);
		await device.untilCondition("protected");
		const ms = Date.now() - begun;

		t.diagnostic(`protected after ${ms} ms`);
		assert.ok(ms < 2000, `it took ${ms} ms`);
	}
});

test("when the provider's system cannot be reached, Reactivate gives the benefit of the doubt once", async (t) => {
	const { device, subscription } = await deviceFor(t, "doubted");

	// It answers 404: it does not know the subscription, which is no answer.
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	const given = await device.cliExpecting(0, "reactivate");

	assert.match(given.out, /cannot be reached/);
	// Protected, but the device says that it is not for long, and why.
	const spared = await device.status();

	assert.equal(spared.condition, "grace");
	assert.equal(spared.reason, "billing");
	await world.provider.resume(subscription.id);
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	const again = await device.cliExpecting(3, "reactivate");

	assert.match(again.out, /cannot be reached/);
	assert.equal((await device.status()).reason, "billing");
});

test("a device that is activated with another subscription's code leaves its old seat free", async (t) => {
	const { device, subscription } = await deviceFor(t, "mover");
	const { activation_code: code } = await world.provider.order("moved to");

	await device.cliExpecting(0, "activate", code, "--name", "mover");
	await device.untilCondition("protected");
	const { devices } = await world.provider.get(subscription.id);

	assert.deepEqual(devices.map((d) => [d.seated, d.left_reason]), [[false, "removed"]]);
});

test("a cancelled subscription that the provider reinstates brings the seat back", async (t) => {
	const { device, subscription } = await deviceFor(t, "returned");

	await world.provider.cancel(subscription.id);
	assert.equal((await device.untilCondition("unprotected")).reason, "discontinued");
	await world.provider.reinstate(subscription.id);
	await device.untilCondition("protected");
});

test("a new release reaches a device that nobody touches", async (t) => {
	const { device } = await deviceFor(t, "updated", { args: ["--update-interval", "1s"] });
	const { generation } = (await device.status()).data;

	await world.publisher.release("another", { ...await clamSource(), ...eicarSource() });
	await until("the next generation", async () => (await device.status()).data.generation === generation + 1);
});

test("while the server is away a device stays protected, and says since when it heard nothing", async (t) => {
	const { device, subscription } = await deviceFor(t, "alone");

	await world.server.stop();
	await until("the device notices", async () => (await device.status()).checkin_trouble);
	const status = await device.status();

	assert.equal(status.condition, "protected");
	assert.equal(status.reason, "none");
	writeFileSync(scene.path("ordinary"), "nothing special\n");
	await device.cliExpecting(0, "scan", scene.path("ordinary"));
	await world.server.start();
	await world.provider.suspend(subscription.id);
	assert.equal((await device.untilCondition("unprotected")).reason, "billing");
});

test("a device that is not protected is not after a restart either, nor is its quarantine lost", async (t) => {
	const { device, subscription } = await deviceFor(t, "restarted");
	const path = scene.path("restarted.com");

	writeFileSync(path, eicar());
	await device.cliExpecting(1, "scan", path);
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	const since = (await device.status()).since;

	await device.stop();
	// The server is not there either: what the device knows must be enough.
	await world.server.stop();
	await device.start();
	const status = await device.status();

	assert.deepEqual([status.condition, status.reason, status.since], ["unprotected", "billing", since]);
	await device.cliExpecting(3, "scan", "/etc/hostname");
	const [entry] = await quarantined(device);

	assert.equal(entry.path, path);
	await device.cliExpecting(0, "quarantine", "restore", entry.id);
	assert.equal(readFileSync(path, "latin1"), eicar());
	await world.server.start();
});

test("a finding says where inside an archive it is", async (t) => {
	const { device } = await deviceFor(t, "inside");
	const dir = scene.path("inside-tree");

	await makeInfected(dir);
	const { out } = await device.cliExpecting(1, "scan", "--json", "--no-quarantine", dir);
	const found = Object.fromEntries(lines(out).filter((line) => line.verdict === "infected")
		.map((line) => [line.path.slice(dir.length + 1), line.findings]));

	assert.deepEqual(found["invoice.com"], [{ name: eicarName, where: "" }]);
	for (const name of ["in.zip", "in.tar.gz", "in.7z"])
		assert.deepEqual(found[name], [{ name: eicarName, where: "invoice.com" }], name);
	assert.deepEqual(found["zip-in.tar"], [{ name: eicarName, where: "in.zip/invoice.com" }]);
});

test("what was quarantined can be exported, restored elsewhere or deleted, and overwrites nothing", async (t) => {
	const { device } = await deviceFor(t, "keeper");
	const path = scene.path("kept.com");
	const elsewhere = scene.path("elsewhere.com");

	writeFileSync(path, eicar());
	chmodSync(path, 0o4751);
	const before = describeFile(path);

	await device.cliExpecting(1, "scan", path);
	const [{ id, sha256 }] = await quarantined(device);

	assert.equal(sha256, before.digest);
	await device.cliExpecting(0, "quarantine", "export", id, elsewhere);
	assert.equal(readFileSync(elsewhere, "latin1"), eicar());
	assert.equal((await quarantined(device)).length, 1, "exported, it stays in the quarantine");
	writeFileSync(path, "something of the person's\n");
	const refused = await device.cliExpecting(2, "quarantine", "restore", id);

	assert.match(refused.err, /exists already/);
	assert.equal(readFileSync(path, "utf8"), "something of the person's\n");
	await device.cliExpecting(0, "quarantine", "restore", id, "--to", scene.path("third.com"));
	assert.deepEqual(describeFile(scene.path("third.com")), before);
	assert.deepEqual(readdirSync(scene.path(".")).filter((name) => /third|\.new$/.test(name)), ["third.com"]);
	assert.deepEqual(await quarantined(device), []);

	await device.cliExpecting(1, "scan", elsewhere);
	const [other] = await quarantined(device);

	await device.cliExpecting(0, "quarantine", "delete", other.id);
	assert.deepEqual(await quarantined(device), []);
	assert.equal(existsSync(elsewhere), false);
	await device.cliExpecting(2, "quarantine", "restore", other.id);
});

test("the contact card is told in text and in JSON", async (t) => {
	const { device } = await deviceFor(t, "caller");
	const card = JSON.parse((await device.cliExpecting(0, "contact", "--json")).out);

	assert.equal(card.name, "Example Broadband");
	assert.match((await device.cliExpecting(0, "contact")).out, /Example Broadband/);
});

test("links are not followed out of a tree, and what cannot be read is an error, not clean", async (t) => {
	const { device } = await deviceFor(t, "walker");
	const tree = scene.path("walked");
	const outside = scene.path("outside.com");

	mkdirSync(tree);
	writeFileSync(outside, eicar());
	symlinkSync(outside, join(tree, "link.com"));
	symlinkSync(tree, join(tree, "round"));
	writeFileSync(join(tree, "file"), "ordinary\n");
	const { out } = await device.cliExpecting(0, "scan", "--json", tree);

	assert.equal(lines(out).pop().files, 1);
	assert.ok(existsSync(outside));
	const missing = await device.cliExpecting(2, "scan", join(tree, "no-such-file"));

	assert.match(missing.err, /no-such-file/);
});

test("a scan shows its progress on a terminal", async (t) => {
	const { device } = await deviceFor(t, "shown");
	const command = `HOLDFAST_STATE=${device.state} ${programPath("holdfast")} scan /usr/share/clamav-testfiles /usr/bin`;
	const { out } = await run("script", ["-qec", command.replace("scan ", "scan --no-quarantine "), "/dev/null"]);

	assert.match(out, /\r/, "a line that is drawn again");
	assert.match(out, /files scanned/);
});

test("the command line's exit statuses are those that are documented", async (t) => {
	const { device } = await deviceFor(t, "codes");

	await device.cliExpecting(64, "no-such-command");
	await device.cliExpecting(64, "scan");
	await device.cliExpecting(64, "scan", "--no-such-option", "/etc/hostname");
	await device.cliExpecting(64, "activate");
	await device.cliExpecting(64, "quarantine", "restore");
	await device.cliExpecting(0, "--version");
	await device.stop();
	const away = await device.cliExpecting(2, "status");

	assert.match(away.err, /holdfastd/);
});

test("the device's history tells what happened, in order", async (t) => {
	const { device, subscription } = await deviceFor(t, "historian");
	const path = scene.path("historic.com");

	writeFileSync(path, eicar());
	await device.cliExpecting(1, "scan", path);
	await world.provider.suspend(subscription.id);
	await device.untilCondition("unprotected");
	const events = lines((await device.cliExpecting(0, "history", "--json")).out).map((each) => each.event);

	for (const kind of ["activated", "updated", "found", "quarantined", "scan", "condition"])
		assert.ok(events.includes(kind), `${kind} in ${events}`);
	assert.ok(events.indexOf("activated") < events.indexOf("found"));
	assert.equal(events.at(-1), "condition");
});

test("one altered byte in the event log is found, and where", async (t) => {
	const own = Scene.of(t);
	const server = await new Server(own).start();
	const provider = await server.addProvider();
	const { id } = await provider.order("altered-customer");

	await provider.cancel(id);
	await server.stop();
	assert.equal((await server.verifyLog()).intact, true);
	const store = join(server.state, "store", "store.db");
	const bytes = readFileSync(store);
	const needle = Buffer.from('{"external_id":"altered-customer"');
	let at = bytes.indexOf(needle);

	assert.ok(at > 0, "the event lies in the store as text");
	for (; at >= 0; at = bytes.indexOf(needle, at + 1))
		bytes[at + 20] ^= 1;
	writeFileSync(store, bytes);
	const log = await server.admin("log");

	assert.equal(log.status, 1);
	assert.match(log.out, /BROKEN/);
	const check = await server.verifyLog();

	assert.equal(check.intact, false);
	assert.ok(check.broken_at > 0);
});
