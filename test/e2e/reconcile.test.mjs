// Once a day a provider's inventory is compared with what is so here: ours follows theirs, and the log says so; what
// cannot be asked changes nothing, and a system that is away delays nobody else.

import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { WrongClock } from "./faults.mjs";
import { Scene, Server, until } from "./lib.mjs";

const DAY = 86400;

async function arrange(t) {
	const scene = Scene.of(t);
	// Web and clerk may reach no other folder.
	const clock = await WrongClock.in(scene, { dir: scene.path("server", "store") });
	const server = await new Server(scene, { env: clock.env }).start();

	return { scene, clock, server };
}

async function drifts(provider, id) {
	return (await provider.events(id)).filter(({ kind }) => kind === "drift").map(({ detail }) => detail);
}

test("ours follows the provider's inventory; what it does not know is left alone", async (t) => {
	const { scene, clock, server } = await arrange(t);
	const system = await new StandInProvider().start();

	scene.atEnd(() => system.stop());
	const provider = await server.addProvider({ "verify-url": system.url });
	const ids = {};

	// What they say; "unknown" is answered 404.
	for (const says of ["active", "suspended", "cancelled", "unknown", "resumed"]) {
		ids[says] = (await provider.order(says)).id;
		if (says !== "unknown")
			system.set(says, says === "resumed" ? "active" : says);
	}
	await provider.suspend(ids.resumed);
	assert.equal(system.asked.length, 0);
	clock.setOff(DAY + 3600);
	await until("all were asked about", () => new Set(system.asked.map(({ subscription }) => subscription)).size === 5);
	await until("it is done", () => server.log().includes("compared with the inventory"));
	const states = {};

	for (const [says, id] of Object.entries(ids))
		states[says] = (await provider.get(id)).state;
	assert.deepEqual(states, { active: "pending", suspended: "suspended", cancelled: "cancelled", unknown: "pending",
		resumed: "active" });
	assert.deepEqual(await drifts(provider, ids.suspended),
		[{ ours: "pending", theirs: "suspended", outcome: "repaired" }]);
	assert.deepEqual(await drifts(provider, ids.unknown), []);
	assert.equal((await server.verifyLog()).intact, true);
});

test("however many it does not know, the comparison goes on behind them", async (t) => {
	const { scene, clock, server } = await arrange(t);
	const system = await new StandInProvider().start();

	scene.atEnd(() => system.stop());
	const provider = await server.addProvider({ "verify-url": system.url });
	const subs = [];

	for (let i = 0; i < 24; i++)
		subs.push(await provider.order(`line-${i}`));
	// They are asked about in the order of their ids: twenty are unknown, then come four that are suspended.
	subs.sort((a, b) => (a.id < b.id ? -1 : 1));
	for (const { external_id } of subs.slice(20))
		system.set(external_id, "suspended");
	clock.setOff(DAY + 3600);
	await until("it is done", () => server.log().includes("compared with the inventory"));
	for (const { id } of subs.slice(20))
		assert.equal((await provider.get(id)).state, "suspended");
	for (const { id } of subs.slice(0, 20))
		assert.equal((await provider.get(id)).state, "pending");
	assert.doesNotMatch(server.log(), /then it did not answer/);
});

test("the record of a TMF638 service is an answer too, asked for by the address with the id in it", async (t) => {
	const { scene, clock, server } = await arrange(t);
	const paths = [];
	const inventory = http.createServer((request, answer) => {
		const id = decodeURIComponent(request.url.split("/").pop());

		paths.push(request.url);
		answer.writeHead(200, { "Content-Type": "application/json" });
		answer.end(JSON.stringify({ id, state: id === "line/1" ? "inactive" : "terminated" }));
	});

	await new Promise((done) => inventory.listen(0, "127.0.0.1", done));
	scene.atEnd(() => inventory.close());
	const provider = await server.addProvider({
		"verify-url": `http://127.0.0.1:${inventory.address().port}/tmf-api/serviceInventory/v4/service/{id}` });
	const first = await provider.order("line/1"), second = await provider.order("line 2");

	clock.setOff(DAY + 3600);
	await until("both follow", async () => (await provider.get(first.id)).state === "suspended" &&
		(await provider.get(second.id)).state === "cancelled");
	assert.deepEqual(paths.sort(), ["/tmf-api/serviceInventory/v4/service/line%202",
		"/tmf-api/serviceInventory/v4/service/line%2F1"]);
});

test("kill -9 of the clerk in the middle: the comparison is begun again, and a silent system delays no other", async (t) => {
	const { scene, clock, server } = await arrange(t);
	const system = await new StandInProvider().start();
	const silent = http.createServer(() => {});
	const names = Array.from({ length: 30 }, (_, i) => `line-${i}`);

	await new Promise((done) => silent.listen(0, "127.0.0.1", done));
	scene.atEnd(() => silent.closeAllConnections());
	scene.atEnd(() => silent.close());
	scene.atEnd(() => system.stop());
	const quiet = await server.addProvider({ name: "Silent", "verify-url": `http://127.0.0.1:${silent.address().port}/` });
	const provider = await server.addProvider({ "verify-url": system.url });
	const ids = [];

	for (const name of names) {
		await quiet.order(name);
		system.set(name, "suspended");
		ids.push((await provider.order(name)).id);
	}
	clock.setOff(DAY + 3600);
	await until("it has begun", () => system.asked.length > 2);
	for (const { pid } of server.children("holdfast-clerk"))
		process.kill(pid, "SIGKILL");
	await until("all follow", async () => {
		const list = (await provider.ask("GET", "v1/subscriptions")).json.subscriptions;

		return list.length === names.length && list.every(({ state }) => state === "suspended");
	});
	for (const id of ids)
		assert.equal((await drifts(provider, id)).length, 1, "repaired once");
	const theirs = (await quiet.ask("GET", "v1/subscriptions")).json.subscriptions;

	assert.ok(theirs.every(({ state }) => state === "pending"), "no answer changes nothing");
});
