// Listeners of the TM Forum interfaces: what happens to orders and services is POSTed to their callbacks as TMF641 and
// TMF638 have it; and orders for later are done by the server on its own, also when it was down at the time.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";

import { Scene, Server, until } from "./lib.mjs";
import { Receiver } from "./receiver.mjs";

const ORDERING = "tmf-api/serviceOrdering/v4";
const INVENTORY = "tmf-api/serviceInventory/v4";
const ADD = { id: "1", action: "add", service: { state: "active" } };

async function arrange(t) {
	const scene = Scene.of(t);
	const server = await new Server(scene).start();

	return { scene, server, provider: await server.addProvider() };
}

/** The answer's JSON, when it has this status. */
async function expect(status, provider, method, path, body) {
	const answer = await provider.ask(method, path, body);

	assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
	return answer.json;
}

async function listen(provider, base, receiver, query) {
	return expect(201, provider, "POST", `${base}/hub`, { callback: receiver.url, query });
}

/** In the order of what happened: several are under way at once. */
function told(receiver) {
	return receiver.got.map((request) => request.json)
		.sort((a, b) => Number(a.eventId.slice(4)) - Number(b.eventId.slice(4)));
}

/** What one notification must hold. */
function assertNotification(it, name) {
	for (const key of ["eventId", "eventTime", "eventType", "correlationId", "domain"])
		assert.equal(typeof it[key], "string", key);
	assert.ok(!Number.isNaN(Date.parse(it.eventTime)));
	assert.deepEqual(Object.keys(it.event), [name]);
	assert.ok(it.event[name].id && it.event[name].href);
}

test("a listener of orders is told each step of an order, and one of services of the service", async (t) => {
	const { scene, server, provider } = await arrange(t);
	const [orders, services] = [await new Receiver().start(scene), await new Receiver().start(scene)];

	await listen(provider, ORDERING, orders);
	await listen(provider, INVENTORY, services);
	const order = await expect(201, provider, "POST", `${ORDERING}/serviceOrder`, { serviceOrderItem: [ADD], category: "x" });
	const { service } = order.serviceOrderItem[0];

	await expect(200, provider, "PATCH", `${ORDERING}/serviceOrder/${order.id}`, { description: "y" });
	await expect(204, provider, "DELETE", `${ORDERING}/serviceOrder/${order.id}`);
	await provider.suspend(service.id);
	await expect(200, provider, "PATCH", `${INVENTORY}/service/${service.id}`, { name: "z" });
	await expect(204, provider, "DELETE", `${INVENTORY}/service/${service.id}`);
	await until("all came", () => orders.got.length === 5 && services.got.length === 5);

	for (const it of told(orders)) {
		assertNotification(it, "serviceOrder");
		assert.equal(it.event.serviceOrder.href, server.at(`${ORDERING}/serviceOrder/${order.id}`));
		assert.equal(it.event.serviceOrder.category, "x");
		assert.ok(!JSON.stringify(it).includes("activationCode"));
	}
	assert.deepEqual(told(orders).map((it) => [it.eventType, it.event.serviceOrder.state]), [
		["ServiceOrderCreateEvent", "acknowledged"],
		["ServiceOrderStateChangeEvent", "inProgress"],
		["ServiceOrderStateChangeEvent", "completed"],
		["ServiceOrderAttributeValueChangeEvent", "completed"],
		["ServiceOrderDeleteEvent", "completed"],
	]);
	for (const it of told(services))
		assertNotification(it, "service");
	assert.deepEqual(told(services).map((it) => it.eventType), ["ServiceCreateEvent", "ServiceStateChangeEvent",
		"ServiceAttributeValueChangeEvent", "ServiceStateChangeEvent", "ServiceDeleteEvent"]);
	assert.equal(told(services)[1].event.service.state, "inactive");
	assert.equal(told(services)[3].event.service.state, "terminated");
	assert.equal(new Set(told(orders).map((it) => it.eventId)).size, 5);
});

test("a listener hears what its query wants, until it is unregistered, and nothing of another provider", async (t) => {
	const { scene, server, provider } = await arrange(t);
	const other = await server.addProvider({ name: "Other" });
	const receiver = await new Receiver().start(scene);
	const hub = await listen(provider, INVENTORY, receiver, "eventType=ServiceStateChangeEvent&event.service.state=inactive");

	await other.suspend((await other.order("theirs")).id);
	const { id } = await provider.order("ours");

	await provider.suspend(id);
	await provider.resume(id);
	await provider.suspend(id);
	await until("both suspensions came", () => receiver.got.length === 2);
	for (const it of told(receiver))
		assert.deepEqual([it.eventType, it.event.service.id, it.event.service.state],
			["ServiceStateChangeEvent", id, "inactive"]);
	await expect(204, provider, "DELETE", `${INVENTORY}/hub/${hub.id}`);
	await provider.resume(id);
	await provider.suspend(id);
	await pause(1000);
	assert.equal(receiver.got.length, 2);
});

test("an order for later is done at its time by the server itself, and told of", async (t) => {
	const { scene, provider } = await arrange(t);
	const receiver = await new Receiver().start(scene);

	await listen(provider, ORDERING, receiver, "eventType=ServiceOrderStateChangeEvent");
	const requestedStartDate = new Date(Date.now() + 2000).toISOString();
	const order = await expect(201, provider, "POST", `${ORDERING}/serviceOrder`, { serviceOrderItem: [ADD], requestedStartDate });

	assert.equal(order.state, "pending");
	const path = `${ORDERING}/serviceOrder/${order.id}`;
	const done = await until("it is completed", async () => {
		const it = await expect(200, provider, "GET", path);

		return it.state === "completed" && it;
	});

	assert.ok(Date.now() >= Date.parse(requestedStartDate) - 1000);
	assert.equal((await provider.get(done.serviceOrderItem[0].service.id)).state, "pending");
	await until("it was told", () => receiver.got.length === 4);
	assert.deepEqual(told(receiver).map((it) => it.event.serviceOrder.state), ["inProgress", "pending", "inProgress", "completed"]);
});

test("what came due while the server was down is done when it is back", async (t) => {
	const { server, provider } = await arrange(t);
	const requestedStartDate = new Date(Date.now() + 1500).toISOString();
	const order = await expect(201, provider, "POST", `${ORDERING}/serviceOrder`, { serviceOrderItem: [ADD], requestedStartDate });
	const waiting = await expect(201, provider, "POST", `${ORDERING}/serviceOrder`, { serviceOrderItem: [ADD],
		requestedStartDate: "2031-01-31T00:00:00Z" });
	const cancellation = await expect(201, provider, "POST", `${ORDERING}/cancelServiceOrder`, { serviceOrder: { id: waiting.id },
		requestedCancellationDate: requestedStartDate });

	assert.deepEqual([order.state, cancellation.state], ["pending", "accepted"]);
	await server.stop();
	await pause(2000);
	await server.start();
	const states = async () => [(await expect(200, provider, "GET", `${ORDERING}/serviceOrder/${order.id}`)).state,
		(await expect(200, provider, "GET", `${ORDERING}/serviceOrder/${waiting.id}`)).state,
		(await expect(200, provider, "GET", `${ORDERING}/cancelServiceOrder/${cancellation.id}`)).state];

	await until("both are done", async () => (await states()).join() === "completed,cancelled,done");
	assert.equal((await server.verifyLog()).intact, true);
});
