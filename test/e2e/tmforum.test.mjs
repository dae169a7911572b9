// The TM Forum interfaces, as a provider's order management and somebody's conformance kit use them: every check
// here is written from the published specifications (TMF641 v4.1, TMF638 v4.0, TMF622, 637, 629, 632 v4.0, and the
// REST guidelines TMF630), not from the code.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask, sendRaw } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";

const ORDERS = "tmf-api/serviceOrdering/v4/serviceOrder";
const CANCELLATIONS = "tmf-api/serviceOrdering/v4/cancelServiceOrder";
const SERVICES = "tmf-api/serviceInventory/v4/service";
const PRODUCT_ORDERS = "tmf-api/productOrderingManagement/v4/productOrder";
const PRODUCTS = "tmf-api/productInventory/v4/product";
const CUSTOMERS = "tmf-api/customerManagement/v4/customer";
const INDIVIDUALS = "tmf-api/party/v4/individual";
const ORGANIZATIONS = "tmf-api/party/v4/organization";
const HUBS = ["serviceOrdering", "serviceInventory", "productOrderingManagement", "productInventory",
	"customerManagement", "party"].map((name) => `tmf-api/${name}/v4/hub`);

let scene, server, mine, theirs;

before(async () => {
	scene = new Scene();
	server = await new Server(scene).start();
	mine = await server.addProvider();
	theirs = await server.addProvider({ name: "Other Broadband" });
});

after(() => scene.close());

/** Ask as `who` (us unless given). */
function call(method, path, { body, type, who = mine, headers } = {}) {
	return ask(method, server.at(path), { key: who.key, body,
		headers: { ...headers, ...type === undefined ? {} : { "Content-Type": type } } });
}

/** A call that must be answered with this status; returns the answer. */
async function expect(status, method, path, options) {
	const answer = await call(method, path, options);

	assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
	return answer;
}

/** Who answers now. */
const webs = () => server.children("holdfast-web").map(({ pid }) => pid).sort();

function characteristics(holder, name = "serviceCharacteristic") {
	return Object.fromEntries(holder[name].map((each) => [each.name, each.value]));
}

const add = (more = {}, characteristic = []) => ({ id: "1", action: "add", service: { state: "active",
	serviceType: "CFS", serviceSpecification: { id: "12", name: "Protection" },
	serviceCharacteristic: characteristic, ...more } });
const orderOf = (...items) => ({ serviceOrderItem: items });

const full = {
	category: "Broadband, fast", description: "an order with everything", externalId: "everything-1",
	notificationContact: "ops@example.net", priority: "1",
	requestedCompletionDate: "2018-01-15T09:37:40.508Z", requestedStartDate: "2018-01-15T09:37:40.508Z",
	cancellationReason: "none yet", cancellationDate: "2018-01-15T09:37:40.508Z",
	externalReference: [{ name: "ticket", externalReferenceType: "crm", id: "7" }],
	note: [{ author: "Ann", date: "2018-01-15T09:37:40.508Z", text: "hello" }],
	orderRelationship: [{ id: "x", relationshipType: "dependency" }],
	relatedParty: [{ id: "p1", role: "payer", name: "Ann", "@referredType": "Individual" }],
	"@baseType": "ServiceOrder", "@type": "ServiceOrder", "@schemaLocation": "http://example.net/schema.json",
	ours: { kept: [1, 2.5, null, true] },
	serviceOrderItem: [{ ...add({ name: "Ann's protection" }, [{ name: "seats", valueType: "integer", value: 3 }]),
		quantity: 1, appointment: { id: "a1" }, "@type": "ServiceOrderItem" }],
};

const MANDATORY_ORDER = ["id", "href", "state", "orderDate", "serviceOrderItem"];
const MANDATORY_SERVICE = ["id", "href", "state", "serviceDate", "serviceSpecification"];

function assertHas(resource, names) {
	for (const name of names)
		assert.notEqual(resource[name], undefined, `${name} is missing in ${JSON.stringify(resource)}`);
}

/** An error as TMF630 has it. */
function assertError(answer, code) {
	assert.equal(typeof answer.json.code, "string");
	assert.equal(typeof answer.json.reason, "string");
	assert.equal(typeof answer.json.message, "string");
	assert.equal(answer.json.status, String(answer.status));
	if (code !== undefined)
		assert.equal(answer.json.code, code);
}

