// Goal of these tests: ./demo does to this machine what it says and nothing else: it listens on the loopback address, it
// keeps all in the one directory that it names, and nothing is installed when nothing is missing.

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Scene, expectStatus } from "./lib.mjs";
import { descendants, run, runStarted } from "./processes.mjs";

const top = fileURLToPath(new URL("../..", import.meta.url));

/** Addresses as /proc/net/ has them: 127.0.0.0/8, ::1, and the first in the words of IPv6. */
const LOOPBACK = /^(.{6}7F|0{24}01000000|0{16}FFFF0000.{6}7F)$/;
const LISTENING = "0A";

/** The open sockets of a process: { name, listens, local, remote }. One that has just ended has none. */
function socketsOf(pid) {
	try {
		const inodes = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));

		return ["tcp", "tcp6", "udp", "udp6"].flatMap((name) => readFileSync(`/proc/${pid}/net/${name}`, "latin1").trim().split("\n")
			.slice(1).map((line) => line.trim().split(/\s+/)).filter((words) => inodes.has(`socket:[${words[9]}]`))
			.map(([, local, remote, state]) => ({ name, listens: state === LISTENING, local, remote })));
	} catch (error) {
		if (!["ENOENT", "ESRCH", "EACCES", "EINVAL"].includes(error.code))
			throw error;
		return [];
	}
}

/** What a descriptor is; undefined when it is closed by now. */
function linkOf(path) {
	try {
		return readlinkSync(path);
	} catch {
		return undefined;
	}
}

/** All files below a directory but those that are not of the tree's own. */
function filesBelow(dir, skip) {
	return readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !skip.includes(name)).flatMap((entry) => {
		const path = join(dir, entry.name);

		return entry.isDirectory() ? [path, ...filesBelow(path, skip)] : [path];
	});
}

const tree = () => filesBelow(top, ["build", ".git", "node_modules"]);

test("the demo's story holds, on the loopback address alone, and all of it is in the directory that it names", async (t) => {
	const scene = Scene.of(t), state = scene.path("d");
	const [home, temporary] = ["home", "tmp"].map((name) => scene.path(name));

	mkdirSync(home);
	mkdirSync(temporary);
	const before = tree(), heard = new Map(), elsewhere = [];
	const { pid, result } = runStarted(join(top, "demo"), ["--once", "--state", state], { env: { HOME: home, TMPDIR: temporary } });
	let done;

	result.catch(() => {}).then(() => { done = true; });
	while (!done) {
		for (const { pid: each, program } of [{ pid, program: "demo" }, ...descendants(pid)])
			for (const socket of socketsOf(each)) {
				const [address] = (socket.listens ? socket.local : socket.remote).split(":");

				if (socket.listens)
					heard.set(socket.local, program);
				// What is not connected has no other side.
				if (!LOOPBACK.test(address) && (socket.listens || !/^0+$/.test(address)))
					elsewhere.push(`${program}: ${JSON.stringify(socket)}`);
			}
		await pause(50);
	}
	const { out } = expectStatus(await result, 0, "./demo --once");

	assert.match(out.trim().split("\n").at(-1), /^demo: \d+ steps held$/);
	assert.ok(out.includes(`All state: ${state}\n`), out);
	assert.deepEqual(elsewhere, []);
	t.diagnostic(`listened: ${[...heard].map((pair) => pair.join(" ")).join(", ")}`);
	assert.ok([...heard.values()].includes("demo"), "the provider that stands in");
	assert.ok([...heard.values()].some((program) => program.startsWith("holdfast")), "the server");
	assert.deepEqual(tree(), before);
	assert.deepEqual(readdirSync(home), []);
	assert.deepEqual(readdirSync(temporary), []);
	assert.ok(existsSync(join(state, "server")));
	assert.deepEqual(descendants(pid), [], "nothing is left running");
});

test("the demo leaves a directory alone that is not empty", async (t) => {
	const scene = Scene.of(t), kept = scene.path("kept");

	writeFileSync(kept, "mine\n");
	const { status, err } = await run(join(top, "demo"), ["--once", "--state", scene.dir]);

	assert.equal(status, 2);
	assert.match(err, /is not empty/);
	assert.deepEqual([readdirSync(scene.dir), readFileSync(kept, "utf8")], [["kept"], "mine\n"]);
});

/** A directory of programs that only note how they are called, in the file "called"; { path, called }. */
function stubs(scene, programs) {
	const dir = scene.path("stubs"), called = scene.path("called");

	mkdirSync(dir);
	for (const [name, does] of Object.entries(programs)) {
		writeFileSync(join(dir, name), `#!/bin/sh\necho "${name} $*" >>"${called}"\n${does}\n`);
		chmodSync(join(dir, name), 0o755);
	}
	return { dir, called: () => existsSync(called) ? readFileSync(called, "utf8").trim().split("\n") : [] };
}

const setUp = (env) => run("/bin/bash", ["-c", ". packaging/setup.sh && setup_install && echo done"], { cwd: top, env });

test("where all is installed, setting up says nothing and installs nothing", async (t) => {
	const { dir, called } = stubs(Scene.of(t), { "apt-get": "exit 1", sudo: "exit 1" });

	for (let i = 0; i < 2; i++) {
		const { out, err } = expectStatus(await setUp({ PATH: `${dir}:${process.env.PATH}` }), 0, "setup_install");

		assert.deepEqual([out, err, called()], ["done\n", "", []]);
	}
});

test("what is missing is installed, and it alone", async (t) => {
	// As dpkg-query answers, for all packages but one.
	const { dir, called } = stubs(Scene.of(t), { "apt-get": "", sudo: "exec \"$@\"",
		"dpkg-query": "case \"$*\" in *' meson') exit 1;; *) echo installed;; esac" });
	const { out } = expectStatus(await setUp({ PATH: `${dir}:${process.env.PATH}` }), 0, "setup_install");

	assert.equal(out, "Installing: meson\ndone\n");
	assert.deepEqual(called().filter((line) => line.startsWith("apt-get ")), ["apt-get update -q",
		"apt-get install -q -y --no-install-recommends meson"]);
});

test("what cannot be installed is said in the words of apt-get", async (t) => {
	const { dir } = stubs(Scene.of(t), { "apt-get": "echo 'E: no network'; exit 100", sudo: "exec \"$@\"", "dpkg-query": "exit 1" });
	const { status, err } = await setUp({ PATH: `${dir}:${process.env.PATH}` });

	assert.equal(status, 1);
	assert.match(err, /E: no network\n[\s\S]*could not be installed/);
});

test("on another system than Debian it is said what to install, and with what to build", async (t) => {
	const dir = Scene.of(t).path("other");

	mkdirSync(dir);
	symlinkSync("/usr/bin/dirname", join(dir, "dirname"));
	const { status, out, err } = await setUp({ PATH: dir });

	assert.deepEqual([status, out], [1, ""]);
	assert.match(err, /^This is not a Debian system\..*packaging\/packages\.txt.*meson setup build\/gcc && ninja -C build\/gcc\n$/s);
	// What it names is there.
	assert.ok(existsSync(join(top, "packaging/packages.txt")));
});
