// Goal of these tests: holdfast-tuf as a client of any repository: every check of the public conformance suite
// of The Update Framework, made again here, and what other clients got wrong.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { Scene, Signer, TOP_LEVEL, digest, when } from "./tuf_repository.mjs";

/** A test with a scene whose client trusts the first root, unless `begin` is false. */
function scenario(name, body, { prepare, begin = true } = {}) {
	test(name, async () => {
		const scene = await Scene.open(prepare);

		try {
			if (begin)
				assert.equal(await scene.init(), 0, scene.said);
			await body(scene, scene.repo);
		} finally {
			await scene.close();
		}
	});
}

const all = ["root", "targets", "snapshot", "timestamp"];
const upper = ["targets", "snapshot", "timestamp"];

// --- the first steps ---

scenario("the first refresh asks for four files in order and trusts them byte for byte", async (s, repo) => {
	repo.published.timestamp[0] = Buffer.concat([repo.published.timestamp[0], Buffer.from(" ")]);
	assert.equal(await s.refresh(), 0, s.said);
	assert.deepEqual(repo.asked, ["root:2", "timestamp", "snapshot:1", "targets:1"]);
	for (const role of TOP_LEVEL)
		assert.deepEqual(s.trusted(role), repo.published[role][0]);
});

scenario("a download refreshes first, and fails for what nobody has", async (s, repo) => {
	assert.equal(await s.download("nothing there"), 1);
	assert.deepEqual(repo.asked, ["root:2", "timestamp", "snapshot:1", "targets:1"]);
	assert.equal(s.versions, "root 1, snapshot 1, targets 1, timestamp 1");
});

for (const [what, change] of Object.entries({
	"without a version": (root) => delete root.signed.version,
	"with a signature of something else": (root) => root.signatures[0].sig = new Signer().sign("other"),
	"with a signature that is cut": (root) => root.signatures[0].sig = root.signatures[0].sig.slice(0, -2),
}))
	scenario(`a first root ${what} is refused, and nothing is asked for`, async (s, repo) => {
		const root = JSON.parse(s.initialRoot);

		change(root);
		assert.equal(await s.init(JSON.stringify(root)), 1);
		assert.equal(await s.refresh(), 1);
		assert.deepEqual(repo.asked, []);
	}, { begin: false });

scenario("init again with the same root is fine, with another it is refused", async (s, repo) => {
	assert.equal(await s.init(), 0);
	repo.publish("root");
	assert.equal(await s.init(repo.published.root[1]), 1);
	assert.deepEqual(s.trusted("root"), s.initialRoot);
});

scenario("wrong words are answered with status 1 and how it is used", async (s) => {
	for (const words of [[], ["init"], ["--metadata-dir", "x"], ["--metadata-dir", "x", "refresh"], ["--frob"],
		["--metadata-dir", "x", "--metadata-url", "u", "download"], ["--metadata-dir", "x", "init", "a", "b"]]) {
		assert.equal(await s.run(words), 1);
		assert.match(s.said, /usage: holdfast-tuf/);
	}
});

// --- signatures ---

for (const [role, trusted] of Object.entries({
	root: "root 1",
	timestamp: "root 2",
	snapshot: "root 2, timestamp 2",
	targets: "root 2, snapshot 2, timestamp 2",
})) {
	scenario(`${role} without its signature is refused, what comes before it is kept`, async (s, repo) => {
		repo.signers[role].pop();
		repo.publish(...all);
		assert.equal(await s.refresh(), 1);
		assert.equal(s.versions, trusted);
	});
	if (role !== "timestamp")
		scenario(`${role} under the address of another version is refused`, async (s, repo) => {
			repo.signed[role].version++;
			repo.publish(...all);
			if (role !== "root") {
				repo.signed[role === "targets" ? "snapshot" : "timestamp"].meta[`${role}.json`].version = 2;
				repo.published.timestamp.pop();
				repo.signed.timestamp.version = 2;
				repo.published.snapshot.pop();
				repo.published.snapshot.push(repo.seal("snapshot"));
				repo.published.timestamp.push(repo.seal("timestamp"));
			}
			assert.equal(await s.refresh(), 1);
			assert.equal(s.versions, trusted);
		});
}

