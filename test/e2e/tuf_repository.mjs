// A repository of The Update Framework in memory, written independently of src/tuf/, that tests bend as they
// like; its web server, which notes what is asked; and a client: the program under test with its folders.

import { constants, createHash, createSign, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { run } from "./processes.mjs";

const top = fileURLToPath(new URL("../..", import.meta.url));
const program = join(process.env.HOLDFAST_BUILD ?? join(top, "build/gcc"), "src/prog/tuf/holdfast-tuf");
const DAY = 86400000;

export const TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"];

/** The canonical form that signatures and key ids are made of. */
export function canonical(value) {
	if (Array.isArray(value))
		return `[${value.map(canonical).join(",")}]`;
	if (typeof value === "string")
		return `"${value.replace(/[\\"]/g, "\\$&")}"`;
	if (value === null || typeof value !== "object")
		return String(value);
	return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`).join(",")}}`;
}

export const digest = (kind, data) => createHash(kind).update(data).digest("hex");

/** A time as metadata writes it. */
export const when = (days, from = Date.now()) => `${new Date(from + days * DAY).toISOString().slice(0, 19)}Z`;

const kinds = {
	ed25519: () => generateKeyPairSync("ed25519"),
	ecdsa: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
	rsa: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const schemes = { ed25519: "ed25519", ecdsa: "ecdsa-sha2-nistp256", rsa: "rsassa-pss-sha256" };

export class Signer {
	constructor(type = "ecdsa", scheme = schemes[type], more = {}) {
		const pair = kinds[type]();

		this.secret = pair.privateKey;
		this.scheme = scheme;
		this.key = { keytype: type, scheme, keyval: { public: type === "ed25519"
			? pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex")
			: pair.publicKey.export({ format: "pem", type: "spki" }) }, ...more };
		this.id = digest("sha256", canonical(this.key));
	}

	/** The same key under another id, which a field that nobody reads makes. */
	twin(more) {
		const other = Object.assign(Object.create(Signer.prototype), this);

		other.key = { ...this.key, ...more };
		other.id = digest("sha256", canonical(other.key));
		return other;
	}

	sign(text) {
		const data = Buffer.from(text);

		if (this.scheme === "ed25519")
			return sign(null, data, this.secret).toString("hex");
		if (this.scheme === "rsassa-pss-sha256")
			return sign("sha256", data, { key: this.secret, padding: constants.RSA_PKCS1_PSS_PADDING,
				saltLength: 32 }).toString("hex");
		return createSign("sha256").update(data).sign(this.secret).toString("hex");
	}
}

export class Repository {
	constructor() {
		this.signed = {};	// role -> what its next publish says
		this.published = {};	// role -> files, version 1 first
		this.signers = {};	// role -> who signs
		this.artifacts = {};
		this.withHashes = false;
		this.asked = [];	// metadata, as "role:version" or "role"
		this.askedTargets = [];
		this.signed.targets = { ...this.common("targets"), targets: {} };
		this.signed.snapshot = { ...this.common("snapshot"), meta: {} };
		this.signed.timestamp = { ...this.common("timestamp"), meta: {} };
		this.signed.root = { ...this.common("root"), consistent_snapshot: true, keys: {}, roles: {} };
		for (const role of TOP_LEVEL) {
			this.root.roles[role] = { keyids: [], threshold: 1 };
			this.addKey(role);
		}
		this.publish("targets", "snapshot", "timestamp", "root");
	}

	common(type) {
		return { _type: type, spec_version: "1.0.34", version: 1, expires: when(30) };
	}

	get root() { return this.signed.root; }
	get timestamp() { return this.signed.timestamp; }
	get snapshot() { return this.signed.snapshot; }
	get targets() { return this.signed.targets; }

	addKey(role, signer = new Signer()) {
		this.listKey(role, signer);
		this.addSigner(role, signer);
		return signer;
	}

	listKey(role, signer) {
		this.root.keys[signer.id] = signer.key;
		this.root.roles[role].keyids.push(signer.id);
	}

	addSigner(role, signer) {
		this.signers[role] = [...new Set(this.signers[role]).add(signer)];
	}

	rotate(role) {
		this.root.roles[role].keyids = [];
		this.signers[role] = [];
		this.addKey(role);
	}

	/** Sign each role and put it where it is served, one version higher unless it is its first. */
	publish(...roles) {
		for (const role of roles) {
			if (this.published[role] !== undefined)
				this.signed[role].version++;
			(this.published[role] ??= []).push(this.seal(role));
			this.list(role);
		}
	}

	seal(role) {
		const text = canonical(this.signed[role]);
		const signatures = (this.signers[role] ?? []).map((s) => ({ keyid: s.id, sig: s.sign(text) }));

		return Buffer.from(JSON.stringify({ signatures, signed: this.signed[role] }, null, 1));
	}

	list(role) {
		const file = this.published[role].at(-1);
		const meta = { version: this.signed[role].version, ...(this.withHashes
			? { length: file.length, hashes: { sha256: digest("sha256", file) } } : {}) };

		if (role === "snapshot")
			this.timestamp.meta["snapshot.json"] = meta;
		else if (role !== "root" && role !== "timestamp")
			this.snapshot.meta[`${role}.json`] = meta;
	}

	addArtifact(role, data, path, hashes = ["sha256"]) {
		const all = Object.fromEntries(hashes.map((kind) => [kind, digest(kind, data)]));

		this.signed[role].targets[path] = { length: Buffer.byteLength(data), hashes: all };
		this.artifacts[path] = { data: Buffer.from(data), hashes: all };
	}

	delegate(from, role, { terminating = false, paths = ["*"], prefixes, threshold = 1, signer = new Signer() } = {}) {
		const d = (this.signed[from].delegations ??= { keys: {}, roles: [] });

		d.keys[signer.id] = signer.key;
		d.roles.push({ name: role, keyids: [signer.id], threshold, terminating,
			...(prefixes !== undefined ? { path_hash_prefixes: prefixes } : { paths }) });
		this.addSigner(role, signer);
		this.signed[role] ??= { ...this.common("targets"), targets: {} };
		return signer;
	}

	delegateBins(from, bits, prefix) {
		const signer = new Signer();
		const count = 2 ** bits, letters = (count - 1).toString(16).length;

		this.signed[from].delegations = { keys: { [signer.id]: signer.key },
			succinct_roles: { keyids: [signer.id], threshold: 1, bit_length: bits, name_prefix: prefix } };
		return Array.from({ length: count }, (_, i) => {
			const role = `${prefix}-${i.toString(16).padStart(letters, "0")}`;

			this.signers[role] = [signer];
			this.signed[role] = { ...this.common("targets"), targets: {} };
			return role;
		});
	}

	fetch(path) {
		if (path.startsWith("targets/"))
			return this.fetchTarget(path.slice(8));
		const name = path.slice("metadata/".length).replace(/\.json$/, "");
		const consistent = this.root.consistent_snapshot || name.endsWith(".root");
		const dot = name.indexOf(".");
		const versioned = name !== "timestamp" && consistent;
		const role = decodeURIComponent(versioned ? name.slice(dot + 1) : name);

		this.asked.push(versioned ? `${role}:${name.slice(0, dot)}` : role);
		return versioned ? this.published[role]?.[Number(name.slice(0, dot)) - 1] : this.published[role]?.at(-1);
	}

	fetchTarget(path) {
		const folder = path.slice(0, path.lastIndexOf("/") + 1), file = path.slice(folder.length);
		const consistent = this.root.consistent_snapshot;
		const prefix = consistent ? file.slice(0, file.indexOf(".")) : undefined;
		const name = decodeURIComponent(folder + (consistent ? file.slice(prefix.length + 1) : file));
		const found = this.artifacts[name];

		this.askedTargets.push(`${name} ${prefix}`);
		return found === undefined || (consistent && !Object.values(found.hashes).includes(prefix))
			? undefined : found.data;
	}
}

/** A repository, its server and a client that trusts its first root. */
export class Scene {
	static async open(prepare = () => {}) {
		const scene = new Scene();

		scene.repo = new Repository();
		prepare(scene.repo);
		scene.folder = mkdtempSync(join(tmpdir(), "hft-"));
		scene.metadata = join(scene.folder, "metadata");
		scene.downloads = join(scene.folder, "targets");
		mkdirSync(scene.metadata);
		mkdirSync(scene.downloads);
		scene.server = http.createServer((request, answer) => scene.answer(request, answer));
		await new Promise((resolve) => scene.server.listen(0, "127.0.0.1", resolve));
		scene.base = `http://127.0.0.1:${scene.server.address().port}/`;
		scene.initialRoot = scene.repo.published.root[0];
		return scene;
	}

	answer(request, answer) {
		const data = this.repo.fetch(request.url.slice(1));

		if (data === undefined)
			answer.writeHead(404).end();
		else if (data === "slow")
			answer.writeHead(500).end();
		else
			answer.writeHead(200, { "Content-Length": data.length }).end(data);
	}

	async close() {
		await new Promise((resolve) => this.server.close(resolve));
		rmSync(this.folder, { recursive: true });
	}

	async run(words, at) {
		const faked = at === undefined ? [program, ...words] : ["faketime", new Date(at).toISOString(), program, ...words];
		const result = await run(faked[0], faked.slice(1));

		this.said = result.err;
		return result.status;
	}

	init(root = this.initialRoot) {
		writeFileSync(join(this.folder, "first.json"), root);
		return this.run(["--metadata-dir", this.metadata, "init", join(this.folder, "first.json")]);
	}

	refresh(at) {
		return this.run(["--metadata-url", `${this.base}metadata/`, "--metadata-dir", this.metadata, "refresh"], at);
	}

	download(names, at) {
		return this.run(["--metadata-url", `${this.base}metadata`, "--metadata-dir", this.metadata,
			...[names].flat().flatMap((name) => ["--target-name", name]), "--target-dir", this.downloads,
			"--target-base-url", `${this.base}targets/`, "download"], at);
	}

	/** The trusted file of a role, or undefined. */
	trusted(role) {
		try {
			return readFileSync(join(this.metadata, `${encodeURIComponent(role)}.json`));
		} catch {
			return undefined;
		}
	}

	version(role) {
		const file = this.trusted(role);

		return file && JSON.parse(file).signed.version;
	}

	/** "root 1, snapshot 1", of all that is trusted. */
	get versions() {
		return readdirSync(this.metadata).sort().map((name) => `${name.replace(/\.json$/, "")} ${
			JSON.parse(readFileSync(join(this.metadata, name))).signed.version}`).join(", ");
	}

	/** What was downloaded, the oldest first. */
	get got() {
		return readdirSync(this.downloads).map((name) => join(this.downloads, name))
			.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).map((name) => readFileSync(name, "utf8"));
	}
}
