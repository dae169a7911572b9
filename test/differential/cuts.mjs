#!/usr/bin/env node
// Whatever is cut is told: does a part of a container ever pass as clean?
//
// A harmless file is put into every container that wrap.mjs can make. Whole, each must be clean without a word, so
// that honest files are not called incomplete. Cut at any place, each must be incomplete, or yield all of the file
// (which a signature of its digest finds); what has no end that could be missing is listed below, with the reason.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/cuts.mjs
// Exit code 0: nothing passes; 1: something, each printed; 2: it could not be tried.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { wrappers } from "./wrap/wrap.mjs";

const publish = join(process.env.HOLDFAST_BUILD ?? "", "src/prog/publish/holdfast-publish");

// Text that neither shrinks to nothing nor looks like anything.
let content = "";
for (let i = 0; content.length < 700; i++)
	content += `${createHash("md5").update(String(i)).digest("base64").slice(0, 3 + (i % 9))}${i % 7 ? " " : "\n"}`;
content = Buffer.from(content);

/** Where what tells a container ends, so that a shorter front is but bytes; by the container's name. */
const behind = (made, mark, more = 0) => made.indexOf(Buffer.from(mark, "latin1")) + mark.length + more;
const told = [
	[/^ar$/, () => 8 + 60, "the first member's header"],
	[/^arj/, () => 60, "the archive's header has a checksum at its end"],
	[/^cpio/, () => 116, "its magic is weak: only a whole header tells it"],
	[/^tar/, () => 512, "likewise"],
	[/^bzip2$/, () => 10, "its magic is weak"],
	[/^lzma$/, () => 13, "it has none"],
	[/^iso/, () => 32768 + 6, "sectors that belong to nobody"],
	[/^makeself$/, (made) => behind(made, "\x1f\x8b\x08", 60), "a script in front; no block of Deflate stands behind it yet"],
	[/^nsis/, (made) => behind(made, "NullsoftInst", 8), "a program in front"],
	[/^pdf-behind/, () => 900 + 24, "the first object"],
	[/^pdf/, () => 24, "the first object"],
	[/^rtf$/, (made) => behind(made, "objdata", 80), "the object: its type and sizes stand first"],
	[/^tnef$/, () => 48, "whole attributes"],
	[/^zip-behind/, (made) => behind(made, "PK\x03\x04", 30), "what is in front"],
	[/^html-data$/, (made) => behind(made, "base64,", 4), "the page"],
	[/^mail-uu$/, (made) => behind(made, "begin 644", 8), "the text in front"],
	[/^(multipart|forwarded)/, (made) => behind(made, "\n--", 8), "the first boundary"],
	[/^(mail-base64|mail-qp|mailbox)$/, () => Infinity, "a message ends where it ends"],
	[/^behind-program$/, () => Infinity, "no container: what is appended has no end"],
	[/^uuencode$/, () => 10, "its first line"],
	[/./, () => 6, "the magic"],
];

/** Containers that are wrong on purpose, or hide the file's own end, even when they are whole. */
const neverWhole = /^(multipart-open|zip-local-size-lies|zip-no-directory)$/;
const neverFound = /^(behind-program|mail-qp)$/;

/** The first of two zips is whole where the second begins. */
const wholeCut = (name, made, n) => name === "zip-two-directories" && Math.abs(n - made.indexOf("PK\x03\x04", 1)) <= 30;

const work = mkdtempSync(join(tmpdir(), "holdfast-cuts-"));
process.on("exit", () => process.env.HOLDFAST_KEEP ? console.log(work) : rmSync(work, { recursive: true, force: true }));
const folders = Object.fromEntries(["whole", "cut", "scratch", "found", "none"].map((name) => [name, join(work, name)]));

/** Where a container is cut: everywhere when it is small, and close to its end always. */
function* cuts(size) {
	const step = size > 20000 ? Math.ceil(size / 60) : size > 400 ? Math.ceil(size / 160) : 1;
	for (let n = 1; n < size; n += n >= size - 64 ? 1 : Math.min(step, Math.max(1, size - 64 - n)))
		yield n;
}

/** What each file of a folder is, by its name, from lines "PATH: ...": every file has its one line. */
function scan(folder, database, status) {
	const run = spawnSync(publish, ["scan", "-r", "-d", database, folder], { encoding: "utf8", maxBuffer: 1 << 28 });
	if (run.status !== status) {
		console.error(`holdfast-publish scan ended with ${run.status}, not ${status}: ${run.error ?? run.signal ?? run.stderr}`);
		process.exit(2);
	}
	const lines = run.stdout.split("\n").filter((line) => line.startsWith(`${folder}/`)).map((line) => line.slice(folder.length + 1));
	const answers = lines.map((line) => line.split(/: (.*)/).slice(0, 2));
	const files = readdirSync(folder).sort();
	if (files.length === 0 || !isDeepStrictEqual(answers.map(([name]) => name).sort(), files)) {
		console.error(`${folder}: ${files.length} files, but ${answers.length} answers`);
		process.exit(1);
	}
	return answers;
}

function build(name, line) {
	mkdirSync(folders[name]);
	writeFileSync(join(folders[name], "a.hdb"), line);
	execFileSync(publish, ["build", "-o", join(work, `${name}.hfdb`), folders[name]], { stdio: "ignore" });
	return join(work, `${name}.hfdb`);
}

let wrong = 0;
const digest = createHash("md5").update(content).digest("hex");
const found = build("found", `${digest}:${content.length}:Test.Whole\n`);
const none = build("none", `${digest.replace(/./g, "1")}:${content.length}:Test.None\n`);
mkdirSync(folders.whole);
mkdirSync(folders.cut);
const containers = {};
let written = 0, tried = 0;
for (const [name, wrap] of Object.entries(wrappers)) {
	mkdirSync(folders.scratch);
	const made = wrap(content, "a.txt", folders.scratch);
	rmSync(folders.scratch, { recursive: true });
	writeFileSync(join(folders.whole, name), made);
	containers[name] = made;
	for (const n of cuts(made.length)) {
		writeFileSync(join(folders.cut, `${name}.${n}`), made.subarray(0, n));
		written++;
	}
}
const complain = (...words) => console.log(...words, (wrong++, ""));
// Status 2: those that are wrong on purpose are incomplete.
for (const [name, answer] of scan(folders.whole, none, 2))
	if ((answer === "OK") === neverWhole.test(name))
		complain(`whole: ${name}: ${answer}`);
for (const [name, answer] of scan(folders.whole, found, 1))
	if (answer.endsWith(" FOUND") === neverFound.test(name))
		complain(`whole: ${name}: ${answer}`);
for (const [file, answer] of scan(folders.cut, found, 1)) {
	const [, name, n] = file.match(/^(.*)\.(\d+)$/);
	const made = containers[name], first = told.find(([pattern]) => pattern.test(name))[1](made);
	tried++;
	if (answer === "OK" && Number(n) >= first && !wholeCut(name, made, Number(n)))
		complain(`cut at ${n} of ${made.length}: ${name} passes as clean`);
}
if (tried !== written)
	complain(`${written} files were cut, and ${tried} answers came`);
console.log(`${Object.keys(containers).length} containers, ${tried} cuts: ${wrong} answers are wrong`);
process.exit(wrong === 0 ? 0 : 1);
