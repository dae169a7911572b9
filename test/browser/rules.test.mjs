// Goal of this test: the rules that every page is held to find what breaks them; else the other tests would show nothing.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Scene, Server, until } from "../e2e/lib.mjs";
import { Browser, FIRST_PAGE_MAX } from "./browser.mjs";

let scene, server, browser;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1"] }).start();
	browser = await Browser.launch(scene);
});

after(() => scene.close());

const ways = {
	"axe's findings": () => document.querySelector("main").append(document.createElement("img")),
	"headings of the first order": () => document.querySelector("h1").remove(),
	"sticks out of a small phone": () => { document.querySelector("p").style.cssText = "width: 900px; max-width: none"; },
	"Content Security Policy": () => {
		const script = document.createElement("script");

		script.textContent = "document.title = 'taken over'";
		document.body.append(script);
	},
	"request to somebody else": () => { document.querySelector("form").insertAdjacentHTML("beforeend",
		"<img alt='' src='https://elsewhere.invalid/x.png'>"); },
	"script: ": () => { setTimeout(() => { throw new Error("broken"); }); },
};

for (const [what, spoil] of Object.entries(ways))
	test(`a page is not let through: ${what}`, async (t) => {
		const person = await browser.person(server);

		t.after(() => person.close());
		await person.open("/support");
		await person.page.evaluate(spoil);
		await until(`it is refused for ${what}`, async () => {
			try {
				await person.look();
				return false;
			} catch (error) {
				if (!`${error.message} ${error.actual}`.includes(what))
					throw error;
				return true;
			}
		});
	});

test("a first page that is too large is not let through", async (t) => {
	const person = await browser.person(server);

	t.after(() => person.close());
	await person.page.goto("/openapi.json");
	assert.ok(await person.bytes() > FIRST_PAGE_MAX);
	await assert.rejects(person.isQuick(), /openapi\.json: \d+ bytes/);
});
