// Who may ask: API keys and their roles, OAuth clients and their tokens, and commands that are carried out once.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "./http.mjs";
import { Provider, Scene, Server, expectStatus, until } from "./lib.mjs";

let scene, server, provider, other, vendor;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--web", "2"] }).start();
	provider = await server.addProvider();
	other = await server.addProvider({ name: "Other Telecom" });
	vendor = expectStatus(await server.admin("key", "add", "--vendor"), 0, "key add --vendor").out.trim();
});

after(async () => {
	const check = await server.verifyLog();

	await scene.close();
	assert.equal(check.intact, true, "after all that, the event log's chains must hold");
});

async function addKey(role, label = role) {
	const answer = await provider.ask("POST", "v1/keys", { role, label });

	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

async function addClient(role = "operator") {
	const answer = await provider.ask("POST", "v1/clients", { role, label: "order management" });

	assert.equal(answer.status, 201, answer.text);
	return answer.json;
}

/** Ask for a token as a form: fields, and a client for the Basic header. */
function askToken(fields, { basic, on = server, headers = {} } = {}) {
	const all = { "Content-Type": "application/x-www-form-urlencoded", ...headers };

	if (basic !== undefined)
		all.Authorization = `Basic ${Buffer.from(basic).toString("base64")}`;
	return ask("POST", on.at("oauth2/token"), { headers: all,
		body: typeof fields === "string" ? fields : new URLSearchParams(fields).toString() });
}

async function getToken(client, fields = {}) {
	const answer = await askToken({ grant_type: "client_credentials", ...fields },
		{ basic: `${client.id}:${client.secret}` });

	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}

function assertOauthError(answer, status, error) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers["content-type"], "application/json");
	assert.equal(answer.headers["cache-control"], "no-store");
	assert.deepEqual(Object.keys(answer.json), ["error", "error_description"]);
	assert.equal(answer.json.error, error);
}

test("a key is listed with its label, role and last use, and never again with its secret", async () => {
	const key = await addKey("support", "help desk");

	assert.match(key.secret, /^hfk_[0-9a-z]{43}$/);
	await ask("GET", server.at("v1/subscriptions"), { key: key.secret });
	const list = (await provider.ask("GET", "v1/keys")).json.credentials;
	const found = list.find((each) => each.id === key.id);

	assert.deepEqual({ ...found, created: undefined, last_used: undefined }, { id: key.id, kind: "key",
		label: "help desk", role: "support", created: undefined, last_used: undefined, revoked: null });
	assert.ok(Math.abs(Date.parse(found.last_used) - Date.now()) < 100000, found.last_used);
	assert.ok(!JSON.stringify(list).includes("hfk_"));
});

test("a revoked key opens nothing from that moment", async () => {
	const key = await addKey("owner");
	const look = () => ask("GET", server.at("v1/keys"), { key: key.secret });

	assert.equal((await look()).status, 200);
	assert.equal((await provider.ask("DELETE", `v1/keys/${key.id}`)).status, 204);
	const answer = await look();

	assert.equal(answer.status, 401);
	assert.equal(answer.json.code, "unknown_key");
	assert.equal((await provider.ask("DELETE", `v1/keys/${key.id}`)).status, 204, "once more changes nothing");
});

test("each role may what its row says, and no more", async () => {
	const rank = ["read_only", "support", "operator", "owner"];
	const operations = [["GET", "v1/subscriptions", undefined, 0], ["POST", "v1/subscriptions", {}, 2],
		["GET", "v1/keys", undefined, 3], ["POST", "v1/clients", {}, 3], ["PATCH", "v1/provider", {}, 3]];

	for (const role of rank) {
		const { secret } = await addKey(role);

		for (const [method, path, body, least] of operations) {
			const answer = await ask(method, server.at(path), { key: secret, body });
			const may = rank.indexOf(role) >= least;

			assert.equal(answer.status === 403, !may, `${role} ${method} ${path}: ${answer.text}`);
			if (!may)
				assert.equal(answer.json.code, "not_permitted");
		}
	}
});

