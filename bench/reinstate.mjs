#!/usr/bin/env node
// How long from "resume" at the provider until a device has a lease that protects, while a thousand unprotected
// devices wait? Whoever waits is another connection; the devices are reinstated one after the other.

import { setTimeout as pause } from "node:timers/promises";

import { BareDevice } from "../test/e2e/bare_device.mjs";
import { Scene, Server } from "../test/e2e/lib.mjs";

const usage = "usage: HOLDFAST_BUILD=BUILD-FOLDER node bench/reinstate.mjs [WAITING [REINSTATED]]\n\n" +
	"1000 wait and 300 of them are reinstated unless given. Prints one line.\n";
const [waiting, reinstated, ...more] = process.argv.slice(2).map(Number);
const count = waiting ?? 1000, rounds = reinstated ?? Math.min(300, count);

if (!(count > 0) || !(rounds > 0) || rounds > count || more.length > 0) {
	process.stderr.write(usage);
	process.exit(2);
}
const scene = new Scene();
const at = (list, p) => list[Math.min(list.length - 1, Math.floor(list.length * p))].toFixed(0);

async function makeWaiting(server, provider, i) {
	const subscription = await provider.order(`waiting-${i}`);
	const device = new BareDevice(server, `waiting-${i}`);

	await device.activate(subscription.activation_code);
	await provider.suspend(subscription.id);
	const lease = await device.lease();

	return { id: subscription.id, device, lease };
}

try {
	const server = await new Server(scene).start();
	const provider = await server.addProvider();
	const all = [];

	for (let i = 0; i < count; i++)
		all.push(await makeWaiting(server, provider, i));
	const took = [];
	let over = false;
	// All wait, and wait again when their time is over, until they are protected.
	const held = all.map(async (each) => {
		for (let now = each.lease; !over; now = await each.device.wait(now))
			if (now.features.length > 0)
				return performance.now();
	});

	// Those that still wait when the server stops have nobody to tell.
	held.forEach((each) => each.catch(() => {}));
	await pause(2000);
	for (let i = 0; i < rounds; i++) {
		const begun = performance.now();

		await provider.resume(all[i].id);
		took.push(await held[i] - begun);
	}
	over = true;
	took.sort((a, b) => a - b);
	console.log(`reinstated, ${count} waiting: ${rounds} times, p50 ${at(took, 0.5)} ms, p99 ${at(took, 0.99)} ms, ` +
		`max ${at(took, 1)} ms`);
} finally {
	await scene.close();
	process.exit();
}