test("an order is created with its address, all that was sent, and all that is mandatory", async () => {
	const created = await expect(201, "POST", ORDERS, { body: full });
	const order = created.json;

	assertHas(order, MANDATORY_ORDER);
	assert.equal(created.headers.location, order.href);
	assert.equal(order.href, server.at(`${ORDERS}/${order.id}`));
	assert.match(created.headers["content-type"], /^application\/json/);
	for (const [name, value] of Object.entries(full))
		if (name !== "serviceOrderItem")
			assert.deepEqual(order[name], value, name);
	assert.equal(order.serviceOrderItem[0].id, "1");
	assert.equal(order.serviceOrderItem[0].appointment.id, "a1");
	assert.equal(order.state, "completed");
	assert.equal(order.serviceOrderItem[0].state, "completed");
	assert.deepEqual((await ask("GET", order.href, { key: mine.key })).json, order);

	const { service } = order.serviceOrderItem[0];
	const { activationCode, seats } = characteristics(service);

	assert.match(activationCode, /^[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
	assert.equal(seats, 3);
	const subscription = await mine.get(service.id);

	assert.equal(subscription.state, "pending");
	assert.equal(subscription.seats, 3);
	assert.equal(subscription.external_id, "everything-1");
	const shown = (await ask("GET", service.href, { key: mine.key })).json;

	assert.equal(shown.id, service.id);
	assert.equal(shown.name, "Ann's protection");
	assert.equal(shown.state, "active");
	assert.deepEqual(shown.serviceOrderItem, [{ itemId: "1", serviceOrderId: order.id, itemAction: "add",
		"@referredType": "ServiceOrder" }]);
	assert.equal(characteristics(shown).activationCode, undefined, "the inventory does not show the code");
});

test("an order needs items, each with an id, an action and a service", async () => {
	const cases = [
		{},
		{ serviceOrderItem: [] },
		{ serviceOrderItem: {} },
		{ serviceOrderItem: [1] },
		orderOf({ ...add(), id: undefined }),
		orderOf({ ...add(), id: "" }),
		orderOf({ ...add(), action: undefined }),
		orderOf({ ...add(), action: "remove" }),
		orderOf({ ...add(), service: undefined }),
		orderOf({ ...add(), service: "x" }),
		orderOf({ ...add(), quantity: 0 }),
		orderOf({ ...add(), quantity: "1" }),
		orderOf(add(), add()),
		orderOf(add({ state: "suspended" })),
		orderOf(add({ state: "terminated" })),
		orderOf(add({}, [{ name: "seats", value: 0 }])),
		orderOf(add({}, [{ name: "seats", value: "many" }])),
		orderOf(add({}, [{ name: "paidUntil", value: "soon" }])),
		orderOf(add({}, [{ name: "reason", value: "because" }])),
		orderOf({ ...add(), action: "modify" }),
		orderOf({ ...add(), serviceOrderItem: [{ id: "2" }] }),
		{ ...orderOf(add()), requestedStartDate: "soon" },
		{ ...orderOf(add()), externalId: 7 },
		{ ...orderOf(add()), externalId: "x".repeat(101) },
		{ ...orderOf(add()), note: "text" },
		{ ...orderOf(add()), relatedParty: ["x"] },
		[],
	];

	for (const body of cases)
		assertError(await expect(400, "POST", ORDERS, { body }), "malformed_request");
	assertError(await expect(400, "POST", ORDERS, { body: "{" }), "malformed_json");
	assertError(await expect(400, "POST", ORDERS, { body: "" }));
	assertError(await expect(415, "POST", ORDERS, { body: "<order/>", type: "application/xml" }));
});

test("what only the server says is dropped when an order is created", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), id: "mine", href: "x",
		state: "failed", orderDate: "2001-01-01T00:00:00Z", completionDate: "2001-01-01T00:00:00Z",
		milestone: [{ id: "1" }], errorMessage: [{ code: "x" }] } });

	assert.notEqual(order.id, "mine");
	assert.equal(order.state, "completed");
	assert.match(order.orderDate, /^20[2-9]/);
	assert.equal(order.milestone, undefined);
	assert.equal(order.errorMessage, undefined);
});

test("an order with an external id that was used before is the same order, or a conflict", async () => {
	const body = { ...orderOf(add()), externalId: "once", priority: "1" };
	const first = await expect(201, "POST", ORDERS, { body });
	const total = Number((await call("GET", SERVICES)).headers["x-total-count"]);
	const again = await expect(201, "POST", ORDERS, { body: { priority: "1", externalId: "once", ...orderOf(add()) } });

	assert.deepEqual(again.json, first.json);
	assert.equal(again.headers.location, first.headers.location);
	assert.equal(Number((await call("GET", SERVICES)).headers["x-total-count"]), total, "nothing is ordered twice");
	assertError(await expect(409, "POST", ORDERS, { body: { ...body, priority: "2" } }), "duplicate_order");
	await expect(201, "POST", ORDERS, { body: { ...body, priority: "2" }, who: theirs });
	await expect(204, "DELETE", `${ORDERS}/${first.json.id}`);
	const later = await expect(201, "POST", ORDERS, { body });

	assert.notEqual(later.json.id, first.json.id);
});

test("every first-level attribute of an order can be selected, and filtered by, quoted or not", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...full, externalId: "filters-1" } });
	const names = Object.keys(order).filter((name) => typeof order[name] === "string");

	assert.ok(names.length >= 15, names.join());
	for (const name of names)
		for (const value of [encodeURIComponent(order[name]), `%22${encodeURIComponent(order[name])}%22`]) {
			const found = await expect(200, "GET", `${ORDERS}?fields=${name}&${name}=${value}&limit=1000`);

			assert.ok(found.json.some((each) => each.id === order.id), `${name}=${value}`);
			assert.equal(found.headers["x-result-count"], String(found.json.length));
			assert.equal(found.headers["x-total-count"], String(found.json.length));
			for (const each of found.json) {
				assert.equal(each[name], order[name]);
				assert.deepEqual(Object.keys(each).sort(), [...new Set(["id", "href", name])].sort());
			}
		}
	for (const name of Object.keys(order)) {
		const one = await expect(200, "GET", `${ORDERS}/${order.id}?fields=${name}`);

		assert.deepEqual(one.json, { id: order.id, href: order.href, [name]: order[name] });
	}
	const nested = await expect(200, "GET", `${ORDERS}?relatedParty.id=p1&externalId=filters-1`);

	assert.deepEqual(nested.json.map((each) => each.id), [order.id]);
	assert.deepEqual((await expect(200, "GET", `${ORDERS}?externalId=nobody`)).json, []);
	assert.deepEqual((await expect(200, "GET", `${ORDERS}?id=${order.id}&state=held`)).json, []);
	assert.deepEqual((await expect(200, "GET", `${ORDERS}/${order.id}?fields=none`)).json,
		{ id: order.id, href: order.href });
});

