// What the comparisons with clamscan share: numbers that come again, both scanners' sets of names, and how
// two sets differ.

import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";

/** Numbers that are the same in each run with the same seed: xorshift32. */
export class Random {
	constructor(start) {
		this.state = (start * 2654435761) >>> 0 || 1;
	}
	below(n) {
		this.state ^= this.state << 13;
		this.state ^= this.state >>> 17;
		this.state ^= this.state << 5;
		return (this.state >>> 0) % n;
	}
	between(low, high) {
		return low + this.below(high - low + 1);
	}
	chance(oneIn) {
		return this.below(oneIn) === 0;
	}
	pick(list) {
		return list[this.below(list.length)];
	}
	bytes(n) {
		return Buffer.from(Array.from({ length: n }, () => this.below(256)));
	}
}

/** Ends the program with code 2 unless all that is needed is there. */
export function requireTools(usage) {
	if (!process.env.HOLDFAST_BUILD) {
		console.error(usage);
		process.exit(2);
	}
	try {
		execFileSync("clamscan", ["--version"]);
	} catch {
		console.error("clamscan is not installed");
		process.exit(2);
	}
}

/** Lines "FILE: NAME" as a map from file to its set of names. */
function namesByFile(lines) {
	const map = new Map();
	for (const line of lines) {
		const colon = line.lastIndexOf(": ");
		const file = line.slice(0, colon);
		if (!map.has(file))
			map.set(file, new Set());
		map.get(file).add(line.slice(colon + 2));
	}
	return map;
}

/** The sets of names by file, as `clamscan --allmatch` finds them. */
export function runClamscan(sources, files) {
	const databases = sources.flatMap((source) => ["-d", source]);
	const run = spawnSync("clamscan", ["--no-summary", "--infected", "--allmatch", "--max-filesize=2000M",
		"--max-scansize=2000M", "--scan-archive=no", ...databases, ...files],
	{ encoding: "utf8", maxBuffer: 1 << 28 });
	if (run.status !== 0 && run.status !== 1) {
		console.error(`clamscan failed: ${run.error ?? run.signal ?? run.stderr}`);
		process.exit(2);
	}
	return namesByFile(run.stdout.split("\n").filter((line) => line.endsWith(" FOUND"))
		.map((line) => line.replace(/ FOUND$/, "").replace(/\.UNOFFICIAL$/, "")));
}

/** The same by the engine; lines that it leaves out are an error of the test. */
export function runOurs(sources, paths) {
	const program = join(process.env.HOLDFAST_BUILD, "bench", "match");
	const run = spawnSync(program, ["--names", ...sources],
		{ input: paths.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 28 });
	if ((run.status !== 0 && run.status !== 1) || run.stderr !== "") {
		console.error(`${program} failed: ${run.error ?? run.stderr}`);
		process.exit(2);
	}
	return namesByFile(run.stdout.split("\n").filter((line) => line !== ""));
}

/** Ends the program with code 2 unless clamscan finds each of `planted`, which are [path, name] each; without a path, in
 * any file. Two scanners that find nothing agree, and a test that plants nothing compares nothing. */
export function requireFound(clamscan, planted) {
	const anywhere = new Set([...clamscan.values()].flatMap((names) => [...names]));
	const lost = planted.filter(([path, name]) => !(path === undefined ? anywhere : clamscan.get(path))?.has(name));

	if (planted.length === 0 || lost.length > 0) {
		console.error(`clamscan does not find ${lost.length} of ${planted.length} that were planted, such as ${lost[0]}`);
		process.exit(2);
	}
}

/** How two maps of sets differ: [{ path, name, by }], by whom it alone was found. */
export function differences(clamscan, ours, paths) {
	const none = new Set(), list = [];
	for (const path of paths) {
		const theirs = clamscan.get(path) ?? none, mine = ours.get(path) ?? none;
		for (const name of theirs)
			if (!mine.has(name))
				list.push({ path, name, by: "clamscan" });
		for (const name of mine)
			if (!theirs.has(name))
				list.push({ path, name, by: "holdfast" });
	}
	return list;
}