const bad = {
	ed25519: "b61589620c287e23a00abf0e653421010a0ad33869e5a096d604e08d7b4f8eb9c58ebb8a02124576be776f86ab5a3b05dbb6f27cc47f4b144f32ba4012d4b302",
	ecdsa: "3046022100fa1f62d38e0f5c565fa23e5d230086258427d87f024c146071966deefde55468022100b3347b4bd9ba6701ca6cef949d04b5742394b9f8c4417933e5d4fa76c3ca3a98",
	rsa: "b1".repeat(256),
};
for (const [type, scheme] of [["ed25519", "ed25519"], ["ecdsa", "ecdsa-sha2-nistp256"], ["rsa", "rsassa-pss-sha256"],
	["rsa", "rsa-pkcs1v15-sha256"]])
	scenario(`keys of type ${type}, scheme ${scheme}, count, and wrong signatures of theirs do not`, async (s, repo) => {
		const signer = repo.addKey("root", new Signer(type, scheme));

		repo.root.roles.root.threshold = 2;
		repo.publish("root");
		assert.equal(await s.refresh(), 0, s.said);
		assert.equal(s.version("root"), 2);
		repo.publish("root");
		for (const sig of [bad[type], "", "zz", signer.sign("other"), signer.sign("other").slice(2)]) {
			const root = JSON.parse(repo.published.root[2]);

			root.signatures.find((one) => one.keyid === signer.id).sig = sig;
			repo.published.root[2] = Buffer.from(JSON.stringify(root));
			assert.equal(await s.refresh(), 1);
			assert.equal(s.version("root"), 2);
		}
	});

scenario("the threshold of the snapshot holds, whatever else the root lists", async (s, repo) => {
	repo.root.roles.snapshot.threshold = 3;
	repo.addKey("snapshot");
	repo.addKey("snapshot");
	repo.publish(...all);
	assert.equal(await s.refresh(), 0, s.said);
	repo.signers.snapshot.pop();
	repo.publish(...upper);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("snapshot"), 2);
	repo.listKey("snapshot", new Signer());
	repo.publish(...all);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("root"), 3);
	assert.equal(s.version("snapshot"), 2);
});

scenario("a threshold above the number of keys is never reached", async (s, repo) => {
	for (let i = 0; i < 4; i++)
		repo.addKey("snapshot");
	repo.root.roles.snapshot.threshold = 6;
	repo.publish(...all);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("root"), 2);
	assert.equal(s.version("snapshot"), undefined);
});

scenario("a key that is listed nine times counts once", async (s, repo) => {
	const signer = repo.addKey("snapshot");

	for (let i = 0; i < 8; i++)
		repo.listKey("snapshot", signer);
	repo.root.roles.snapshot.threshold = 6;
	repo.publish(...all);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("snapshot"), undefined);
});

for (const type of ["ed25519", "ecdsa", "rsa"])
	scenario(`the same ${type} key under two ids counts once`, async (s, repo) => {
		const signer = new Signer(type);

		repo.rotate("snapshot");
		repo.root.roles.snapshot.keyids = [];
		repo.signers.snapshot = [];
		repo.addKey("snapshot", signer);
		repo.addKey("snapshot", signer.twin({ comment: "another" }));
		repo.root.roles.snapshot.threshold = 2;
		repo.publish(...all);
		assert.equal(await s.refresh(), 1);
		assert.match(s.said, /1 of the 2 signatures/);
	});

scenario("a key under an id that is not its own is refused", async (s, repo) => {
	const signer = new Signer();

	signer.id = digest("sha256", "another");
	repo.addKey("root", signer);
	repo.publish("root");
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("root"), 1);
});

scenario("fields that nobody knows are part of what is signed, and change nothing", async (s, repo) => {
	repo.addKey("root", new Signer("ecdsa", undefined, { "extra-field": { a: 1, b: 2 } }));
	repo.rotate("snapshot");
	repo.root.roles.snapshot.keyids = [];
	repo.signers.snapshot = [];
	repo.addKey("snapshot", new Signer("ecdsa", undefined, { keyid_hash_algorithms: "md5" }));
	repo.root["custom-field"] = "value, \"quoted\\ and \u00e9";
	repo.root.roles.root["another-field"] = [null, true, { z: 1, a: 2 }];
	repo.publish(...all);
	assert.equal(await s.refresh(), 0, s.said);
	assert.equal(s.versions, "root 2, snapshot 2, targets 2, timestamp 2");
});

