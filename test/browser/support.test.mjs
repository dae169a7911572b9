// Goal of this test: somebody who looks for help finds an article, says whether it helped, searches, asks the community
// and asks us, with a browser, as a person would.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Community } from "../e2e/community_stand_in.mjs";
import { Scene, Server, until } from "../e2e/lib.mjs";
import { MailServer, readMail } from "../e2e/mail_server.mjs";
import { Browser, FIRST_PAGE_MAX, walk } from "./browser.mjs";

let scene, server, browser, community, mail;

before(async () => {
	scene = new Scene();
	community = await new Community().start(scene);
	mail = await new MailServer().start(scene);
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1", "--community-url", community.url, "--smtp-url",
		mail.url, "--mail-from", "protect@vendor.example", "--support-mail", "help@vendor.example"] }).start();
	browser = await Browser.launch(scene);
});

after(() => scene.close());

walk(test, "article, feedback, search, contact", async (t, options) => {
	const anna = await browser.person(server, options);

	t.after(() => anna.close());
	await anna.open("/support");
	await anna.isQuick();
	await anna.press("Your subscription may get cancelled");
	await anna.reads("Document HF-1");
	await anna.press("No", { role: "button", exact: true });
	await anna.fill({ "What was missing or unclear?": "How do I reach <my> provider?" });
	await anna.press("Send");
	await anna.reads("We read every comment");
	await anna.press("Back to the article");
	await anna.reads("you have told us whether it helped");
	assert.equal(await anna.page.getByRole("button", { name: "Yes" }).count(), 0);
	await anna.press("Subscription", { role: "link", exact: true });
	await anna.reads("Your subscription has expired");
	assert.equal(await anna.page.getByRole("link", { name: "Scan files and folders" }).count(), 0);
	await anna.press("All topics", { role: "link", exact: true });
	await anna.fill({ "Search the articles": "quarentine" });
	await anna.page.getByLabel("Search the articles").press("Enter");
	await anna.page.waitForURL("**/support/search?*");
	await anna.look();
	await anna.reads("These are for quarantine");
	await anna.press("What was put into the quarantine");
	await anna.press("Contact us", { role: "link" });
	await anna.fill({ "Your name": "Anna Böll", "Your mail address": "anna@home.example",
		"What is the matter?": "A file is gone.\nWhere is it?" });
	await anna.press("Send");
	await anna.reads(/Your reference is HF-[0-9A-Z]{4}-[0-9A-Z]{4}/);
	const [reference] = /HF-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(await anna.text());
	const got = await until("the mail", () => mail.got.find(({ raw }) => raw.includes(reference)));
	const { parts } = await readMail(got);

	assert.match(parts[0][1], /A file is gone\.\r?\nWhere is it\?/);
	assert.match(parts[0][1], /support\/HF-2004/);
});

walk(test, "what is wrong in a form is named, tied to its field, and nothing is lost", async (t, options) => {
	const bert = await browser.person(server, options);

	t.after(() => bert.close());
	await bert.open("/support/contact?device=not%20protected%3A%20billing&reference=HF-7K3M-9QD0");
	// As if the browser checked nothing.
	await bert.page.evaluate(() => document.querySelectorAll("form").forEach((form) => { form.noValidate = true; }));
	await bert.fill({ "Your name": "Bert", "Your mail address": "nowhere", "What is the matter?": "Help" });
	await bert.press("Send");
	await bert.reads("Something is to be mended");
	await bert.page.getByRole("link", { name: "That is not a mail address" }).click();
	assert.equal(await bert.page.evaluate(() => location.hash), "#mail");
	const field = bert.page.getByLabel("Your mail address");

	assert.equal(await field.getAttribute("aria-invalid"), "true");
	assert.equal(await field.inputValue(), "nowhere");
	assert.equal(await bert.page.getByLabel("Your name").inputValue(), "Bert");
	await bert.reads("not protected: billing");
	await bert.fill({ "Your mail address": "bert@home.example", "Send this along": true });
	await bert.press("Send");
	await bert.reads("Your reference is");
});

walk(test, "the community's answers are shown, and lead to its site alone", async (t, options) => {
	const carl = await browser.person(server, { ...options, others: [community.url] });

	t.after(() => carl.close());
	await carl.open("/support/HF-1002");
	await carl.fill({ "Search the community": "on" });
	await carl.page.getByLabel("Search the community").press("Enter");
	await carl.page.waitForURL("**/support/community?*");
	await carl.look();
	await carl.reads("<script>alert(1)</script> on a second device");
	await carl.reads("<b>bold</b>");
	const links = await carl.page.locator("ul.found a").all();

	assert.equal(links.length, 1);
	for (const link of links)
		assert.ok((await link.getAttribute("href")).startsWith(`${community.url}t/`));
});

test("search engines find what an article is, and its crumb trail", async (t) => {
	const engine = await browser.person(server);

	t.after(() => engine.close());
	await engine.open("/support/HF-1002");
	const items = await engine.page.evaluate(() => {
		const read = (scope) => Object.fromEntries([...scope.querySelectorAll("[itemprop]")]
			.filter((e) => e.parentElement.closest("[itemscope]") === scope)
			.map((e) => [e.getAttribute("itemprop"), e.getAttribute("content") ?? e.getAttribute("datetime") ??
				e.href ?? e.textContent.trim()]));
		const of = (type) => [...document.querySelectorAll(`[itemtype="https://schema.org/${type}"]`)].map(read);

		return { article: of("TechArticle"), crumbs: of("ListItem"), canonical: document.querySelector("[rel=canonical]").href,
			about: document.querySelector("[name=description]").content };
	});

	assert.equal(items.article.length, 1);
	assert.equal(items.article[0].headline, "Your protection is suspended because a payment is open");
	assert.equal(items.article[0].identifier, "HF-1002");
	assert.match(items.article[0].dateModified, /^\d{4}-\d\d-\d\d$/);
	assert.match(items.article[0].articleBody, /Settle the payment with your provider/);
	assert.deepEqual(items.crumbs.map(({ position, name }) => `${position} ${name}`),
		["1 All articles", "2 Subscription", "3 Your protection is suspended because a payment is open"]);
	assert.equal(items.canonical, server.at("support/HF-1002"));
	assert.equal(items.about, items.article[0].description);
});

test("every page of the support site keeps the rules, and is quick when it comes first", async (t) => {
	const list = await browser.person(server);
	const links = new Set(["/", "/activate", "/support/search?q=billing", "/support/search?q=zebra", "/support/contact",
		"/support/community", "/support/HF-0", "/support?os=Windows", "/nowhere"]);

	t.after(() => list.close());
	const first = await list.open("/support");

	await list.isQuick();
	const shared = await list.bytes() - (await first.body()).length;

	assert.ok(shared > 0, "styles and icons come besides the page");

	for (const link of await list.page.locator("main a").all())
		links.add(await link.getAttribute("href"));
	assert.ok(links.size > 25);
	for (const link of links) {
		const response = await list.open(link);

		assert.ok((await response.body()).length + shared < FIRST_PAGE_MAX, link);
	}
});
