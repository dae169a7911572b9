// The vendor's commands on credentials: what they print, what they refuse, and that a key that is revoked opens
// nothing from that moment on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, expectStatus } from "./lib.mjs";

const lines = (result) => result.out.trim().split("\n").map((line) => JSON.parse(line));

async function arrange(t) {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();

	return { server, provider, id: provider.facts.id };
}

test("a key is added with a role and a label, listed, and opens nothing once it is revoked", async (t) => {
	const { server, id } = await arrange(t);
	const key = expectStatus(await server.admin("key", "add", "--provider", id, "--role", "support", "--label",
		"night shift"), 0, "key add").out.trim();
	const list = () => ask("GET", server.at("v1/subscriptions"), { key });

	assert.match(key, /^hfk_[0-9a-z]{43}$/);
	assert.equal((await list()).status, 200);
	const all = lines(expectStatus(await server.admin("key", "list", "--provider", id), 0, "key list"));
	const mine = all.find((each) => each.label === "night shift");

	assert.equal(all.length, 2);
	assert.equal(mine.role, "support");
	assert.equal(mine.revoked, null);
	assert.match(mine.last_used, /^20/);
	assert.ok(all.every((each) => !JSON.stringify(each).includes("hfk_")), "the keys themselves are not told");
	expectStatus(await server.admin("key", "revoke", mine.id), 0, "key revoke");
	assert.equal((await list()).status, 401);
	assert.match(lines(await server.admin("key", "list", "--provider", id))
		.find((each) => each.id === mine.id).revoked, /^20/);
	// Once more changes nothing, and is no mistake.
	expectStatus(await server.admin("key", "revoke", mine.id), 0, "key revoke again");
	const kinds = (await server.admin("log", "--json", "--chain", id)).out;

	assert.equal(kinds.split("credential_revoked").length - 1, 1);
});

test("a client's id and secret are printed once; it is no key, nor a key a client", async (t) => {
	const { server, id } = await arrange(t);
	const [client] = lines(expectStatus(await server.admin("client", "add", "--provider", id, "--role", "operator"),
		0, "client add"));

	assert.deepEqual(Object.keys(client), ["client_id", "client_secret"]);
	assert.equal((await ask("GET", server.at("v1/subscriptions"), { key: client.client_secret })).status, 401);
	const [listed] = lines(await server.admin("client", "list", "--provider", id));

	assert.equal(listed.id, client.client_id);
	assert.equal(listed.role, "operator");
	expectStatus(await server.admin("key", "revoke", client.client_id), 1, "key revoke of a client");
	expectStatus(await server.admin("client", "revoke", client.client_id), 0, "client revoke");
});

test("the vendor's keys are a kind of their own: they open nothing of a provider", async (t) => {
	const { server, id } = await arrange(t);
	const key = expectStatus(await server.admin("key", "add", "--vendor"), 0, "key add").out.trim();
	const [listed] = lines(await server.admin("key", "list", "--vendor"));

	assert.equal(listed.role, "vendor");
	assert.equal((await ask("GET", server.at("v1/subscriptions"), { key })).status, 403);
	assert.equal(lines(await server.admin("key", "list", "--provider", id)).length, 1);
});

test("a provider is changed in what is given, and its devices are told with the next lease", async (t) => {
	const { server, provider, id } = await arrange(t);
	const { activation_code: code } = await provider.order("order-1");
	const device = new BareDevice(server, "laptop");

	await device.activate(code);
	const [set] = lines(expectStatus(await server.admin("provider", "set", "--provider", id, "--phone",
		"+44 20 7946 0000", "--lease", "1h"), 0, "provider set"));

	assert.equal(set.name, "Example Broadband");
	assert.equal(set.phone, "+44 20 7946 0000");
	assert.equal(set.policy.lease_s, 3600);
	assert.equal(set.policy.transfers, 10);
	assert.deepEqual(lines(await server.admin("provider", "list")).find((each) => each.id === id), set);
	const [more] = lines(expectStatus(await server.admin("provider", "set", "--provider", id, "--transfers", "3",
		"--billing-grace", "7d", "--activate-within", "30d"), 0, "provider set"));

	assert.deepEqual(more, { ...set, policy: { ...set.policy, transfers: 3, billing_grace_s: 7 * 86400,
		activate_s: 30 * 86400 } });
	const lease = await device.lease();

	assert.equal(lease.provider.phone, "+44 20 7946 0000");
	assert.equal(lease.exp - lease.iat, 3600);
	expectStatus(await server.admin("provider", "set", "--provider", "prv_of_nobody", "--phone", "1"), 1, "set");
	expectStatus(await server.admin("provider", "set", "--provider", id, "--lease", "400d"), 2, "set");
	expectStatus(await server.admin("provider", "set", "--phone", "1"), 2, "set");
	expectStatus(await server.admin("provider", "set", "--provider", id, "--transfers", "many"), 2, "set");
	// Well formed, and more than the authority takes: said with the option's name.
	const far = expectStatus(await server.admin("provider", "set", "--provider", id, "--undo", "3000d"), 2, "set");

	assert.match(far.err, /--undo takes a span from 0s to 30d/);
	assert.deepEqual(lines(await server.admin("provider", "list")).find((each) => each.id === id), more);
});

test("what cannot be meant is refused in a sentence, and changes nothing", async (t) => {
	const { server, id } = await arrange(t);
	const before = (await server.verifyLog()).events;
	const wrong = [
		[["key", "add"], 2, /say --provider ID or --vendor/],
		[["key", "add", "--provider", id, "--vendor"], 2, /say --provider ID or --vendor/],
		[["key", "add", "--provider", "prv_of_nobody"], 1, /there is no such provider/],
		[["key", "add", "--provider", id, "--role", "vendor"], 2, /--role takes/],
		[["key", "add", "--provider", id, "--role", "king"], 2, /--role takes/],
		[["key", "add", "--provider", id, "--label", "a\tb"], 2, /--label takes/],
		[["key", "add", "--vendor", "--role", "owner"], 2, /have no roles/],
		[["client", "add", "--vendor"], 2, /the vendor has keys alone/],
		[["key", "list", "--provider", "prv_of_nobody"], 1, /there is no such provider/],
		[["key", "revoke"], 2, /say which/],
		[["key", "revoke", "key_of_nobody"], 1, /there is none with this id/],
		[["key", "frob"], 2, /say add, list or revoke/],
		[["key", "add", "--provider", id, "more"], 2, /nothing else/],
	];

	for (const [args, status, says] of wrong) {
		const result = expectStatus(await server.admin(...args), status, args.join(" "));

		assert.match(result.err, says, args.join(" "));
		assert.equal(result.out, "", args.join(" "));
	}
	assert.equal((await server.verifyLog()).events, before);
});
