#!/usr/bin/env node
// Does the scanner find by what containers say of their members (.cdb) what clamscan finds?
//
// Archives of several kinds are made with files of drawn names and sizes; signatures are drawn that fit a
// member in each field, or just miss it in one. The set of names for each archive must be the same as with
// `clamscan --allmatch`. doc/matcher.md lists what is kept clear of.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/members.mjs [SEED [ARCHIVES]]
// Exit code 0: no difference; 1: some, each printed with its signature; 2: it could not be tried.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random, differences, requireFound, requireTools } from "./lib/compare.mjs";

const [seed = "1", wanted = "60"] = process.argv.slice(2);
requireTools("usage: HOLDFAST_BUILD=BUILD-FOLDER members.mjs [SEED [ARCHIVES]]");
const publish = join(process.env.HOLDFAST_BUILD, "src/prog/publish/holdfast-publish");
const random = new Random(Number(seed));

const words = ["invoice", "Setup", "readme", "photo", "Order-2024", "x"], endings = ["exe", "doc", "pdf.scr", "txt", "JS"];

/** How each kind is made of ${names} in the folder, and what signatures call it. */
const kinds = {
	zip: { type: "CL_TYPE_ZIP", make: (folder, out, names, key) =>
		run("zip", ["-q", ...(key ? ["-P", key] : []), out, ...names], folder), mayLock: true, packed: true },
	tar: { type: "CL_TYPE_POSIX_TAR", make: (folder, out, names) =>
		run("tar", ["--format=ustar", "-cf", out, ...names], folder) },
	cpio: { type: "CL_TYPE_CPIO_NEWC", make: (folder, out, names) =>
		run("bash", ["-c", `printf '%s\\n' "$@" | cpio --quiet -o -H newc > "$0"`, out, ...names], folder) },
};

function run(program, args, cwd) {
	const done = spawnSync(program, args, { cwd, encoding: "utf8" });
	if (done.status !== 0) {
		console.error(`${program} failed: ${done.error ?? done.stderr}`);
		process.exit(2);
	}
}

/** Bytes in a zip that each name's content takes, from its directory. */
function packedSizes(path) {
	const bytes = readFileSync(path), sizes = new Map();
	let at = bytes.readUInt32LE(bytes.lastIndexOf("PK\x05\x06", undefined, "latin1") + 16);
	while (bytes.readUInt32LE(at) === 0x02014b50) {
		const n = bytes.readUInt16LE(at + 28);
		sizes.set(bytes.toString("latin1", at + 46, at + 46 + n), bytes.readUInt32LE(at + 20));
		at += 46 + n + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
	}
	return sizes;
}

function makeArchive(folder, i) {
	const name = random.pick(Object.keys(kinds)), kind = kinds[name], content = join(folder, `content-${i}`);
	const members = [];
	mkdirSync(content);
	for (let k = random.between(1, 6); k > 0; k--) {
		const file = `${random.pick(words)}${k}.${random.pick(endings)}`;
		const bytes = Buffer.concat([random.bytes(random.between(1, 300)), Buffer.alloc(random.below(2000), "a")]);
		writeFileSync(join(content, file), bytes);
		members.push({ name: file, size: bytes.length, position: members.length + 1 });
	}
	const locked = kind.mayLock && random.chance(3), path = join(folder, "archives", `a${i}.${name}`);
	kind.make(content, path, members.map((member) => member.name), locked ? "secret" : undefined);
	const packed = kind.packed ? packedSizes(path) : undefined;
	for (const member of members)
		Object.assign(member, { locked, packed: packed?.get(member.name) ?? member.size });
	return { path, kind, members, size: statSync(path).size };
}

/** "n" or "a-b" around ${n}, or just beside it. */
function range(n, hit) {
	const low = Math.max(1, n - random.below(50)), high = n + random.between(1, 50);
	if (hit)
		return random.pick([`${n}`, `${low}-${high}`, `${low}-0`]);
	return random.pick([`${n + 1}`, `${n + 1}-${n + 20}`]);
}

