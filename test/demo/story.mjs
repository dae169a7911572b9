// The demo: runs the main job on this machine, with real programs, and tells it. See ../../demo --help.

import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

import { Scene, buildFolder, makeDirectory } from "../e2e/lib.mjs";
import { describeConsole, furnishConsole } from "./console.mjs";
import { describeWorld, furnish, furnishPerson, showLinks } from "./furnish.mjs";
import { steps } from "./steps.mjs";
import { Teller } from "./teller.mjs";

/** The name of a socket below it must fit in 107 bytes. */
const STATE_LONGEST = 70;

function readOptions() {
	try {
		const { values } = parseArgs({ options: { once: { type: "boolean" }, state: { type: "string" } } });

		return values;
	} catch (error) {
		return wrongUse(error.message);
	}
}

function wrongUse(message) {
	process.stderr.write(`demo: ${message}; see ./demo --help\n`);
	process.exit(2);
}

/** Where everything is kept: as asked for, or fresh. */
function chooseState(asked) {
	if (asked === undefined)
		return makeDirectory("hf-demo-");
	const dir = resolve(asked);

	if (dir.length > STATE_LONGEST)
		wrongUse(`the path ${dir} is too long for the sockets in it; at most ${STATE_LONGEST} bytes`);
	if (existsSync(dir) && readdirSync(dir).length > 0)
		wrongUse(`${dir} is not empty`);
	return dir;
}

/** Returns undefined, or "step K failed: REASON". */
async function tellStory(world) {
	for (const [i, [title, action]] of steps.entries()) {
		const begun = Date.now();

		world.teller.title(i + 1, title);
		world.step = i + 1;
		try {
			await action(world);
		} catch (error) {
			world.teller.failed(error.message);
			return `step ${world.step} failed: ${error.message.replace(/\s+/g, " ").trim()}`;
		}
		world.teller.took(Date.now() - begun);
	}
	return undefined;
}

/** Resolves when somebody ends us. */
function endAsked() {
	return new Promise((end) => {
		for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
			process.once(signal, () => end(signal));
	});
}

async function stayUp(world, ended) {
	const { teller } = world;

	teller.line();
	teller.line("Everything stays up, with some more customers. Ctrl-C stops it.");
	teller.line();
	await furnish(world);
	await furnishPerson(world);
	showLinks(world);
	const people = await furnishConsole(world);

	await describeWorld(world);
	describeConsole(world, people);
	await ended;
	teller.line();
	teller.line("Stopping.");
}

async function main() {
	const options = readOptions();
	const teller = new Teller();
	const scene = new Scene({ dir: chooseState(options.state) });
	const world = { scene, teller };
	const ended = endAsked();

	teller.line("Holdfast: from a provider's order to a protected device, and back again.");
	teller.line(`Programs: ${buildFolder}`);
	teller.line(`All state: ${scene.dir}`);
	const failure = await Promise.race([tellStory(world), ended.then((signal) =>
		`step ${world.step} failed: ended by ${signal}`)]);

	if (failure === undefined && !options.once)
		await stayUp(world, ended);
	if (failure === undefined && options.state === undefined)
		scene.discard();
	await scene.close();
	teller.line();
	if (failure !== undefined)
		teller.line(`All state, and a log of each program, is kept in ${scene.dir}`);
	teller.line(failure === undefined ? `demo: ${steps.length} steps held` : `demo: ${failure}`);
	return failure === undefined ? 0 : 1;
}

// Not left to the event loop: a step that was interrupted may still wait for something.
process.exit(await main());