test("a list is paged, says how much there is, and where the other pages are", async () => {
	const who = await server.addProvider({ name: "Paged Broadband" });
	const ids = [];

	for (let i = 0; i < 5; i++)
		ids.push((await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), category: i < 4 ? "a" : "b" }, who })).json.id);
	const page = async (query) => {
		const { json, headers } = await expect(200, "GET", `${ORDERS}?${query}`, { who });

		assert.equal(headers["x-result-count"], String(json.length));
		return { ids: json.map((each) => each.id), total: Number(headers["x-total-count"]), link: headers.link ?? "" };
	};

	assert.deepEqual(await page(""), { ids, total: 5, link: "" });
	const middle = await page("offset=2&limit=2");

	assert.deepEqual([middle.ids, middle.total], [ids.slice(2, 4), 5]);
	for (const [relation, offset] of [["self", 2], ["first", 0], ["prev", 0], ["next", 4], ["last", 4]])
		assert.ok(middle.link.includes(`${ORDERS}?offset=${offset}&limit=2>; rel="${relation}"`), middle.link);
	assert.deepEqual((await page("offset=4&limit=2")).ids, ids.slice(4));
	assert.ok(!(await page("offset=4&limit=2")).link.includes("next"));
	assert.deepEqual((await page("offset=9")).ids, []);
	assert.deepEqual((await page("limit=0")).total, 5);
	const filtered = await page("category=a&offset=1&limit=2");

	assert.deepEqual([filtered.ids, filtered.total], [ids.slice(1, 3), 4]);
	assert.ok(filtered.link.includes(`${ORDERS}?category=a&offset=3&limit=2>; rel="next"`), filtered.link);
	for (const bad of ["offset=-1", "limit=x", "limit=", "state", "a%ZZ=1", "sort=id"])
		assertError(await expect(400, "GET", `${ORDERS}?${bad}`, { who }), "malformed_query");
});

test("a filter over many finds all of them, and one whose client leaves troubles nobody", async () => {
	const who = await server.addProvider({ name: "Large Broadband" });
	const wanted = [];

	for (let i = 0; i < 250; i++) {
		const { json } = await expect(201, "POST", CUSTOMERS, { who, body: { name: `c${i}`, engagedParty: { id: "p" },
			status: i % 5 === 0 ? "Approved" : "New" } });

		if (i % 5 === 0)
			wanted.push(json.id);
	}
	const { json, headers } = await expect(200, "GET", `${CUSTOMERS}?status=Approved&offset=7&limit=30`, { who });

	assert.deepEqual(json.map((each) => each.id), wanted.slice(7, 37));
	assert.deepEqual([headers["x-total-count"], headers["x-result-count"]], ["50", "30"]);
	const before = webs();

	assert.ok(before.length > 0);
	// It may be answered before it has left: either is good.
	await sendRaw(server.url, `GET /${CUSTOMERS}?name=nobody HTTP/1.1\r\nHost: x\r\n` +
		`Authorization: Bearer ${who.key}\r\n\r\n`, { end: true, timeout: 1 });

	assert.equal((await expect(200, "GET", `${CUSTOMERS}?name=c249`, { who })).json.length, 1);
	assert.deepEqual(webs(), before, "no process ended over it");
});

test("an order is changed by a merge patch, of either type, but not in what is fixed", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), description: "a", priority: "1",
		note: [{ text: "x" }] } });
	const path = `${ORDERS}/${order.id}`;

	for (const type of ["application/merge-patch+json", "application/json", "application/json;charset=utf-8"]) {
		const { json } = await expect(200, "PATCH", path, { type, body: JSON.stringify({ description: type }) });

		assert.deepEqual(json, { ...order, description: type });
	}
	const { json: less } = await expect(200, "PATCH", path, { body: { description: null, note: [], ours: { a: 1 } } });
	const { description, ...rest } = order;

	assert.equal(description, "a");
	assert.deepEqual(less, { ...rest, note: [], ours: { a: 1 } });
	assert.deepEqual((await expect(200, "PATCH", path, { body: { id: order.id, href: order.href } })).json, less);
	for (const body of [{ id: "x" }, { href: "x" }, { orderDate: "2001-01-01T00:00:00Z" }, { category: "x" }, { "@type": "X" },
		{ completionDate: null }, { cancellationReason: "x" }, { priority: 1 }, { state: "done" }, { state: 7 }])
		assertError(await expect(400, "PATCH", path, { body }), "malformed_request");
	assertError(await expect(415, "PATCH", path, { body: "[]", type: "application/json-patch+json" }));
	for (const body of [{ state: "inProgress" }, { state: "cancelled" }, { state: "held" }, { state: "failed" }])
		assertError(await expect(409, "PATCH", path, { body }), "invalid_transition");
	for (const body of [{ requestedStartDate: "2030-01-01T00:00:00Z" }, { serviceOrderItem: [add({ name: "x" })] }])
		assertError(await expect(409, "PATCH", path, { body }), "order_is_final");
	assertError(await expect(404, "PATCH", `${ORDERS}/nothing`, { body: {} }), "not_found");
	assert.deepEqual((await expect(200, "GET", path)).json, less);
});