scenario("a snapshot that is signed by the timestamp's key is no timestamp", async (s, repo) => {
	repo.addKey("snapshot", repo.signers.timestamp[0]);
	repo.snapshot.meta = { "snapshot.json": { version: 1 } };
	repo.publish("root", "snapshot");
	repo.published.timestamp.push(repo.published.snapshot.pop());
	assert.equal(await s.refresh(), 1);
	assert.equal(s.versions, "root 2");
});

// --- rotations of keys: [keys, threshold, who signs] of each version; the last may fail ---

const r = (keys, threshold, sigs, good = true) => ({ keys, threshold, sigs, good });
const five = [0, 1, 2, 3, 4];
const rootRotations = {
	"one key for another": [r([1], 1, [1]), r([2], 1, [2, 1]), r([2], 1, [2])],
	"signatures of strangers": [r([1], 1, [3, 1, 4]), r([2], 1, [3, 2, 1, 4]), r([2], 1, [3, 2, 4])],
	"3 of 5 in any combination": [r(five, 3, [0, 2, 4]), r(five, 3, [0, 4, 1]), r(five, 3, [0, 1, 3]), r(five, 3, [0, 1, 3])],
	"one of five": [r(five, 3, [0, 2, 4]), r([0, 1, 3, 4, 5], 3, [0, 4, 1])],
	"one of five, step by step": [r(five, 3, [0, 2, 4]), r([0, 1, 3, 4, 5], 3, [0, 2, 4, 5]), r([0, 1, 3, 4, 5], 3, [0, 4, 5])],
	"all of five": [r(five, 3, [0, 2, 4]), r([5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]), r([5, 6, 7, 8, 9], 3, [5, 6, 7])],
	"threshold from 1 to 2 of 3": [r([1, 2, 3], 1, [1]), r([1, 2, 3], 2, [1, 2])],
	"threshold from 2 to 1 of 3": [r([1, 2, 3], 2, [1, 2]), r([1, 2, 3], 1, [1, 2]), r([1, 2, 3], 1, [1])],
	"threshold from 1 of 1 to 2 of 2": [r([1], 1, [1]), r([1, 2], 2, [1, 2])],
	"not signed by the old key": [r([1], 1, [1]), r([2], 1, [2, 3, 4], false)],
	"not signed by the new key": [r([1], 1, [1]), r([2], 1, [1, 3, 4], false)],
	"not by 3 new keys": [r(five, 3, [0, 2, 4]), r([0, 1, 3, 4, 5], 3, [0, 2, 4], false)],
	"not by 3 old keys": [r(five, 3, [0, 2, 4]), r([0, 1, 3, 4, 5], 3, [0, 4, 5], false)],
	"the new threshold is not reached": [r([1, 2, 3], 1, [1]), r([1, 2, 3], 2, [2], false)],
	"the old threshold is not reached": [r([1, 2, 3], 2, [1, 2]), r([1, 2, 3], 1, [1], false)],
};
const otherRotations = {
	"one key for another": r([2], 1, [2]),
	"signatures of strangers": r([1], 1, [3, 1, 4]),
	"not signed by the new key": r([2], 1, [1, 3, 4], false),
	"not by 3 of its keys": r([0, 1, 3, 4, 5], 3, [0, 2, 4], false),
	"one signature too few": r([0, 1, 3, 4, 5], 3, [0, 4], false),
	"3 of 5, the first": r(five, 3, [0, 2, 4]),
	"3 of 5, the last": r(five, 3, [2, 3, 4]),
};
const signers = Array.from({ length: 10 }, () => new Signer("ed25519"));

function setKeys(repo, role, { keys, threshold, sigs }) {
	repo.root.roles[role] = { keyids: [], threshold };
	repo.signers[role] = sigs.map((i) => signers[i]);
	for (const i of keys)
		repo.listKey(role, signers[i]);
}

for (const [name, versions] of Object.entries(rootRotations))
	scenario(`root rotation: ${name}`, async (s, repo) => {
		delete repo.published.root;
		for (const version of versions) {
			setKeys(repo, "root", version);
			repo.publish("root");
		}
		assert.equal(await s.init(repo.published.root[0]), 0, s.said);
		assert.equal(await s.refresh(), versions.at(-1).good ? 0 : 1);
		assert.deepEqual(s.trusted("root"), repo.published.root.at(versions.at(-1).good ? -1 : -2));
	}, { begin: false });