test("another provider's key or client does not exist", async () => {
	const key = await addKey("owner"), client = await addClient();
	const nobody = await other.ask("DELETE", `v1/keys/key_${"0".repeat(26)}`);

	for (const path of [`v1/keys/${key.id}`, `v1/clients/${client.id}`, `v1/clients/${key.id}`, `v1/keys/${client.id}`]) {
		const answer = await other.ask("DELETE", path);

		assert.equal(answer.status, 404);
		assert.equal(answer.text, nobody.text);
	}
	assert.equal((await other.ask("GET", "v1/keys")).json.credentials.length, 1);
	assert.equal((await provider.ask("DELETE", `v1/keys/${client.id}`)).status, 404, "a client is no key");
});

test("a provider changes its card, and nothing of what the vendor decides", async () => {
	const before = (await provider.ask("GET", "v1/provider")).json;
	const answer = await provider.ask("PATCH", "v1/provider", { phone: "+44 20 7946 0123", hours: "" });

	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(answer.json, { ...before, phone: "+44 20 7946 0123", hours: "" });
	assert.deepEqual((await provider.ask("GET", "v1/provider")).json, answer.json);
	for (const body of [{ policy: { lease_s: 5 } }, { verify_url: "http://169.254.169.254/" }, { name: "" }, { id: "prv_x" }])
		assert.equal((await provider.ask("PATCH", "v1/provider", body)).status, 400, JSON.stringify(body));
});

test("the vendor adds a provider, sets its terms and its keys; a provider's key may not", async () => {
	const byVendor = (method, path, body) => ask(method, server.at(path), { key: vendor, body });
	const added = await byVendor("POST", "v1/vendor/providers", { name: "New Fibre", policy: { lease_s: 3600 } });

	assert.equal(added.status, 201, added.text);
	assert.equal(added.headers.location, `/v1/vendor/providers/${added.json.id}`);
	assert.equal(added.json.policy.lease_s, 3600);
	assert.equal(added.json.policy.checkin_s, 14400, "what is not said stays as it is by default");
	const changed = await byVendor("PATCH", `v1/vendor/providers/${added.json.id}`,
		{ policy: { grace_s: 0 }, verify_token: "secret-of-theirs" });

	assert.equal(changed.json.policy.lease_s, 3600);
	assert.equal(changed.json.policy.grace_s, 0);
	assert.ok(!changed.text.includes("secret-of-theirs"));
	const key = await byVendor("POST", `v1/vendor/providers/${added.json.id}/keys`, { role: "read_only" });
	const theirs = new Provider(server, added.json, key.json.secret);

	assert.equal((await theirs.ask("GET", "v1/provider")).json.id, added.json.id);
	assert.equal((await theirs.ask("GET", "v1/vendor/providers")).json.code, "not_permitted");
	assert.equal((await byVendor("GET", "v1/provider")).json.code, "not_permitted");
	assert.equal((await byVendor("DELETE", `v1/vendor/providers/${added.json.id}/keys/${key.json.id}`)).status, 204);
	assert.equal((await theirs.ask("GET", "v1/provider")).status, 401);
	assert.equal((await byVendor("GET", "v1/vendor/providers/prv_nobody")).json.code, "unknown_provider");
	assert.equal((await byVendor("POST", "v1/vendor/providers/prv_nobody/keys", { role: "owner" })).status, 404);
});

test("a client gets a token, in both ways of saying who it is, and the token opens what its role opens", async () => {
	const client = await addClient("operator");

	assert.match(client.secret, /^hfs_/);
	const inHeader = await getToken(client);
	const inBody = await askToken({ grant_type: "client_credentials", client_id: client.id,
		client_secret: client.secret });

	assert.deepEqual(inHeader, { access_token: inHeader.access_token, token_type: "Bearer", expires_in: 900,
		scope: "operator" });
	assert.equal(inBody.status, 200);
	assert.equal(inBody.headers["cache-control"], "no-store");
	for (const token of [inHeader.access_token, inBody.json.access_token]) {
		assert.match(token, /^hft_[0-9a-z]{43}$/);
		assert.equal((await ask("GET", server.at("v1/provider"), { key: token })).json.id, provider.facts.id);
		assert.equal((await ask("GET", server.at("v1/keys"), { key: token })).status, 403);
	}
});

