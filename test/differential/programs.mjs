#!/usr/bin/env node
// Does the engine find in PE programs what clamscan finds: hashes of sections (.mdb, .msb), of imports (.imp), of
// trusted files (.fp, .sfp), and bodies at version information (VI)?
//
// Programs are made with drawn sections, imports and version information; signatures hit, or just miss in a
// byte, a size or a place. The set of names for each file must be the same as with `clamscan --allmatch`.
// doc/matcher.md lists what is kept clear of: programs for 64 bits have no hashes of sections and imports here.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/programs.mjs [SEED [FILES]]
// Exit code 0: no difference; 1: some, each printed with its signature; 2: it could not be tried.

import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random, differences, requireFound, requireTools, runClamscan, runOurs } from "./lib/compare.mjs";
import { toHex } from "./lib/bodies.mjs";
import { makeRichPe } from "./lib/programs.mjs";

const [seed = "1", wanted = "200"] = process.argv.slice(2);
requireTools("usage: HOLDFAST_BUILD=BUILD-FOLDER programs.mjs [SEED [FILES]]");
const random = new Random(Number(seed));
const hash = (kind, bytes) => createHash(kind).update(bytes).digest("hex");
const lines = { mdb: [], msb: [], imp: [], fp: [], sfp: [], ndb: [], hdb: [] };

const names = ["CompanyName", "FileDescription", "FileVersion", "InternalName", "ProductName", "OriginalFilename"];
const values = ["Example", "Holdfast Test", "1.2.3.4", "x", "", "A longer text, of more than a few letters"];
const libraryNames = ["KERNEL32.dll", "User32.DLL", "advapi32", "ws2_32.dll", "driver.sys", "control.ocx"];

function drawProgram(i) {
	const strings = names.filter(() => random.chance(2)).map((name) => [name, random.pick(values)]);
	const libraries = libraryNames.filter(() => random.chance(2)).map((name) =>
		[name, Array.from({ length: random.between(1, 5) }, (_, k) => `Function${k}of${random.below(1e6)}`)]);
	if (libraries.length === 0)
		libraries.push(["KERNEL32.dll", [`Exit${random.below(1e9)}`]]);
	const wide = random.chance(4);
	return { ...makeRichPe(random, { wide, strings, libraries }), wide, strings, libraries, label: `f${i}` };
}

/** What is hashed of the imports: "library.function,..." in lower case, without the library's ending. */
const importText = (libraries) => libraries.flatMap(([name, functions]) =>
	functions.map((text) => `${name.replace(/\.(dll|ocx|sys)$/i, "")}.${text}`)).join(",").toLowerCase();

/** Draw the lines for a program; the names that must be found in it: none when it is trusted. */
function drawLines(program) {
	const { label, content, sections, keys, strings, wide } = program;
	const hits = [];
	const named = (hit, what) => {
		const name = `${what}.${hit ? "Hit" : "Miss"}-${label}`;
		if (hit)
			hits.push(name);
		return name;
	};
	if (!wide) {
		for (const [ending, kind] of [["mdb", "md5"], ["msb", random.pick(["sha1", "sha256"])]]) {
			const hit = random.below(3) > 0, section = random.pick(sections.slice(0, 2)), bytes = Buffer.from(section.bytes);
			const wrong = hit ? 0 : random.between(1, 2);
			if (wrong === 1)
				bytes[random.below(bytes.length)] ^= 1;
			lines[ending].push(`${section.size + (wrong === 2 ? 512 : 0)}:${hash(kind, bytes)}:${named(hit, ending)}`);
		}
		const hit = random.below(3) > 0, text = importText(program.libraries) + (hit ? "" : "x");
		lines.imp.push(`${hash("md5", text)}:${text.length}:${named(hit, "imp")}`);
	}
	strings.forEach(([key, value], i) => {
		const hit = random.below(3) > 0, whole = content.subarray(keys[i], keys[i] + 2 * (key.length + 1));
		// Not at the key's beginning, or with another byte.
		const bytes = hit ? Buffer.from(whole) : random.chance(2) ? Buffer.from(whole.subarray(2)) : Buffer.from(whole);
		if (!hit && bytes.length === whole.length)
			bytes[bytes.length - 1] ^= 1;
		// Wildcards for what fills up to four bytes; no gap, as clamscan wants each part of a body to begin a key.
		const fill = "??".repeat((4 - (6 + 2 * (key.length + 1)) % 4) % 4);
		const rest = value.length > 3 && random.chance(2) ? `${fill}${toHex(Buffer.from(value, "utf16le"))}` : "";
		lines.ndb.push(`${named(hit, `VI-${i}`)}:1:VI:${toHex(bytes)}${rest}`);
	});
	const hit = random.below(3) > 0;
	lines.hdb.push(`${hash("md5", content)}:${content.length}:${named(true, "Whole")}`);
	if (random.chance(4)) {
		const ending = random.pick(["fp", "sfp"]), kind = ending === "fp" ? "md5" : random.pick(["sha1", "sha256"]);
		lines[ending].push(`${hash(kind, hit ? content : Buffer.concat([content, Buffer.from("x")]))}:${content.length}:Trusted-${label}`);
		return hit ? [] : hits;
	}
	return hits;
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-programs-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "files"));
const planted = [];
const programs = Array.from({ length: Number(wanted) }, (_, i) => drawProgram(i));
const paths = programs.map((program) => {
	const path = join(folder, "files", program.label);
	planted.push(...drawLines(program).map((name) => [path, name]));
	writeFileSync(path, program.content);
	return path;
});
const sources = Object.keys(lines).filter((ending) => lines[ending].length > 0).map((ending) => {
	const path = join(folder, `test.${ending}`);
	writeFileSync(path, lines[ending].join("\n") + "\n");
	return path;
});
const theirs = runClamscan(sources, paths), list = differences(theirs, runOurs(sources, paths), paths);
const all = Object.values(lines).flat();
requireFound(theirs, planted);
for (const { path, name, by } of list)
	console.log(`${path}: ${name} is found by ${by} only\n    ${all.find((line) => line.includes(name))}`);
const found = [...theirs.values()].reduce((sum, set) => sum + set.size, 0);
console.log(`${paths.length} programs, ${all.length} signatures, ${found} findings, ${list.length} differences`);
process.exit(list.length === 0 ? 0 : 1);
