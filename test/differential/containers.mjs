#!/usr/bin/env node
// Whatever it is packed in: do we find what clamscan finds?
//
// EICAR, clam.exe of clamav-testfiles and a text that only its normal form matches are put into every container
// that wrap.mjs can make, by themselves and nested in each other at random. Each file in which clamscan finds
// something must be found by us too; what we find beyond that is counted.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/containers.mjs [SEED [NESTINGS]]
// Exit code 0: we miss nothing; 1: something, each printed; 2: it could not be tried.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wrappers } from "./wrap/wrap.mjs";

const publish = join(process.env.HOLDFAST_BUILD ?? "", "src/prog/publish/holdfast-publish");
const [seed = "1", nestings = "200"] = process.argv.slice(2);

/** Numbers that are the same in each run with the same seed: xorshift32. */
let state = (Number(seed) * 2654435761) >>> 0 || 1;
function below(n) {
	state ^= state << 13;
	state ^= state >>> 17;
	state ^= state << 5;
	return (state >>> 0) % n;
}

// Put together here, so that no scanner minds this source.
const eicar = Buffer.from(["X5O!P%@AP[4\\PZX54(P^)7CC)7}$EIC", "AR-STANDARD-ANTIVIRUS-", "TEST-FILE!$H+H*"].join(""));
const payloads = {
	"eicar.com": eicar,
	"clam.exe": readFileSync("/usr/share/clamav-testfiles/clam.exe"),
	"page.txt": Buffer.from("Some  lines of\nText with\tHoldFast   Test\n WORDS in it, and then some more\n".repeat(3)),
};

const work = mkdtempSync(join(tmpdir(), "holdfast-containers-"));
process.on("exit", () => process.env.HOLDFAST_KEEP ? console.log(work) : rmSync(work, { recursive: true, force: true }));
const files = join(work, "files"), signatures = join(work, "signatures"), scratch = join(work, "scratch");
let count = 0;

/** Wrap `content` by each of `chain`, and keep the outcome as a file named by it. */
function make(name, content, chain) {
	let inner = name;
	for (const wrapper of chain) {
		rmSync(scratch, { recursive: true, force: true });
		mkdirSync(scratch);
		content = wrappers[wrapper](content, inner, scratch);
		inner = `${wrapper.replace(/[^a-z0-9]/gi, "")}.bin`;
	}
	const path = join(files, `${String(count++).padStart(4, "0")}-${name}-in-${chain.join("-in-")}`);
	writeFileSync(path, content);
	return path;
}

function digestLine(content, name) {
	return `${createHash("md5").update(content).digest("hex")}:${content.length}:${name}\n`;
}

/** The files that a scanner calls infected, from lines "PATH: NAME FOUND". */
function found(command, args) {
	const run = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28 });
	if (run.status !== 1) {
		console.error(`${command} failed, or found nothing: ${run.error ?? run.stderr}`);
		process.exit(2);
	}
	const lines = run.stdout.split("\n");
	return { lines, files: new Set(lines.filter((line) => line.endsWith(" FOUND"))
		.map((line) => line.slice(0, line.lastIndexOf(": ")))) };
}

let missed = 0;
for (const folder of [files, signatures])
	mkdirSync(folder);
writeFileSync(join(signatures, "a.hdb"), digestLine(eicar, "Test.Eicar") +
	digestLine(payloads["clam.exe"], "Test.Clam"));
writeFileSync(join(signatures, "a.ndb"),
	`Test.Words:0:*:${Buffer.from("text with holdfast test words in it").toString("hex")}\n`);
const names = Object.keys(wrappers), made = [];
for (const [name, content] of Object.entries(payloads))
	for (const wrapper of names)
		made.push(make(name, content, [wrapper]));
// What may stand within others: all; as one within another, up to four deep.
for (let i = 0; i < Number(nestings); i++) {
	const name = Object.keys(payloads)[below(3)];
	made.push(make(name, payloads[name],
		Array.from({ length: 2 + below(3) }, () => names[below(names.length)])));
}
execFileSync(publish, ["build", "-o", join(work, "a.hfdb"), signatures]);
const theirs = found("clamscan", ["--no-summary", "-r", "-d", signatures, files]);
const ours = found(publish, ["scan", "-r", "-d", join(work, "a.hfdb"), files]);
for (const path of made) {
	if (theirs.files.has(path) && !ours.files.has(path)) {
		missed++;
		console.log(`missed: ${ours.lines.find((line) => line.startsWith(`${path}:`))?.slice(files.length + 1)}`);
	}
	if (process.env.HOLDFAST_VERBOSE && !ours.files.has(path))
		console.log(`not found by us: ${ours.lines.find((line) => line.startsWith(`${path}:`))?.slice(files.length + 1)}`);
}
// Without this two scanners that find nothing would agree: clamscan opens two of three (356 of the 479 of seed 1).
if (theirs.files.size < made.length * 0.6) {
	console.error(`clamscan finds only ${theirs.files.size} of ${made.length}: too few to compare with`);
	process.exit(2);
}
const more = [...ours.files].filter((path) => !theirs.files.has(path)).length;
console.log(`${made.length} files: clamscan finds ${theirs.files.size}, we find ${ours.files.size}, ` +
	`${more} of them beyond it, and miss ${missed}`);
process.exit(missed === 0 ? 0 : 1);
