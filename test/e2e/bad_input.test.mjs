// What the server makes of requests that are wrong: every one is refused with a code and a sentence, nothing
// is changed by it, and the next good request is served.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";

import { ask, sendRaw } from "./http.mjs";
import { Scene, Server, until } from "./lib.mjs";

let scene, server, provider, other;

before(async () => {
	scene = new Scene();
	server = await new Server(scene).start();
	provider = await server.addProvider();
	other = await server.addProvider({ name: "Other Telecom" });
});

after(async () => {
	const check = await server.verifyLog();

	await scene.close();
	assert.equal(check.intact, true, "after all that, the event log's chains must hold");
});

const nonce = () => randomBytes(32).toString("base64url");

/** A good activation, to be spoilt. */
function activation(code, changes = {}) {
	return { code, machine: "a-machine-of-the-tests", name: "laptop", platform: "linux", key: nonce(),
		nonce: nonce(), ...changes };
}

const activate = (body) => ask("POST", server.at("device/v1/activate"), { body });

function assertProblem(answer, status, code) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers["content-type"], "application/problem+json");
	assert.equal(answer.json.code, code);
	assert.ok(answer.json.detail.length > 10, "the detail must be a sentence");
	return answer.json;
}

/** A wrong code counts against the address that it came from: tests that send one have a server of their
 * own. */
async function ownServer(t) {
	const own = await new Server(Scene.of(t)).start();

	return { own, provider: await own.addProvider() };
}

