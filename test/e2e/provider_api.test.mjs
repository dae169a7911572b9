// What a provider's systems do with subscriptions beyond ordering and suspending them: seats without the device, changes
// dated back and ahead, merging, the inventory, and why a device is as it is. The rules' own tests are beside them; this
// is about what comes out at the interface.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";

let scene, server, provider;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--web", "1"] }).start();
	provider = await server.addProvider();
});

after(async () => {
	const check = await server.verifyLog();

	await scene.close();
	assert.equal(check.intact, true);
});

const at = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, "");
const DAY = 86400;

/** POST as the provider; the answer must have this status. */
async function post(path, body, status = 200) {
	const answer = await provider.ask("POST", `v1/${path}`, body);

	assert.equal(answer.status, status, `${path}: ${answer.text}`);
	return answer.json;
}

async function devicesOf(sub, names) {
	const devices = names.map((name) => new BareDevice(server, name));

	for (const device of devices)
		assert.ok([200, 201].includes((await device.activate(sub.activation_code)).status));
	return devices;
}

const seated = (sub) => sub.devices.filter((each) => each.seated).map((each) => each.name).sort();

test("a lost device's seat is taken without it, it learns so at its next contact, and another takes the seat", async () => {
	const sub = await provider.order("lost", 1);
	const [lost] = await devicesOf(sub, ["lost-laptop"]);
	const released = await post(`subscriptions/${sub.id}/devices/${lost.id}/release`);

	assert.deepEqual(seated(released), []);
	assert.equal(released.devices[0].told, undefined, "it has not asked since");
	const [found] = await devicesOf(sub, ["new-laptop"]);

	assert.equal(await found.condition(), "protected");
	assert.equal(await lost.condition(), "removed");
	const after = await provider.get(sub.id);

	assert.deepEqual(seated(after), ["new-laptop"]);
	assert.ok(after.devices.find((each) => each.id === lost.id).told !== undefined, "now it has been told");
	assert.equal((await post(`subscriptions/${sub.id}/devices/${lost.id}/release`, undefined, 409)).code, "not_seated");
	assert.equal((await post(`subscriptions/${sub.id}/devices/${lost.id}/assign`, undefined, 409)).code, "seats_taken");
});

test("a seat moves in one step, and back", async () => {
	const sub = await provider.order("moves", 2);
	const [one, two] = await devicesOf(sub, ["one", "two"]);

	await post(`subscriptions/${sub.id}/devices/${two.id}/release`);
	assert.deepEqual(seated(await post(`subscriptions/${sub.id}/devices/${one.id}/transfer`, { to: two.id })), ["two"]);
	assert.deepEqual([await one.condition(), await two.condition()], ["transferred", "protected"]);
	assert.deepEqual(seated(await post(`subscriptions/${sub.id}/devices/${one.id}/undo`)), ["one"]);
	assert.equal(await one.condition(), "protected");
	assert.equal((await post(`subscriptions/${sub.id}/devices/${one.id}/undo`, undefined, 409)).code, "nothing_to_undo");
	assert.equal((await post(`subscriptions/${sub.id}/devices/dev_nobody/release`, undefined, 404)).code, "unknown_device");
});

test("there are never fewer seats than are taken, unless it is said whose go; seats and paid time change together or not", async () => {
	const sub = await provider.order("shrinks", 2);
	const [one] = await devicesOf(sub, ["keeps", "goes"]);
	const change = (body) => ask("PATCH", server.at(`v1/subscriptions/${sub.id}`), { key: provider.key, body });
	const goes = (await provider.get(sub.id)).devices.find((each) => each.name === "goes");

	assert.equal((await change({ seats: 1 })).json.code, "seats_in_use");
	const half = await change({ seats: 1, release: [goes.id], paid_until: "2001-01-01T00:00:00Z" });

	assert.equal(half.status, 409, half.text);
	assert.equal((await provider.get(sub.id)).seats, 2, "the refused half took the other with it");
	const done = await change({ seats: 1, release: [goes.id], paid_until: at(9 * DAY) });

	assert.equal(done.status, 200, done.text);
	assert.deepEqual([done.json.seats, seated(done.json)], [1, ["keeps"]]);
	assert.equal(await one.condition(), "protected");
	assert.equal((await change({ release: [7], seats: 1 })).status, 400);
	assert.equal((await change({ paid_until: null })).json.paid_until, null);
});

test("a new activation code opens, the one before no more, and nobody loses a seat", async () => {
	const sub = await provider.order("new-code", 2);
	const [first] = await devicesOf(sub, ["has-a-seat"]);
	const { activation_code: code } = await post(`subscriptions/${sub.id}/code`);

	assert.notEqual(code, sub.activation_code);
	assert.equal((await new BareDevice(server, "old-code").activate(sub.activation_code)).json.code, "unknown_code");
	assert.equal((await new BareDevice(server, "new-code").activate(code)).json.code, undefined);
	assert.equal(await first.condition(), "protected");
});

