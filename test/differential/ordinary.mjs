#!/usr/bin/env node
// Does the engine find in ordinary programs and libraries of /usr what clamscan finds?
//
// Signatures are cut from some of those files, with gaps, choices, wildcards and conjunctions made of what
// stands there; the set of names for each file must be the same as with `clamscan --allmatch`.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/ordinary.mjs [SEED [FILES]]
// Exit code 0: no difference; 1: some, each printed; 2: it could not be tried.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random, differences, requireFound, requireTools, runClamscan, runOurs } from "./lib/compare.mjs";
import { toHex } from "./lib/bodies.mjs";

const [seed = "1", wanted = "150"] = process.argv.slice(2);
requireTools("usage: HOLDFAST_BUILD=BUILD-FOLDER ordinary.mjs [SEED [FILES]]");
const random = new Random(Number(seed));

/** A stretch of a file with enough different bytes to mean something. */
function cut(content) {
	for (;;) {
		const n = random.between(10, 40), at = random.below(content.length - 400);
		const bytes = content.subarray(at, at + n);
		if (new Set(bytes).size > 7)
			return { at, n, bytes };
	}
}

function drawBody(content) {
	const { at, n, bytes } = cut(content), hex = toHex(bytes), half = 2 * Math.floor(n / 2);
	switch (random.below(5)) {
	case 0: {
		const gap = random.between(1, 300), next = content.subarray(at + n + gap, at + n + gap + 6);
		return new Set(next).size > 3 ? `${hex}{${Math.max(0, gap - 2)}-${gap + 3}}${toHex(next)}` : hex;
	}
	case 1:
		return `${hex.slice(0, half)}??${hex.slice(half + 2)}`;
	case 2:
		return `${hex.slice(0, half)}(${hex.slice(half, half + 2)}|a5)${hex.slice(half + 2)}`;
	case 3: {
		const next = content.subarray(content.length - 30, content.length - 22);
		return new Set(next).size > 3 && at + n < content.length - 30 ? `${hex}*${toHex(next)}` : hex;
	}
	default:
		return hex;
	}
}

const paths = execFileSync("bash", ["-c", "find /usr/bin /usr/lib -xdev -type f -size +20k -size -600k | sort"],
	{ encoding: "utf8", maxBuffer: 1 << 26 }).trim().split("\n")
	.filter((path) => readFileSync(path).subarray(0, 4).toString("latin1") === "\x7fELF")
	.filter(() => random.chance(4)).slice(0, Number(wanted));
const ndb = [], ldb = [];
for (let i = 0; i < 1500; i++) {
	const content = readFileSync(random.pick(paths));
	ndb.push(`Cut.Body-${i}:${random.pick([0, 6])}:*:${drawBody(content)}`);
	const subs = Array.from({ length: random.between(1, 4) }, () => toHex(cut(content).bytes));
	ldb.push(`Cut.Logic-${i};Engine:81-255,Target:${random.pick([0, 6])};${subs.map((_, k) => k).join(random.pick(["&", "&", "|"]))};${subs.join(";")}`);
}
const folder = mkdtempSync(join(tmpdir(), "holdfast-ordinary-"));
const sources = [join(folder, "cut.ndb"), join(folder, "cut.ldb")];
writeFileSync(sources[0], ndb.join("\n") + "\n");
writeFileSync(sources[1], ldb.join("\n") + "\n");
const clamscan = runClamscan(sources, paths), ours = runOurs(sources, paths);
const list = differences(clamscan, ours, paths);
for (const { path, name, by } of list)
	console.log(`${path}: ${name} is found by ${by} only\n    ${[...ndb, ...ldb].find((line) => line.startsWith(`${name}:`) || line.startsWith(`${name};`))}`);
rmSync(folder, { recursive: true });
// Each was cut from one of the files.
requireFound(clamscan, [...ndb, ...ldb].map((line) => [undefined, line.split(/[:;]/)[0]]));
const found = [...clamscan.values()].reduce((sum, set) => sum + set.size, 0);
console.log(`${paths.length} files, ${ndb.length + ldb.length} signatures, ${found} findings, ${list.length} differences`);
process.exit(list.length === 0 ? 0 : 1);