test("a token may less than its client when it is asked to, and never more", async () => {
	const client = await addClient("operator");
	const token = await getToken(client, { scope: "read_only" });

	assert.equal(token.scope, "read_only");
	assert.equal((await ask("POST", server.at("v1/subscriptions"), { key: token.access_token, body: {} })).status, 403);
	assert.equal((await getToken(client, { scope: "read_only support" })).scope, "support");
	const basic = `${client.id}:${client.secret}`;

	for (const scope of ["owner", "vendor", "none", "everything", "read_only owner"])
		assertOauthError(await askToken({ grant_type: "client_credentials", scope }, { basic }), 400, "invalid_scope");
});

test("a revoked client's tokens end with it", async () => {
	const client = await addClient();
	const { access_token: key } = await getToken(client);

	assert.equal((await ask("GET", server.at("v1/provider"), { key })).status, 200);
	assert.equal((await provider.ask("DELETE", `v1/clients/${client.id}`)).status, 204);
	const answer = await ask("GET", server.at("v1/provider"), { key });

	assert.equal(answer.status, 401);
	assert.equal(answer.headers["www-authenticate"], 'Bearer error="invalid_token"');
	assertOauthError(await askToken({ grant_type: "client_credentials" }, { basic: `${client.id}:${client.secret}` }),
		401, "invalid_client");
});

test("the token endpoint's errors are those of RFC 6749, section 5.2", async () => {
	const { id, secret } = await addClient();
	const basic = `${id}:${secret}`, grant = { grant_type: "client_credentials" };
	const cases = [
		["no grant type", {}, { basic }, 400, "invalid_request"],
		["an empty grant type", { grant_type: "" }, { basic }, 400, "invalid_request"],
		["another grant type", { grant_type: "password" }, { basic }, 400, "unsupported_grant_type"],
		["a parameter twice", "grant_type=client_credentials&grant_type=client_credentials", { basic }, 400,
			"invalid_request"],
		["a broken escape", "grant_type=%zz", { basic }, 400, "invalid_request"],
		["JSON", "{}", { basic, headers: { "Content-Type": "application/json" } }, 400, "invalid_request"],
		["two ways at once", { ...grant, client_id: id, client_secret: secret }, { basic }, 400, "invalid_request"],
		["a wrong secret", grant, { basic: `${id}:hfs_wrong` }, 401, "invalid_client"],
		["an unknown client", grant, { basic: `cli_nobody:${secret}` }, 401, "invalid_client"],
		["no client", grant, {}, 401, "invalid_client"],
		["no colon", grant, { basic: id }, 401, "invalid_client"],
		["no base64", grant, { headers: { Authorization: "Basic ?" } }, 401, "invalid_client"],
		["another scheme", grant, { headers: { Authorization: `Bearer ${secret}` } }, 401, "invalid_client"],
		["another client in the body", { ...grant, client_id: "cli_x" }, { basic }, 401, "invalid_client"],
		["a key for a client", grant, { basic: `${id}:${provider.key}` }, 401, "invalid_client"],
	];

	for (const [what, fields, how, status, error] of cases) {
		const answer = await askToken(fields, how);

		assertOauthError(answer, status, error);
		const sentHeader = how.basic !== undefined || how.headers?.Authorization !== undefined;

		if (status === 401)
			assert.equal(answer.headers["www-authenticate"], sentHeader ? 'Basic realm="holdfast"' : undefined, what);
	}
	assert.equal((await ask("GET", server.at("oauth2/token"))).status, 405);
	assertOauthError(await ask("GET", server.at("oauth2/other")), 404, "invalid_request");
});