test("a change that is dated ahead waits, can be withdrawn, and takes effect on its time", async () => {
	const sub = await provider.order("ahead");
	const scheduled = await post(`subscriptions/${sub.id}/cancel`, { effective: at(30 * DAY) });

	assert.deepEqual([scheduled.outcome, scheduled.state], ["scheduled", "pending"]);
	const changes = `v1/subscriptions/${sub.id}/changes`;
	const [waits] = (await provider.ask("GET", changes)).json.changes;

	assert.deepEqual([waits.change, waits.reason], ["cancel", "discontinued"]);
	assert.match(waits.actor, /^provider prv_\w+ key_/);
	assert.equal((await provider.ask("DELETE", `${changes}/${waits.id}`)).status, 204);
	assert.equal((await provider.ask("DELETE", `${changes}/${waits.id}`)).json.code, "unknown_change");
	assert.deepEqual((await provider.ask("GET", changes)).json.changes, []);
	await post(`subscriptions/${sub.id}/suspend`, { effective: at(2), reason: "billing" });
	for (let i = 0; i < 150 && (await provider.get(sub.id)).state !== "suspended"; i++)
		await new Promise((resolve) => setTimeout(resolve, 100));
	assert.equal((await provider.get(sub.id)).state, "suspended");
});

test("commands may come in any order: one that is dated before another that took effect changes nothing", async () => {
	const sub = await provider.order("order");

	assert.equal((await post(`subscriptions/${sub.id}/suspend`, {})).outcome, "done");
	const late = await post(`subscriptions/${sub.id}/resume`, { effective: at(-3600) });

	assert.deepEqual([late.outcome, late.state], ["overtaken", "suspended"]);
	assert.equal((await post(`subscriptions/${sub.id}/resume`, { effective: at(-60 * DAY) }, 409)).code, "back_dated_too_far");
	assert.equal((await post(`subscriptions/${sub.id}/resume`, { effective: at(9999 * DAY) }, 409)).code,
		"dated_too_far_ahead");
});

test("two subscriptions of one person become one, and both devices stay protected", async () => {
	const into = await provider.order("stays", 1), from = await provider.order("ends", 1);
	const [one] = await devicesOf(into, ["of-the-first"]), [two] = await devicesOf(from, ["of-the-second"]);
	const merged = await post(`subscriptions/${into.id}/merge`, { from: from.id });

	assert.deepEqual([merged.seats, seated(merged)], [2, ["of-the-first", "of-the-second"]]);
	assert.deepEqual([await one.condition(), await two.condition()], ["protected", "protected"]);
	const ended = await provider.get(from.id);

	assert.deepEqual([ended.state, ended.merged_into], ["cancelled", into.id]);
	assert.equal((await post(`subscriptions/${into.id}/merge`, { from: into.id }, 409)).code, "same_subscription");
	assert.equal((await post(`subscriptions/${into.id}/merge`, { from: "sub_nobody" }, 404)).code, "unknown_subscription");
});

test("the inventory repairs what differs, and what it does not name is reported, never cancelled", async () => {
	const [agrees, differs, missing] = await Promise.all(["agrees", "differs", "missing"].map((name) => provider.order(name)));

	// Times are in whole seconds, and what was ordered in the very second of the inventory may be later than it.
	await pause(1100);
	const as_of = at(0);
	const report = await post("inventory", { as_of, subscriptions: [{ external_id: "agrees", state: "active" },
		{ external_id: "differs", state: "suspended" }, { external_id: "not-here", state: "active" }] });

	assert.deepEqual([report.repaired, report.unknown], [1, 1], JSON.stringify(report));
	assert.equal((await provider.get(differs.id)).state, "suspended");
	const { provider_says, provider_said } = await provider.get(agrees.id);

	assert.equal(provider_says, "active");
	assert.ok(Date.parse(provider_said) >= Date.parse(as_of) - 1000);
	// Of what other tests ordered it lacks all that has not ended.
	const lacking = (await provider.ask("GET", "v1/subscriptions")).json.subscriptions
		.filter(({ id, state }) => state !== "cancelled" && id !== agrees.id && id !== differs.id).map(({ id }) => id);

	assert.equal((await post("inventory/end", { began: as_of })).missing, lacking.length);
	assert.equal((await provider.get(missing.id)).state, "pending");
	const drifting = (await provider.ask("GET", "v1/subscriptions?drift=true")).json.subscriptions.map((each) => each.id);

	assert.deepEqual(drifting, lacking);
	assert.ok(drifting.includes(missing.id));
	assert.equal((await provider.get(missing.id)).provider_says, "missing");
	const wrong = await provider.ask("POST", "v1/inventory", { as_of, subscriptions: [{ external_id: "x", state: "gone" }] });

	assert.match(wrong.json.detail, /subscriptions\[0\].*active, suspended, cancelled/);
	assert.equal((await provider.ask("POST", "v1/inventory", { as_of: at(DAY), subscriptions: [] })).status, 400);
});

