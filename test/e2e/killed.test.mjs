// Every process may end at any moment, by kill -9: what its parent starts again is back in a moment, what is
// at the top starts again where it was; nothing acknowledged is lost, nothing is half done.

import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, until } from "./lib.mjs";

/** A server with a provider, and everything that was ordered in `acknowledged`. */
async function busyServer(t) {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();
	const acknowledged = [];
	let going = true;
	const order = async (who) => {
		for (let i = 0; going; i++) {
			const name = `${who}-${i}`;

			try {
				const answer = await provider.ask("POST", "v1/subscriptions", { external_id: name });

				if (answer.status === 201)
					acknowledged.push(name);
			} catch {
				// The connection went with the process: not acknowledged.
			}
		}
	};
	const workers = ["a", "b", "c"].map(order);
	const stop = async () => {
		going = false;
		await Promise.all(workers);
	};

	t.after(stop);
	return { server, provider, acknowledged, stop };
}

async function listAll(provider) {
	const names = [];
	let after = "";

	for (;;) {
		const page = (await provider.ask("GET", `v1/subscriptions?after=${after}`)).json;

		names.push(...page.subscriptions.map((subscription) => subscription.external_id));
		if (page.next === undefined)
			return names;
		after = page.next;
	}
}

async function assertNothingLost({ server, provider, acknowledged }) {
	const listed = new Set(await listAll(provider));
	const check = await server.verifyLog();

	assert.deepEqual(acknowledged.filter((name) => !listed.has(name)), [], "acknowledged, and lost");
	assert.equal(check.intact, true);
	// An order is its record and its event, or neither: the vendor's chain and the provider's have no subscription in it.
	assert.equal(check.chains - 2, listed.size, "subscriptions with a chain of events");
}

async function untilBack(server, program, before) {
	await until(`${program} is back`, () => {
		const now = server.children(program).map((each) => each.pid);

		return now.length === before.length && now.every((pid) => !before.includes(pid));
	});
}

test("kill -9 of each web process while orders come in: they are back, and no order is lost", async (t) => {
	const scenery = await busyServer(t);
	const { server, acknowledged } = scenery;

	for (let round = 0; round < 3; round++) {
		const had = acknowledged.length;
		const pids = server.children("holdfast-web").map((each) => each.pid);

		await until("orders are taken", () => acknowledged.length > had + 5);
		pids.forEach((pid) => process.kill(pid, "SIGKILL"));
		await untilBack(server, "holdfast-web", pids);
	}
	const had = acknowledged.length;

	await until("orders are taken again", () => acknowledged.length > had + 5);
	await scenery.stop();
	await assertNothingLost(scenery);
});

test("a hang-up signal reaches the signer alone: nothing that is being answered is cut off", async (t) => {
	const { server } = await busyServer(t);
	const pids = (program) => server.children(program).map((each) => each.pid);
	const before = ["holdfast-web", "holdfast-courier", "holdfast-signer", "holdfast-clerk"].map(pids);

	process.kill(server.process.pid, "SIGHUP");
	await until("the signer has read its keys again", () => server.log().includes("keys reloaded"));
	assert.deepEqual(["holdfast-web", "holdfast-courier", "holdfast-signer", "holdfast-clerk"].map(pids), before);
	assert.ok(await server.isHealthy());
});

test("kill -9 of the server while orders come in: all of it ends; started again, no order is lost", async (t) => {
	const scenery = await busyServer(t);
	const { server, acknowledged } = scenery;
	const url = server.url;

	for (let round = 0; round < 3; round++) {
		const had = acknowledged.length;
		const children = server.children();

		await until("orders are taken", () => acknowledged.length > had + 5);
		server.process.kill("SIGKILL");
		await server.process.ended;
		await until("its processes end", () => children.every(({ pid }) => {
			try {
				process.kill(pid, 0);
				return false;
			} catch {
				return true;
			}
		}));
		await server.start();
		assert.equal(server.url, url, "devices keep the address: it must not change");
	}
	await scenery.stop();
	await assertNothingLost(scenery);
});

const newNonce = () => Buffer.alloc(32, 7).toString("base64url");

async function activateBare(server, code) {
	const body = { code, machine: "machine-of-the-test", name: "bare", platform: "linux", key: newNonce(),
		nonce: newNonce() };

	return ask("POST", server.at("device/v1/activate"), { body });
}

/** Whether the server's lease key signed this lease: a compact JWS. */
function isSignedBy(server, lease) {
	const key = readFileSync(join(server.state, "keys/lease.pub")).toString("base64url");
	const [header, claims, signature] = lease.split(".");

	return verify(null, Buffer.from(`${header}.${claims}`),
		createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" }),
		Buffer.from(signature, "base64url"));
}

test("kill -9 of the signer: it is back, with the same key, and leases are signed again", async (t) => {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();
	const { activation_code: code } = await provider.order("signed");
	const { token, lease } = (await activateBare(server, code)).json;
	const key = readFileSync(join(server.state, "keys/lease.pub"), "latin1");

	assert.ok(isSignedBy(server, lease));
	for (let round = 0; round < 3; round++) {
		const [signer] = server.children("holdfast-signer");
		const checkin = () =>
			ask("POST", server.at("device/v1/checkin"), { key: token, body: { nonce: newNonce() } });

		process.kill(signer.pid, "SIGKILL");
		// While it is away the device is told to come again, never that it is not protected.
		const now = await checkin();

		assert.ok([200, 503].includes(now.status), now.text);
		await untilBack(server, "holdfast-signer", [signer.pid]);
		const answer = await until("a lease", async () => {
			const got = await checkin();

			return got.status === 200 && got;
		});

		assert.ok(isSignedBy(server, answer.json.lease));
		assert.equal(readFileSync(join(server.state, "keys/lease.pub"), "latin1"), key);
	}
});

test("kill -9 of the courier: it is back, and Reactivate asks the provider again", async (t) => {
	const scene = Scene.of(t);
	const standIn = await new StandInProvider().start();

	scene.atEnd(() => standIn.stop());
	const server = await new Server(scene).start();
	const provider = await server.addProvider({ "verify-url": standIn.url, doubt: "0s" });
	const { id, activation_code: code } = await provider.order("asked");
	const { token } = (await activateBare(server, code)).json;
	const reactivate = () =>
		ask("POST", server.at("device/v1/reactivate"), { key: token, body: { nonce: newNonce() } });
	const [courier] = server.children("holdfast-courier");

	await provider.suspend(id);
	standIn.set("asked", "suspended");
	assert.equal((await reactivate()).json.outcome, "still_blocked");
	process.kill(courier.pid, "SIGKILL");
	standIn.set("asked", "active");
	// Without the courier nobody can be asked; the answer says so instead of failing.
	const now = (await reactivate()).json.outcome;

	assert.ok(["active", "unreachable"].includes(now), now);
	await untilBack(server, "holdfast-courier", [courier.pid]);
	assert.equal((await until("the courier answers", async () => {
		const answer = await reactivate();

		return answer.json.outcome === "active" && answer;
	})).status, 200);
});
