// Goal of this test: the support site as a person uses it without scripts: find an article by topic, by search and
// from the reason that a device shows; say whether it helped, once; ask for help. And what it does with forms
// that no page of it made.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { Community } from "./community_stand_in.mjs";
import { writeFiles } from "./samples.mjs";
import { ask } from "./http.mjs";
import { expectStatus, Scene, Server, until } from "./lib.mjs";
import { MailServer, readMail } from "./mail_server.mjs";
import { Visitor } from "./visitor.mjs";

let scene, server, community, mail, vendor;

before(async () => {
	scene = new Scene();
	community = await new Community().start(scene);
	mail = await new MailServer().start(scene);
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1", "--community-url", community.url,
		"--smtp-url", mail.url, "--mail-from", "protect@vendor.example", "--support-mail", "help@vendor.example"] })
		.start();
	vendor = expectStatus(await server.admin("key", "add", "--vendor"), 0, "key add --vendor").out.trim();
});

const asVendor = async (path) => (await ask("GET", server.at(path), { key: vendor })).json;
const asked = (name) => ({ name, mail: "anna@home.example", text: "It says billing.\nI have paid." });

/** The mail about a request, once it was taken. */
const mailAbout = (reference) => until(`the mail about ${reference}`, async () => {
	for (const got of mail.got) {
		const read = await readMail(got);

		if (read.subject.includes(reference))
			return { ...read, envelope: got };
	}
	return undefined;
});

after(() => scene.close());

test("the list shows every article by topic, and every link on it leads somewhere", async () => {
	const visitor = new Visitor(server);
	const list = await visitor.get("/support");

	assert.equal(list.status, 200);
	assert.ok(list.text.length < 50000);
	const links = [...list.text.matchAll(/href="(\/support\/[^"]*)"/g)].map(([, link]) => link);

	assert.ok(links.length >= 20, `${links.length}`);
	for (const link of links)
		assert.equal((await visitor.get(link)).status, 200, link);
	assert.match(list.text, /<h2[^>]*>Subscription<\/h2>/);
});

test("an article has its document id, operating systems and date, and a way back", async () => {
	const { text } = await new Visitor(server).get("/support/HF-1");

	assert.match(text, /<h1>Your subscription may get cancelled<\/h1>/);
	assert.match(text, /Document <span itemprop="identifier">HF-1<\/span> · For <span [^>]*>Linux, Windows</);
	assert.match(text, /Last modified <time itemprop="dateModified" datetime="\d{4}-\d\d-\d\d">/);
	assert.match(text, /<a itemprop="item" href="\/support">/);
	assert.match(text, /https:\/\/schema\.org\/TechArticle/);
	for (const option of ["Help me stay protected", "Contact my service provider", "Reactivate the service"])
		assert.ok(text.includes(option), option);
});

test("search finds articles by their words and takes whatever is typed", async () => {
	const visitor = new Visitor(server);

	assert.match((await visitor.get("/support/search?q=quarantine")).text, /HF-2004/);
	assert.match((await visitor.get("/support/search?q=zebra")).text, /Nothing was found/);
	for (const typed of ['"', "NOT", "a OR", "<script>alert(1)</script>", "'; DROP TABLE article; --", "x".repeat(5000),
		"%00", "../../etc/passwd"]) {
		const { status, text } = await visitor.get(`/support/search?q=${encodeURIComponent(typed)}`);

		assert.equal(status, 200, typed);
		assert.doesNotMatch(text, /<script>/, typed);
	}
	assert.equal((await visitor.get("/support/search?q=a&q=b")).status, 200);
	assert.equal((await visitor.get("/support/search?q=%zz")).status, 200);
});

test("search shows where it stands, and finds what was meant", async () => {
	const visitor = new Visitor(server);

	assert.match((await visitor.get("/support/search?q=fetches")).text, /<mark>fetches<\/mark>/);
	const slip = await visitor.get("/support/search?q=quarentine");

	assert.match(slip.text, /Nothing was found for “quarentine”. These are for <a href="\/support\/search\?q=quarantine">/);
	assert.match(slip.text, /href="\/support\/HF-2004"/);
});

