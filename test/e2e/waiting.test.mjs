// Devices that are not protected wait at the server: each hears of its own change on the very request that waits,
// and of nobody else's. How fast is measured by bench/reinstate.mjs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { Scene, Server, until } from "./lib.mjs";

const WAITING = 60;

test("each of many waiting devices is told of its own reinstatement, on the request that waits", async (t) => {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();
	const answered = new Set();
	const all = [];

	for (let i = 0; i < WAITING; i++) {
		const subscription = await provider.order(`waiting-${i}`);
		const device = new BareDevice(server, `waiting-${i}`);

		assert.equal((await device.activate(subscription.activation_code)).status, 201);
		await provider.suspend(subscription.id);
		const lease = await device.lease();

		assert.deepEqual(lease.features, []);
		all.push({ subscription, device, lease });
	}
	for (const [i, each] of all.entries())
		each.answer = each.device.wait(each.lease).then((now) => {
			answered.add(i);
			return now;
		});
	for (const [i, { subscription, answer }] of all.entries()) {
		await provider.resume(subscription.id);
		const now = await answer;

		assert.equal(now.sid, subscription.id);
		assert.ok(now.features.length > 0, `${i} is protected`);
		assert.deepEqual([...answered].sort((a, b) => a - b), Array.from({ length: i + 1 }, (_, k) => k),
			"nobody else was answered");
	}
});

test("when a device was last seen shows soon after its check-in", async (t) => {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();
	const subscription = await provider.order("seen");
	const device = new BareDevice(server, "seen");

	await device.activate(subscription.activation_code);
	assert.equal((await provider.get(subscription.id)).devices[0].generation, 0);
	await device.ask("checkin", { nonce: Buffer.alloc(32).toString("base64url"), generation: 7 });
	await until("it is written down", async () =>
		(await provider.get(subscription.id)).devices[0].generation === 7);
	await server.stop();
	await server.start();
	assert.equal((await provider.get(subscription.id)).devices[0].generation, 7);
});
