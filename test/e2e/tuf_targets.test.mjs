// Goal of these tests: targets and delegations as holdfast-tuf finds and fetches them, from any repository: the
// rest of the public conformance suite's checks, made again here, and what is around them.

import assert from "node:assert/strict";
import { readdirSync, symlinkSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Scene, Signer, digest, when } from "./tuf_repository.mjs";

const upper = ["targets", "snapshot", "timestamp"];
const first = 4;	// what a refresh asks for before any delegation

function scenario(name, body, { prepare } = {}) {
	test(name, async () => {
		const scene = await Scene.open(prepare);

		try {
			assert.equal(await scene.init(), 0, scene.said);
			await body(scene, scene.repo);
		} finally {
			await scene.close();
		}
	});
}

// --- files ---

for (const path of ["file.txt", "path/to/a/file.txt", "a name with spaces", "100%?#&+.txt", "d\u00e9j\u00e0/vu"])
	scenario(`the target "${path}" is fetched`, async (s, repo) => {
		repo.addArtifact("targets", "content", path);
		repo.publish(...upper);
		assert.equal(await s.refresh(), 0);
		assert.deepEqual(s.got, []);
		assert.equal(await s.download(path), 0, s.said);
		assert.deepEqual(s.got, ["content"]);
		assert.deepEqual(readdirSync(s.downloads), [encodeURIComponent(path)]);
		assert.deepEqual(repo.askedTargets, [`${path} ${digest("sha256", "content")}`]);
		assert.equal(await s.download(path), 0);
		assert.equal(repo.askedTargets.length, 1, "what is there is not fetched again");
	});

for (const path of ["../escape", "a/../../escape", "/etc/escape", "a//b", "."])
	scenario(`the target "${path}" is refused, though it is signed`, async (s, repo) => {
		repo.addArtifact("targets", "content", path);
		repo.publish(...upper);
		assert.equal(await s.download(path), 1);
		assert.deepEqual(repo.askedTargets, []);
		assert.deepEqual(s.got, []);
	});

for (const hashes of [["sha256"], ["sha512"], ["sha256", "sha512"]])
	scenario(`digests ${hashes.join(" and ")} are compared`, async (s, repo) => {
		repo.addArtifact("targets", "content", "file", hashes);
		repo.publish(...upper);
		assert.equal(await s.download("file"), 0, s.said);
		assert.deepEqual(s.got, ["content"]);
		for (const kind of hashes) {
			repo.addArtifact("targets", "better content", "file", hashes);
			repo.targets.targets.file.hashes[kind] = digest(kind, "other");
			repo.publish(...upper);
			assert.equal(await s.download("file"), 1);
			assert.deepEqual(s.got, ["content"]);
		}
	});

scenario("a target with digests of an unknown kind only is refused", async (s, repo) => {
	repo.addArtifact("targets", "content", "file");
	repo.targets.targets.file.hashes = { "unknown-hash": digest("sha512", "content") };
	repo.publish(...upper);
	assert.equal(await s.download("file"), 1);
	assert.deepEqual(s.got, []);
});

scenario("a file that was put in place of the target is not kept", async (s, repo) => {
	repo.addArtifact("targets", "content 1", "one");
	repo.addArtifact("targets", "content 2", "two");
	repo.publish(...upper);
	assert.equal(await s.download("one"), 0);
	for (const malice of ["malicious data that is longer", "malice"]) {
		repo.artifacts.one.data = Buffer.from(malice);
		repo.artifacts.two.data = Buffer.from(malice);
		await s.download("one");
		assert.deepEqual(s.got, ["content 1"]);
		assert.equal(await s.download("two"), 1);
		assert.deepEqual(s.got, ["content 1"]);
	}
});

scenario("a target that changes again and again is replaced under its name", async (s, repo) => {
	const want = ["content"];

	repo.addArtifact("targets", "content", "file");
	repo.publish(...upper);
	assert.equal(await s.download("file"), 0);
	for (let i = 0; i <= 10; i++) {
		repo.addArtifact("targets", `changed ${i}`, "file");
		repo.addArtifact("targets", `new ${i}`, `new-${i}`);
		repo.publish(...upper);
		if (i % 5 !== 0)
			continue;
		assert.equal(await s.download("file"), 0, s.said);
		want.splice(want.findIndex((one) => !one.startsWith("new")), 1);
		want.push(`changed ${i}`);
		assert.equal(await s.download(`new-${i}`), 0);
		want.push(`new ${i}`);
		assert.deepEqual(s.got, want);
		repo.artifacts.file.data = Buffer.from("malice");
		repo.publish(...upper);
		await s.download("file");
		assert.deepEqual(s.got, want);
	}
});

