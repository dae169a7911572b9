// Goal of this test: the support site as a person uses it without scripts: find an article by topic, by search and
// from the reason that a device shows; say whether it helped, once; ask for help. And what it does with forms
// that no page of it made.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";

let scene, server;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1"] }).start();
});

after(() => scene.close());

/** A browser with cookies and no scripts, at an address of its own. */
class Visitor {
	static #number = 0;
	#cookies = new Map();
	#address = `192.0.2.${++Visitor.#number}`;

	async #ask(method, path, options = {}) {
		const headers = { "X-Forwarded-For": this.#address,
			Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "), ...options.headers };
		const answer = await ask(method, new URL(path, server.url).href, { ...options, headers });

		for (const line of answer.headers["set-cookie"] ?? []) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);

			this.#cookies.set(name, value);
		}
		return answer;
	}

	get(path) {
		return this.#ask("GET", path);
	}

	/** Send the first form of a page that goes by POST, its hidden fields as they are. */
	async send(page, fields) {
		const [, action, inside] = /<form method="post" action="([^"]*)">(.*?)<\/form>/s.exec(page.text);
		const hidden = [...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
			.map(([, name, value]) => [name, value]);

		return this.post(action, { ...Object.fromEntries(hidden), ...fields });
	}

	post(action, fields) {
		return this.#ask("POST", action, { body: new URLSearchParams(fields).toString(),
			headers: { "Content-Type": "application/x-www-form-urlencoded" } });
	}
}

test("the list shows every article by topic, and every link on it leads somewhere", async () => {
	const visitor = new Visitor();
	const list = await visitor.get("/support");

	assert.equal(list.status, 200);
	assert.ok(list.text.length < 50000);
	const links = [...list.text.matchAll(/href="(\/support\/[^"]*)"/g)].map(([, link]) => link);

	assert.ok(links.length >= 20, `${links.length}`);
	for (const link of links)
		assert.equal((await visitor.get(link)).status, 200, link);
	assert.match(list.text, /<h2>Subscription<\/h2>/);
});

test("an article has its document id, operating systems and date, and a way back", async () => {
	const { text } = await new Visitor().get("/support/HF-1");

	assert.match(text, /<h1>Your subscription may get cancelled<\/h1>/);
	assert.match(text, /Document <span itemprop="identifier">HF-1<\/span> · For Linux, Windows/);
	assert.match(text, /Last modified <time itemprop="dateModified" datetime="\d{4}-\d\d-\d\d">/);
	assert.match(text, /<a itemprop="item" href="\/support">/);
	assert.match(text, /https:\/\/schema\.org\/TechArticle/);
	for (const option of ["Help me stay protected", "Contact my service provider", "Reactivate the service"])
		assert.ok(text.includes(option), option);
});

test("search finds articles by their words and takes whatever is typed", async () => {
	const visitor = new Visitor();

	assert.match((await visitor.get("/support/search?q=quarantine")).text, /HF-2004/);
	assert.match((await visitor.get("/support/search?q=zebra")).text, /Nothing was found/);
	for (const typed of ['"', "NOT", "a OR", "<script>alert(1)</script>", "'; DROP TABLE article; --", "x".repeat(5000),
		"%00", "../../etc/passwd"]) {
		const { status, text } = await visitor.get(`/support/search?q=${encodeURIComponent(typed)}`);

		assert.equal(status, 200, typed);
		assert.doesNotMatch(text, /<script/, typed);
	}
	assert.equal((await visitor.get("/support/search?q=a&q=b")).status, 200);
	assert.equal((await visitor.get("/support/search?q=%zz")).status, 200);
});

test("Yes or No, then a comment, then thanks; once for each visitor", async () => {
	const visitor = new Visitor();
	const article = await visitor.get("/support/HF-1002");

	assert.match(article.text, /The solution made it easy for me to handle my issue:/);
	const asked = await visitor.send(article, { helpful: "no" });

	assert.match(asked.text, /Help us improve this solution/);
	const thanks = await visitor.send(asked, { comment: "It did not say <b>how</b> to pay & where." });

	assert.match(thanks.text, /<h1>Thank you for your help<\/h1>/);
	const again = await visitor.get("/support/HF-1002");

	assert.match(again.text, /you have told us whether it helped/);
	assert.doesNotMatch(again.text, /name="helpful"/);
	// Another visitor is asked.
	assert.match((await new Visitor().get("/support/HF-1002")).text, /name="helpful"/);
});

test("contact us: what is missing is named, nothing is lost, and the request has a reference", async () => {
	const visitor = new Visitor();
	const device = "not protected: billing, reference HF-AAAA-BBBB";
	const form = await visitor.get(`/support/contact?article=HF-1&device=${encodeURIComponent(device)}`);
	const wrong = await visitor.send(form, { name: "Anna \"A\" <b>", mail: "nowhere", text: "It says </textarea> no." });

	assert.equal(wrong.status, 400);
	assert.match(wrong.text, /That is not a mail address/);
	assert.match(wrong.text, /value="Anna &quot;A&quot; &lt;b&gt;"/);
	assert.match(wrong.text, /It says &lt;\/textarea&gt; no\./);
	const kept = await visitor.send(wrong, { name: "Anna", mail: "anna@example.com", text: "Help", consent: "yes" });

	assert.equal(kept.status, 200);
	assert.match(kept.text, /Your reference is <strong>HF-[0-9A-Z]{4}-[0-9A-Z]{4}<\/strong>/);
});

test("a form that no page of this site made is refused", async () => {
	const visitor = new Visitor(), other = new Visitor();
	const page = await other.get("/support/HF-1");
	const theirs = /name="visitor" value="([^"]*)"/.exec(page.text)[1];

	await visitor.get("/support/HF-1");
	for (const fields of [{ helpful: "yes" }, { helpful: "yes", visitor: theirs }, { helpful: "yes", visitor: "" },
		{ helpful: "yes", visitor: "x".repeat(5000) }])
		assert.equal((await visitor.post("/support/HF-1/feedback", fields)).status, 403);
});

test("wrong values are refused and kept out", async () => {
	const visitor = new Visitor();
	const article = await visitor.get("/support/HF-1003");

	for (const helpful of ["maybe", "", "yes\0", "y".repeat(10000)])
		assert.equal((await visitor.send(article, { helpful })).status, 400, helpful.slice(0, 9));
	const asked = await visitor.send(article, { helpful: "yes" });

	assert.equal((await visitor.send(asked, { comment: "x".repeat(5000) })).status, 400);
	assert.equal((await visitor.get("/support/HF-99999")).status, 404);
	assert.equal((await visitor.get("/support/..%2f..%2fetc%2fpasswd")).status, 404);
});

test("too many requests from one address have to wait", async () => {
	const visitor = new Visitor();
	let answer;

	for (let i = 0; i < 12; i++)
		answer = await visitor.send(await visitor.get("/support/contact"),
			{ name: "Anna", mail: "anna@example.com", text: `Help ${i}` });
	assert.equal(answer.status, 429);
	assert.ok(Number(answer.headers["retry-after"]) > 0);
});

test("the site map and the feed name every article", async () => {
	const visitor = new Visitor();
	const map = await visitor.get("/support/sitemap.xml"), feed = await visitor.get("/support/changes.xml");

	assert.match(map.headers["content-type"], /^application\/xml/);
	assert.match(feed.headers["content-type"], /^application\/atom\+xml/);
	assert.equal([...map.text.matchAll(/<loc>/g)].length, [...feed.text.matchAll(/<entry>/g)].length);
	assert.ok([...map.text.matchAll(/<loc>/g)].length >= 20);
});
