// Processes for the tests and the demo: started so that they never outlive us, looked at through /proc.

import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";

/** All that runs on our behalf. Whatever ends this program, these end with it. */
const running = new Set();

process.on("exit", () => {
	for (const started of running)
		started.kill("SIGKILL");
});

/** A program that keeps running. Standard error goes to `log`; standard output is read line by line. */
export class Started {
	#child;
	#ended = false;

	/** Resolves with { status, signal } when it has ended. */
	ended;
	/** Resolves with the first line on standard output; rejects when there is none. */
	firstLine;

	constructor(program, args, { log, env = {}, cwd } = {}) {
		const errors = log === undefined ? "ignore" : openSync(log, "a");

		// setpriv has the kernel kill it when we die, even by SIGKILL. Detached: Ctrl-C is for us, and we stop
		// it in our order.
		this.#child = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args],
			{ cwd, detached: true, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", errors] });
		if (typeof errors === "number")
			closeSync(errors);
		running.add(this);
		this.ended = new Promise((resolve, reject) => {
			this.#child.once("error", (error) => {
				this.#forget();
				reject(error);
			});
			this.#child.once("exit", (status, signal) => {
				this.#forget();
				resolve({ status, signal });
			});
		});
		this.firstLine = this.#readFirstLine(program);
		// Nobody may be waiting for these when it ends.
		this.ended.catch(() => {});
		this.firstLine.catch(() => {});
	}

	get pid() {
		return this.#child.pid;
	}

	get isRunning() {
		return !this.#ended;
	}

	kill(signal) {
		if (this.isRunning)
			this.#child.kill(signal);
	}

	/** Ask it to stop; after `patience` ms make it. */
	async stop({ signal = "SIGTERM", patience = 15000 } = {}) {
		const timer = setTimeout(() => this.kill("SIGKILL"), patience);

		this.kill(signal);
		try {
			return await this.ended;
		} finally {
			clearTimeout(timer);
		}
	}

	#forget() {
		this.#ended = true;
		running.delete(this);
	}

	#readFirstLine(program) {
		return new Promise((resolve, reject) => {
			const lines = createInterface({ input: this.#child.stdout });

			lines.once("line", resolve);
			lines.once("close", () => reject(new Error(`${program} ended without a word on standard output`)));
		});
	}
}

/** Run a program to its end: { status, signal, out, err, ms }. */
export function run(program, args, { env = {}, cwd, input, timeout = 120000 } = {}) {
	return runStarted(program, args, { env, cwd, input, timeout }).result;
}

/** As `run`, but at once, with the pid: { pid, result }. */
export function runStarted(program, args, { env = {}, cwd, input, timeout = 120000 } = {}) {
	const begun = process.hrtime.bigint();
	const child = spawn(program, args, { cwd, timeout, env: { ...process.env, ...env },
		stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
	const out = [], err = [];
	const started = { kill: (signal) => child.kill(signal) };

	running.add(started);
	child.stdout.on("data", (part) => out.push(part));
	child.stderr.on("data", (part) => err.push(part));
	if (input !== undefined) {
		// A program that reads no more is its own business.
		child.stdin.on("error", () => {});
		child.stdin.end(input);
	}
	const result = new Promise((resolve, reject) => {
		child.once("error", (error) => {
			running.delete(started);
			reject(error);
		});
		child.once("close", (status, signal) => {
			running.delete(started);
			resolve({
				status,
				signal,
				out: Buffer.concat(out).toString(),
				err: Buffer.concat(err).toString(),
				ms: Number(process.hrtime.bigint() - begun) / 1e6,
			});
		});
	});
	result.catch(() => {});
	return { pid: child.pid, result };
}

/** Everything that runs: { pid, parent, program, state }. What ends while we look is left out. */
function listProcesses() {
	const list = [];

	for (const name of readdirSync("/proc")) {
		if (!/^\d+$/.test(name))
			continue;
		try {
			// The name in stat may hold anything: what counts begins behind its last parenthesis.
			const stat = readFileSync(`/proc/${name}/stat`, "latin1");
			const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
			const command = readFileSync(`/proc/${name}/cmdline`, "latin1").split("\0")[0];

			list.push({ pid: Number(name), parent: Number(parent), state, program: command.split("/").pop() });
		} catch (error) {
			if (error.code !== "ENOENT" && error.code !== "ESRCH")
				throw error;
		}
	}
	return list;
}

/** What `pid` started, and what that started, and so on; only `program` when given. */
export function descendants(pid, program) {
	const all = listProcesses();
	const found = [], parents = new Set([pid]);
	let grew = true;

	while (grew) {
		grew = false;
		for (const each of all) {
			if (!parents.has(each.parent) || parents.has(each.pid))
				continue;
			parents.add(each.pid);
			found.push(each);
			grew = true;
		}
	}
	return found.filter((each) => each.state !== "Z" && (program === undefined || each.program === program));
}

/** The fields of /proc/PID/status as an object; undefined when it has ended. */
export function readStatus(pid) {
	try {
		return Object.fromEntries(readFileSync(`/proc/${pid}/status`, "latin1").trim().split("\n")
			.map((line) => line.split(":\t").map((part) => part.trim())));
	} catch {
		return undefined;
	}
}
