#!/usr/bin/env node
// Debian's clamav-testfiles: one program, clam.exe, in 44 wrappings. With one signature, its MD5 and size,
// clamscan finds it in all. We must find it in all but those that six packers of programs made, which are for the
// emulator to come; in those the verdict must be incomplete, never clean.
//
// Usage: HOLDFAST_BUILD=BUILD-FOLDER test/differential/testfiles.mjs
// Exit code 0: so it is; 1: it is not; 2: it could not be tried.

import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = "/usr/share/clamav-testfiles";
const publish = join(process.env.HOLDFAST_BUILD ?? "", "src/prog/publish/holdfast-publish");

// Why each of these is not found: the packer decrypts or unpacks with code of its own in every file.
const left = {
	"clam-aspack.exe": "ASPack", "clam-pespin.exe": "PESpin", "clam-petite.exe": "Petite",
	"clam-upack.exe": "Upack", "clam-wwpack.exe": "WWPack32", "clam-yc.exe": "yoda's Crypter",
};

let files;
try {
	files = readdirSync(folder).sort();
	execFileSync(publish, ["--version"]);
} catch (error) {
	console.error(`clamav-testfiles or holdfast-publish is missing: ${error.message}`);
	process.exit(2);
}
const work = mkdtempSync(join(tmpdir(), "holdfast-testfiles-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
let bad = 0;
const program = readFileSync(join(folder, "clam.exe"));
const md5 = createHash("md5").update(program).digest("hex");
mkdirSync(join(work, "signatures"));
writeFileSync(join(work, "signatures", "clam.hdb"), `${md5}:${program.length}:ClamAV-Test-File\n`);
execFileSync(publish, ["build", "-o", join(work, "clam.hfdb"), join(work, "signatures")]);
const run = spawnSync(publish, ["scan", "-r", "-d", join(work, "clam.hfdb"), folder], { encoding: "utf8" });
if (run.status !== 1) {
	console.error(`holdfast-publish scan failed, or found nothing: ${run.error ?? run.signal ?? run.stderr}`);
	process.exit(2);
}
const said = new Map(run.stdout.split("\n").filter((line) => line.startsWith(folder))
	.map((line) => [line.slice(folder.length + 1).split(": ")[0], line]));
let found = 0;
for (const file of files) {
	const line = said.get(file) ?? "";
	if (line.endsWith(" FOUND"))
		found++;
	else if (left[file] && line.includes("INCOMPLETE"))
		console.log(`${file}: incomplete, packed by ${left[file]}`);
	else {
		console.log(`${file}: not found, and not expected: ${line}`);
		bad++;
	}
}
console.log(`${found} of ${files.length} found`);
if (files.length === 44 && found < 38)
	bad++;
process.exit(bad === 0 ? 0 : 1);
