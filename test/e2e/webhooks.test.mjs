// Webhooks: what happens to a provider's subscriptions reaches its receivers, signed as Standard Webhooks has it,
// whatever the receivers do; none is lost, and what comes twice can be told. The package `standardwebhooks`, and
// Node's crypto, verify what comes.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { test } from "node:test";

import { Webhook } from "standardwebhooks";

import { BareDevice } from "./bare_device.mjs";
import { WrongClock } from "./faults.mjs";
import { Scene, Server, until } from "./lib.mjs";
import { Receiver } from "./receiver.mjs";

const DAY = 86400;

async function arrange(t, options = {}) {
	const scene = Scene.of(t);
	const server = await new Server(scene, options).start();
	const provider = await server.addProvider();

	return { scene, server, provider };
}

async function addHook(provider, url, events) {
	const answer = await provider.ask("POST", "v1/webhooks", { url, ...events && { events } });

	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

async function getHook(provider, hook) {
	return (await provider.ask("GET", `v1/webhooks/${hook.id}`)).json;
}

/** The newest first; `query` such as "state=failed". */
async function deliveries(provider, hook, query = "") {
	return (await provider.ask("GET", `v1/deliveries?endpoint=${hook.id}&${query}`)).json.deliveries;
}

async function replay(provider, hook, since) {
	const answer = await provider.ask("POST", `v1/webhooks/${hook.id}/replay`, { since });

	assert.equal(answer.status, 200, answer.text);
	return answer.json.replayed;
}

/** Written from the standard's text alone. */
function isSigned({ headers, body }, secret) {
	const key = Buffer.from(secret.slice("whsec_".length), "base64");
	const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
	const want = `v1,${createHmac("sha256", key).update(text).digest("base64")}`;

	return headers["webhook-signature"].split(" ").includes(want);
}

test("an event reaches its receiver, signed so that the standard's own library takes it", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver().start(scene);
	const other = await new Receiver().start(scene);
	const hook = await addHook(provider, receiver.url);

	await addHook(provider, other.url, ["subscription.suspended"]);
	const { id } = await provider.order("order-1");

	await provider.suspend(id);
	await until("both events came", () => receiver.got.length === 2 && other.got.length === 1);
	for (const request of receiver.got) {
		const told = new Webhook(hook.secret).verify(request.body, request.headers);

		assert.ok(isSigned(request, hook.secret));
		assert.equal(told.data.subscription, id);
		assert.equal(told.data.external_id, "order-1");
		assert.equal(request.headers["content-type"], "application/json");
	}
	assert.throws(() => new Webhook(hook.secret).verify(receiver.got[0].body.replace("order-1", "order-2"),
		receiver.got[0].headers), /No matching signature/);
	const [suspended] = receiver.of("subscription.suspended");

	assert.deepEqual(suspended.json.data.detail.reason, "billing");
	assert.equal(suspended.json.data.sequence, receiver.of("subscription.ordered")[0].json.data.sequence + 1);
	assert.equal(Number.isNaN(Date.parse(suspended.json.timestamp)), false);
	assert.equal(other.got[0].json.type, "subscription.suspended");
	assert.notEqual(other.got[0].headers["webhook-id"], suspended.headers["webhook-id"]);
});

test("while a secret is rotated the old one verifies too", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver().start(scene);
	const hook = await addHook(provider, receiver.url);
	const rotated = (await provider.ask("POST", `v1/webhooks/${hook.id}/secret`)).json;

	assert.notEqual(rotated.secret, hook.secret);
	await provider.order("order-1");
	await until("it came", () => receiver.got.length === 1);
	for (const secret of [hook.secret, rotated.secret])
		new Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers);
});

test("another provider's events do not come, nor can its webhooks and deliveries be seen", async (t) => {
	const { scene, server, provider } = await arrange(t);
	const other = await server.addProvider({ name: "Other" });
	const receiver = await new Receiver().start(scene);
	const hook = await addHook(provider, receiver.url);

	await other.order("theirs");
	await provider.order("ours");
	await until("ours came", () => receiver.got.length > 0);
	assert.deepEqual(receiver.names(), ["ours"]);
	const [delivery] = await deliveries(provider, hook);

	for (const path of [`v1/webhooks/${hook.id}`, `v1/deliveries/${delivery.id}`])
		assert.equal((await other.ask("GET", path)).status, 404);
	assert.deepEqual(await deliveries(other, hook), []);
	assert.equal((await other.ask("POST", `v1/deliveries/${delivery.id}/replay`)).status, 404);
});

