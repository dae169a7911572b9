// Providers below providers: what a reseller may see and do, and what its suspension means for the devices of all
// below it, over the real interfaces and with a real device.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { Provider, Scene, Server, arrange as arrangeDevices, arrangeDevice, until } from "./lib.mjs";

/** A server, a reseller, and a company that it brought, with its first key. */
async function arrange(t) {
	const server = await new Server(Scene.of(t)).start();
	const reseller = await server.addProvider({ name: "Reseller" });
	const added = await reseller.ask("POST", "v1/children", { name: "Village Net", phone: "+44 1632 960001" });

	assert.equal(added.status, 201, added.text);
	assert.equal(added.json.parent, reseller.facts.id);
	assert.equal(added.headers.location, `/v1/children/${added.json.id}`);
	const key = await reseller.ask("POST", `v1/children/${added.json.id}/keys`, { role: "owner" });

	assert.equal(key.status, 201, key.text);
	return { server, reseller, child: new Provider(server, added.json, key.json.secret) };
}

test("a reseller sees cards and figures of those below it, makes their first key, and nothing else", async (t) => {
	const { server, reseller, child } = await arrange(t);
	const stranger = await server.addProvider({ name: "Stranger" });
	const sub = await child.order("theirs");
	const path = `v1/children/${child.facts.id}`;

	assert.deepEqual((await reseller.ask("GET", "v1/children")).json.providers.map((each) => each.name), ["Village Net"]);
	assert.equal((await reseller.ask("GET", `${path}/figures`)).json.pending, 1);
	assert.equal((await reseller.ask("GET", `v1/subscriptions/${sub.id}`)).json.code, "unknown_subscription");
	assert.equal((await reseller.ask("POST", `${path}/keys`, { role: "owner" })).json.code, "has_keys");
	for (const [method, rest] of [["GET", ""], ["GET", "/figures"], ["POST", "/suspend"], ["POST", "/resume"]])
		for (const other of [stranger, child])
			assert.equal((await other.ask(method, path + rest)).json.code, "unknown_provider");
	assert.deepEqual((await child.ask("GET", "v1/children")).json.providers, []);
	assert.equal((await child.ask("GET", "v1/provider")).json.parent, reseller.facts.id);
});

test("a reseller makes no key for a provider that has people of its own", async (t) => {
	const server = await new Server(Scene.of(t)).start();
	const reseller = await server.addProvider({ name: "Reseller" });
	const added = await reseller.ask("POST", "v1/children", { name: "Village Net" });
	const path = `v1/children/${added.json.id}/keys`;

	assert.equal((await server.admin("user", "add", "--provider", added.json.id, "--mail", "ann@village.example", "--name",
		"Ann")).status, 0);
	const refused = await reseller.ask("POST", path, { role: "owner" });

	assert.equal(refused.status, 409, refused.text);
	assert.equal(refused.json.code, "has_keys");
});

test("suspended with its reseller, a device waits, hears why, and is protected when that is lifted", async (t) => {
	const { server, reseller, child } = await arrange(t);
	const vendor = (await server.admin("key", "add", "--vendor")).out.trim();
	const sub = await child.order("theirs");
	const device = new BareDevice(server, "laptop");
	const at = (what) => server.at(`v1/vendor/providers/${reseller.facts.id}/${what}`);

	await device.activate(sub.activation_code);
	const stopped = await ask("POST", at("suspend"), { key: vendor, body: { reason: "billing" } });

	assert.equal(stopped.status, 200, stopped.text);
	assert.equal(stopped.json.suspended_for, "billing");
	const lease = await device.lease();

	assert.deepEqual(lease.features, []);
	assert.equal(lease.notice.code, "provider_suspended");
	assert.equal((await child.ask("POST", "v1/subscriptions", { external_id: "new", seats: 1 })).json.code,
		"provider_suspended");
	assert.equal((await child.get(sub.id)).state, "active");
	await until("the subscription's log is told", async () =>
		(await child.events(sub.id)).some((each) => each.kind === "provider_suspended"));
	const explained = (await child.ask("GET", `v1/devices/${device.id}/explain`)).json;

	assert.equal(explained.condition.reason, "provider_suspended");
	assert.equal(explained.notice.article, "HF-1012");
	const waiting = device.wait(lease);

	assert.equal((await ask("POST", at("resume"), { key: vendor })).status, 200);
	assert.ok((await waiting).features.length > 0, "protected on the request that waited");
});

test("the vendor suspends from the command line; the person reads that it is not their fault", async (t) => {
	const scene = Scene.of(t);
	const world = await arrangeDevices(scene, { provider: { name: "Village Net" } });
	const { device } = await arrangeDevice(scene, world);
	const { server, provider } = world;
	const command = (what, ...options) => server.admin("provider", what, "--provider", provider.facts.id, ...options);

	assert.match((await command("suspend", "--reason", "weather")).err, /--reason takes billing or provider_request/);
	assert.match((await command("suspend", "--spare", "91d")).err, /--spare takes a span from 0s to 90d/);
	const stopped = await command("suspend", "--reason", "billing");

	assert.equal(stopped.status, 0, stopped.err);
	assert.equal(JSON.parse(stopped.out).suspended_for, "billing");
	assert.match((await command("suspend")).err, /suspended already/);
	await device.untilCondition("unprotected");
	const text = (await device.cli("subscription")).out;

	assert.match(text, /The service of your provider is suspended/);
	assert.match(text, /Your own subscription is in order/);
	assert.match(text, /Village Net/);
	assert.match((await device.cli("reactivate")).out, /The service of Village Net itself is suspended/);
	assert.equal((await command("resume")).status, 0);
	await device.untilCondition("protected");
	assert.match((await command("resume")).err, /not suspended/);
});
