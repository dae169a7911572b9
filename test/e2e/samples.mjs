// Things to scan, made at run time: nothing that a scanner would flag lies in this tree.

import { createHash } from "node:crypto";
import { copyFileSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync,
	writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { run } from "./processes.mjs";

/** The files that Debian's clamav-testfiles brings: one small program, clam.exe, in many wrappings. */
export const testFiles = "/usr/share/clamav-testfiles";

/** The EICAR test string: 68 harmless bytes that every scanner agrees to find. */
export function eicar() {
	return ["X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS", "-TEST-FILE!$H+H*"].join("");
}

export const eicarName = "Holdfast.Test.EICAR";
export const clamName = "Holdfast.Test.Clam";

/** Signature sources in ClamAV's formats, as file name -> text: clam.exe by its size and MD5. */
export async function clamSource() {
	const { status, err } = await run("unzip", ["-tqq", join(testFiles, "clam.zip")]);

	if (status !== 0)
		throw new Error(`${testFiles}/clam.zip is not whole: ${err}`);
	const program = readFileSync(join(testFiles, "clam.exe"));
	const md5 = createHash("md5").update(program).digest("hex");

	return { "clam.hdb": `${md5}:${program.length}:${clamName}\n` };
}

/** EICAR by its bytes, which a file must begin with: to see it in an archive, one must unpack. */
export function eicarSource() {
	return { "eicar.ndb": `${eicarName}:0:0:${Buffer.from(eicar()).toString("hex")}\n` };
}

/** Write files, as name -> text or bytes, into `dir`, which is made. */
export function writeFiles(dir, files) {
	mkdirSync(dir, { recursive: true });
	for (const [name, content] of Object.entries(files))
		writeFileSync(join(dir, name), content);
	return dir;
}

async function must(program, args, cwd) {
	const { status, out, err } = await run(program, args, { cwd });

	if (status !== 0)
		throw new Error(`${program} ${args.join(" ")}: exit status ${status}: ${err || out}`);
}

/** EICAR bare and packed, in `dir`: returns the paths, all of which a scan must name. */
export async function makeInfected(dir) {
	const inside = join(dir, "inside");
	const sevenZip = existsSync("/usr/bin/7z") ? "7z" : "7zz";

	writeFiles(dir, { "invoice.com": eicar() });
	writeFiles(inside, { "readme.txt": "An ordinary file.\n", "invoice.com": eicar() });
	await must("zip", ["-q", "-X", join(dir, "in.zip"), "readme.txt", "invoice.com"], inside);
	await must("tar", ["-czf", join(dir, "in.tar.gz"), "readme.txt", "invoice.com"], inside);
	await must(sevenZip, ["a", "-bso0", join(dir, "in.7z"), "readme.txt", "invoice.com"], inside);
	await must("tar", ["-cf", join(dir, "zip-in.tar"), "-C", dir, "in.zip"], dir);
	// A mode and times that are nobody's default, to be seen again after quarantine.
	await must("chmod", ["0640", join(dir, "invoice.com")], dir);
	utimesSync(join(dir, "invoice.com"), 1700000000.25, 1600000000.75);
	return ["invoice.com", "in.zip", "in.tar.gz", "in.7z", "zip-in.tar", "inside/invoice.com"]
		.map((name) => join(dir, name));
}

/** Copies of `count` programs of this machine: ordinary files, in `dir`. Returns their bytes in all. */
export function copyOrdinary(dir, count, { largest = 1 << 20 } = {}) {
	let copied = 0, bytes = 0;

	mkdirSync(dir, { recursive: true });
	for (const name of readdirSync("/usr/bin").sort()) {
		const from = join("/usr/bin", name);
		const facts = statSync(from, { throwIfNoEntry: false });

		if (!facts?.isFile() || facts.size === 0 || facts.size > largest || (facts.mode & 0o4) === 0)
			continue;
		copyFileSync(from, join(dir, basename(from)));
		bytes += facts.size;
		if (++copied === count)
			break;
	}
	if (copied < count)
		throw new Error(`only ${copied} ordinary files were found in /usr/bin, not ${count}`);
	return bytes;
}

/** What a file is, as far as the quarantine must keep it. Not when it was last read: scanning reads it. */
export function describeFile(path) {
	const { mode, uid, gid, mtimeNs, size } = lstatSync(path, { bigint: true });
	const digest = createHash("sha256").update(readFileSync(path)).digest("hex");

	return { mode: Number(mode), uid: Number(uid), gid: Number(gid), mtimeNs: String(mtimeNs), size: Number(size),
		digest };
}
