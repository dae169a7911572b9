// A disk that fills up and has room again, for tests: see test/faults/enospc.c.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expectStatus } from "./lib.mjs";
import { run } from "./processes.mjs";

const source = fileURLToPath(new URL("../faults/enospc.c", import.meta.url));

export class FullDisk {
	/** Everything below `dir` is on that disk. Programs started with `env` find it full after fill(). */
	static async below(scene, dir) {
		const disk = new FullDisk();
		const library = scene.path("enospc.so");
		const options = ["-D_GNU_SOURCE", "-std=c17", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC"];

		expectStatus(await run("gcc", [...options, "-o", library, source]), 0, "building enospc.so");
		disk.trigger = join(scene.dir, "the-disk-is-full");
		disk.env = { LD_PRELOAD: library, HOLDFAST_FAULT_FULL: `${dir}/`, HOLDFAST_FAULT_TRIGGER: disk.trigger };
		return disk;
	}

	fill() {
		writeFileSync(this.trigger, "");
	}

	makeRoom() {
		rmSync(this.trigger);
	}
}