test("a deleted order is gone, and what it did is not", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: orderOf(add()) });
	const path = `${ORDERS}/${order.id}`;

	assert.equal((await expect(204, "DELETE", path)).text, "");
	for (const method of ["GET", "DELETE"])
		assertError(await expect(404, method, path), "not_found");
	assertError(await expect(404, "PATCH", path, { body: {} }), "not_found");
	assert.deepEqual((await expect(200, "GET", `${ORDERS}?id=${order.id}`)).json, []);
	await expect(200, "GET", `${SERVICES}/${order.serviceOrderItem[0].service.id}`);
});

test("the actions of an order drive the subscription", async () => {
	const place = async (item, more = {}) => (await expect(201, "POST", ORDERS, { body: { ...orderOf(item), ...more } })).json;
	const { service } = (await place(add())).serviceOrderItem[0];
	const { id } = service;
	const modify = (more, characteristic = []) => ({ id: "1", action: "modify", service: { id, ...more,
		serviceCharacteristic: characteristic } });

	let order = await place(modify({ state: "inactive" }, [{ name: "reason", value: "billing" }]));
	assert.equal(order.state, "completed");
	assert.equal(order.serviceOrderItem[0].service.state, "inactive");
	let subscription = await mine.get(id);
	assert.deepEqual([subscription.state, subscription.reason], ["suspended", "billing"]);

	order = await place(modify({ state: "active", name: "renamed" }, [{ name: "seats", value: "5" }, { name: "colour", value: "red" }]));
	assert.equal(order.serviceOrderItem[0].service.state, "active");
	subscription = await mine.get(id);
	assert.deepEqual([subscription.state, subscription.seats], ["active", 5]);
	const shown = (await expect(200, "GET", `${SERVICES}/${id}`)).json;
	assert.equal(shown.name, "renamed");
	assert.equal(characteristics(shown).colour, "red");

	order = await place(modify({}, [{ name: "paidUntil", value: "2031-01-31T00:00:00Z" }]));
	assert.equal((await mine.get(id)).paid_until, "2031-01-31T00:00:00Z");
	assert.equal(characteristics((await expect(200, "GET", `${SERVICES}/${id}`)).json).colour, "red", "others stay");

	order = await place({ id: "1", action: "noChange", service: { id } });
	assert.equal(order.state, "completed");

	order = await place({ id: "1", action: "delete", service: { id } });
	assert.equal(order.serviceOrderItem[0].service.state, "terminated");
	subscription = await mine.get(id);
	assert.deepEqual([subscription.state, subscription.reason], ["cancelled", "discontinued"]);

	order = await place(modify({}, [{ name: "seats", value: 9 }]));
	assert.equal(order.state, "failed");
	assert.equal(order.serviceOrderItem[0].state, "failed");
	assert.equal(order.serviceOrderItem[0].errorMessage[0].code, "subscription_cancelled");
	assert.equal(order.errorMessage[0].code, "subscription_cancelled");
	assert.equal(order.errorMessage[0].serviceOrderItem[0].itemId, "1");

	order = await place(modify({ state: "active" }));
	assert.equal((await mine.get(id)).state, "active");
});

test("an order names a service by the provider's own id too", async () => {
	await expect(201, "POST", ORDERS, { body: orderOf(add({}, [{ name: "externalId", value: "customer-77" }])) });
	const { json: order } = await expect(201, "POST", ORDERS, { body: orderOf({ id: "1", action: "modify", service: { state: "inactive",
		serviceCharacteristic: [{ name: "externalId", value: "customer-77" }] } }) });

	assert.equal(order.state, "completed");
	assert.equal((await mine.get(order.serviceOrderItem[0].service.id)).external_id, "customer-77");
	const twice = await expect(201, "POST", ORDERS, { body: orderOf(add({}, [{ name: "externalId", value: "customer-77" }])) });

	assert.equal(twice.json.state, "failed");
	assert.equal(twice.json.errorMessage[0].code, "duplicate_order");
});

test("an item that is refused leaves the others done: the order is partial", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: orderOf(add(),
		{ ...add({}, [{ name: "externalId", value: "customer-77" }]), id: "2" }, { ...add(), id: "3",
			serviceOrderItem: [{ ...add(), id: "3.1" }] }) });

	assert.equal(order.state, "partial");
	assert.deepEqual(order.serviceOrderItem.map((item) => item.state), ["completed", "failed", "completed"]);
	assert.equal(order.serviceOrderItem[2].serviceOrderItem[0].state, "completed");
	assert.ok(characteristics(order.serviceOrderItem[2].serviceOrderItem[0].service).activationCode);
	assert.equal(characteristics(order.serviceOrderItem[1].service).activationCode, undefined);
});

test("an order about a service that is not there is rejected and does nothing", async () => {
	const total = async () => (await call("GET", SERVICES)).headers["x-total-count"];
	const before = await total();
	const foreign = (await expect(201, "POST", ORDERS, { body: orderOf(add()), who: theirs })).json.serviceOrderItem[0].service.id;

	for (const id of ["nothing", foreign]) {
		const { json: order } = await expect(201, "POST", ORDERS, { body: orderOf(add(), { id: "2", action: "delete", service: { id } }) });

		assert.equal(order.state, "rejected");
		assert.deepEqual(order.serviceOrderItem.map((item) => item.state), ["rejected", "rejected"]);
		assert.equal(order.errorMessage[0].code, "unknown_subscription");
	}
	assert.equal(await total(), before);
	assert.equal((await theirs.get(foreign)).state, "pending");
});