scenario("several targets in one run; what came before a failure stays", async (s, repo) => {
	repo.addArtifact("targets", "1", "one");
	repo.addArtifact("targets", "2", "two");
	repo.publish(...upper);
	assert.equal(await s.download(["one", "nothing", "two"]), 1);
	assert.deepEqual(s.got, ["1"]);
	assert.equal(await s.download(["one", "two"]), 0);
	assert.deepEqual(s.got, ["1", "2"]);
	assert.equal(repo.asked.filter((one) => one === "timestamp").length, 2);
});

scenario("a link in the folder of downloads leads nowhere", async (s, repo) => {
	writeFileSync(join(s.folder, "precious"), "mine");
	symlinkSync(join(s.folder, "precious"), join(s.downloads, "file"));
	repo.addArtifact("targets", "content", "file");
	repo.publish(...upper);
	assert.equal(await s.download("file"), 0);
	assert.equal(readFileSync(join(s.folder, "precious"), "utf8"), "mine");
	assert.equal(readFileSync(join(s.downloads, "file"), "utf8"), "content");
});

scenario("without consistent snapshots neither version nor digest is in an address", async (s, repo) => {
	repo.root.consistent_snapshot = false;
	repo.addArtifact("targets", "content", "dir/file");
	for (const role of ["role1", "..", "."])
		repo.delegate("targets", role);
	repo.publish("root", "role1", "..", ".", ...upper);
	assert.equal(await s.download("dir/file"), 0, s.said);
	assert.equal(await s.download("missing"), 1);
	assert.deepEqual(repo.askedTargets, ["dir/file undefined"]);
	assert.deepEqual(repo.asked.slice(-3), ["role1", "..", "."]);
});

// --- delegations: [from, to, options]; who is looked at, in order, for "missingpath" ---

const graphs = {
	"one": [[["targets", "A"]], "A"],
	"two beside each other": [[["targets", "A"], ["targets", "B"]], "A B"],
	"two levels": [[["targets", "A"], ["targets", "B"], ["B", "C"]], "A B C"],
	"two levels, depth first": [[["targets", "A"], ["targets", "B"], ["A", "C"], ["A", "D"]], "A C D B"],
	"three levels, depth first": [[["targets", "A"], ["targets", "B"], ["A", "C"], ["C", "D"]], "A C D B"],
	"a terminating one ends it for those behind it": [[["targets", "A"], ["targets", "B"],
		["A", "C", { terminating: true }], ["A", "D"]], "A C"],
	"a terminating one does not end it for those below it": [[["targets", "A"], ["targets", "B"],
		["A", "C", { terminating: true }], ["C", "D"]], "A C D"],
	"a terminating one that does not cover the path ends nothing": [[["targets", "A", { terminating: true, paths: ["*.py"] }],
		["targets", "B"]], "B"],
	"a path that does not fit at the first level": [[["targets", "A", { paths: ["*.py"] }], ["targets", "B"], ["A", "C"]], "B"],
	"a path that does not fit at the second level": [[["targets", "A"], ["targets", "B"],
		["A", "C", { paths: ["*.py"] }], ["C", "D"]], "A B"],
	"a circle": [[["targets", "A"], ["targets", "B"], ["B", "C"], ["C", "D"], ["D", "B"]], "A B C D"],
	"two ways to one": [[["targets", "A"], ["targets", "B"], ["B", "C"], ["A", "C"]], "A C B"],
	"two ways to one, the first not for this path": [[["targets", "A"], ["targets", "B"], ["B", "C"],
		["A", "C", { paths: ["*.py"] }]], "A B C"],
	"by the path's digest": [[["targets", "A", { prefixes: ["00", digest("sha256", "missingpath").slice(0, 3)] }],
		["targets", "B", { prefixes: ["ff"] }]], "A"],
};

for (const [name, [delegations, order]] of Object.entries(graphs))
	scenario(`delegations: ${name}`, async (s, repo) => {
		const known = new Map();

		for (const [from, to, options] of delegations)
			known.set(to, repo.delegate(from, to, { signer: known.get(to), ...options }));
		repo.publish(...known.keys(), ...upper);
		assert.equal(await s.download("missingpath"), 1);
		assert.deepEqual(repo.asked.slice(first), order.split(" ").map((role) => `${role}:1`));
		for (const role of order.split(" "))
			assert.deepEqual(s.trusted(role), repo.published[role][0]);
	});

