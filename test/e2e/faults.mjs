// Things that go wrong around a program, for tests: libraries from test/faults, built on the spot and
// preloaded into the programs that are started with their `env`.

import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expectStatus } from "./lib.mjs";
import { run } from "./processes.mjs";

/** Build test/faults/NAME.c in the scene; returns the library's path. */
export async function buildLibrary(scene, name) {
	const source = fileURLToPath(new URL(`../faults/${name}.c`, import.meta.url));
	const library = scene.path(`${name}.so`);
	const options = ["-D_GNU_SOURCE", "-std=c17", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC"];

	expectStatus(await run("gcc", [...options, "-o", library, source]), 0, `building ${name}.so`);
	return library;
}

/** A disk that fills up and has room again. */
export class FullDisk {
	/** Everything below the directory `dir` is on that disk. */
	static async below(scene, dir) {
		const disk = new FullDisk();

		disk.trigger = join(scene.dir, "the-disk-is-full");
		disk.env = { LD_PRELOAD: await buildLibrary(scene, "enospc"), HOLDFAST_FAULT_FULL: `${dir}/`,
			HOLDFAST_FAULT_TRIGGER: disk.trigger };
		return disk;
	}

	fill() {
		writeFileSync(this.trigger, "");
	}

	makeRoom() {
		rmSync(this.trigger);
	}
}

/** A disk that is full after so many more writes, whichever program makes them. */
export class FillingDisk {
	static async below(scene, dir) {
		const disk = new FillingDisk();

		disk.file = join(scene.dir, "room-on-the-disk");
		writeFileSync(disk.file, Buffer.alloc(8));
		disk.hasRoomFor(-1);
		disk.env = { LD_PRELOAD: await buildLibrary(scene, "enospc"), HOLDFAST_FAULT_FULL: `${dir}/`,
			HOLDFAST_FAULT_ROOM: disk.file };
		return disk;
	}

	/** -1: for all. The file is mapped by those programs, so it is changed in its place. */
	hasRoomFor(writes) {
		const number = Buffer.alloc(8), fd = openSync(this.file, "r+");

		number.writeBigInt64LE(BigInt(writes));
		writeSync(fd, number, 0, 8, 0);
		closeSync(fd);
	}

	/** How many writes are left of them. */
	get left() {
		return Number(readFileSync(this.file).readBigInt64LE());
	}
}

/** A clock that somebody sets to another date. */
export class WrongClock {
	/** `dir`: where its file lies, for programs that may reach only that. */
	static async in(scene, { dir = scene.dir } = {}) {
		const clock = new WrongClock();

		mkdirSync(dir, { recursive: true });
		clock.file = join(dir, "the-clock-is-off-by");
		clock.env = { LD_PRELOAD: await buildLibrary(scene, "clock"), HOLDFAST_FAULT_CLOCK: clock.file };
		clock.setOff(0);
		return clock;
	}

	setOff(seconds) {
		writeFileSync(this.file, String(seconds));
	}
}

/** Programs in which somebody else's code runs, once they wait for their first event. */
export class Captured {
	/** It tries to open each of `paths`, and to connect to a port that listens. */
	static async in(scene, paths) {
		const captured = new Captured();

		captured.listener = createServer((socket) => socket.destroy());
		await new Promise((done) => captured.listener.listen(0, "127.0.0.1", done));
		captured.env = { LD_PRELOAD: await buildLibrary(scene, "captured"), HOLDFAST_FAULT_OPEN: paths.join(":"),
			HOLDFAST_FAULT_CONNECT: String(captured.listener.address().port) };
		return captured;
	}

	/** What it said: program → what → "opened" or "refused". */
	readLog(text) {
		const found = {};

		for (const [, program, what, how] of text.matchAll(/^captured (\S+): (.*): (opened|refused)$/gm))
			(found[program] ??= {})[what] = how;
		return found;
	}

	close() {
		this.listener.close();
	}
}