test("a receiver that fails once is asked again, under the same id and signed anew", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver((_, response, { got }) =>
		response.writeHead(got.length === 1 ? 500 : 200).end("thanks")).start(scene);
	const hook = await addHook(provider, receiver.url);

	await provider.order("order-1");
	const delivery = await until("it was delivered", async () =>
		(await deliveries(provider, hook)).find(({ state }) => state === "delivered"));
	const [first, second] = receiver.got;

	assert.equal(receiver.got.length, 2);
	assert.equal(delivery.attempts, 2);
	assert.equal(delivery.status, 200);
	assert.equal(first.headers["webhook-id"], delivery.id);
	assert.equal(second.headers["webhook-id"], delivery.id);
	assert.equal(first.body, second.body);
	assert.ok(Number(second.headers["webhook-timestamp"]) > Number(first.headers["webhook-timestamp"]));
	for (const request of receiver.got)
		assert.ok(isSigned(request, hook.secret));
});

test("410 disables the endpoint, and the provider's others are told", async (t) => {
	const { scene, provider } = await arrange(t);
	const gone = await new Receiver((_, response) => response.writeHead(410).end()).start(scene);
	const other = await new Receiver().start(scene);
	const hook = await addHook(provider, gone.url);

	await addHook(provider, other.url, ["endpoint.disabled"]);
	await provider.order("order-1");
	await until("the other was told", () => other.of("endpoint.disabled").length === 1);
	const seen = await getHook(provider, hook);

	assert.equal(seen.disabled_reason, "gone");
	assert.notEqual(seen.disabled, null);
	assert.equal(other.got[0].json.data.detail.endpoint, hook.id);
	assert.equal(other.got[0].json.data.detail.why, "gone");
	const calls = gone.got.length;

	await provider.order("order-2");
	await until("the other event was looked at", async () =>
		(await provider.ask("GET", "v1/subscriptions?external_id=order-2")).json.subscriptions.length === 1);
	assert.deepEqual((await deliveries(provider, hook)).map(({ state }) => state), ["failed"]);
	assert.equal(gone.got.length, calls);
});

test("no redirect is followed", async (t) => {
	const { scene, provider } = await arrange(t);
	const target = await new Receiver().start(scene);
	const receiver = await new Receiver((_, response) =>
		response.writeHead(307, { Location: target.url }).end()).start(scene);
	const hook = await addHook(provider, receiver.url);

	await provider.order("order-1");
	const delivery = await until("it failed twice", async () =>
		(await deliveries(provider, hook)).find(({ attempts }) => attempts >= 2));

	assert.equal(delivery.state, "pending");
	assert.equal(delivery.status, 307);
	assert.equal(target.got.length, 0);
});

test("an answer without an end is cut off, and its status counts", async (t) => {
	const { scene, provider } = await arrange(t);
	let sent = 0;
	const receiver = await new Receiver((_, response) => {
		const pour = () => {
			while (!response.destroyed && response.write("x".repeat(65536)))
				sent += 65536;
		};

		response.writeHead(200);
		response.on("drain", pour);
		pour();
	}).start(scene);
	const hook = await addHook(provider, receiver.url);

	await provider.order("order-1");
	await until("it counts as delivered", async () => (await deliveries(provider, hook, "state=delivered")).length === 1);
	await until("it was cut off", () => receiver.open === 0);
	assert.equal(receiver.got.length, 1);
	assert.ok(sent < 64 << 20, `${sent} bytes were taken`);
});

test("receivers that hang, refuse or fail delay nobody else", async (t) => {
	const { scene, provider } = await arrange(t);
	const hanging = await new Receiver(() => {}).start(scene);
	const failing = await new Receiver((_, response) => response.writeHead(500).end()).start(scene);
	const good = await new Receiver().start(scene);
	const dead = await new Receiver().start(scene);
	const names = Array.from({ length: 40 }, (_, i) => `order-${String(i).padStart(2, "0")}`);

	await dead.stop();
	for (const url of [hanging.url, dead.url, failing.url])
		await addHook(provider, url);
	const hook = await addHook(provider, good.url);

	for (const name of names)
		await provider.order(name);
	await until("the good one has them all", () => good.names().length === names.length);
	assert.deepEqual(good.names(), names);
	assert.equal(good.got.length, names.length, "each came once");
	// It has not answered one of them yet, and holds no more than its lane allows.
	assert.ok(hanging.mostOpen <= 4, `${hanging.mostOpen} at once`);
	await until("they are written down", async () => (await deliveries(provider, hook, "state=pending")).length === 0);
});