for (const [path, found, order] of [["targetfile", true, ""], ["README.md", true, "A"], ["releases/x/x_v1", true, "B C"],
	["releases/y/y_v1.zip", true, "B D"], ["releases/z/z_v1.zip", false, "B"]])
	scenario(`a tree of delegations: ${path}`, async (s, repo) => {
		repo.delegate("targets", "A", { paths: ["*.doc", "*.md"] });
		repo.delegate("targets", "B", { paths: ["releases/*/*"] });
		repo.delegate("B", "C", { paths: ["releases/x/*"] });
		repo.delegate("B", "D", { paths: ["releases/y/*.zip"] });
		repo.addArtifact("targets", "top", "targetfile");
		repo.addArtifact("A", "README by A", "README.md");
		repo.addArtifact("C", "x by C", "releases/x/x_v1");
		repo.addArtifact("D", "y by D", "releases/y/y_v1.zip");
		repo.addArtifact("D", "z by D", "releases/z/z_v1.zip");
		repo.publish("A", "B", "C", "D", ...upper);
		assert.equal(await s.download(path), found ? 0 : 1);
		assert.deepEqual(s.got, found ? [repo.artifacts[path].data.toString()] : []);
		assert.deepEqual(repo.asked.slice(first).join(" "), order.replace(/(\w)/g, "$1:1"));
	});

for (const [bits, path, bin] of [[1, "boo", "bin-0"], [1, "too", "bin-1"], [2, "coo", undefined], [8, "bar", "bin-fc"]])
	scenario(`succinct delegations of ${bits} bits lead "${path}" to one bin`, async (s, repo) => {
		const roles = repo.delegateBins("targets", bits, "bin");
		const number = parseInt(digest("sha256", path).slice(0, 8), 16) >>> (32 - bits);
		const want = `bin-${number.toString(16).padStart(Math.ceil(bits / 4), "0")}`;

		if (bin !== undefined && bits === 8)
			assert.equal(want, bin);
		repo.addArtifact(want, "in the bin", path);
		repo.publish(...roles, ...upper);
		assert.equal(await s.download(path), 0, s.said);
		assert.deepEqual(s.got, ["in the bin"]);
		assert.deepEqual(repo.asked.slice(first), [`${want}:1`]);
	});

for (const role of ["?", "#", "/delegatedrole", "../delegatedrole", "..", "a b", "\u00e9", "%2e"])
	scenario(`a role named "${role}" is asked for and kept with its name escaped`, async (s, repo) => {
		let url;
		const answer = s.answer.bind(s);

		s.answer = (request, reply) => {
			url = request.url;
			answer(request, reply);
		};
		repo.delegate("targets", role);
		repo.publish(role, ...upper);
		assert.equal(await s.download("missing"), 1);
		assert.equal(url, `/metadata/1.${encodeURIComponent(role)}.json`);
		assert.equal(readdirSync(s.metadata).length, 5);
		assert.equal(readdirSync(s.folder).length, 3);
	});

for (const role of ["root", "timestamp", "snapshot", "targets", ""])
	scenario(`nothing can be delegated to a role named "${role}"`, async (s, repo) => {
		repo.targets.delegations = { keys: {}, roles: [{ name: role, keyids: [], threshold: 1, terminating: false, paths: ["*"] }] };
		repo.publish(...upper);
		assert.equal(await s.download("missing"), 1);
		assert.equal(repo.asked.length, first);
	});

// --- what a delegated role may not do ---

scenario("a delegated role that is expired is not trusted", async (s, repo) => {
	repo.delegate("targets", "team", { paths: ["path/*"] });
	repo.signed.team.expires = when(-1);
	repo.addArtifact("team", "content", "path/target");
	repo.publish("team", ...upper);
	assert.equal(await s.refresh(), 0);
	assert.equal(await s.download("path/target"), 1);
	assert.deepEqual(s.got, []);
	assert.equal(s.version("team"), undefined);
});

