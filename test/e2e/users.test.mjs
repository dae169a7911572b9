// Goal of this test: an agent that runs as root serves several users: each scans with his own rights and has
// back only his own files; what is not theirs to decide is refused; and its own parts are not root.

import assert from "node:assert/strict";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Scene, arrange, arrangeDevice, expectStatus, programPath, until } from "./lib.mjs";
import { run } from "./processes.mjs";
import { eicar, eicarName } from "./samples.mjs";

const isRoot = process.getuid() === 0;
const options = isRoot ? {} : { skip: "needs root" };
/** Users without a name: none need be made. */
const anna = 54321, bert = 54322;

let scene, world, device, subscription;

/** Run `holdfast` as that user: from a copy, since the build folder may be closed to others. */
function holdfastAs(uid, ...args) {
	return run("setpriv", [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", scene.path("holdfast"), ...args],
		{ env: { HOLDFAST_STATE: device.state } });
}

/** An infected file in that user's own folder; returns its path. */
function plant(uid, name) {
	const home = scene.path(`home-${uid}`);

	if (!existsSync(home)) {
		mkdirSync(home, { mode: 0o700 });
		chownSync(home, uid, uid);
	}
	writeFileSync(join(home, name), eicar());
	chownSync(join(home, name), uid, uid);
	return join(home, name);
}

async function entriesOf(uid) {
	const { out } = expectStatus(await holdfastAs(uid, "quarantine", "list", "--json"), 0, "quarantine list");

	return out.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

before(async () => {
	if (!isRoot)
		return;
	scene = new Scene();
	chmodSync(scene.dir, 0o711);
	world = await arrange(scene, { provider: { checkin: "1s" } });
	({ device, subscription } = await arrangeDevice(scene, world, "shared"));
	copyFileSync(programPath("holdfast"), scene.path("holdfast"));
	chmodSync(scene.path("holdfast"), 0o755);
});

after(() => scene?.close());

test("each user scans with his own rights, and has back only his own files", options, async () => {
	const hers = plant(anna, "hers.com"), his = plant(bert, "his.com");
	const scan = await holdfastAs(anna, "scan", hers);

	assert.equal(scan.status, 1, scan.err);
	assert.match(scan.out, new RegExp(`${eicarName} FOUND\n.*quarantined as`));
	assert.equal(existsSync(hers), false);
	// His folder is closed to her: an error, not clean.
	const closed = await holdfastAs(anna, "scan", his);

	assert.equal(closed.status, 2);
	assert.match(closed.err, /[Pp]ermission/);
	expectStatus(await holdfastAs(bert, "scan", his), 1, "his scan");

	const [herEntry, ...more] = await entriesOf(anna);

	assert.deepEqual(more, []);
	assert.deepEqual((await entriesOf(bert)).map((entry) => entry.path), [his]);
	assert.equal((await entriesOf(0)).length, 2, "root sees all");
	for (const verb of [["restore", herEntry.id, "--to", join(scene.path(`home-${bert}`), "stolen")],
		["export", herEntry.id, join(scene.path(`home-${bert}`), "stolen")], ["delete", herEntry.id]]) {
		const refused = await holdfastAs(bert, "quarantine", ...verb);

		assert.equal(refused.status, 2, verb.join(" "));
		assert.match(refused.err, /no quarantined file/);
	}
	assert.equal(existsSync(join(scene.path(`home-${bert}`), "stolen")), false);
	expectStatus(await holdfastAs(anna, "quarantine", "restore", herEntry.id), 0, "restore");
	assert.equal(readFileSync(hers, "latin1"), eicar());
	assert.equal(statSync(hers).uid, anna);
});

test("a user sees the condition and his own history, and cannot move the device to another subscription", options,
	async () => {
		const status = expectStatus(await holdfastAs(bert, "status", "--json"), 0, "status");

		assert.equal(JSON.parse(status.out).condition, "protected");
		const refused = await holdfastAs(bert, "activate", subscription.activation_code);

		assert.equal(refused.status, 2);
		assert.match(refused.err, /only the administrator/);
		const found = plant(anna, "again.com");

		await holdfastAs(anna, "scan", found);
		assert.match(expectStatus(await holdfastAs(anna, "history"), 0, "history").out, /again\.com/);
		assert.doesNotMatch(expectStatus(await holdfastAs(bert, "history"), 0, "history").out, /again\.com/);
	});

test("the updater becomes its own user where there is one, which cannot read the device's files", options, async (t) => {
	const uid = 54323, passwd = scene.path("passwd");

	// That user exists for this daemon alone.
	writeFileSync(passwd, `root:x:0:0::/:/bin/sh\n_holdfast:x:${uid}:${uid}::/:/bin/false\n`);
	const below = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/passwd && exec "$@"', passwd];

	if ((await run(below[0], [...below.slice(1), "true"])).status !== 0) {
		t.skip("this machine lets nobody mount");
		return;
	}
	const { device: own, subscription: its } = await arrangeDevice(scene, world, "split", { below });

	t.after(() => own.stop());
	assert.equal((await own.status()).data.generation, 1, "an update came through it");
	await world.provider.suspend(its.id);
	await own.untilCondition("unprotected");
	const status = await until("an updater waits at the server", () => {
		const [updater] = own.children("holdfast-updater");

		return updater && readFileSync(`/proc/${updater.pid}/status`, "utf8");
	});

	assert.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, "m"));
	assert.match(status, /^Groups:\s*$/m);
	for (const name of ["device.json", "lease", "state.json", "quarantine.key"]) {
		const { mode, uid: owner } = statSync(join(own.state, name));

		assert.deepEqual([owner, mode & 0o077], [0, 0], name);
	}
});

test("the workers of an agent that runs as root do not", options, async () => {
	plant(anna, "once.com");
	const scan = device.cliStarted("scan", "/usr/share/doc");
	const uids = await until("a worker runs", () => {
		const [worker] = device.children("holdfast-worker");
		const line = worker && /^Uid:\t(.*)$/m.exec(readFileSync(`/proc/${worker.pid}/status`, "utf8"));

		return line && !line[1].startsWith("0") && line[1];
	});

	assert.equal(uids, "65534\t65534\t65534\t65534");
	await scan.result;
});
