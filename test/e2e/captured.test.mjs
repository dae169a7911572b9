// Goal of this test: code that runs in one of the server's processes reaches that process's own files and
// nothing of the others', although all of them run as one user.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { Captured } from "./faults.mjs";
import { Publisher, Scene, Server, until } from "./lib.mjs";
import { eicarSource } from "./samples.mjs";

const own = {
	"holdfast-web": ["store", "repo"],
	"holdfast-signer": ["key", "epoch"],
	"holdfast-courier": ["network", "etc"],
	"holdfast-clerk": ["store"],
	// The parent runs the vendor's commands and reads nothing from the network: it is not confined.
};

test("a captured process of the server opens its own files, and none of its siblings'", async (t) => {
	const scene = Scene.of(t);
	const publisher = await new Publisher(scene).makeKeys();

	await publisher.release("first", eicarSource());
	const state = scene.path("server");
	const files = { store: join(state, "store", "store.db"), key: join(state, "keys", "lease.key"),
		epoch: join(publisher.keys, "epochs"), repo: publisher.repo, root: join(publisher.keys, "root.json"),
		etc: "/etc/hosts", home: "/root" };
	const captured = await Captured.in(scene, Object.values(files));

	t.after(() => captured.close());
	const server = await new Server(scene, { publisher, env: captured.env }).start();
	const seen = await until("every process was captured", () => {
		const found = captured.readLog(scene.log(server.name));

		return Object.keys(own).every((program) => found[program]?.network !== undefined) && found;
	});

	if (scene.log(server.name).includes("has no Landlock")) {
		t.skip("this kernel has no Landlock");
		return;
	}
	// Landlock refuses TCP from Linux 6.7 on; before, each process says at its start that it cannot.
	const knowsTcp = !scene.log(server.name).includes("knows no TCP");

	for (const [program, reaches] of Object.entries(own)) {
		const may = knowsTcp ? reaches : [...new Set([...reaches, "network"])];
		const got = Object.entries({ ...files, network: "network" })
			.filter(([, path]) => seen[program][path] === "opened").map(([name]) => name);

		assert.deepEqual(got.sort(), may.sort(), program);
	}
});