test("articles are browsed by topic and by operating system", async () => {
	const visitor = new Visitor(server);
	const list = await visitor.get("/support");
	const choices = [...list.text.matchAll(/<li><a href="(\/support[^"]*)"[^>]*>([^<]*)<\/a><\/li>/g)]
		.filter(([, address]) => address.includes("?"));

	assert.ok(choices.some(([, , name]) => name === "Scanning"));
	const windows = await visitor.get(choices.find(([, , name]) => name === "Windows")[1].replaceAll("&amp;", "&"));

	assert.doesNotMatch(windows.text, /HF-2007"/);
	assert.match(windows.text, /HF-1"/);
	const scanning = await visitor.get("/support?topic=Scanning&os=Linux");

	assert.match(scanning.text, /HF-2005"/);
	assert.doesNotMatch(scanning.text, /HF-1002"/);
	assert.match((await visitor.get("/support?topic=%22%3E%3Cscript%3E")).text, /There is no such article/);
});

test("Yes or No, then a comment, then thanks; once for each visitor", async () => {
	const visitor = new Visitor(server);
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
	assert.match((await new Visitor(server).get("/support/HF-1002")).text, /name="helpful"/);
});

test("contact us: what is missing is named, nothing is lost, and the request has a reference", async () => {
	const visitor = new Visitor(server);
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
	const visitor = new Visitor(server), other = new Visitor(server);
	const page = await other.get("/support/HF-1");
	const theirs = /name="visitor" value="([^"]*)"/.exec(page.text)[1];

	await visitor.get("/support/HF-1");
	for (const fields of [{ helpful: "yes" }, { helpful: "yes", visitor: theirs }, { helpful: "yes", visitor: "" },
		{ helpful: "yes", visitor: "x".repeat(5000) }])
		assert.equal((await visitor.post("/support/HF-1/feedback", fields)).status, 403);
});

test("wrong values are refused and kept out", async () => {
	const visitor = new Visitor(server);
	const article = await visitor.get("/support/HF-1003");

	for (const helpful of ["maybe", "", "yes\0", "y".repeat(10000)])
		assert.equal((await visitor.send(article, { helpful })).status, 400, helpful.slice(0, 9));
	const asked = await visitor.send(article, { helpful: "yes" });

	assert.equal((await visitor.send(asked, { comment: "x".repeat(5000) })).status, 400);
	assert.equal((await visitor.get("/support/HF-99999")).status, 404);
	assert.equal((await visitor.get("/support/..%2f..%2fetc%2fpasswd")).status, 404);
});

test("too many requests from one address have to wait", async () => {
	const visitor = new Visitor(server);
	let answer;

	for (let i = 0; i < 12; i++)
		answer = await visitor.send(await visitor.get("/support/contact"),
			{ name: "Anna", mail: "anna@example.com", text: `Help ${i}` });
	assert.equal(answer.status, 429);
	assert.ok(Number(answer.headers["retry-after"]) > 0);
});

test("the site map and the feed name every article", async () => {
	const visitor = new Visitor(server);
	const map = await visitor.get("/support/sitemap.xml"), feed = await visitor.get("/support/changes.xml");

	assert.match(map.headers["content-type"], /^application\/xml/);
	assert.match(feed.headers["content-type"], /^application\/atom\+xml/);
	assert.equal([...map.text.matchAll(/<loc>/g)].length, [...feed.text.matchAll(/<entry>/g)].length);
	assert.ok([...map.text.matchAll(/<loc>/g)].length >= 20);
});

test("each reason's code leads to its article", async () => {
	const visitor = new Visitor(server);
	const codes = ["none", "not_activated", "billing", "provider_request", "discontinued", "transferred", "removed",
		"seat_lost", "expired", "unreachable", "clock", "update_stale"];

	for (const code of codes) {
		const answer = await visitor.get(`/support/reason/${code}`);

		assert.equal(answer.status, 303, code);
		assert.equal((await visitor.get(answer.headers.location)).status, 200, code);
	}
	assert.equal((await visitor.get("/support/reason/nonsense")).status, 404);
	assert.equal((await visitor.get("/support/reason/%2e%2e")).status, 404);
});

test("a request that quotes a subscription is mailed to its provider, with what the person agreed to", async () => {
	const provider = await server.addProvider({ name: "Example Fibre" });
	const subscription = await provider.order("A-1");
	const visitor = new Visitor(server);

	await provider.ask("PUT", "v1/mail/brand", { reply_to: "help@provider.example" });
	const form = await visitor.get(`/support/contact?article=HF-1002&reference=${subscription.reference}`
		+ "&device=not%20protected%3A%20billing");

	assert.match(form.text, new RegExp(`value="${subscription.reference}"`));
	const kept = await visitor.send(form, { ...asked("Anna Böll"), quoted: subscription.reference.toLowerCase(),
		consent: "yes" });
	const [reference] = /HF-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(kept.text);
	const got = await mailAbout(reference);

	assert.deepEqual(got.envelope.to, ["help@provider.example"]);
	assert.deepEqual(got.reply_to, [["Anna Böll", "anna@home.example"]]);
	assert.deepEqual(got.defects, []);
	const [[type, text]] = got.parts;

	assert.equal(type, "text/plain");
	for (const words of ["I have paid.", "not protected: billing", subscription.id, "/support/HF-1002"])
		assert.ok(text.includes(words), words);
	const [request] = (await provider.ask("GET", "v1/support/requests")).json.requests;

	assert.equal(request.reference, reference);
	assert.equal(request.subscription, subscription.id);
	// Another provider sees nothing of it; the vendor does.
	const other = await server.addProvider({ name: "Other Telecom" });

	assert.deepEqual((await other.ask("GET", "v1/support/requests")).json.requests, []);
	assert.ok((await asVendor("v1/vendor/support/requests")).requests.some((r) => r.reference === reference));
});

test("any other request is mailed to the vendor, and says nothing of the device without consent", async () => {
	const visitor = new Visitor(server);
	const form = await visitor.get("/support/contact?device=a%20secret%20of%20the%20device");
	const kept = await visitor.send(form, { ...asked("Bert"), quoted: "HF-0000-0000" });
	const got = await mailAbout(/HF-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(kept.text)[0]);

	assert.deepEqual(got.envelope.to, ["help@vendor.example"]);
	assert.doesNotMatch(got.envelope.raw, /secret/);
	assert.match(got.parts[0][1], /no subscription here has that reference/);
});

test("text that no mail and no page could show is refused", async () => {
	const visitor = new Visitor(server);
	const send = async (field, value) => {
		const page = await visitor.get("/support/contact");
		const [, name] = /name="visitor" value="([^"]*)"/.exec(page.text);
		const fields = { visitor: name, article: "", ...asked("Carl"), [field]: value };
		const body = Object.entries(fields).map(([key, text]) => `${key}=${text === value ? value : encodeURIComponent(text)}`);

		return visitor.postRaw("/support/contact", body.join("&"));
	};

	for (const field of ["name", "text", "mail", "quoted"])
		for (const value of ["%ff%fe", "%01", "a%1b[2J", "x%c3%28"])
			assert.equal((await send(field, value)).status, 400, `${field}: ${value}`);
});

