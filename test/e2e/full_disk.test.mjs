// A disk that is full: whatever needs room is refused with a sentence that says so, nothing is half done, and
// when there is room again everything goes on without help.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ask } from "./http.mjs";
import { FullDisk } from "./faults.mjs";
import { Scene, Server } from "./lib.mjs";

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
