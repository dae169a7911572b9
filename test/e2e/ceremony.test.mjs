// Goal of this test: the ceremony of an offline root works word for word as doc/updates.md describes it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { buildFolder } from "./lib.mjs";
import { run } from "./processes.mjs";

const text = readFileSync(fileURLToPath(new URL("../../doc/updates.md", import.meta.url)), "utf8");
const steps = [...text.matchAll(/```sh\n([^]*?)```/g)].map((found) => found[1]);

test("the documented ceremony makes, parts, rotates and publishes keys", async () => {
	const cwd = mkdtempSync(join(tmpdir(), "hfc-"));
	const env = { PATH: `${join(buildFolder, "src/prog/publish")}:${join(buildFolder, "src/prog/tuf")}:${process.env.PATH}` };
	const sh = (script) => run("bash", ["-euc", script], { cwd, env });
	const good = async (script) => {
		const result = await sh(script);

		assert.equal(result.status, 0, `${script}\n${result.err}`);
		return result;
	};

	try {
		writeFileSync(join(cwd, "passphrase"), "correct horse battery staple\n");
		writeFileSync(join(cwd, "a.hdb"), `${"ab".repeat(16)}:7:Test.Hash\n`);
		assert.equal(steps.length, 5);
		await good(steps[0]);
		await good(steps[1]);
		await good("holdfast-publish build -o db.hfdb a.hdb");
		assert.equal((await sh("holdfast-publish release --keys keys --repo repo db.hfdb")).status, 1);
		await good("holdfast-publish release --keys keys --repo repo --passphrase-file passphrase db.hfdb");
		await good("holdfast-tuf --metadata-dir device init keys/root.json");
		await good(steps[2]);
		assert.match((await sh(steps[4])).err, /0 of the 3 signatures/);
		await good(steps[3]);
		await good(steps[4]);
		const { out } = await good("ls repo/metadata");

		for (const name of ["1.root.json", "2.root.json", "2.targets.json", "2.snapshot.json", "timestamp.json"])
			assert.match(out, new RegExp(`^${name.replace(".", "\\.")}$`, "m"));
		// The old targets keys make no release any more; the new ones do.
		await good("mkdir old && mv keys/targets-[123].key old/");
		await good("holdfast-publish release --keys keys --repo repo --passphrase-file passphrase db.hfdb");
		await good("mv keys/targets-*.key . && mv old/targets-*.key keys/");
		const refused = await sh("holdfast-publish release --keys keys --repo repo --passphrase-file passphrase db.hfdb");

		assert.match(refused.err, /0 of the 2 keys that must sign targets metadata/);
	} finally {
		rmSync(cwd, { recursive: true });
	}
});
