// Goal of these tests: tuf-js, a client and library of The Update Framework that others wrote, and ours agree: it reads
// what we publish, we read what it writes, and of repositories that are bent both say the same.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import models from "@tufjs/models";
import roles from "@tufjs/models/dist/role.js";
import delegations from "@tufjs/models/dist/delegations.js";
import tufjs from "tuf-js";

import { Publisher, Scene as World, expectStatus } from "./lib.mjs";
import { eicarSource } from "./samples.mjs";
import { Scene, Signer, digest, when } from "./tuf_repository.mjs";

const upper = ["targets", "snapshot", "timestamp"];

/** A client of tuf-js that trusts `root`. */
function otherClient(folder, root, base) {
	mkdirSync(join(folder, "js"), { recursive: true });
	mkdirSync(join(folder, "js-targets"), { recursive: true });
	writeFileSync(join(folder, "js", "root.json"), root, { flag: "w" });
	return new tufjs.Updater({ metadataDir: join(folder, "js"), metadataBaseUrl: `${base}metadata`,
		targetDir: join(folder, "js-targets"), targetBaseUrl: `${base}targets`, config: { fetchRetries: 0 } });
}

async function otherSays(work) {
	try {
		return await work() ?? true;
	} catch {
		return false;
	}
}

async function serve(t, folder) {
	const server = http.createServer((request, answer) => {
		try {
			answer.end(readFileSync(join(folder, decodeURIComponent(request.url))));
		} catch {
			answer.writeHead(404).end();
		}
	});

	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	t.after(() => server.close());
	return `http://127.0.0.1:${server.address().port}/`;
}

test("tuf-js follows what holdfast-publish releases, through new keys for every role", async (t) => {
	const world = World.of(t);
	const publisher = await new Publisher(world).makeKeys();
	const base = await serve(t, publisher.repo);
	const does = async (...words) => expectStatus(await publisher.run(...words), 0, words.join(" "));
	const folder = world.path("client"), at = ["--keys", publisher.keys];

	await publisher.release("first", eicarSource());
	const root = readFileSync(publisher.root);

	for (const [i, role] of ["", "targets", "snapshot", "timestamp", "root"].entries()) {
		if (role !== "") {
			const draft = world.path(`draft-${role}`);

			await does("root", ...at, "--rotate", role, "draft", draft);
			await does("root", ...at, "sign", draft);
			await does("root", ...at, "keep", draft);
			await publisher.release(`next-${role}`, eicarSource());
		}
		const client = otherClient(join(folder, String(i)), root, base);
		const info = await client.getTargetInfo("holdfast.hfdb");

		assert.equal(info.custom.generation, i + 1);
		assert.equal(readFileSync(await client.downloadTarget(info)).length, info.length);
	}
});

/** Metadata of @tufjs/models as a file, signed. */
function file(signed, signers) {
	const metadata = new models.Metadata(signed);

	for (const signer of signers)
		metadata.sign((data) => new models.Signature({ keyID: signer.id, sig: signer.sign(data.toString()) }), true);
	return Buffer.from(JSON.stringify(metadata.toJSON()));
}

test("holdfast-tuf reads what @tufjs/models writes: all kinds of keys, delegations, bins", async () => {
	const scene = await Scene.open();
	const signers = Object.fromEntries(["ed25519", "ecdsa", "rsa"].map((type) => [type, new Signer(type)]));
	const key = (signer) => new models.Key({ keyID: signer.id, keyType: signer.key.keytype, scheme: signer.scheme,
		keyVal: signer.key.keyval });
	const common = { version: 1, specVersion: "1.0.34", expires: when(10) };
	const all = Object.values(signers);

	try {
		const root = new models.Root({ ...common, consistentSnapshot: true });
		const targets = new models.Targets(common), team = new models.Targets(common), bin = new models.Targets(common);
		const target = (path, data) => new models.TargetFile({ path, length: data.length, hashes: { sha256: digest("sha256", data) } });

		for (const role of ["root", "timestamp", "snapshot", "targets"]) {
			for (const signer of all)
				root.addKey(key(signer), role);
			root.roles[role].threshold = 3;
		}
		targets.addTarget(target("top", "at the top"));
		targets.delegations = new delegations.Delegations({ keys: { [signers.rsa.id]: key(signers.rsa) }, roles: {
			team: new roles.DelegatedRole({ name: "team", keyIDs: [signers.rsa.id], threshold: 1, terminating: false,
				paths: ["team/*"] }) } });
		const bins = new roles.SuccinctRoles({ keyIDs: [signers.ecdsa.id], threshold: 1, bitLength: 4, namePrefix: "bin" });
		const name = bins.getRoleForTarget("team/in-a-bin");

		team.addTarget(target("team/file", "by the team"));
		team.delegations = new delegations.Delegations({ keys: { [signers.ecdsa.id]: key(signers.ecdsa) }, succinctRoles: bins });
		bin.addTarget(target("team/in-a-bin", "in a bin"));
		const snapshot = new models.Snapshot({ ...common, meta: Object.fromEntries(["targets", "team", name]
			.map((role) => [`${role}.json`, new models.MetaFile({ version: 1 })])) });
		const timestamp = new models.Timestamp({ ...common, snapshotMeta: new models.MetaFile({ version: 1 }) });

		scene.repo.published = { root: [file(root, all)], timestamp: [file(timestamp, all)], snapshot: [file(snapshot, all)],
			targets: [file(targets, all)], team: [file(team, [signers.rsa])], [name]: [file(bin, [signers.ecdsa])] };
		for (const [path, data] of [["top", "at the top"], ["team/file", "by the team"], ["team/in-a-bin", "in a bin"]])
			scene.repo.artifacts[path] = { data: Buffer.from(data), hashes: { sha256: digest("sha256", data) } };
		assert.equal(await scene.init(scene.repo.published.root[0]), 0, scene.said);
		assert.equal(await scene.download(["top", "team/file", "team/in-a-bin"]), 0, scene.said);
		assert.deepEqual(scene.got.sort(), ["at the top", "by the team", "in a bin"]);
	} finally {
		await scene.close();
	}
});

