#!/usr/bin/env node
// What test/e2e/contention.test.mjs does for seconds, for as long as you like: a soak test. Prints what happened.

import { CLIENTS, CONTENTION_ARGS, commandWhileKilled, fightOverSeats } from "./e2e/contention.mjs";
import { Scene, Server } from "./e2e/lib.mjs";

const usage = "usage: node test/soak.mjs [SECONDS]\n\nEach of the two parts takes so long; a minute unless given.\n";
const [argument = "60", ...more] = process.argv.slice(2);
const seconds = Number(argument);

if (!(seconds > 0) || more.length > 0) {
	process.stderr.write(usage);
	process.exit(2);
}
const scene = new Scene();

try {
	const server = await new Server(scene, { args: CONTENTION_ARGS }).start();
	const provider = await server.addProvider();
	const rounds = await fightOverSeats(server, provider, seconds);

	console.log(`${CLIENTS} clients over the last seat, ${rounds} times: never one too many, none lost`);
	const { acknowledged, retries, killed } = await commandWhileKilled(server, provider, seconds);
	const deaths = Object.entries(killed).map(([program, times]) => `${program} ${times}`).join(", ");

	console.log(`${acknowledged} commands acknowledged, ${retries} asked again, killed: ${deaths}`);
	console.log("every acknowledged command is there, none twice, and the hash chain holds");
} finally {
	await scene.close();
}