test("Retry-After is kept to, for all that goes to that receiver", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver((_, response) =>
		response.writeHead(503, { "Retry-After": "3600" }).end()).start(scene);
	const hook = await addHook(provider, receiver.url);

	await provider.order("order-1");
	const [delivery] = await until("it was put off", async () => {
		const list = await deliveries(provider, hook);

		return list[0]?.attempts === 1 && list;
	});

	assert.ok(Date.parse(delivery.next_attempt) - receiver.got[0].at > 3590 * 1000, delivery.next_attempt);
	await provider.order("order-2");
	await until("the second is kept", async () => (await deliveries(provider, hook)).length === 2);
	// The clerk looks ten times a second: by now it would have gone out.
	await new Promise((done) => setTimeout(done, 500));
	assert.equal(receiver.got.length, 1);
});

test("after three days a delivery has failed and its endpoint is disabled; repaired, all can be replayed", async (t) => {
	const scene = Scene.of(t);
	// Web and clerk may reach no other folder.
	const clock = await WrongClock.in(scene, { dir: scene.path("server", "store") });
	const server = await new Server(scene, { env: clock.env }).start();
	const provider = await server.addProvider();
	const receiver = await new Receiver().start(scene);
	const { port } = receiver;

	await receiver.stop();
	const hook = await addHook(provider, receiver.url);
	const since = new Date(Date.now() - 60000).toISOString().replace(/\.\d+Z/, "Z");

	await provider.order("order-1");
	await provider.order("order-2");
	await until("it was tried", async () => (await deliveries(provider, hook)).some(({ attempts }) => attempts > 0));
	clock.setOff(3 * DAY - 600);
	await until("it was tried on the last day", async () =>
		(await deliveries(provider, hook)).some(({ attempts }) => attempts > 1));
	assert.equal((await getHook(provider, hook)).disabled, null);
	clock.setOff(3 * DAY + 8 * 3600);
	await until("the endpoint is disabled", async () => (await getHook(provider, hook)).disabled !== null);
	assert.equal((await getHook(provider, hook)).disabled_reason, "failing");
	assert.deepEqual((await deliveries(provider, hook, "state=failed")).length, 2);
	const refused = await provider.ask("POST", `v1/deliveries/${(await deliveries(provider, hook))[0].id}/replay`);

	assert.equal(refused.json.code, "endpoint_disabled");
	const back = await new Receiver().start(scene, { port });

	assert.equal((await provider.ask("PATCH", `v1/webhooks/${hook.id}`, { disabled: false })).status, 200);
	assert.equal(await replay(provider, hook, since), 2);
	await until("both came", () => back.names().length === 2);
	await until("both are written down", async () => (await deliveries(provider, hook, "state=delivered")).length === 2);
	// One that was delivered can be had once more.
	const [delivery] = await deliveries(provider, hook);

	assert.equal((await provider.ask("POST", `v1/deliveries/${delivery.id}/replay`)).status, 200);
	await until("it came again", () => back.got.filter(({ headers }) => headers["webhook-id"] === delivery.id).length === 2);
});

test("a server in service calls no neighbour, whatever the receiver's name resolves to", async (t) => {
	const { scene, provider } = await arrange(t, { args: ["--callbacks", "public"] });
	let connections = 0;
	const neighbour = createServer((socket) => {
		connections++;
		socket.destroy();
	});

	await new Promise((done) => neighbour.listen(0, "0.0.0.0", done));
	scene.atEnd(() => neighbour.close());
	for (const url of [`http://127.0.0.1:${neighbour.address().port}/`, `https://localhost:${neighbour.address().port}/`])
		assert.equal((await provider.ask("POST", "v1/webhooks", { url })).json.code, "callback_url", url);
	// Names that look like any other, of this machine and of a private address.
	const hooks = [];

	for (const host of [hostname(), "127.1", "0x7f000001", "2130706433", "10.0.0.1", "[::ffff:127.0.0.1]", "169.254.169.254"])
		hooks.push(await addHook(provider, `https://${host}:${neighbour.address().port}/`));
	await provider.order("order-1");
	for (const hook of hooks) {
		const [delivery] = await until(`${hook.url} was refused`, async () => {
			const list = await deliveries(provider, hook);

			return list[0]?.attempts > 0 && list;
		});

		assert.match(delivery.error, /may not be called/, hook.url);
	}
	assert.equal(connections, 0);
});