const LATER = "2031-01-31T00:00:00Z";

test("an order for later waits; it can be held, released, moved and cancelled, along the state machine", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), requestedStartDate: LATER } });
	const path = `${ORDERS}/${order.id}`;
	const patch = async (body) => (await expect(200, "PATCH", path, { body })).json;

	assert.equal(order.state, "pending");
	assert.equal(order.serviceOrderItem[0].state, "pending");
	assert.equal(order.serviceOrderItem[0].service.id, undefined, "nothing is ordered yet");
	assert.equal(order.expectedCompletionDate, LATER);
	assert.equal((await patch({ state: "held" })).state, "held");
	assert.equal((await patch({ state: "held", description: "waits" })).state, "held");
	assert.equal((await patch({ state: "inProgress" })).state, "pending");
	assertError(await expect(409, "PATCH", path, { body: { state: "completed" } }), "invalid_transition");
	const changed = await patch({ serviceOrderItem: [add({ name: "instead" })] });

	assert.equal(changed.serviceOrderItem[0].service.name, "instead");
	assert.equal(changed.serviceOrderItem[0].state, "pending");
	assertError(await expect(400, "PATCH", path, { body: { serviceOrderItem: [{ id: "1" }] } }), "malformed_request");
	const cancelled = await patch({ state: "cancelled" });

	assert.equal(cancelled.state, "cancelled");
	assert.equal(cancelled.serviceOrderItem[0].state, "cancelled");
	assert.ok(cancelled.cancellationDate);
	assertError(await expect(409, "PATCH", path, { body: { state: "inProgress" } }), "invalid_transition");
});

test("an order for later is done at once when its time is moved to now", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), requestedStartDate: LATER } });
	const { json: done } = await expect(200, "PATCH", `${ORDERS}/${order.id}`, { body: { requestedStartDate: "2020-01-01T00:00:00Z" } });

	assert.equal(done.state, "completed");
	assert.equal((await mine.get(done.serviceOrderItem[0].service.id)).state, "pending");
});

test("a command that comes late is overtaken by a later one that has taken effect", async () => {
	const { service } = (await expect(201, "POST", ORDERS, { body: orderOf(add()) })).json.serviceOrderItem[0];
	const change = (state, requestedStartDate) => expect(201, "POST", ORDERS, { body: { requestedStartDate,
		...orderOf({ id: "1", action: "modify", service: { id: service.id, state } }) } });

	await change("inactive");
	const { json: late } = await change("active", new Date(Date.now() - 3600000).toISOString());

	assert.equal(late.state, "completed");
	assert.match(late.serviceOrderItem[0].note[0].text, /nothing has changed/);
	assert.equal((await mine.get(service.id)).state, "suspended");
	assert.equal((await mine.events(service.id)).at(-1).kind, "overtaken");
});

test("a cancellation is a task of its own", async () => {
	const { json: order } = await expect(201, "POST", ORDERS, { body: { ...orderOf(add()), requestedStartDate: LATER } });
	const created = await expect(201, "POST", CANCELLATIONS, { body: { cancellationReason: "moved away", serviceOrder: { id: order.id } } });
	const task = created.json;

	assertHas(task, ["id", "href", "state", "serviceOrder", "effectiveCancellationDate"]);
	assert.equal(created.headers.location, task.href);
	assert.equal(task.state, "done");
	assert.equal(task.cancellationReason, "moved away");
	assert.equal(task.serviceOrder.href, order.href);
	const cancelled = (await expect(200, "GET", `${ORDERS}/${order.id}`)).json;

	assert.deepEqual([cancelled.state, cancelled.cancellationReason], ["cancelled", "moved away"]);
	const { json: vain } = await expect(201, "POST", CANCELLATIONS, { body: { serviceOrder: { id: order.id } } });

	assert.equal(vain.state, "terminatedWithError");
	assert.equal(vain.errorMessage.code, "order_is_final");
	const { json: waiting } = await expect(201, "POST", CANCELLATIONS, { body: { serviceOrder: { id: order.id }, requestedCancellationDate: LATER } });

	assert.equal(waiting.state, "accepted");
	assert.deepEqual((await expect(200, "GET", `${CANCELLATIONS}/${task.id}`)).json, task);
	assert.deepEqual((await expect(200, "GET", `${CANCELLATIONS}?state=done&fields=state&id=${task.id}`)).json,
		[{ id: task.id, href: task.href, state: "done" }]);
	assertError(await expect(400, "POST", CANCELLATIONS, { body: { serviceOrder: { id: "nothing" } } }), "unknown_order");
	assertError(await expect(400, "POST", CANCELLATIONS, { body: {} }), "malformed_request");
	assertError(await expect(400, "POST", CANCELLATIONS, { body: { serviceOrder: {} } }), "malformed_request");
	assertError(await expect(404, "GET", `${CANCELLATIONS}/nothing`), "not_found");
});