function drawLine(archive, name, hit) {
	const member = random.pick(archive.members), escaped = member.name.replaceAll(".", "\\.");
	// The sum is not drawn: clamscan 1.4 takes any.
	const fields = { type: "*", container: "*", name: "*", packed: "*", size: "*", locked: "*", position: "*", crc: "*" };
	const draw = {
		type: (ok) => { fields.type = ok ? archive.kind.type : "CL_TYPE_RAR"; },
		container: (ok) => { fields.container = range(archive.size, ok); },
		name: (ok) => { fields.name = ok
			? random.pick([`^${escaped}$`, escaped.slice(0, 4), `(${escaped}|never)`, `\\.${escaped.split("\\.").at(-1)}$`, ".+"])
			: random.pick([`^${escaped}x`, `${escaped}\\.`, `^Q${escaped}$`]); },
		packed: (ok) => { fields.packed = range(member.packed, ok); },
		size: (ok) => { fields.size = range(member.size, ok); },
		locked: (ok) => { fields.locked = (member.locked === ok) ? "1" : "0"; },
		position: (ok) => { fields.position = ok ? `${member.position}` : `${archive.members.length + 1}`; },
	};
	const chosen = Object.keys(draw).filter(() => random.chance(3));
	if (chosen.length === 0)
		chosen.push("size");
	const wrong = hit ? undefined : random.pick(chosen);
	for (const key of chosen)
		draw[key](key !== wrong);
	return [name, ...Object.values(fields), "*"].join(":");
}

/** Lines "FILE: NAME FOUND" as a map from file to its set of names. */
function scan(program, args) {
	const done = spawnSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 }), map = new Map();
	if ((done.status !== 0 && done.status !== 1) || done.stderr !== "") {
		console.error(`${program} failed: ${done.error ?? done.signal ?? done.stderr}`);
		process.exit(2);
	}
	for (const line of done.stdout.split("\n").filter((text) => text.endsWith(" FOUND"))) {
		const colon = line.lastIndexOf(": "), file = line.slice(0, colon);
		map.set(file, (map.get(file) ?? new Set()).add(line.slice(colon + 2, -" FOUND".length).replace(/\.UNOFFICIAL$/, "")));
	}
	return map;
}

const folder = mkdtempSync(join(tmpdir(), "holdfast-members-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "archives"));
const archives = Array.from({ length: Number(wanted) }, (_, i) => makeArchive(folder, i)), lines = [], planted = [];
archives.forEach((archive, i) => {
	for (let k = 0; k < 12; k++) {
		const hit = random.below(3) > 0, name = `Member.${hit ? "Hit" : "Miss"}-${i}-${k}`;
		lines.push(drawLine(archive, name, hit));
		if (hit)
			planted.push([archive.path, name]);
	}
});
const paths = archives.map((archive) => archive.path), list = [], found = new Map(paths.map((path) => [path, new Set()]));
// A verdict names a few dozen findings, and counts the rest.
for (let from = 0; from < lines.length; from += 40) {
	const source = join(folder, "test.cdb"), database = join(folder, "test.hfdb");
	writeFileSync(source, lines.slice(from, from + 40).join("\n") + "\n");
	const built = execFileSync(publish, ["build", "--json", "-o", database, source], { encoding: "utf8" });
	const { left_out: leftOut, lines: reasons } = JSON.parse(built);
	if (leftOut !== 0) {
		console.error(`${leftOut} lines are left out, such as ${JSON.stringify(reasons[0])}`);
		process.exit(2);
	}
	const theirs = scan("clamscan", ["--no-summary", "--infected", "--allmatch", "-d", source, ...paths]);
	list.push(...differences(theirs, scan(publish, ["scan", "--all", "-d", database, ...paths]), paths));
	for (const [path, names] of theirs)
		names.forEach((name) => found.get(path).add(name));
}
requireFound(found, planted);
for (const { path, name, by } of list)
	console.log(`${path}: ${name} is found by ${by} only\n    ${lines.find((line) => line.startsWith(`${name}:`))}`);
const sum = [...found.values()].reduce((all, set) => all + set.size, 0);
console.log(`${paths.length} archives, ${lines.length} signatures, ${sum} findings, ${list.length} differences`);
process.exit(list.length === 0 ? 0 : 1);
