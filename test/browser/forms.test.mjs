// Goal of this test: every form of every page, found by walking from page to page, takes what is missing, huge, hostile
// and repeated without an error of ours; nothing of it becomes markup, a header, or a way to another site; and the
// server is as it was.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Community } from "../e2e/community_stand_in.mjs";
import { abuseForms, allForms, walkPages } from "../e2e/form_walker.mjs";
import { ask } from "../e2e/http.mjs";
import { Scene, Server } from "../e2e/lib.mjs";
import { Visitor } from "../e2e/visitor.mjs";

let scene, server;

before(async () => {
	scene = new Scene();
	const community = await new Community().start(scene);

	server = await new Server(scene, { args: ["--proxy", "127.0.0.1", "--community-url", community.url] }).start();
});

after(() => scene.close());

/** The forms of pages as they are now for whoever is at them: their guards belong to the visitor. */
async function formAsSeenBy(visitor, form) {
	const { text } = await visitor.ask("GET", form.page);

	for (const seen of allForms(new Map([[form.page, text]])))
		if (seen.method === form.method && seen.action.split("/").length === form.action.split("/").length &&
			Object.keys(seen.fields).join() === Object.keys(form.fields).join())
			Object.assign(form.fields, seen.fields);
	return visitor;
}

async function isUnharmed() {
	assert.equal((await ask("GET", server.at("healthz"))).status, 200);
	const { intact, broken_at } = await server.verifyLog();

	assert.ok(intact, `broken at ${broken_at}`);
}

test("the support site's forms", async () => {
	const visitor = new Visitor(server, { roaming: true });
	const starts = ["/support", "/support/contact?device=x&reference=HF-0000-0000&article=HF-1"];
	const forms = allForms(await walkPages(visitor, starts, { below: ["/support"] }));
	const voter = await formAsSeenBy(visitor, forms.find(({ action }) => action.endsWith("/feedback")));

	// Behind the vote there is one more.
	await voter.post("/support/HF-1002/feedback", { ...forms.find(({ action }) => action.endsWith("/feedback")).fields });
	forms.push(...allForms(await walkPages(voter, ["/support/HF-1002/comment"])).filter(({ action }) => /comment$/.test(action)));
	assert.deepEqual([...new Set(forms.map(({ action }) => action.replace(/HF-\d+/, "{id}")))].sort(), ["/support/community",
		"/support/contact", "/support/search", "/support/{id}/comment", "/support/{id}/feedback"]);
	const count = await abuseForms(forms, () => visitor);

	assert.ok(count > 200, `${count}`);
	await isUnharmed();
	assert.equal((await visitor.get("/support/HF-1002")).status, 200);
});
