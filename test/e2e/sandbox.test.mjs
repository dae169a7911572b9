// `holdfast-server sandbox`: what somebody who writes an integration begins with. One line says all that they
// need; a subscription is there in every state; and it leaves nothing behind, however it is ended.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, programPath, until } from "./lib.mjs";
import { descendants } from "./processes.mjs";

/** A sandbox whose temporary files lie in the scene: { process, line, temporary, pids }. */
async function openSandbox(t, ...args) {
	const scene = Scene.of(t);
	const temporary = scene.path("tmp");

	mkdirSync(temporary);
	const process = scene.start("sandbox", programPath("holdfast-server"), ["sandbox", ...args],
		{ env: { TMPDIR: temporary } });
	const line = JSON.parse(await process.firstLine);

	return { process, line, temporary };
}

test("the sandbox says where it is and how to get in, and holds a subscription in every state", async (t) => {
	const { line } = await openSandbox(t);
	const list = await ask("GET", `${line.base}/v1/subscriptions`, { key: line.api_key });

	assert.match(line.base, /^http:\/\/127\.0\.0\.1:\d+$/);
	assert.equal(list.status, 200, list.text);
	assert.deepEqual(list.json.subscriptions.map((each) => each.state).sort(),
		["active", "cancelled", "expired", "pending", "suspended"]);
});

test("the sandbox's client gets a token that opens what the key opens", async (t) => {
	const { line } = await openSandbox(t);

	assert.deepEqual(Object.keys(line),
		["base", "api_key", "client_id", "client_secret", "example_order", "example_service"]);
	const granted = await ask("POST", `${line.base}/oauth2/token`, {
		body: new URLSearchParams({ grant_type: "client_credentials", client_id: line.client_id,
			client_secret: line.client_secret }).toString(),
		headers: { "Content-Type": "application/x-www-form-urlencoded" } });

	assert.equal(granted.status, 200, granted.text);
	for (const key of [line.api_key, granted.json.access_token]) {
		const list = await ask("GET", `${line.base}/tmf-api/serviceInventory/v4/service`, { key });

		assert.equal(list.status, 200, list.text);
		assert.ok(list.json.length >= 5);
	}
});

test("the sandbox's example bodies are accepted, again and again", async (t) => {
	const { line } = await openSandbox(t);
	const post = (path, body) => ask("POST", `${line.base}/tmf-api/${path}`, { key: line.api_key, body });
	const ids = new Set();

	for (let i = 0; i < 2; i++) {
		const order = await post("serviceOrdering/v4/serviceOrder", line.example_order);
		const service = await post("serviceInventory/v4/service", line.example_service);

		assert.deepEqual([order.status, order.json.state], [201, "completed"], order.text);
		assert.deepEqual([service.status, service.json.state], [201, "active"], service.text);
		for (const [name, value] of Object.entries(line.example_order))
			if (name !== "serviceOrderItem")
				assert.deepEqual(order.json[name], value);
		for (const [name, value] of Object.entries(line.example_service))
			if (name !== "serviceCharacteristic")
				assert.deepEqual(service.json[name], value);
		ids.add(order.json.id).add(service.json.id);
	}
	assert.equal(ids.size, 3, "the order has an external id: it is the same one; the service is another");
});

test("the sandbox listens at the port that it is told, and says when that is taken", async (t) => {
	const first = await openSandbox(t);
	const { port } = new URL(first.line.base);
	const scene = Scene.of(t);

	mkdirSync(scene.path("tmp"));
	const second = scene.start("second", programPath("holdfast-server"), ["sandbox", "--port", port],
		{ env: { TMPDIR: scene.path("tmp") } });

	assert.equal((await second.ended).status, 1);
	assert.match(scene.log("second"), new RegExp(`cannot listen at 127.0.0.1 port ${port}`));
	assert.deepEqual(readdirSync(scene.path("tmp")), []);
	await first.process.stop();
	assert.equal(new URL((await openSandbox(t, "--port", port)).line.base).port, port);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	test(`the sandbox that ${signal} ends leaves no file and no process`, async (t) => {
		const { process: sandbox, line, temporary } = await openSandbox(t);

		await until("it answers", async () => (await ask("GET", `${line.base}/healthz`)).status === 200);
		const pids = descendants(sandbox.pid).map((each) => each.pid);

		assert.ok(pids.length >= 3, "its processes");
		assert.equal(readdirSync(temporary).length, 1);
		assert.equal((await sandbox.stop({ signal })).status, 0);
		assert.deepEqual(readdirSync(temporary), []);
		for (const pid of pids)
			assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
	});