test("kill -9 of clerk and courier while deliveries go out: none is lost, and what comes twice has the same id", async (t) => {
	const { scene, server, provider } = await arrange(t);
	const receiver = await new Receiver((_, response) => setTimeout(() => response.writeHead(204).end(), 20)).start(scene);
	const hook = await addHook(provider, receiver.url);
	const names = Array.from({ length: 120 }, (_, i) => `order-${String(i).padStart(3, "0")}`);
	const killing = (async () => {
		// Each time it ends soon the parent waits longer before it starts it again: four times are a second or two.
		for (let i = 0; i < 8; i++) {
			const program = ["holdfast-clerk", "holdfast-courier"][i % 2];
			const [victim] = await until(`${program} runs`, () => {
				const found = server.children(program);

				return found.length > 0 && found;
			});

			process.kill(victim.pid, "SIGKILL");
			await new Promise((done) => setTimeout(done, 150));
		}
	})();

	for (const name of names)
		await provider.order(name);
	await killing;
	await until("all came", () => receiver.names().length === names.length);
	await until("all are written down", async () => (await deliveries(provider, hook, "state=pending")).length === 0);
	assert.deepEqual(receiver.names(), names);
	const ids = new Map();

	for (const { json, headers } of receiver.got) {
		const known = ids.get(json.data.external_id) ?? headers["webhook-id"];

		assert.equal(headers["webhook-id"], known, "the receiver can tell that it came before");
		ids.set(json.data.external_id, known);
	}
	assert.equal(new Set(ids.values()).size, names.length);
	assert.equal((await server.verifyLog()).intact, true);
});

test("a server that is stopped brings what is under way to its end, and repeats none of it", async (t) => {
	const { scene, server, provider } = await arrange(t);
	const receiver = await new Receiver((_, response) =>
		setTimeout(() => response.writeHead(204).end(), 700)).start(scene);
	const hook = await addHook(provider, receiver.url);

	await provider.order("order-1");
	await until("it is under way", () => receiver.open === 1);
	await server.stop();
	assert.equal(receiver.got.length, 1);
	await server.start();
	const [delivery] = await deliveries(provider, hook);

	assert.equal(delivery.state, "delivered");
	assert.equal(delivery.attempts, 1);
	await provider.order("order-2");
	await until("the next came", () => receiver.names().length === 2);
	assert.equal(receiver.got.length, 2);
});

test("what happens by itself happens on time, also what was due while the server was down", async (t) => {
	const scene = Scene.of(t);
	const clock = await WrongClock.in(scene, { dir: scene.path("server", "store") });
	const server = await new Server(scene, { env: clock.env }).start();
	const provider = await server.addProvider();
	const receiver = await new Receiver().start(scene);
	const paidUntil = new Date(Date.now() + 3 * DAY * 1000).toISOString().replace(/\.\d+Z/, "Z");

	await addHook(provider, receiver.url);
	const { id, activation_code: code } = await provider.order("order-1", 1, { paid_until: paidUntil });

	assert.equal((await new BareDevice(server, "laptop").activate(code)).status, 201);
	await until("it is active", () => receiver.of("subscription.activated").length === 1);
	assert.equal(receiver.of("subscription.reminder").length, 0);
	clock.setOff(2 * DAY + 3600);
	await until("the person is reminded a day before", () => receiver.of("subscription.reminder").length === 1);
	assert.equal(receiver.of("subscription.reminder")[0].json.data.detail.about, "expiry");
	await server.stop();
	clock.setOff(4 * DAY);
	await server.start();
	await until("it has expired", () => receiver.of("subscription.expired").length === 1);
	assert.equal((await provider.get(id)).state, "expired");
	assert.equal(receiver.of("subscription.expired")[0].json.data.detail.effective, Date.parse(paidUntil) / 1000);
});

test("listeners of the TM Forum interfaces hear of a service's changes, each at its own interface", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver().start(scene);
	const other = await new Receiver().start(scene);
	const added = await provider.ask("POST", "tmf-api/serviceInventory/v4/hub", { callback: receiver.url });

	assert.equal(added.status, 201, added.text);
	await provider.ask("POST", "tmf-api/serviceOrdering/v4/hub", { callback: other.url });
	const { id } = await provider.order("order-1");

	await provider.suspend(id);
	const told = await until("the change came", () => receiver.got.find(({ json }) =>
		json.eventType === "ServiceStateChangeEvent"));

	assert.equal(told.json.event.service.id, id);
	assert.equal(told.headers["webhook-signature"], undefined);
	assert.equal(other.got.length, 0);
	assert.equal((await provider.ask("DELETE", `tmf-api/serviceInventory/v4/hub/${added.json.id}`)).status, 204);
	const before = receiver.got.length;

	await provider.resume(id);
	await until("the log has it", async () => (await provider.events(id)).some(({ kind }) => kind === "resume"));
	assert.equal(receiver.got.length, before);
});
