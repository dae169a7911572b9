// What every end-to-end test and the demo stand on: a scene is a fresh directory with real programs in it:
// a publisher, a server with providers, devices. It ends with everything stopped and removed.
//
// The programs come from the build folder that HOLDFAST_BUILD names (build/gcc unless given).

import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { ask } from "./http.mjs";
import { Started, descendants, run, runStarted } from "./processes.mjs";
import { clamSource, eicarSource, writeFiles } from "./samples.mjs";

const top = fileURLToPath(new URL("../..", import.meta.url));
export const buildFolder = resolve(process.env.HOLDFAST_BUILD ?? join(top, "build/gcc"));

const folders = { "holdfast-server": "server", "holdfast-publish": "publish", "holdfastd": "daemon",
	"holdfast": "cli", "holdfast-tuf": "tuf" };

export function programPath(name) {
	return join(buildFolder, "src/prog", folders[name], name);
}

/** How long anything may take before it counts as failed. */
export const PATIENCE_MS = 30000;

/** Look again and again until `probe` gives something true, and return that. `probe` may throw: then it is
 * looked at again. When time is over, the error says what was waited for and what was seen last. */
export async function until(what, probe, { patience = PATIENCE_MS, every = 20 } = {}) {
	const end = Date.now() + patience;
	let seen;

	for (;;) {
		try {
			const got = await probe();

			if (got)
				return got;
			seen = got;
		} catch (error) {
			seen = error.message;
		}
		if (Date.now() >= end)
			throw new Error(`${what}: not within ${patience / 1000} s; last seen: ${seen}`);
		await pause(every);
	}
}

/** The result of a run that must have ended with `status`. */
export function expectStatus(result, status, what) {
	if (result.status === status)
		return result;
	const how = result.signal === null ? `exit status ${result.status}` : `signal ${result.signal}`;

	throw new Error(`${what}: expected exit status ${status}, got ${how}: ${(result.err + result.out).trim()}`);
}

/** A fresh directory with a short path: the name of a socket in it may have 107 bytes. */
export function makeDirectory(prefix) {
	const parent = tmpdir().length <= 40 ? tmpdir() : "/tmp";

	return mkdtempSync(join(parent, prefix));
}

export class Scene {
	#atEnd = [];
	#keep;