test("a device is explained in words, down to the event, with all sides", async () => {
	const sub = await provider.order("explained");
	const [device] = await devicesOf(sub, ["why-laptop"]);
	const explain = async () => (await provider.ask("GET", `v1/devices/${device.id}/explain`)).json;

	assert.equal((await explain()).condition.kind, "protected");
	// Times are whole seconds, and when it was seen is written a moment later.
	await new Promise((resolve) => setTimeout(resolve, 2500));
	await provider.suspend(sub.id, "billing");
	const why = await explain(), events = await provider.events(sub.id);

	assert.deepEqual([why.condition.kind, why.condition.reason], ["unprotected", "billing"]);
	assert.ok(why.words.length > 0 && why.words.every((each) => typeof each === "string"));
	assert.ok(why.because.some((each) => each.kind === "suspend" && each.seq === events.at(-1).seq), JSON.stringify(why.because));
	assert.equal(why.sides.ours.state, "suspended");
	assert.ok(why.drift.some((each) => each.between.includes("device")), "the device has not asked since");
	await device.condition();
	await provider.resume(sub.id);
	assert.equal((await explain()).condition.kind, "protected");
});

test("figures count by state", async () => {
	const own = await server.addProvider({ name: "Counted" });
	const [one] = [await own.order("f-1", 3), await own.order("f-2")];

	await own.suspend(one.id);
	assert.deepEqual((await own.ask("GET", "v1/figures")).json, { pending: 1, active: 0, suspended: 1, expired: 0,
		cancelled: 0, seats: 4, devices: 0 });
});

test("events come page by page, without a gap", async () => {
	const sub = await provider.order("paged");

	for (let i = 0; i < 3; i++) {
		await provider.suspend(sub.id);
		await provider.resume(sub.id);
	}
	const all = await provider.events(sub.id), pages = [];

	for (let after = 0; after !== undefined;) {
		const page = (await provider.ask("GET", `v1/subscriptions/${sub.id}/events?limit=2&after=${after}`)).json;

		assert.ok(page.events.length <= 2);
		pages.push(...page.events);
		after = page.next;
	}
	assert.deepEqual(pages, all);
	assert.deepEqual(all.map((each) => each.seq), all.map((_, i) => i + 1));
});

test("an order can say who gets mail, and is not made when that is no address", async () => {
	const sub = await provider.order("with-mail", 1, { recipient: { address: "ann@example.org", name: "Ann" } });

	assert.deepEqual((await provider.ask("GET", `v1/subscriptions/${sub.id}/recipient`)).json,
		{ address: "ann@example.org", name: "Ann", language: "en" });
	const wrong = await provider.ask("POST", "v1/subscriptions", { external_id: "no-mail", recipient: { address: "a b@c" } });

	assert.equal(wrong.status, 422, wrong.text);
	assert.equal(wrong.json.code, "mail_address");
	assert.deepEqual((await provider.ask("GET", "v1/subscriptions?external_id=no-mail")).json.subscriptions, []);
});

test("every code of a refusal is in the documentation", () => {
	const top = fileURLToPath(new URL("../..", import.meta.url));
	const documents = ["provider-api", "device-protocol", "webhooks", "tmforum", "console"]
		.map((name) => readFileSync(`${top}doc/${name}.md`, "utf8")).join("\n");
	const sources = ["src/entitle", "src/prog/web"].flatMap((dir) => readdirSync(top + dir)
		.filter((name) => /(?<!_test)\.c$/.test(name)).map((name) => readFileSync(`${top}${dir}/${name}`, "utf8")));
	// What a rule refuses with, what a handler does, and the table of a subscription's conflicts.
	const patterns = [/\brefuse\(why, ERR_[A-Z]+,\s*"(\w+)"/g, /\banswer_problem\([^;]*?\d{3},\s*"(\w+)"/g,
		/\.missing = "(\w+)"/g, /refuse_line\([^,]*,\s*"(\w+)"/g, /\[EV_(?!ACTIVATE)[A-Z]+\] = "(\w+)"/g,
		/refuse\(c, \d{3}, "(\w+)"/g];
	const codes = new Set(sources.flatMap((text) => patterns.flatMap((each) => [...text.matchAll(each)].map((found) => found[1]))));
	const undocumented = [...codes].filter((code) => !documents.includes(`\`${code}\``)).sort();

	assert.ok(codes.size > 40, `${codes.size} codes`);
	assert.deepEqual(undocumented, []);
});