scenario("a delegated role that expires meanwhile is used no more, until there is a newer one", async (s, repo) => {
	const later = Date.now() + 18 * 86400000;

	repo.delegate("targets", "team", { paths: ["path/*"] });
	repo.signed.team.expires = when(7);
	repo.addArtifact("team", "first", "path/first");
	repo.addArtifact("team", "second", "path/second");
	repo.publish("team", ...upper);
	assert.equal(await s.download("path/first"), 0, s.said);
	assert.equal(await s.download("path/second", later), 1);
	assert.deepEqual(s.got, ["first"]);
	repo.signed.team.expires = when(21);
	repo.publish("team", "snapshot", "timestamp");
	assert.equal(await s.download("path/second", later), 0, s.said);
	assert.deepEqual(s.got, ["first", "second"]);
});

scenario("a delegated role that is trusted is verified again for each delegator", async (s, repo) => {
	const forA = new Signer(), forB = new Signer();

	repo.delegate("targets", "A", { paths: ["a/*"] });
	repo.delegate("targets", "B", { paths: ["b/*"] });
	repo.delegate("A", "C", { paths: ["a/*"], signer: forA });
	repo.delegate("B", "C", { paths: ["b/*"], signer: forB });
	repo.signers.C = [forA];
	repo.addArtifact("C", "for a", "a/file");
	repo.addArtifact("C", "for b", "b/file");
	repo.publish("A", "B", "C", ...upper);
	assert.equal(await s.download("a/file"), 0, s.said);
	assert.equal(await s.download("b/file"), 1);
	assert.deepEqual(s.got, ["for a"]);
	repo.targets.delegations.roles = repo.targets.delegations.roles.filter((one) => one.name !== "A");
	repo.publish(...upper);
	assert.equal(await s.download("a/file2"), 1);
});

for (const [what, spoil] of Object.entries({
	"signed by another key": (repo) => repo.signers.team = [new Signer()],
	"not signed": (repo) => repo.signers.team = [],
	"of another version": (repo) => repo.signed.team.version = 7,
	"of another type": (repo) => repo.signed.team._type = "snapshot",
	"not listed by the snapshot": (repo) => delete repo.snapshot.meta["team.json"],
	"with another digest": (repo) => repo.snapshot.meta["team.json"].hashes = { sha256: digest("sha256", "x") },
	"longer than listed": (repo) => repo.snapshot.meta["team.json"].length = 10,
	"missing": (repo) => repo.published.team = [],
}))
	scenario(`a delegated role that is ${what} ends the search`, async (s, repo) => {
		repo.delegate("targets", "team");
		repo.delegate("targets", "other");
		repo.addArtifact("team", "content", "file");
		repo.addArtifact("other", "content", "file");
		if (/signed|type/.test(what) && what !== "not listed by the snapshot")
			spoil(repo);
		repo.publish("team", "other");
		if (!/signed|type/.test(what) || what === "not listed by the snapshot") {
			spoil(repo);
			if (what === "of another version")
				repo.published.team = [repo.seal("team")];
		}
		repo.publish(...upper);
		assert.equal(await s.download("file"), 1);
		assert.deepEqual(s.got, []);
		assert.equal(s.version("team"), undefined);
	});

scenario("a delegation needs its threshold, and a key under two ids counts once", async (s, repo) => {
	const signer = new Signer(), twin = signer.twin({ more: 1 });
	const d = () => repo.targets.delegations;

	repo.delegate("targets", "team", { threshold: 2, signer });
	d().keys[twin.id] = twin.key;
	d().roles[0].keyids.push(twin.id);
	repo.signers.team = [signer, twin];
	repo.addArtifact("team", "content", "file");
	repo.publish("team", ...upper);
	assert.equal(await s.download("file"), 1);
	assert.match(s.said, /1 of the 2 signatures/);
});

scenario("a search ends after 32 roles", async (s, repo) => {
	const roles = Array.from({ length: 40 }, (_, i) => `r${i}`);
	const signer = new Signer("ed25519");

	for (const role of roles)
		repo.delegate("targets", role, { signer });
	repo.addArtifact("r31", "in the 32nd", "near");
	repo.addArtifact("r32", "in the 33rd", "far");
	repo.publish(...roles, ...upper);
	assert.equal(await s.download("near"), 0, s.said);
	assert.equal(await s.download("far"), 1);
	assert.match(s.said, /first 32 roles/);
});

scenario("targets metadata may have up to 2 MiB, and not more", async (s, repo) => {
	repo.addArtifact("targets", "content", "file");
	repo.targets.filler = "x".repeat(1900000);
	repo.publish(...upper);
	assert.equal(await s.download("file"), 0, s.said);
	repo.targets.filler = "x".repeat(2200000);
	repo.publish(...upper);
	assert.equal(await s.download("file"), 1);
	assert.equal(s.version("targets"), 2);
});