	/** `dir`: use that directory and leave it behind; else a fresh one, removed at the end. */
	constructor({ dir } = {}) {
		this.#keep = dir !== undefined;
		if (this.#keep)
			mkdirSync(dir, { recursive: true });
		this.dir = this.#keep ? resolve(dir) : makeDirectory("hf-");
	}

	/** A scene that ends with the test. */
	static of(t) {
		const scene = new Scene();

		t.after(() => scene.close());
		return scene;
	}

	path(...names) {
		return join(this.dir, ...names);
	}

	/** Call it when the scene ends; the last one first. */
	atEnd(action) {
		this.#atEnd.push(action);
	}

	/** Start a program that keeps running; its standard error is in NAME.log. */
	start(name, program, args, { env } = {}) {
		const started = new Started(program, args, { log: this.path(`${name}.log`), env });

		this.atEnd(() => started.stop());
		return started;
	}

	log(name) {
		return readFileSync(this.path(`${name}.log`), "utf8");
	}

	/** The directory is not to be left behind after all. */
	discard() {
		this.#keep = false;
	}

	async close() {
		while (this.#atEnd.length > 0)
			await this.#atEnd.pop()();
		const crashes = this.#findCrashes();

		if (!this.#keep)
			rmSync(this.dir, { recursive: true, force: true });
		if (crashes.length > 0)
			throw new Error(`a program crashed:\n${crashes.join("\n")}`);
	}

	/** A process that crashed is started again, and nobody would notice but for what it left in the log. */
	#findCrashes() {
		return readdirSync(this.dir).filter((name) => name.endsWith(".log")).flatMap((name) =>
			readFileSync(this.path(name), "utf8").split("\n")
				.filter((line) => /Sanitizer|runtime error:|Assertion .* failed|signal (4|6|7|8|11) /.test(line))
				.map((line) => `${name}: ${line}`));
	}
}

/** Who makes protection data: keys, and a repository of releases. */
export class Publisher {
	constructor(scene, name = "publisher") {
		this.scene = scene;
		this.dir = scene.path(name);
		this.keys = join(this.dir, "keys");
		this.repo = join(this.dir, "repo");
		this.root = join(this.keys, "root.json");
		this.epochs = join(this.keys, "epochs");
		mkdirSync(this.repo, { recursive: true });
	}

	run(...args) {
		return run(programPath("holdfast-publish"), args);
	}

	async makeKeys() {
		expectStatus(await this.run("keys", this.keys), 0, "holdfast-publish keys");
		return this;
	}

	/** Compile signature sources, as name -> text; returns the database's path. */
	async build(name, sources) {
		const folder = writeFiles(join(this.dir, `${name}.sources`), sources);
		const database = join(this.dir, `${name}.hfdb`);

		expectStatus(await this.run("build", "-o", database, folder), 0, "holdfast-publish build");
		return database;
	}

	/** Compile and release; returns what was printed. */
	async release(name, sources) {
		const database = await this.build(name, sources);
		const args = ["release", "--keys", this.keys, "--repo", this.repo, database];

		return expectStatus(await this.run(...args), 0, "holdfast-publish release").out;
	}
}

export class Server {
	constructor(scene, { name = "server", publisher, args = [], env } = {}) {
		this.scene = scene;
		this.name = name;
		this.state = scene.path(name);
		this.env = env;
		this.publisher = publisher;
		this.args = [...args];
		if (publisher !== undefined)
			this.args.push("--updates", publisher.repo, "--epochs", publisher.epochs);
	}

	/** Start, or start again; returns when it answers. */
	async start() {
		const args = ["run", "--state", this.state, ...this.args];

		this.process = this.scene.start(this.name, programPath("holdfast-server"), args, { env: this.env });
		try {
			this.url = await this.process.firstLine;
		} catch {
			throw new Error(`the server did not start: ${this.log()}`);
		}
		await until("the server answers", () => this.isHealthy());
		return this;
	}

	async isHealthy() {
		return (await ask("GET", this.at("healthz"))).status === 200;
	}

	stop(how) {
		return this.process.stop(how);
	}

	at(path) {
		return new URL(path, this.url).href;
	}

	log() {
		return this.scene.log(this.name);
	}

	/** A command of the vendor on this server's state. */
	admin(...args) {
		return run(programPath("holdfast-server"), [...args, "--state", this.state]);
	}

	/** Its processes of one program, such as "holdfast-web". */
	children(program) {
		return descendants(this.process.pid, program);
	}

	/** A provider and its API key. `facts` are options of `provider add`, such as { phone: "…" }. */
	async addProvider(facts = {}) {
		const options = Object.entries({ name: "Example Broadband", ...facts })
			.flatMap(([name, value]) => [`--${name}`, value]);
		const added = expectStatus(await this.admin("provider", "add", ...options), 0, "provider add");
		const provider = JSON.parse(added.out);
		const key = expectStatus(await this.admin("key", "add", "--provider", provider.id), 0, "key add");

		return new Provider(this, provider, key.out.trim());
	}

	/** Write the trust file for devices; returns its path. */
	async writeTrust(publisher = this.publisher) {
		const path = this.scene.path(`${this.name}-trust.json`);
		// The signer makes its key when it first starts, a moment behind the first line.
		const trust = await until("the trust file can be made", async () =>
			expectStatus(await this.admin("trust", "--root", publisher.root), 0, "trust"));

		writeFileSync(path, trust.out);
		return path;
	}

	/** The verification of the whole event log: { events, chains, intact, broken_at }. */
	async verifyLog() {
		const log = await this.admin("log", "--json", "--quiet");

		return JSON.parse(log.out);
	}
}

/** What a provider's own systems would do, through its HTTP interface. */
export class Provider {
	constructor(server, facts, key) {
		this.server = server;
		this.facts = facts;
		this.key = key;
	}

	ask(method, path, body) {
		return ask(method, this.server.at(path), { key: this.key, body });
	}

	/** Order a subscription: { id, activation_code, ... }. */
	async order(externalId, seats = 1, more = {}) {
		const answer = await this.ask("POST", "v1/subscriptions", { external_id: externalId, seats, ...more });

		if (answer.status !== 201)
			throw new Error(`ordering: expected 201, got ${answer.status}: ${answer.text}`);
		return answer.json;
	}

	async get(id) {
		return (await this.ask("GET", `v1/subscriptions/${id}`)).json;
	}

	async events(id) {
		return (await this.ask("GET", `v1/subscriptions/${id}/events`)).json.events;
	}

	async #change(id, what, body) {
		const answer = await this.ask("POST", `v1/subscriptions/${id}/${what}`, body);

		if (answer.status !== 200)
			throw new Error(`${what}: expected 200, got ${answer.status}: ${answer.text}`);
		return answer.json;
	}

	suspend(id, reason = "billing") {
		return this.#change(id, "suspend", { reason });
	}

	resume(id) {
		return this.#change(id, "resume");
	}

	cancel(id, reason = "discontinued") {
		return this.#change(id, "cancel", { reason });
	}

	reinstate(id) {
		return this.#change(id, "reinstate");
	}
}

export class Device {
	/** `below`: a command that runs its arguments, such as ["unshare", "-m"]. */
	constructor(scene, name, trust, { env, args = [], below = [] } = {}) {
		this.below = below;
		this.scene = scene;
		this.name = name;
		this.trust = trust;
		this.state = scene.path(name);
		this.env = env;
		this.args = args;
	}