test("votes and comments are counted for the vendor", async () => {
	const [anna, bert] = [new Visitor(server), new Visitor(server)];

	await anna.send(await anna.send(await anna.get("/support/HF-2005"), { helpful: "no" }), { comment: "Where is <it>?" });
	await bert.send(await bert.get("/support/HF-2005"), { helpful: "yes" });
	const { articles } = await asVendor("v1/vendor/support/feedback");

	assert.deepEqual(articles.find(({ article }) => article === "HF-2005"),
		{ article: "HF-2005", title: "Scan files and folders", yes: 1, no: 1, comments: 1 });
	const { comments } = await asVendor("v1/vendor/support/feedback/HF-2005");

	assert.deepEqual(comments.map(({ comment, helpful }) => [comment, helpful]), [["Where is <it>?", false]]);
});

test("the community's answers are shown as text, with links to its own pages alone", async () => {
	const visitor = new Visitor(server);

	assert.match((await visitor.get("/support/HF-1002")).text, /action="\/support\/community"/);
	const { status, text } = await visitor.get("/support/community?q=paid");

	assert.equal(status, 200);
	assert.match(text, new RegExp(`href="${community.url}t/paid-still-suspended/7"`));
	assert.match(text, /I &quot;paid&quot; &amp; it still says billing/);
	const hostile = await visitor.get("/support/community?q=script");

	assert.doesNotMatch(hostile.text, /<script>alert|<b>bold/);
	assert.match(hostile.text, new RegExp(`href="${community.url}t/9"`));
	assert.doesNotMatch(hostile.text, /evil/);
	assert.match((await visitor.get("/support/community?q=zebra")).text, /Nobody there has written/);
	assert.equal(community.asked.at(-1).words, "zebra");
	assert.equal(community.asked.at(-1).headers.cookie, undefined);
	// Without words nobody is asked.
	const before = community.asked.length;

	for (const query of ["", "?q=", "?q=%20", "?q=%ff", "?q=a&q=b", `?q=${"x".repeat(300)}`])
		assert.equal((await visitor.get(`/support/community${query}`)).status, 200, query);
	assert.equal(community.asked.length, before);
});