test("whoever tries secrets has to wait, and others need not", async (t) => {
	const own = await new Server(Scene.of(t), { args: ["--proxy", "127.0.0.1"] }).start();
	const theirs = await own.addProvider();
	const { id, secret } = (await theirs.ask("POST", "v1/clients", { role: "owner" })).json;
	const attempt = (text, address) => askToken({ grant_type: "client_credentials" },
		{ on: own, basic: `${id}:${text}`, headers: { "X-Forwarded-For": address } });

	for (let i = 0; i < 20; i++)
		assertOauthError(await attempt("hfs_wrong", "192.0.2.1"), 401, "invalid_client");
	const refused = await attempt(secret, "192.0.2.1");

	assertOauthError(refused, 429, "slow_down");
	assert.ok(Number(refused.headers["retry-after"]) > 0 && Number(refused.headers["retry-after"]) <= 600);
	assert.equal((await attempt(secret, "192.0.2.2")).status, 200);
});

const order = (externalId, key, by = provider, seats = 1) => ask("POST", server.at("v1/subscriptions"),
	{ key: by.key, body: { external_id: externalId, seats }, headers: { "Idempotency-Key": key } });

test("the same command with the same key is carried out once and answered the same", async () => {
	const first = await order("once-1", "7f8b2c1e-1111");
	const again = await order("once-1", "7f8b2c1e-1111");

	assert.equal(first.status, 201, first.text);
	assert.equal(first.headers["idempotency-replayed"], undefined);
	assert.equal(again.status, 201);
	assert.equal(again.text, first.text, "the activation code too");
	assert.equal(again.headers.location, first.headers.location);
	assert.equal(again.headers["idempotency-replayed"], "true");
	assert.equal((await provider.events(first.json.id)).filter((e) => e.kind === "ordered").length, 1);
});

test("many at once with the same key are one command", async () => {
	const answers = await Promise.all(Array.from({ length: 16 }, () => order("once-many", "many-at-once")));

	assert.deepEqual([...new Set(answers.map((each) => each.text))], [answers[0].text]);
	assert.equal(answers[0].status, 201, answers[0].text);
	assert.equal(answers.filter((each) => each.headers["idempotency-replayed"] === undefined).length, 1);
});

test("a web process that is killed in the middle did all of a command or nothing, and the repetition says which", async (t) => {
	const own = await new Server(Scene.of(t), { args: ["--web", "2"] }).start();
	const theirs = await own.addProvider();
	const orderOnce = (name) => ask("POST", own.at("v1/subscriptions"), { key: theirs.key,
		body: { external_id: name }, headers: { "Idempotency-Key": `key-of-${name}` } });
	const names = Array.from({ length: 80 }, (_, i) => `killed-${i}`);
	let repeated = 0;

	// A process that is killed again and again is started later each time: few rounds, with many commands in each.
	for (let round = 0; round < 4; round++) {
		const mine = names.slice(round * 20, round * 20 + 20);
		const first = mine.map((name) => orderOnce(name).catch(() => undefined));

		await first[round];
		for (const { pid } of own.children("holdfast-web"))
			process.kill(pid, "SIGKILL");
		for (const [i, name] of mine.entries()) {
			const before = await first[i];
			const after = await until("the order is answered", async () => {
				const answer = await orderOnce(name).catch(() => undefined);

				return answer?.status === 201 ? answer : undefined;
			});

			if (before?.status === 201)
				assert.equal(after.text, before.text, "what was acknowledged is what it is");
			else
				repeated += after.headers["idempotency-replayed"] === "true";
			assert.equal((await orderOnce(name)).text, after.text);
		}
	}
	t.diagnostic(`${repeated} had been carried out, and nobody knew`);
	const all = (await until("the list", async () => (await theirs.ask("GET", "v1/subscriptions")).json)).subscriptions;

	assert.deepEqual(all.map((each) => each.external_id).sort(), [...names].sort());
	assert.equal((await own.verifyLog()).intact, true);
});

