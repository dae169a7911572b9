// Under contention and kill -9 the server's promises hold: never a seat too many, every acknowledged command is
// there afterwards, none twice. `node test/soak.mjs` does the same for minutes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { CONTENTION_ARGS, commandWhileKilled, fightOverSeats } from "./contention.mjs";
import { Scene, Server } from "./lib.mjs";

async function arrange(t) {
	const server = await new Server(Scene.of(t), { args: CONTENTION_ARGS }).start();

	return { server, provider: await server.addProvider() };
}

test("64 clients fight over the last seat: one gets it, never one too many, and none is lost", async (t) => {
	const { server, provider } = await arrange(t);

	assert.ok(await fightOverSeats(server, provider, 4) >= 1);
	assert.equal((await server.verifyLog()).intact, true);
});

test("kill -9 of any process under load: every acknowledged command is there once, and the chain holds", async (t) => {
	const { server, provider } = await arrange(t);
	const { acknowledged, killed } = await commandWhileKilled(server, provider, 8);

	assert.ok(acknowledged > 8, `only ${acknowledged} commands`);
	for (const program of ["holdfast-web", "holdfast-courier", "holdfast-server"])
		assert.ok(killed[program] >= 1, `${program} was killed: ${JSON.stringify(killed)}`);
});
