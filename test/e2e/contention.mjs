// Many clients who want the same, and processes that are killed while they ask: for the tests, some seconds, and
// for `node test/soak.mjs`, as long as you like.

import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { until } from "./lib.mjs";

export const CLIENTS = 64;

/** Believe our X-Forwarded-For: the clients ask from addresses of their own; and all with one key, so that how
 * often one may ask is no question here. */
export const CONTENTION_ARGS = ["--proxy", "127.0.0.1", "--rate", "0"];

const addressOf = (i) => `10.0.${i >> 8}.${i & 255}`;
const seatedOf = async (provider, id) => (await provider.get(id)).devices.filter((each) => each.seated);

/** While `work` goes on, look at the subscription again and again: never a seat too many. */
async function watching(provider, { id, seats }, work) {
	let going = true;
	const watch = (async () => {
		let looks = 0;

		for (; going; looks++)
			assert.ok((await seatedOf(provider, id)).length <= seats, "a seat too many");
		return looks;
	})();

	try {
		return await work();
	} finally {
		going = false;
		assert.ok(await watch > 0);
	}
}

/** One round: all clients at once want the last seat, then all want to replace who got it. */
async function fightOnce(server, provider, round) {
	const seats = 1 + round % 3;
	const subscription = await provider.order(`fight-${round}`, seats);
	const code = subscription.activation_code;
	const clients = Array.from({ length: CLIENTS }, (_, i) =>
		new BareDevice(server, `client-${round}-${i}`, { address: addressOf(i) }));

	for (let i = 0; i < seats - 1; i++)
		assert.equal((await new BareDevice(server, `early-${round}-${i}`, { address: addressOf(999) })
			.activate(code)).status, 201);
	await watching(provider, subscription, async () => {
		const answers = await Promise.all(clients.map((client) => client.activate(code)));
		const got = answers.filter((each) => each.status === 201);
		const refused = answers.filter((each) => each.status === 409 && each.json.code === "seats_taken");

		assert.equal(got.length, 1, "who got the last seat");
		assert.equal(refused.length, CLIENTS - 1, "who was told that it is taken");
		assert.equal((await seatedOf(provider, subscription.id)).length, seats);
		const taken = clients.find((client) => client.token !== undefined);

		// Now everyone wants the winner's: one seat is handed on and never doubled, and none is lost.
		const others = clients.filter((client) => client !== taken);
		const swaps = await Promise.all(others.map((client) => client.activate(code, { replace: taken.id })));

		assert.ok(swaps.every((each) => each.status === 201 || each.status === 409), "swaps");
		assert.ok(swaps.some((each) => each.status === 201), "somebody got it");
		assert.equal((await seatedOf(provider, subscription.id)).length, seats);
	});
}

/** 64 clients fight over a last seat, again and again for so long. Returns how many rounds there were. */
export async function fightOverSeats(server, provider, seconds) {
	const end = Date.now() + seconds * 1000;
	let round = 0;

	do
		await fightOnce(server, provider, round++);
	while (Date.now() < end);
	return round;
}

/** Send a command until it is answered, with one Idempotency-Key, as a careful client does. */
async function insist(world, method, path, body) {
	const headers = { "Idempotency-Key": randomUUID() };

	for (let tries = 1;; tries++)
		try {
			const answer = await ask(method, world.server.at(path),
				{ key: world.provider.key, body, headers, timeout: 20000 });

			if (answer.status < 500 && answer.status !== 429)
				return answer;
			throw new Error(`answered ${answer.status}: ${answer.text}`);
		} catch (error) {
			world.retries++;
			if (tries >= 200)
				throw error;
			await pause(50);
		}
}

/** One client: orders, takes a seat, and suspends and resumes in turn; remembers what was acknowledged. */
async function command(world, who) {
	for (let i = 0; world.going; i++) {
		const name = `${who}-${i}`;
		const order = await insist(world, "POST", "v1/subscriptions", { external_id: name });

		assert.equal(order.status, 201, order.text);
		const mine = { id: order.json.id, name, kinds: ["ordered"] };

		world.acknowledged.push(mine);
		// Pending ones cannot be suspended: a cancel and a reinstate are there for all.
		for (let k = 0; k < 4 && world.going; k++) {
			const [what, body] = k % 2 === 0 ? ["cancel", { reason: "discontinued" }] : ["reinstate", {}];
			const answer = await insist(world, "POST", `v1/subscriptions/${mine.id}/${what}`, body);

			assert.equal(answer.status, 200, `${what} of ${name}: ${answer.text}`);
			mine.kinds.push(what);
		}
	}
}

const programs = ["holdfast-web", "holdfast-courier", "holdfast-signer", "holdfast-clerk", "holdfast-server"];

/** Kill at least one process of a program of the server's; start the parent again when it was that. Each program has its
 * turn, in an order of chance. */
async function killOne(world) {
	if (world.turns.length === 0)
		world.turns = [...programs].sort(() => randomInt(3) - 1);
	const program = world.turns.pop();
	const all = program === "holdfast-server" ? [world.server.process] : world.server.children(program);
	const some = all.filter(() => randomInt(2) === 0);

	for (const { pid } of some.length > 0 ? some : all.slice(0, 1)) {
		try {
			process.kill(pid, "SIGKILL");
			world.killed[program] = (world.killed[program] ?? 0) + 1;
		} catch (error) {
			// It had just ended, with the parent that was killed before.
			if (error.code !== "ESRCH")
				throw error;
		}
	}
	if (program !== "holdfast-server")
		return;
	await world.server.process.ended;
	await world.server.start();
}

async function assertAllThereOnce({ server, provider, acknowledged }) {
	const check = await server.verifyLog();

	assert.equal(check.intact, true, "the hash chain");
	for (const { id, name, kinds } of acknowledged) {
		const found = (await provider.ask("GET", `v1/subscriptions?external_id=${name}`)).json.subscriptions;
		const events = (await provider.events(id)).map((each) => each.kind);

		assert.deepEqual(found.map((each) => each.id), [id], `${name}: there, and once`);
		assert.deepEqual(events, kinds, `${name}: every acknowledged command, and none twice`);
	}
	assert.equal(new Set(acknowledged.map((each) => each.id)).size, acknowledged.length);
}

/** Clients command for so long while processes are killed at random; then everything acknowledged must be there,
 * and nothing twice. Returns what happened: { acknowledged, retries, killed }. */
export async function commandWhileKilled(server, provider, seconds) {
	const world = { server, provider, going: true, acknowledged: [], retries: 0, killed: {}, turns: [] };
	const clients = Array.from({ length: 8 }, (_, i) => command(world, `commander-${i}`));
	const end = Date.now() + seconds * 1000;

	// Whoever fails first stops the others.
	clients.forEach((client) => client.catch(() => {
		world.going = false;
	}));
	while (Date.now() < end && world.going) {
		await pause(randomInt(100, 700));
		await killOne(world);
	}
	world.going = false;
	await Promise.all(clients);
	await until("it answers", () => server.isHealthy());
	await assertAllThereOnce(world);
	return { acknowledged: world.acknowledged.reduce((sum, each) => sum + each.kinds.length, 0),
		retries: world.retries, killed: world.killed };
}