for (const [name, version] of Object.entries(otherRotations))
	scenario(`rotation of the other roles: ${name}`, async (s, repo) => {
		for (const role of ["timestamp", "snapshot", "targets"]) {
			setKeys(repo, role, version);
			repo.publish(...all);
			assert.equal(await s.refresh(), version.good ? 0 : 1);
			if (version.good)
				assert.deepEqual(s.trusted(role), repo.published[role].at(-1));
		}
	});

// --- expiry ---

scenario("an expired root is kept, and nothing else is taken", async (s, repo) => {
	assert.equal(await s.refresh(), 0);
	repo.root.expires = when(-1);
	repo.publish(...all);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.versions, "root 2, snapshot 1, targets 1, timestamp 1");
	repo.root.expires = when(30);
	repo.publish("root");
	assert.equal(await s.refresh(), 0, s.said);
	assert.equal(s.versions, "root 3, snapshot 2, targets 2, timestamp 2");
});

for (const [role, trusted] of Object.entries({ timestamp: [1, 1, 1], snapshot: [2, 1, 1], targets: [2, 2, 1] }))
	scenario(`an expired ${role} is not taken`, async (s, repo) => {
		assert.equal(await s.refresh(), 0);
		repo.signed[role].expires = when(-5);
		repo.publish(...upper);
		assert.equal(await s.refresh(), 1);
		assert.deepEqual(["timestamp", "snapshot", "targets"].map((one) => s.version(one)), trusted);
	});

scenario("the clock is the C library's, and what is trusted expires by it", async (s, repo) => {
	repo.root.expires = when(7);
	repo.publish("root");
	assert.equal(await s.refresh(), 0);
	assert.equal(await s.refresh(Date.now() + 8 * 86400000), 1);
});

scenario("what is trusted and expired still leads to what is new", async (s, repo) => {
	repo.timestamp.expires = when(7);
	repo.publish("timestamp");
	assert.equal(await s.refresh(), 0);
	repo.publish("targets", "snapshot");
	repo.timestamp.expires = when(21);
	repo.publish("timestamp");
	assert.equal(await s.refresh(Date.now() + 18 * 86400000), 0, s.said);
	assert.equal(s.versions, "root 1, snapshot 2, targets 2, timestamp 3");
});

// --- versions ---

scenario("another timestamp of the same version is not taken", async (s, repo) => {
	assert.equal(await s.refresh(), 0);
	repo.timestamp.meta["snapshot.json"].version = 100;
	delete repo.published.timestamp;
	repo.publish("timestamp");
	assert.equal(await s.refresh(), 0);
	assert.equal(repo.asked.at(-1), "timestamp");
	assert.equal(JSON.parse(s.trusted("timestamp")).signed.meta["snapshot.json"].version, 1);
});

scenario("newer files that nobody lists are not asked for", async (s, repo) => {
	assert.equal(await s.refresh(), 0);
	repo.publish("targets", "snapshot");
	assert.equal(await s.refresh(), 0);
	assert.equal(s.version("targets"), 1);
	assert.equal(repo.asked.at(-1), "timestamp");
});

scenario("a lower timestamp is refused", async (s, repo) => {
	repo.publish("timestamp");
	assert.equal(await s.refresh(), 0);
	repo.published.timestamp.push(repo.published.timestamp[0]);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("timestamp"), 2);
});

for (const hashes of [false, true]) {
	scenario(`a timestamp that goes back to an older snapshot is refused, hashes: ${hashes}`, async (s, repo) => {
		repo.withHashes = hashes;
		repo.publish("targets", "snapshot", "timestamp");
		assert.equal(await s.refresh(), 0);
		repo.timestamp.meta["snapshot.json"] = { version: 1 };
		repo.publish("timestamp");
		assert.equal(await s.refresh(), 1);
		assert.equal(s.versions, "root 1, snapshot 2, targets 2, timestamp 2");
		assert.equal(repo.asked.at(-1), "timestamp");
	});
	scenario(`a snapshot that goes back to older targets is refused, hashes: ${hashes}`, async (s, repo) => {
		repo.withHashes = hashes;
		repo.publish("targets", "snapshot", "timestamp");
		assert.equal(await s.refresh(), 0);
		repo.snapshot.meta["targets.json"] = { version: 1 };
		repo.publish("snapshot", "timestamp");
		assert.equal(await s.refresh(), 1);
		assert.equal(s.versions, "root 1, snapshot 2, targets 2, timestamp 3");
	});
}

