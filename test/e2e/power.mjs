// Power cuts, for tests: a program runs while test/faults/record.c writes down what it does to the disk; from that come
// all the states in which a power cut could leave its folder, according to what was synced when.
//
// What a file system may do with what was not synced differs; a cut is looked at in four ways:
//   all      everything that was done is there: also what kill -9 leaves
//   names    folders are as they were last, bytes that were not synced are lost
//   zeros    the same, but files have their last length, and zeros where bytes were lost
//   nothing  only what was synced: bytes by their file's sync, names by their folder's

import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildLibrary } from "./faults.mjs";

export const ways = ["all", "names", "zeros", "nothing"];

const empty = Buffer.alloc(0);

/** A file or a folder: how it is now, and how it would be after a cut. Names lead to inodes. */
class Inode {
	constructor(mode, { folder = false, content = empty } = {}) {
		this.mode = mode;
		this.names = folder ? new Map() : undefined;
		this.synced = folder ? new Map() : content;
		this.content = content;
	}

	sync() {
		this.synced = this.names === undefined ? this.content : new Map(this.names);
	}

	after(way) {
		if (way === "all")
			return this.content;
		if (way === "zeros" && this.content.length > this.synced.length)
			return Buffer.concat([this.synced, Buffer.alloc(this.content.length - this.synced.length)]);
		return this.synced;
	}
}

/** A folder's disk, as the records change it. */
class Disk {
	constructor(dir) {
		this.inodes = new Map();
		this.root = this.#read(dir);
	}

	#read(path) {
		const st = lstatSync(path, { bigint: true });
		const mode = Number(st.mode & 0o7777n);

		if (!st.isDirectory() && !st.isFile())
			return undefined;
		const inode = st.isDirectory() ? new Inode(mode, { folder: true }) : new Inode(mode, { content: readFileSync(path) });

		this.inodes.set(String(st.ino), inode);
		if (st.isDirectory())
			for (const name of readdirSync(path)) {
				const child = this.#read(join(path, name));

				if (child !== undefined)
					inode.names.set(name, child);
			}
		inode.sync();
		return inode;
	}

	#names(folder) {
		return this.inodes.get(folder)?.names;
	}

	/** True when it changed something that we look at. */
	apply([what, ...fields], bytes) {
		const does = {
			create: (folder, name, number, mode) => this.#make(folder, name, number, new Inode(parseInt(mode, 8))),
			folder: (folder, name, number, mode) =>
				this.#make(folder, name, number, new Inode(parseInt(mode, 8), { folder: true })),
			link: (number, folder, name) => this.#names(folder)?.set(name, this.inodes.get(number)) !== undefined,
			unlink: (folder, name) => this.#names(folder)?.delete(name) ?? false,
			rename: (from, name, to, other) => this.#rename(from, name, to, other),
			write: (number, at) => this.#change(number, (inode) => inode.content = put(inode.content, Number(at), bytes)),
			cut: (number, length) => this.#change(number, (inode) => inode.content = cut(inode.content, Number(length))),
			sync: (number) => this.#change(number, (inode) => inode.sync()),
		};

		return does[what](...fields);
	}

	#make(folder, name, number, inode) {
		const names = this.#names(folder);

		// A number that is used again is another file.
		this.inodes.set(number, inode);
		names?.set(name, inode);
		return names !== undefined;
	}

	#rename(from, name, to, other) {
		const inode = this.#names(from)?.get(name);

		if (inode === undefined || this.#names(to) === undefined)
			return false;
		this.#names(from).delete(name);
		this.#names(to).set(other, inode);
		return true;
	}

	#change(number, action) {
		const inode = this.inodes.get(number);

		if (inode !== undefined)
			action(inode);
		return inode !== undefined;
	}

	/** What a cut now would leave, as path → { mode, content }; folders have no content and end in "/". */
	after(way) {
		const state = new Map();
		const visit = (inode, path) => {
			const names = way === "nothing" ? inode.synced : inode.names;

			for (const [name, child] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
				if (child === undefined)
					continue;
				if (child.names !== undefined) {
					state.set(`${path}${name}/`, { mode: child.mode });
					visit(child, `${path}${name}/`);
				} else {
					state.set(`${path}${name}`, { mode: child.mode, content: child.after(way) });
				}
			}
		};

		visit(this.root, "");
		return state;
	}
}

function put(content, at, bytes) {
	const grown = Buffer.alloc(Math.max(content.length, at + bytes.length));

	content.copy(grown);
	bytes.copy(grown, at);
	return grown;
}

const cut = (content, length) => (length <= content.length ? content.subarray(0, length) : put(content, length, empty));

function digestOf(state) {
	const hash = createHash("sha256");

	for (const [path, { mode, content }] of state)
		hash.update(`${path}\0${mode}\0${content?.length ?? -1}\0`).update(content ?? empty);
	return hash.digest("hex");
}

function* readRecords(log) {
	for (let at = 0; at < log.length;) {
		const end = log.indexOf(10, at);
		const fields = log.toString("utf8", at, end).split("\t");
		const length = fields[0] === "write" ? Number(fields[3]) : 0;

		yield { fields, bytes: log.subarray(end + 1, end + 1 + length) };
		at = end + 1 + length;
	}
}

export class Recording {
	/** Of what programs started with `env` will do in the folder `dir`, which is as it is now. */
	static async of(scene, dir, name) {
		const recording = new Recording();

		// One to be changed for each use.
		recording.disks = [new Disk(dir), new Disk(dir)];
		recording.log = scene.path(`${name}.record`);
		recording.env = { LD_PRELOAD: await buildLibrary(scene, "record"), HOLDFAST_FAULT_LOG: recording.log };
		return recording;
	}

	/** Every state that a cut could leave, each once: { step, way, state, last }. `step` counts the records until it,
	 * `what` is the last of them; `last`: nothing came behind it. Without `syncs` as if nothing had been synced. */
	states({ syncs = true } = {}) {
		const disk = this.disks.pop();
		const records = [...readRecords(readFileSync(this.log))];
		const seen = new Set(), found = [];
		const look = (step, what) => {
			for (const way of ways) {
				const state = disk.after(way), digest = digestOf(state);

				if (!seen.has(digest) || step === records.length)
					found.push({ step, way, state, what, last: step === records.length });
				seen.add(digest);
			}
		};

		look(0, "nothing yet");
		records.forEach(({ fields, bytes }, i) => {
			const changed = (syncs || fields[0] !== "sync") && disk.apply(fields, bytes);

			if (changed || i + 1 === records.length)
				look(i + 1, fields.join(" "));
		});
		return found;
	}
}

/** Make the folder `dir` be that state. */
export function restore(state, dir, mode = 0o755) {
	rmSync(dir, { recursive: true, force: true });
	mkdirSync(dir, { mode });
	for (const [path, { mode: own, content }] of state) {
		if (content === undefined)
			mkdirSync(join(dir, path), { mode: own });
		else
			writeFileSync(join(dir, path), content, { mode: own });
	}
}