const service = {
	category: "CFS", description: "a service with everything", endDate: "2031-01-31T00:00:00.000Z", hasStarted: true,
	isBundle: false, isServiceEnabled: true, isStateful: true, name: "vCPE", serviceDate: "2018-01-15T09:26:11.747Z",
	serviceType: "Cloud", startDate: "2018-01-15T09:26:11.747Z", startMode: "1", state: "active",
	feature: [{ id: "f", name: "f", featureCharacteristic: [{ name: "x", value: 1 }] }],
	note: [{ author: "Ann", date: "2018-01-15T09:26:11.747Z", text: "hello" }],
	place: [{ id: "1", role: "InstallationAddress", "@type": "GeographicAddress" }],
	relatedEntity: [{ id: "e", role: "r" }], relatedParty: [{ id: "456", role: "user", "@referredType": "Individual" }],
	serviceCharacteristic: [{ name: "colour", valueType: "string", value: "red" }],
	serviceRelationship: [{ relationshipType: "DependentOn", service: { id: "5645" } }],
	serviceSpecification: { id: "1212", name: "vCPE", version: "1.0.0" }, supportingResource: [{ id: "r" }],
	supportingService: [{ id: "s" }], "@baseType": "Service", "@type": "CustomerFacingService",
	"@schemaLocation": "http://example.net/service.json", ours: 7,
};

test("a service is created with its address, all that was sent, and all that is mandatory", async () => {
	const created = await expect(201, "POST", SERVICES, { body: service });

	assertHas(created.json, MANDATORY_SERVICE);
	assert.equal(created.headers.location, created.json.href);
	for (const [name, value] of Object.entries(service))
		if (name !== "serviceCharacteristic")
			assert.deepEqual(created.json[name], value, name);
	const own = characteristics(created.json);

	assert.deepEqual([own.colour, own.seats, own.subscriptionState, own.reason], ["red", 1, "pending", "none"]);
	assert.ok(own.activationCode);
	const shown = (await ask("GET", created.json.href, { key: mine.key })).json;

	assert.equal(characteristics(shown).activationCode, undefined);
	assert.equal((await mine.get(shown.id)).state, "pending");
	for (const state of ["feasibilityChecked", "designed", "reserved", "inactive", "active"]) {
		const { json } = await expect(201, "POST", SERVICES, { body: { state, serviceSpecification: { id: "1" } } });

		assert.equal(json.state, state);
		assert.equal((await expect(200, "GET", `${SERVICES}/${json.id}`)).json.state, state);
		assert.equal((await mine.get(json.id)).state, state === "active" ? "pending" : "suspended");
	}
});

test("a service needs a state and a specification", async () => {
	const good = { state: "active", serviceSpecification: { id: "1" } };
	const cases = [{}, { state: "active" }, { serviceSpecification: { id: "1" } }, { ...good, state: "suspended" }, { ...good, state: 1 },
		{ ...good, serviceSpecification: {} }, { ...good, serviceSpecification: "x" }, { ...good, startDate: "soon" },
		{ ...good, isBundle: "no" }, { ...good, serviceCharacteristic: {} }, { ...good, name: 7 }];

	for (const body of cases)
		assertError(await expect(400, "POST", SERVICES, { body }), "malformed_request");
	assertError(await expect(409, "POST", SERVICES, { body: { ...good, state: "terminated" } }), "not_possible");
	assertError(await expect(409, "POST", SERVICES, { body: { ...good,
		serviceCharacteristic: [{ name: "paidUntil", value: "2020-01-01T00:00:00Z" }] } }), "paid_time_over");
});

test("every first-level attribute of a service can be selected, and filtered by, quoted or not", async () => {
	const { json: { id, href } } = await expect(201, "POST", SERVICES, { body: service });
	const shown = (await expect(200, "GET", `${SERVICES}/${id}`)).json;

	for (const name of Object.keys(service))
		assertHas(shown, [name]);
	for (const [name, value] of Object.entries(shown)) {
		assert.deepEqual((await expect(200, "GET", `${SERVICES}/${id}?fields=${name}`)).json, { id, href, [name]: value });
		if (typeof value === "object")
			continue;
		for (const text of [encodeURIComponent(value), `%22${encodeURIComponent(value)}%22`]) {
			const found = (await expect(200, "GET", `${SERVICES}?fields=${name}&${name}=${text}&limit=1000`)).json;

			assert.ok(found.some((each) => each.id === id), `${name}=${text}`);
			// Two ways to write one point in time are equal.
			for (const each of found)
				assert.ok(each[name] === value || Date.parse(each[name]) === Date.parse(value), `${name}: ${each[name]}`);
		}
	}
	const nested = await expect(200, "GET", `${SERVICES}?serviceSpecification.id=1212&serviceCharacteristic.value=red&place.role=InstallationAddress`);

	assert.ok(nested.json.some((each) => each.id === id));
	for (const each of (await expect(200, "GET", `${SERVICES}?limit=1000`)).json)
		assertHas(each, MANDATORY_SERVICE);
});

test("a service made by our own interface is in the inventory, and a suspension shows at once", async () => {
	const subscription = await mine.order("own-interface", 2);
	const read = async () => (await expect(200, "GET", `${SERVICES}/${subscription.id}`)).json;
	const shown = await read();

	assertHas(shown, MANDATORY_SERVICE);
	assert.equal(shown.state, "active");
	assert.equal(characteristics(shown).externalId, "own-interface");
	await mine.suspend(subscription.id, "billing");
	const suspended = await read();
	const { subscriptionState, reason, since } = characteristics(suspended);

	assert.equal(suspended.state, "inactive");
	assert.deepEqual([subscriptionState, reason], ["suspended", "billing"]);
	assert.match(since, /^20\d\d-/);
	assert.ok((await expect(200, "GET", `${SERVICES}?state=inactive&limit=1000`)).json.some((each) => each.id === subscription.id));
	await mine.resume(subscription.id);
	assert.equal((await read()).state, "active");
	await mine.cancel(subscription.id);
	const cancelled = await read();

	assert.equal(cancelled.state, "terminated");
	assert.ok(cancelled.endDate);
});

