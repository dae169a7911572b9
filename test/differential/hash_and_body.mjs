#!/usr/bin/env node
// Does the engine find what clamscan finds, and nothing else?
//
// Signatures of the kinds .hdb, .hsb and .ndb are drawn at random together with files in which they
// match, and files in which they just miss; for each file the set of names that `clamscan --allmatch`
// reports is compared with ours, and both with what was planted. doc/matcher.md lists where the two
// may differ; what is drawn here keeps clear of that.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/hash_and_body.mjs [SEED [ROUNDS]]
// Prints a line a round. Exit code 0: no difference; 1: some, each printed; 2: it could not be tried.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const buildFolder = process.env.HOLDFAST_BUILD;
const [seed = "1", rounds = "3"] = process.argv.slice(2);
if (!buildFolder) {
	console.error("usage: HOLDFAST_BUILD=BUILD-FOLDER hash_and_body.mjs [SEED [ROUNDS]]");
	process.exit(2);
}
const matchProgram = join(buildFolder, "bench", "match");

/** Numbers that are the same in each run with the same seed: xorshift32. */
class Random {
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
	pick(list) {
		return list[this.below(list.length)];
	}
	bytes(n) {
		return Buffer.from(Array.from({ length: n }, () => this.below(256)));
	}
}

const hexByte = (byte) => byte.toString(16).padStart(2, "0");

/** The body of a signature that `planted` matches: some bytes become wildcards. Four literal bytes stay
 * at one place, because clamscan refuses bodies without. */
function drawHex(random, planted) {
	const literal = random.below(planted.length - 3);
	const masked = random.below(3) === 0;
	return [...planted].map((byte, i) => {
		const hex = random.below(2) ? hexByte(byte) : hexByte(byte).toUpperCase();
		if (!masked || (i >= literal && i < literal + 4) || random.below(4) > 0)
			return hex;
		return random.pick(["??", `${hex[0]}?`, `?${hex[1]}`]);
	}).join("");
}

/** An offset that allows a match at `at` of `size` bytes when `hit`, or one that just misses it. */
function drawOffset(random, at, size, hit) {
	const shift = random.pick([0, 0, 1, 7, 64, 65, 3000]);
	// How far the match lies from the first place that the offset allows.
	const distance = hit ? random.between(0, shift) : shift + 1;
	const suffix = shift === 0 && random.below(2) ? "" : `,${shift}`;
	if (distance > at)
		return hit ? "*" : `${at + 1}`;
	if (random.below(2))
		return `${at - distance}${suffix}`;
	return `EOF-${size - at + distance}${suffix}`;
}

/** One file with what was planted in it: { content, lines: { ndb, hdb, hsb }, names }. */
function drawFile(random, number) {
	const size = random.pick([37, 100, 4096, 16384, 70000, 262144, 300000, 600001]);
	// No known file type begins so; clamscan then matches the file as it is.
	const content = Buffer.concat([Buffer.from([0xfe, 0xed, 0x01, 0x81]), random.bytes(size - 4)]);
	const file = { content, lines: { ndb: [], hdb: [], hsb: [] }, names: new Set() };
	plantBodies(random, file, number);
	hashFile(random, file, number);
	return file;
}

function plantBodies(random, file, number) {
	const { content, lines, names } = file;
	const count = content.length > 1000 ? 12 : 1;
	for (let i = 0; i < count; i++) {
		// Each in a stretch of its own, so that none overwrites another.
		const stretch = Math.floor((content.length - 4) / count);
		const length = random.between(4, Math.min(60, stretch));
		let at = 4 + i * stretch + random.below(stretch - length + 1);
		if (i === count - 1 && random.below(2))
			at = content.length - length;
		const planted = content.subarray(at, at + length);
		const hit = random.below(3) > 0;
		const name = `Body.${hit ? "Hit" : "Miss"}-${number}-${i}`;
		const missByOffset = !hit && random.below(2);
		const offset = random.below(2) && !missByOffset
			? "*" : drawOffset(random, at, content.length, !missByOffset);
		lines.ndb.push(`${name}:0:${offset}:${drawHex(random, planted)}`);
		if (hit)
			names.add(name);
		else if (!missByOffset)
			spoil(random, planted, lines.ndb);
	}
}

/** Change a literal byte under the signature that was drawn last, so that it just misses. */
function spoil(random, planted, lines) {
	const hex = lines.at(-1).split(":")[3];
	const literal = [...planted.keys()].filter((i) => !hex.slice(2 * i, 2 * i + 2).includes("?"));
	planted[random.pick([literal[0], literal.at(-1), random.pick(literal)])] ^= 1 << random.below(8);
}