scenario("a snapshot that drops a role is refused", async (s, repo) => {
	repo.delegate("targets", "team");
	repo.publish("team", ...upper);
	assert.equal(await s.refresh(), 0);
	delete repo.snapshot.meta["team.json"];
	repo.publish("snapshot", "timestamp");
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("snapshot"), 2);
});

for (const [role, rotated] of Object.entries({ timestamp: ["timestamp"], snapshot: ["snapshot", "timestamp"], targets: ["snapshot"] }))
	scenario(`after a fast-forward of ${role} new keys make low versions good again`, async (s, repo) => {
		for (let i = 0; i < 99; i++)
			repo.publish(role);
		repo.publish("snapshot", "timestamp");
		assert.equal(await s.refresh(), 0, s.said);
		const high = s.version(role);

		assert.ok(high >= 100);
		for (const one of rotated)
			repo.rotate(one);
		repo.publish("root");
		for (const one of [...rotated, role]) {
			delete repo.published[one];
			repo.signed[one].version = 1;
		}
		repo.publish(...new Set([role, "snapshot", "timestamp"]));
		assert.equal(await s.refresh(), 0, s.said);
		assert.ok(s.version(role) < 3);
	});

for (const [role, trusted] of Object.entries({ snapshot: "root 1, snapshot 1, targets 1, timestamp 2",
	targets: "root 1, snapshot 2, targets 1, timestamp 2" }))
	scenario(`a ${role} that is listed and missing fails, and what lists it is kept`, async (s, repo) => {
		assert.equal(await s.refresh(), 0);
		(role === "snapshot" ? repo.timestamp : repo.snapshot).meta[`${role}.json`].version++;
		if (role === "targets")
			repo.publish("snapshot");
		repo.publish("timestamp");
		assert.equal(await s.refresh(), 1);
		assert.equal(repo.asked.at(-1), `${role}:2`);
		assert.equal(s.versions, trusted);
	});

scenario("a timestamp that is missing fails", async (s, repo) => {
	assert.equal(await s.refresh(), 0);
	delete repo.published.timestamp;
	assert.equal(await s.refresh(), 1);
	assert.equal(repo.asked.at(-1), "timestamp");
});

scenario("a root that skips a version is refused", async (s, repo) => {
	repo.publish("root");
	repo.publish("root");
	repo.published.root[1] = repo.published.root[2];
	assert.equal(await s.refresh(), 1);
	assert.equal(s.versions, "root 1");
});

scenario("metadata is compared with the digests that list it", async (s, repo) => {
	repo.withHashes = true;
	repo.publish(...upper);
	assert.equal(await s.refresh(), 0, s.said);
	repo.publish("targets");
	repo.snapshot.meta["targets.json"].hashes.sha256 = digest("sha256", "other");
	repo.publish("snapshot", "timestamp");
	assert.equal(await s.refresh(), 1);
	assert.equal(s.versions, "root 1, snapshot 3, targets 2, timestamp 3");
});

scenario("metadata that is longer than listed is cut off and refused", async (s, repo) => {
	repo.withHashes = true;
	repo.publish(...upper);
	repo.published.targets[1] = Buffer.concat([repo.published.targets[1], Buffer.alloc(1000, " ")]);
	assert.equal(await s.refresh(), 1);
	assert.equal(s.version("targets"), undefined);
	repo.published.timestamp.push(Buffer.alloc(1 << 20, " "));
	assert.equal(await s.refresh(), 1);
});

// What else lies in the folder of trust is not taken for more than it is.
scenario("trusted files that somebody changed are fetched again", async (s, repo) => {
	assert.equal(await s.refresh(), 0);
	for (const role of ["timestamp", "snapshot", "targets"])
		writeFileSync(join(s.metadata, `${role}.json`), "{}");
	mkdirSync(join(s.metadata, "more"));
	assert.equal(await s.refresh(), 0, s.said);
	assert.equal(s.version("targets"), 1);
	assert.deepEqual(readdirSync(s.metadata), ["more", "root.json", "snapshot.json", "targets.json", "timestamp.json"]);
	assert.deepEqual(repo.asked.slice(-3), ["timestamp", "snapshot:1", "targets:1"]);
});