const refused = [];

/** What both clients are shown, each from the first root on; before it, what they must find then: nothing when it must be
 * refused as a whole. */
const bends = {
	"nothing": [["top"], () => {}],
	"a new root": [["top"], (repo) => repo.publish("root", ...upper)],
	"new keys for the timestamp": [["top"], (repo) => { repo.rotate("timestamp"); repo.publish("root", ...upper); }],
	"a root that its old key did not sign": [refused, (repo) => { repo.rotate("root"); repo.publish("root"); }],
	"a timestamp that nobody signed": [refused, (repo) => { repo.signers.timestamp = []; repo.publish(...upper); }],
	"an expired snapshot": [refused, (repo) => { repo.snapshot.expires = when(-1); repo.publish(...upper); }],
	"a wrong digest of the targets": [refused, (repo) => {
		repo.withHashes = true;
		repo.publish("targets");
		repo.snapshot.meta["targets.json"].hashes.sha256 = digest("sha256", "x");
		repo.publish("snapshot", "timestamp");
	}],
	"another specification": [refused, (repo) => { repo.targets.spec_version = "2.0.0"; repo.publish(...upper); }],
	"a role that signs twice with one key": [refused, (repo) => {
		repo.root.roles.targets.threshold = 2;
		repo.signers.targets.push(...repo.signers.targets);
		repo.publish("root", ...upper);
	}],
	"a role of which one signature is missing": [refused, (repo) => { repo.root.roles.targets.threshold = 2; repo.publish("root", ...upper); }],
	"a threshold of 0": [refused, (repo) => { repo.root.roles.targets.threshold = 0; repo.publish("root", ...upper); }],
	"a delegation": [["top", "file"], (repo) => {
		repo.delegate("targets", "team");
		repo.addArtifact("team", "content", "file");
		repo.publish("team", ...upper);
	}],
	"a delegation to somebody else's key": [["top"], (repo) => {
		repo.delegate("targets", "team");
		repo.signers.team = [new Signer()];
		repo.addArtifact("team", "content", "file");
		repo.publish("team", ...upper);
	}],
	"a delegation that does not cover it": [["top"], (repo) => {
		repo.delegate("targets", "team", { paths: ["*.py"] });
		repo.addArtifact("team", "content", "file");
		repo.publish("team", ...upper);
	}],
	"fields that nobody knows": [["top"], (repo) => { repo.targets.more = { b: [1, "\u00e9"], a: "\"\\" }; repo.publish(...upper); }],
};

for (const [name, [finds, bend]] of Object.entries(bends))
	test(`both clients say the same of ${name}`, async () => {
		const scene = await Scene.open((repo) => {
			repo.addArtifact("targets", "at the top", "top");
			repo.publish(...upper);
		});

		try {
			assert.equal(await scene.init(), 0, scene.said);
			bend(scene.repo);
			const other = otherClient(scene.folder, scene.initialRoot, scene.base);
			const refreshed = await otherSays(() => other.refresh());

			assert.equal(refreshed, finds !== refused, "tuf-js");
			assert.equal(await scene.refresh() === 0, finds !== refused, scene.said);
			for (const path of ["top", "file", "nothing"]) {
				const found = await otherSays(async () => (await other.getTargetInfo(path)) !== undefined);

				assert.equal(found, finds.includes(path), `tuf-js: ${path}`);
				assert.equal(await scene.download(path) === 0, finds.includes(path), `${path}: ${scene.said}`);
			}
		} finally {
			await scene.close();
		}
	});