function rawRequest(body, { length = Buffer.byteLength(body), type = "application/json" } = {}) {
	return `POST /v1/subscriptions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${provider.key}\r\n` +
		`Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

async function countSubscriptions() {
	return (await provider.ask("GET", "v1/subscriptions")).json.subscriptions.length;
}

test("malformed HTTP is answered 400 or closed, and the server goes on", async () => {
	const wrong = {
		"no HTTP at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
		"no method": " / HTTP/1.1\r\n\r\n",
		"an unknown method": "BREW /v1/subscriptions HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"no version": "GET /healthz\r\n\r\n",
		"a header without a colon": "GET /healthz HTTP/1.1\r\nHost localhost\r\n\r\n",
		"a negative length": rawRequest("{}", { length: -5 }),
		"a length that is no number": rawRequest("{}", { length: "many" }),
		"a length beyond 64 bits": rawRequest("{}", { length: "99999999999999999999" }),
		"NUL bytes": "GET /\0healthz HTTP/1.1\r\nHost: local\0host\r\n\r\n",
		"chunks that are none":
			"POST /v1/subscriptions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
	};

	for (const [what, bytes] of Object.entries(wrong)) {
		const answer = await sendRaw(server.url, Buffer.from(bytes, "latin1"),
			{ end: true, enough: (text) => text.includes("\r\n\r\n"), timeout: 3000 });

		assert.notEqual(answer.how, "silence", `${what}: the server must not keep the connection`);
		assert.ok(answer.status === 0 || answer.status >= 400, `${what}: ${answer.text}`);
		assert.equal((await ask("GET", server.at("healthz"))).status, 200, `after ${what}`);
	}
});

test("a request that is cut at any byte changes nothing and holds nothing up", async () => {
	const whole = Buffer.from(rawRequest(JSON.stringify({ external_id: "cut", seats: 1 })));

	for (let n = 0; n < whole.length; n += 7)
		await sendRaw(server.url, whole.subarray(0, n), { end: true, timeout: 2000 });
	assert.equal(await countSubscriptions(), 0);
	await provider.order("whole");
	assert.equal(await countSubscriptions(), 1);
});

test("a request that arrives byte by byte is answered as any other", async () => {
	const net = await import("node:net");
	const socket = net.connect(Number(new URL(server.url).port), "127.0.0.1");
	let text = "";

	socket.setNoDelay(true);
	socket.on("data", (part) => (text += part));
	for (const byte of Buffer.from("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
		socket.write(Buffer.from([byte]));
		await new Promise(setImmediate);
	}
	await until("the answer", () => text.includes('"ok"'));
	socket.destroy();
});

test("a body over 64 KiB is answered 413 unread", async () => {
	const big = JSON.stringify({ external_id: "x".repeat(70000), seats: 1 });
	const answer = await sendRaw(server.url, rawRequest(big), { enough: (text) => text.includes("\r\n\r\n") });

	assert.equal(answer.status, 413, answer.text);
	// Said before it is sent: it need not be sent at all.
	const announced = await sendRaw(server.url, rawRequest("", { length: 70000 }),
		{ enough: (text) => text.includes("\r\n\r\n") });

	assert.equal(announced.status, 413, announced.text);
});

test("headers over 16 KiB are refused", async () => {
	const long = `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(40000)}\r\n\r\n`;
	const answer = await sendRaw(server.url, long, { timeout: 3000, enough: (text) => text.includes("\r\n\r\n") });

	assert.notEqual(answer.how, "silence");
	assert.ok(answer.status === 0 || answer.status >= 400, answer.text);
});

test("JSON that is malformed, deep, or no object is refused with 400", async () => {
	const before = await countSubscriptions();
	const wrong = ["", " ", "{", "}", "[]", "null", "1", '"text"', "{'external_id': 'x'}", '{"external_id": "x",}',
		'{"external_id": "x"} trailing', '{"external_id": "\\ud800"}', Buffer.from('{"external_id": "\xff"}', "latin1"),
		'{"seats": 1e999}', '{"external_id": "a\\u0000b"}', "[".repeat(30000), '{"a":'.repeat(10000)];

	for (const body of wrong)
		assertProblem(await provider.ask("POST", "v1/subscriptions", body), 400, "malformed_request");
	assert.equal(await countSubscriptions(), before);
});

test("every truncation of a JSON body is refused", async () => {
	const before = await countSubscriptions();
	const whole = JSON.stringify({ external_id: "truncated", seats: 2, paid_until: "2030-01-31T00:00:00Z" });

	for (let n = 0; n < whole.length; n++)
		assertProblem(await provider.ask("POST", "v1/subscriptions", whole.slice(0, n)), 400, "malformed_request");
	assert.equal(await countSubscriptions(), before);
});

test("unknown, repeated, missing and mistyped fields are refused by name", async () => {
	const wrong = {
		'{"external_id": "x", "sets": 1}': /sets/,
		'{"external_id": "x", "external_id": "y"}': /external_id|twice|repeated|duplicate/i,
		'{"seats": 1}': /external_id/,
		'{"external_id": 7}': /external_id/,
		'{"external_id": "x", "seats": "1"}': /seats/,
		'{"external_id": "x", "seats": 0}': /seats/,
		'{"external_id": "x", "seats": -1}': /seats/,
		'{"external_id": "x", "seats": 1.5}': /seats/,
		'{"external_id": "x", "seats": 1001}': /seats/,
		'{"external_id": "x", "seats": 18446744073709551617}': /./,
		'{"external_id": ""}': /external_id/,
		'{"external_id": "x", "paid_until": "tomorrow"}': /paid_until/,
		'{"external_id": "x", "paid_until": "2027-02-30T00:00:00Z"}': /paid_until/,
	};

	for (const [body, names] of Object.entries(wrong)) {
		const problem = assertProblem(await provider.ask("POST", "v1/subscriptions", body), 400, "malformed_request");

		assert.match(problem.detail, names, body);
	}
	const tooLong = { external_id: "x".repeat(101) };

	assertProblem(await provider.ask("POST", "v1/subscriptions", tooLong), 400, "malformed_request");
});

test("a body of another type than JSON is refused with 415", async () => {
	for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""]) {
		const answer = await ask("POST", server.at("v1/subscriptions"),
			{ key: provider.key, body: '{"external_id": "x"}', headers: { "Content-Type": type } });

		assertProblem(answer, 415, "not_json");
	}
});

test("unknown addresses are 404, known ones with another method 405", async () => {
	for (const path of ["nowhere", "v1", "v1/subscriptions/a/b/c", "device/v1/activate/", "updates/",
		"updates/../store/store.db", "updates/%2e%2e/store/store.db", "updates//etc/passwd", "updates/.hidden"])
		assertProblem(await ask("GET", server.at(path)), 404, "not_found");
	const raw = await sendRaw(server.url, "GET /updates/../../server/store/store.db HTTP/1.1\r\nHost: localhost\r\n\r\n",
		{ enough: (text) => text.includes("\r\n\r\n") });

	assert.equal(raw.status, 404);
	assertProblem(await ask("DELETE", server.at("v1/subscriptions")), 405, "method_not_allowed");
	assertProblem(await ask("GET", server.at("device/v1/activate")), 405, "method_not_allowed");
});

test("a key that nobody has is answered 401, whatever it looks like", async () => {
	const keys = [undefined, "", "nonsense", "hfk_", provider.key.slice(0, -1), `${provider.key}x`,
		provider.key.toUpperCase(), "x".repeat(5000), "' OR 1=1 --"];

	for (const key of keys) {
		const answer = await ask("GET", server.at("v1/subscriptions"), { key });

		assertProblem(answer, 401, "unknown_key");
		assert.match(answer.headers["www-authenticate"], /^Bearer( error="invalid_token")?$/);
	}
	const basic = await ask("GET", server.at("v1/subscriptions"),
		{ headers: { Authorization: `Basic ${Buffer.from(`x:${provider.key}`).toString("base64")}` } });

	assertProblem(basic, 401, "unknown_key");
});

test("another provider's subscription does not exist for this one", async () => {
	const theirs = await other.order("theirs");

	assertProblem(await provider.ask("GET", `v1/subscriptions/${theirs.id}`), 404, "unknown_subscription");
	assertProblem(await provider.ask("GET", `v1/subscriptions/${theirs.id}/events`), 404, "unknown_subscription");
	for (const change of ["suspend", "resume", "cancel", "reinstate"])
		assertProblem(await provider.ask("POST", `v1/subscriptions/${theirs.id}/${change}`, {}), 404,
			"unknown_subscription");
	assert.equal((await other.get(theirs.id)).state, "pending");
	const listed = (await provider.ask("GET", "v1/subscriptions?external_id=theirs")).json.subscriptions;

	assert.deepEqual(listed, []);
	// Both may call a subscription by the same name of theirs.
	await provider.order("theirs");
});

test("an order that is sent twice is made once", async () => {
	await provider.order("once");
	assertProblem(await provider.ask("POST", "v1/subscriptions", { external_id: "once" }), 409, "duplicate_order");
	const many = await Promise.all(Array.from({ length: 8 }, () =>
		provider.ask("POST", "v1/subscriptions", { external_id: "at once" })));

	assert.deepEqual(many.map((answer) => answer.status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
});

test("a change that does not fit the state is refused, and the state stays", async () => {
	const { id } = await provider.order("changes");

	assert.equal((await provider.ask("POST", `v1/subscriptions/${id}/reinstate`)).status, 409);
	assert.equal((await provider.get(id)).state, "pending");
	await provider.cancel(id);
	assert.equal((await provider.ask("POST", `v1/subscriptions/${id}/suspend`, {})).status, 409);
	assertProblem(await provider.ask("POST", `v1/subscriptions/${id}/cancel`, { reason: "weather" }), 400,
		"malformed_request");
	assert.equal((await provider.get(id)).state, "cancelled");
});

test("an activation with wrong fields is refused and takes no seat", async () => {
	const { id, activation_code: code } = await provider.order("fields");
	const wrong = [{ nonce: "short" }, { nonce: `${nonce()}A` }, { nonce: "!".repeat(43) }, { key: "AAAA" },
		{ machine: "short" }, { machine: "x".repeat(65) }, { machine: "with spaces in its name" }, { name: "" },
		{ name: "x".repeat(81) }, { platform: 3 }, { code: null }, { surplus: true }];

	for (const changes of wrong)
		assertProblem(await activate(activation(code, changes)), 400, "malformed_request");
	assert.equal((await provider.get(id)).state, "pending");
	assert.deepEqual((await provider.get(id)).devices, []);
});

test("a code is accepted however it is typed, and a spent one is told from a wrong one", async (t) => {
	const { own, provider: seller } = await ownServer(t);
	const post = (body) => ask("POST", own.at("device/v1/activate"), { body });
	const { id, activation_code: code } = await seller.order("typed");
	const typed = code.toLowerCase().replaceAll("-", " ").replaceAll("1", "l").replaceAll("0", "o");

	assert.equal((await post(activation(typed))).status, 201);
	const taken = assertProblem(await post(activation(code, { machine: "another-machine-of-them" })), 409, "seats_taken");

	assert.deepEqual(taken.devices.map((device) => device.name), ["laptop"]);
	await seller.suspend(id);
	const suspended = assertProblem(await post(activation(code, { machine: "another-machine-of-them" })), 409,
		"subscription_suspended");

	assert.equal(suspended.reason, "billing");
	await seller.cancel(id);
	assertProblem(await post(activation(code, { machine: "another-machine-of-them" })), 409, "code_spent");
	assertProblem(await post(activation("AAAAA-AAAA-AAAA")), 404, "unknown_code");
});

test("after ten wrong codes an address must wait, and is told how long", async (t) => {
	const { own, provider: seller } = await ownServer(t);
	const post = (body) => ask("POST", own.at("device/v1/activate"), { body });
	const { activation_code: code } = await seller.order("guessed");

	for (let i = 0; i < 10; i++)
		assertProblem(await post(activation(`GUESS-${i}000-0000`)), 404, "unknown_code");
	const answer = await post(activation(code));

	assertProblem(answer, 429, "too_many_attempts");
	const wait = Number(answer.headers["retry-after"]);

	assert.ok(wait > 0 && wait <= 600, `Retry-After: ${wait}`);
});

test("a policy that could never protect is refused when the provider is added", async () => {
	for (const [option, span] of [["--lease", "0s"], ["--lease", "32d"], ["--checkin", "0s"], ["--checkin", "8d"],
		["--grace", "1"], ["--billing-grace", "3000d"], ["--expiry-grace", "91d"], ["--undo", "31d"]]) {
		const refused = await server.admin("provider", "add", "--name", "Odd", option, span);

		assert.equal(refused.status, 2, `${option} ${span}: ${refused.out}`);
		assert.match(refused.err, new RegExp(`${option} takes a span`));
	}
	assert.ok(!(await server.admin("provider", "list")).out.includes("Odd"));
});

test("an order whose paid time is over already is refused", async () => {
	const order = (paid_until) => ask("POST", server.at("v1/subscriptions"),
		{ key: provider.key, body: { external_id: `paid-${paid_until}`, paid_until } });

	assertProblem(await order("2020-01-01T00:00:00Z"), 400, "malformed_request");
	assert.equal((await order("2099-01-01T00:00:00Z")).status, 201);
});

test("ten guesses sent at one time are counted as ten", async (t) => {
	const { own } = await ownServer(t);
	const post = (i) => ask("POST", own.at("device/v1/activate"), { body: activation(`GUESS-0000-${i}`) });
	const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => post(i)));
	const known = answers.filter((answer) => answer.status === 404).length;

	// Those that were under way together with the tenth may have been looked at as well, once each process.
	assert.ok(known >= 10 && known < 30, `${known} of 30 guesses were looked at`);
	assert.equal((await post(31)).status, 429);
});

test("seats are never exceeded by devices that activate at one time", async () => {
	const { id, activation_code: code } = await provider.order("crowd", 3);
	const answers = await Promise.all(Array.from({ length: 12 }, (_, i) =>
		activate(activation(code, { machine: `machine-number-${i}-here`, name: `device ${i}` }))));

	assert.equal(answers.filter((answer) => answer.status === 201).length, 3);
	assert.equal(answers.filter((answer) => answer.json.code === "seats_taken").length, 9);
	assert.equal((await provider.get(id)).devices.filter((device) => device.seated).length, 3);
});

test("a device's token is not a provider's key, nor the other way round", async () => {
	const { activation_code: code } = await provider.order("token");
	const { token } = (await activate(activation(code, { machine: "machine-with-a-token" }))).json;

	assertProblem(await ask("GET", server.at("v1/subscriptions"), { key: token }), 401, "unknown_key");
	const checkin = await ask("POST", server.at("device/v1/checkin"),
		{ key: provider.key, body: { nonce: nonce() } });

	assertProblem(checkin, 401, "unknown_token");
});

test("a check-in with wrong fields is refused", async () => {
	const { activation_code: code } = await provider.order("checkin");
	const { token } = (await activate(activation(code, { machine: "machine-that-checks-in" }))).json;
	const checkin = (body) => ask("POST", server.at("device/v1/checkin"), { key: token, body });

	for (const changes of [{ nonce: "x" }, { wait_s: -1 }, { wait_s: 61 }, { wait_s: "9" }, { generation: -1 },
		{ revision: "x".repeat(64) }, { features: ["scan"] }])
		assertProblem(await checkin({ nonce: nonce(), ...changes }), 400, "malformed_request");
	assert.equal((await checkin({ nonce: nonce() })).status, 200);
});