test("a service is changed by a merge patch, which drives the subscription", async () => {
	const { json: created } = await expect(201, "POST", SERVICES, { body: service });
	const path = `${SERVICES}/${created.id}`;
	const patch = async (body, type) => (await expect(200, "PATCH", path, { body: JSON.stringify(body), type })).json;

	assert.equal((await patch({ description: "b", note: null }, "application/merge-patch+json")).description, "b");
	const read = (await expect(200, "GET", path)).json;

	assert.equal(read.note, undefined);
	assert.equal(read.name, "vCPE");
	assert.equal((await patch({ state: "inactive" })).state, "inactive");
	assert.equal((await mine.get(created.id)).reason, "provider_request");
	assert.equal((await patch({ state: "active", serviceCharacteristic: [{ name: "seats", value: 4 }] })).state, "active");
	assert.equal((await mine.get(created.id)).seats, 4);
	assert.equal((await patch({ state: "terminated" })).state, "terminated");
	assert.equal((await patch({ state: "terminated" })).state, "terminated");
	assert.equal((await patch({ state: "active" })).state, "active", "terminated to active is allowed");
	// What was read can be sent again as it is.
	const whole = (await expect(200, "GET", path)).json;

	assert.deepEqual(await patch(whole), whole);
	for (const body of [{ id: "x" }, { href: "x" }, { serviceDate: "x" }, { state: "suspended" }, { state: null }, { name: 1 },
		{ serviceSpecification: null }])
		assertError(await expect(400, "PATCH", path, { body }), "malformed_request");
	assertError(await expect(409, "PATCH", path, { body: { state: "reserved" } }), "not_possible");
	assertError(await expect(404, "PATCH", `${SERVICES}/nothing`, { body: {} }), "not_found");
	assert.deepEqual((await expect(200, "GET", path)).json, whole, "what was refused changed nothing");
});

test("a planned service goes from one planned state to another, then to active", async () => {
	const { json: { id } } = await expect(201, "POST", SERVICES, { body: { state: "feasibilityChecked", serviceSpecification: { id: "1" } } });
	const patch = async (state) => (await expect(200, "PATCH", `${SERVICES}/${id}`, { body: { state } })).json.state;

	assert.equal(await patch("designed"), "designed");
	assert.equal(await patch("reserved"), "reserved");
	assert.equal(await patch("active"), "active");
	assert.equal((await mine.get(id)).state, "active");
	assert.equal(await patch("inactive"), "inactive");
	assertError(await expect(409, "PATCH", `${SERVICES}/${id}`, { body: { state: "designed" } }), "not_possible");
});

test("a deleted service is cancelled and gone, until it is reinstated", async () => {
	const { json: { id } } = await expect(201, "POST", SERVICES, { body: service });
	const total = async () => Number((await call("GET", `${SERVICES}?limit=1`)).headers["x-total-count"]);
	const before = await total();

	await expect(204, "DELETE", `${SERVICES}/${id}`);
	assert.equal((await mine.get(id)).state, "cancelled");
	for (const method of ["GET", "DELETE"])
		assertError(await expect(404, method, `${SERVICES}/${id}`), "not_found");
	assert.equal(await total(), before - 1);
	assert.deepEqual((await expect(200, "GET", `${SERVICES}?name=vCPE&id=${id}`)).json, []);
	await mine.reinstate(id);
	assert.equal((await expect(200, "GET", `${SERVICES}/${id}`)).json.name, "vCPE");
	assert.equal(await total(), before);
});

test("what is another provider's is as if it were not there, also in counts", async () => {
	const who = await server.addProvider({ name: "Third Broadband" });
	const { json: order } = await expect(201, "POST", ORDERS, { body: full });
	const { id } = order.serviceOrderItem[0].service;

	for (const [list, one] of [[ORDERS, order.id], [SERVICES, id], [PRODUCTS, id], [CANCELLATIONS, "x"], [CUSTOMERS, "x"]]) {
		const all = await expect(200, "GET", list, { who });

		assert.deepEqual([all.json, all.headers["x-total-count"]], [[], "0"]);
		assert.deepEqual((await expect(200, "GET", `${list}?id=${one}`, { who })).json, []);
		const foreign = await expect(404, "GET", `${list}/${one}`, { who });
		const nothing = await expect(404, "GET", `${list}/nothing`, { who });

		assert.equal(foreign.text, nothing.text);
	}
	for (const list of [ORDERS, SERVICES, PRODUCTS]) {
		await expect(404, "PATCH", `${list}/${list === ORDERS ? order.id : id}`, { body: { description: "x" }, who });
		await expect(404, "DELETE", `${list}/${list === ORDERS ? order.id : id}`, { who });
	}
	await expect(400, "POST", CANCELLATIONS, { body: { serviceOrder: { id: order.id } }, who });
	await expect(200, "GET", `${ORDERS}/${order.id}`);
});