test("a community that is slow, huge, broken or somewhere else is said not to answer", async (t) => {
	const other = Scene.of(t);
	const site = await new Community().start(other);
	const away = await new Server(other, { args: ["--community-url", site.url, "--proxy", "127.0.0.1"] }).start();
	const visitor = new Visitor(away);
	const bad = {
		"an error": (r) => r.writeHead(500).end("no"),
		"too many questions": (r) => r.writeHead(429, { "Content-Type": "application/json" }).end("{}"),
		"another form": (r) => r.writeHead(200).end("<html>"),
		"no answer of a search": (r) => r.writeHead(200).end('{"posts":{}}'),
		"a megabyte": (r) => r.writeHead(200).end(JSON.stringify({ posts: [], grouped_search_result: "x".repeat(1 << 20) })),
		"deep nesting": (r) => r.writeHead(200).end(`{"posts":${"[".repeat(10000)}${"]".repeat(10000)}}`),
		"another place": (r) => r.writeHead(302, { Location: `${site.url}other` }).end(),
		"a connection cut": (r) => r.destroy(),
		"nothing for long": () => {},
	};

	for (const [what, answer] of Object.entries(bad)) {
		site.answer = answer;
		const { status, text } = await visitor.get("/support/community?q=x");

		assert.equal(status, 503, what);
		assert.match(text, /does not answer just now/, what);
	}
	assert.ok(!site.asked.some(({ path }) => path !== "/search.json"));
});

test("without a community nothing is offered, and the articles may be the vendor's own", async (t) => {
	const other = Scene.of(t);
	const folder = writeFiles(other.path("articles"), { "a.md": "id: HF-77\ntitle: Our own\nos: Linux\nmodified: 2026-11-25\n"
		+ "topic: Ours\n\nWords & <b>more</b>.\n" });
	const plain = await new Server(other, { args: ["--articles", folder] }).start();
	const visitor = new Visitor(plain);

	assert.doesNotMatch((await visitor.get("/support/HF-77")).text, /community/);
	assert.equal((await visitor.get("/support/community?q=x")).status, 404);
	assert.equal((await visitor.get("/support/HF-1")).status, 404);
});