	/** Start its daemon, or start it again; returns when it answers. */
	async start() {
		const [program, ...args] = [...this.below, programPath("holdfastd"), "--state", this.state, "--trust",
			this.trust, ...this.args];

		this.process = this.scene.start(this.name, program, args, { env: this.env });
		await until("holdfastd answers", async () => !this.process.isRunning || await this.status());
		if (!this.process.isRunning)
			throw new Error(`holdfastd did not start: ${this.log()}`);
		return this;
	}

	stop(how) {
		return this.process.stop(how);
	}

	log() {
		return this.scene.log(this.name);
	}

	/** Run `holdfast` on this device. */
	cli(...args) {
		return run(programPath("holdfast"), args, { env: { ...this.env, HOLDFAST_STATE: this.state } });
	}

	/** The same, at once: { pid, result }. */
	cliStarted(...args) {
		return runStarted(programPath("holdfast"), args, { env: { ...this.env, HOLDFAST_STATE: this.state } });
	}

	async cliExpecting(status, ...args) {
		return expectStatus(await this.cli(...args), status, `holdfast ${args.join(" ")}`);
	}

	/** What `holdfast status --json` says. */
	async status() {
		const result = await this.cli("status", "--json");

		return JSON.parse(result.out);
	}

	/** Wait until the device says so; returns its status then. */
	untilCondition(condition, options) {
		return until(`${this.name} is ${condition}`, async () => {
			const status = await this.status();

			if (status.condition === condition)
				return status;
			throw new Error(`it is ${status.condition} (${status.reason})`);
		}, options);
	}

	/** Its processes of one program, such as "holdfast-worker". */
	children(program) {
		return descendants(this.process.pid, program);
	}
}

/** Everything that a device needs to be protected: a publisher with one release that finds EICAR and
 * clam.exe, a server, and a provider with an API key. `provider`: options of `provider add`. */
export async function arrange(scene, { provider: facts, server: options } = {}) {
	const publisher = await new Publisher(scene).makeKeys();

	await publisher.release("first", { ...await clamSource(), ...eicarSource() });
	const server = await new Server(scene, { publisher, ...options }).start();
	const provider = await server.addProvider({ checkin: "2s", ...facts });

	return { publisher, server, provider, trust: await server.writeTrust() };
}

/** A device with a subscription of its own, protected. */
export async function arrangeDevice(scene, { provider, trust }, name = "laptop", options = {}) {
	const subscription = await provider.order(`order-of-${name}`, 1);
	const device = await new Device(scene, name, trust, options).start();

	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", name);
	await device.untilCondition("protected");
	return { device, subscription };
}