test("a listener is registered and unregistered, at its own interface", async () => {
	for (const hub of HUBS) {
		const created = await expect(201, "POST", hub, { body: { callback: "https://bss.example.net/listener", query: "eventType=X" } });

		assert.match(created.json.id, /^hub_/);
		assert.equal(created.json.callback, "https://bss.example.net/listener");
		assert.equal(created.json.query, "eventType=X");
		assert.ok(created.headers.location.endsWith(`${hub}/${created.json.id}`));
		for (const other of HUBS)
			if (other !== hub)
				await expect(404, "DELETE", `${other}/${created.json.id}`);
		await expect(404, "DELETE", `${hub}/${created.json.id}`, { who: theirs });
		assert.equal((await expect(204, "DELETE", `${hub}/${created.json.id}`)).text, "");
		assertError(await expect(404, "DELETE", `${hub}/${created.json.id}`), "not_found");
	}
	for (const body of [{}, { callback: 1 }, { callback: "" }, { callback: "ftp://x" }, { callback: `https://x/${"x".repeat(300)}` },
		{ callback: "https://bss.example.net/", query: "not a query" }])
		assertError(await expect(400, "POST", HUBS[0], { body }));
});

test("errors have the form of the guidelines, whoever finds them", async () => {
	assertError(await ask("GET", server.at(ORDERS)), "unknown_key");
	assertError(await ask("GET", server.at(ORDERS), { key: "hfk_wrong" }), "unknown_key");
	assertError(await expect(404, "GET", "tmf-api/serviceOrdering/v4/nothing"), "not_found");
	assertError(await expect(404, "GET", "tmf-api/serviceOrdering/v3/serviceOrder"), "not_found");
	const wrong = await expect(405, "PUT", `${ORDERS}/x`, { body: {} });

	assertError(wrong, "method_not_allowed");
	assert.match(wrong.headers.allow, /GET/);
	assertError(await expect(405, "DELETE", ORDERS));
});

test("a product is ordered, read, suspended and ended in the words of its own interface", async () => {
	const created = await expect(201, "POST", PRODUCT_ORDERS, { body: { externalId: "po-1", category: "B2C", productOrderItem: [{
		id: "100", quantity: 2, action: "add", productOffering: { id: "14277", name: "Protection" } }] } });
	const order = created.json;

	assertHas(order, ["id", "href", "state", "orderDate", "productOrderItem"]);
	assert.equal(order.state, "completed");
	const { product } = order.productOrderItem[0];
	const { activationCode, seats } = characteristics(product, "productCharacteristic");

	assert.ok(activationCode);
	assert.equal(seats, 2);
	const shown = (await ask("GET", product.href, { key: mine.key })).json;

	assertHas(shown, ["id", "href", "status", "name", "productSpecification", "startDate"]);
	assert.equal(shown.status, "active");
	assert.equal(shown.productOffering.id, "14277");
	assert.equal(shown.productOrderItem[0].productOrderId, order.id);
	assert.equal((await expect(200, "GET", `${SERVICES}/${product.id}`)).json.state, "active", "it is a service too");
	const modify = (status) => expect(201, "POST", PRODUCT_ORDERS, { body: { productOrderItem: [{ id: "1", action: "modify",
		product: { id: product.id, status, productCharacteristic: [{ name: "reason", value: "billing" }] } }] } });

	await modify("suspended");
	assert.deepEqual([(await mine.get(product.id)).state, (await expect(200, "GET", `${PRODUCTS}/${product.id}`)).json.status],
		["suspended", "suspended"]);
	await modify("active");
	await expect(201, "POST", PRODUCT_ORDERS, { body: { productOrderItem: [{ id: "1", action: "delete", product: { id: product.id } }] } });
	assert.equal((await expect(200, "GET", `${PRODUCTS}?id=${product.id}&fields=status`)).json[0].status, "terminated");
	assert.deepEqual((await expect(201, "POST", PRODUCT_ORDERS, { body: { externalId: "po-1", category: "B2C", productOrderItem: [{
		id: "100", quantity: 2, action: "add", productOffering: { id: "14277", name: "Protection" } }] } })).json, order);
});

test("customers and parties are kept and given back as they were sent", async () => {
	const cases = [
		[CUSTOMERS, { name: "Ann", engagedParty: { id: "p1" }, status: "Approved", ours: [1] }, "name"],
		[INDIVIDUALS, { familyName: "Lee", givenName: "Ann", contactMedium: [{ mediumType: "email" }] }, "familyName"],
		[ORGANIZATIONS, { tradingName: "Lee Ltd", isLegalEntity: true }, undefined],
	];

	for (const [list, body, required] of cases) {
		const created = await expect(201, "POST", list, { body });
		const { id, href } = created.json;

		assert.equal(created.headers.location, href);
		for (const [name, value] of Object.entries(body))
			assert.deepEqual(created.json[name], value);
		assert.deepEqual((await expect(200, "GET", `${list}/${id}`)).json, created.json);
		assert.deepEqual((await expect(200, "GET", `${list}?id=${id}&fields=none`)).json, [{ id, href }]);
		const patched = await expect(200, "PATCH", `${list}/${id}`, { body: { ours: { a: 1 } } });

		assert.deepEqual(patched.json, { ...created.json, ours: { a: 1 } });
		assertError(await expect(400, "PATCH", `${list}/${id}`, { body: { id: "x" } }));
		if (required !== undefined) {
			assertError(await expect(400, "POST", list, { body: { ...body, [required]: undefined } }), "malformed_request");
			assertError(await expect(400, "PATCH", `${list}/${id}`, { body: { [required]: null } }), "malformed_request");
		}
		assertError(await expect(404, "GET", `${list}/${id}`, { who: theirs }), "not_found");
		await expect(204, "DELETE", `${list}/${id}`);
		await expect(404, "GET", `${list}/${id}`);
	}
});

test("the log of all that holds", async () => {
	assert.equal((await server.verifyLog()).intact, true);
});