test("the same key with another command is refused and changes nothing", async () => {
	await order("once-2", "key-2");
	for (const answer of [await order("once-3", "key-2"), await order("once-2", "key-2", provider, 2),
		await ask("POST", server.at("v1/keys"), { key: provider.key, body: { role: "owner" },
			headers: { "Idempotency-Key": "key-2" } })]) {
		assert.equal(answer.status, 422, answer.text);
		assert.equal(answer.json.code, "idempotency_key_reused");
	}
	assert.deepEqual((await provider.ask("GET", "v1/subscriptions?external_id=once-3")).json.subscriptions, []);
});

test("a refusal is answered the same too, also when it would no longer be one", async () => {
	const sub = await provider.order("once-4");
	const suspend = (key) => ask("POST", server.at(`v1/subscriptions/${sub.id}/suspend`),
		{ key: provider.key, body: {}, headers: { "Idempotency-Key": key } });

	assert.equal((await suspend("s-1")).status, 200);
	assert.equal((await suspend("s-2")).json.code, "already_suspended");
	await provider.resume(sub.id);
	assert.equal((await suspend("s-2")).json.code, "already_suspended");
	assert.equal((await suspend("s-1")).status, 200);
	assert.equal((await provider.get(sub.id)).state, "active", "an old command that comes again changes nothing");
});

test("keys of two providers, or of two keys, never meet", async () => {
	const first = await order("once-5", "shared-key");
	const second = await order("once-5", "shared-key", other);

	assert.equal(second.status, 201);
	assert.notEqual(second.json.id, first.json.id);
	const key = await addKey("operator");
	const third = await order("once-5", "shared-key", { key: key.secret });

	assert.equal(third.json.code, "duplicate_order", "another credential's keys are its own");
});

test("a client's later token gets the answer that an earlier one got", async () => {
	const client = await addClient();
	const ordered = async () => order("once-6", "by-token", { key: (await getToken(client)).access_token });
	const first = await ordered(), again = await ordered();

	assert.equal(first.status, 201, first.text);
	assert.equal(again.text, first.text);
});

test("a key that is none is refused, and a command without one is none", async () => {
	for (const key of ["", " ", "a b", "x".repeat(256), "caf\u00e9"]) {
		const answer = await order("once-7", key);

		assert.equal(answer.status, 400, `"${key}": ${answer.text}`);
	}
	assert.equal((await order("once-7", "x".repeat(255))).status, 201);
});

test("the store holds no activation code and no secret, though it keeps the answers", async () => {
	const { readFileSync, readdirSync } = await import("node:fs");
	const first = await order("once-8", "secret-answer");
	const client = await ask("POST", server.at("v1/clients"), { key: provider.key, body: { role: "owner" },
		headers: { "Idempotency-Key": "secret-client" } });
	const token = await getToken(client.json);
	const dir = `${server.state}/store`;
	const files = readdirSync(dir).map((name) => readFileSync(`${dir}/${name}`).toString("latin1"));

	for (const secret of [first.json.activation_code, client.json.secret, token.access_token, provider.key])
		assert.ok(files.every((text) => !text.includes(secret)), "a secret is in the store");
	assert.ok(files.some((text) => text.includes(first.json.id)), "this did look at the store");
});

test("an owner reads who made and revoked keys and changed the card, and nobody reads another's", async () => {
	const mine = await server.addProvider({ name: "Audited" });
	const made = (await mine.ask("POST", "v1/keys", { role: "support", label: "desk" })).json;
	const support = new Provider(server, mine.facts, made.secret);

	await mine.ask("PATCH", "v1/provider", { phone: "+44 1632 960002" });
	assert.equal((await support.ask("GET", "v1/provider/events")).json.code, "not_permitted");
	await mine.ask("DELETE", `v1/keys/${made.id}`);
	const { events } = (await mine.ask("GET", "v1/provider/events")).json;

	assert.deepEqual(events.map((each) => each.kind),
		["credential_added", "credential_added", "provider_changed", "credential_revoked"]);
	assert.equal(events[1].detail.label, "desk");
	assert.match(events[3].actor, new RegExp(`^provider ${mine.facts.id} key_`));
	assert.ok(!JSON.stringify(events).includes(made.secret), "no secret");
});