function hashFile(random, file, number) {
	for (const algorithm of ["md5", "sha1", "sha256"]) {
		if (random.below(2))
			continue;
		const digest = createHash(algorithm).update(file.content).digest("hex");
		const miss = random.pick(["", "", "size", "digest"]);
		const name = `Hash.${miss ? "Miss" : "Hit"}-${algorithm}-${number}`;
		const hash = miss === "digest" ? digest.slice(0, -1) + (digest.endsWith("0") ? "1" : "0") : digest;
		const size = miss === "size" ? file.content.length + 1
			: random.below(3) ? file.content.length : "*";
		const level = size === "*" ? ":73" : random.pick(["", ":10", ":10:300", ":300", ":1:100"]);
		const ending = algorithm === "md5" ? random.pick(["hdb", "hsb"]) : "hsb";
		file.lines[ending].push(`${hash}:${size}:${name}${level}`);
		if (!miss && level !== ":300" && level !== ":1:100")
			file.names.add(name);
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

function runClamscan(signatures, files) {
	const run = spawnSync("clamscan", ["--no-summary", "--infected", "--allmatch", "-d", signatures, files],
		{ encoding: "utf8", maxBuffer: 1 << 28 });
	if (run.status !== 0 && run.status !== 1) {
		console.error(`clamscan failed: ${run.error ?? run.stderr}`);
		process.exit(2);
	}
	return namesByFile(run.stdout.split("\n").filter((line) => line.endsWith(" FOUND"))
		.map((line) => line.replace(/ FOUND$/, "").replace(/\.UNOFFICIAL$/, "")));
}

function runOurs(sources, paths) {
	const run = spawnSync(matchProgram, ["--names", ...sources],
		{ input: paths.join("\n") + "\n", encoding: "utf8", maxBuffer: 1 << 28 });
	if (run.status !== 0 && run.status !== 1) {
		console.error(`${matchProgram} failed: ${run.error ?? run.stderr}`);
		process.exit(2);
	}
	return namesByFile(run.stdout.split("\n").filter((line) => line !== ""));
}

/** Print how two sets of names differ; how many differences. */
function compare(path, left, leftNames, right, rightNames) {
	const only = (a, b) => [...a].filter((name) => !b.has(name));
	const lines = [
		...only(leftNames, rightNames).map((name) => `${path}: ${name} is found by ${left} only`),
		...only(rightNames, leftNames).map((name) => `${path}: ${name} is found by ${right} only`),
	];
	lines.forEach((line) => console.log(line));
	return lines.length;
}

function round(random, folder) {
	const signatures = join(folder, "signatures"), files = join(folder, "files");
	const lines = { ndb: [], hdb: [], hsb: [] };
	const planted = new Map();
	mkdirSync(signatures);
	mkdirSync(files);
	for (let i = 0; i < 60; i++) {
		const file = drawFile(random, i);
		const path = join(files, `f${i}`);
		writeFileSync(path, file.content);
		planted.set(path, file.names);
		for (const ending of Object.keys(lines))
			lines[ending].push(...file.lines[ending]);
	}
	const sources = Object.keys(lines).map((ending) => join(signatures, `test.${ending}`));
	Object.keys(lines).forEach((ending, i) => writeFileSync(sources[i], lines[ending].join("\n") + "\n"));

	const clamscan = runClamscan(signatures, files), ours = runOurs(sources, [...planted.keys()]);
	const none = new Set();
	let differences = 0, names = 0;
	for (const [path, expected] of planted) {
		names += expected.size;
		differences += compare(path, "clamscan", clamscan.get(path) ?? none, "holdfast", ours.get(path) ?? none);
		// A miss by one file may be a hit in another, so what was planted is only the least.
		differences += compare(path, "the test", expected, "holdfast",
			new Set([...(ours.get(path) ?? none)].filter((name) => expected.has(name))));
	}
	const count = Object.values(lines).reduce((sum, list) => sum + list.length, 0);
	console.log(`${planted.size} files, ${count} signatures, ${names} findings, ${differences} differences`);
	return differences;
}

const random = new Random(Number(seed));
let differences = 0;
try {
	execFileSync("clamscan", ["--version"]);
} catch {
	console.error("clamscan is not installed");
	process.exit(2);
}
for (let i = 0; i < Number(rounds); i++) {
	const folder = mkdtempSync(join(tmpdir(), "holdfast-differential-"));
	differences += round(random, folder);
	rmSync(folder, { recursive: true });
}
process.exit(differences === 0 ? 0 : 1);
