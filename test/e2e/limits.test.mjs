// Whoever asks too often waits, and nobody else does: API keys and clients, reactivation, purchases. (Activation codes:
// main_job.test.mjs and bad_input.test.mjs; the token endpoint: access.test.mjs.)

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";

let scene, server, provider, other;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--web", "2", "--rate", "2", "--payment", "local"] }).start();
	provider = await server.addProvider();
	other = await server.addProvider({ name: "Other Telecom" });
});

after(() => scene.close());

const nonce = () => randomBytes(32).toString("base64url");

/** Ask until it is refused; how often it was let through, and the refusal. */
async function askUntilRefused(once) {
	for (let good = 0; good < 500; good++) {
		const answer = await once();

		if (answer.status === 429)
			return { good, refusal: answer };
		assert.ok(answer.status < 400, answer.text);
	}
	throw new Error("it was never refused");
}

function assertWait(answer, most) {
	const wait = Number(answer.headers["retry-after"]);

	assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= most, `Retry-After: ${answer.headers["retry-after"]}`);
}

test("a key that asks too often waits, in each interface's own words, whichever process it meets", async () => {
	const { good, refusal } = await askUntilRefused(() => provider.ask("GET", "v1/provider"));

	// Five seconds' worth at once, and what time brought meanwhile.
	assert.ok(good >= 10, `${good} were let through`);
	assert.equal(refusal.json.code, "rate_limited");
	assertWait(refusal, 1);
	const { refusal: tmf } = await askUntilRefused(() => provider.ask("GET", "tmf-api/serviceInventory/v4/service"));

	assert.deepEqual([tmf.json.code, tmf.json.status, typeof tmf.json.reason], ["rate_limited", "429", "string"]);
	assertWait(tmf, 1);
});

test("another provider's key does not notice", async () => {
	await askUntilRefused(() => provider.ask("GET", "v1/provider"));
	for (let i = 0; i < 5; i++)
		assert.equal((await other.ask("GET", "v1/provider")).status, 200);
});

test("a command that was refused for that was not carried out, and is once time has passed", async () => {
	const order = () => ask("POST", server.at("v1/subscriptions"), { key: provider.key,
		body: { external_id: "after-the-wait" }, headers: { "Idempotency-Key": "one-key" } });

	await askUntilRefused(() => provider.ask("GET", "v1/provider"));
	let answer = await order();

	for (let i = 0; i < 50 && answer.status === 429; i++) {
		await new Promise((resolve) => setTimeout(resolve, 200));
		answer = await order();
	}
	assert.equal(answer.status, 201, answer.text);
	assert.equal(answer.headers["idempotency-replayed"], undefined);
});

test("a device that asks to be reactivated again and again waits, and another one does not", async () => {
	const sub = await other.order("two-devices", 2);
	const one = new BareDevice(server, "one"), two = new BareDevice(server, "two");

	await one.activate(sub.activation_code);
	await two.activate(sub.activation_code);
	const { good, refusal } = await askUntilRefused(() => one.ask("reactivate", { nonce: nonce() }));

	assert.ok(good >= 10 && good < 20, `${good} were let through`);
	assert.equal(refusal.json.code, "rate_limited");
	assertWait(refusal, 60);
	assert.equal((await two.ask("reactivate", { nonce: nonce() })).status, 200);
	assert.equal((await one.ask("checkin", { nonce: nonce() })).status, 200, "its check-ins go on");
});

test("a device that begins purchase after purchase waits", async () => {
	const sub = await other.order("buyer");
	const device = new BareDevice(server, "buyer");

	await device.activate(sub.activation_code);
	const { good, refusal } = await askUntilRefused(() => device.ask("purchase"));

	assert.ok(good >= 100, `${good} were let through`);
	assertWait(refusal, 60);
});

test("behind a proxy, one network of IPv6 is one place, however many addresses it has", async (t) => {
	const own = await new Server(Scene.of(t), { args: ["--proxy", "127.0.0.1"] }).start();
	const theirs = await own.addProvider();
	const { id, secret } = (await theirs.ask("POST", "v1/clients", { role: "owner" })).json;
	const attempt = (text, address) => ask("POST", own.at("oauth2/token"), { headers: {
		"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": address,
		Authorization: `Basic ${Buffer.from(`${id}:${text}`).toString("base64")}` }, body: "grant_type=client_credentials" });

	for (let i = 1; i <= 20; i++)
		assert.equal((await attempt("hfs_wrong", `2001:db8:1:2:${i.toString(16)}::1`)).status, 401);
	const refused = await attempt(secret, "2001:db8:1:2:ffff::9");

	assert.equal(refused.status, 429);
	assertWait(refused, 600);
	assert.equal((await attempt(secret, "2001:db8:1:3::1")).status, 200);
	// Written as IPv6, an IPv4 address is one of its own, and the same as it is.
	for (let i = 0; i < 20; i++)
		assert.equal((await attempt("hfs_wrong", "::ffff:192.0.2.1")).status, 401);
	assert.equal((await attempt(secret, "192.0.2.1")).status, 429);
	assert.equal((await attempt(secret, "::ffff:192.0.2.2")).status, 200);
});
