// Mail to subscribers: each event brings its mail, as the standards have it and in the person's language; what it
// would say must still be so when it goes out; a mail server that is away or says no is handled; nothing that
// anybody wrote becomes a header or markup.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { WrongClock } from "./faults.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, until } from "./lib.mjs";
import { MailServer, readMail } from "./mail_server.mjs";

const DAY = 86400;
const FROM = "protect@vendor.example";
const isoIn = (seconds) => new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z/, "Z");

async function arrange(t, { mail = {}, args = [], clock } = {}) {
	const scene = Scene.of(t);
	const mailServer = await new MailServer(mail).start(scene);
	const wrong = clock && await WrongClock.in(scene, { dir: scene.path("server", "store") });
	const server = await new Server(scene, { env: wrong?.env,
		args: ["--smtp-url", mailServer.url, "--mail-from", FROM, ...args] }).start();
	const provider = await server.addProvider({ phone: "+49 30 1234", web: "https://example.net/help" });

	return { scene, server, provider, mailServer, clock: wrong };
}

function order(provider, name, recipient = {}, more = {}) {
	return provider.order(name, 1, { recipient: { address: `${name}@home.example`, name: "Ada", ...recipient }, ...more });
}

/** Wait for the mail number `n` (from 1), and read it. */
async function nth(mailServer, n) {
	await until(`mail ${n} came`, () => mailServer.got.length >= n);
	return readMail(mailServer.got[n - 1]);
}

async function mails(provider, query = "") {
	return (await provider.ask("GET", `v1/deliveries?endpoint=mail&${query}`)).json.deliveries;
}

test("the welcome has the activation code and a link; both parts say the same, in the person's language", async (t) => {
	const { server, provider, mailServer } = await arrange(t);
	const { activation_code: code } = await order(provider, "order-1", { name: "Zoë Ångström", language: "de" });
	const mail = await nth(mailServer, 1);

	assert.deepEqual(mail.defects, []);
	assert.equal(mail.type, "multipart/alternative");
	assert.deepEqual(mail.from, [["Example Broadband", FROM]]);
	assert.deepEqual(mail.to, [["Zoë Ångström", "order-1@home.example"]]);
	assert.equal(mail.subject, "Ihr Schutz von Example Broadband: bitte aktivieren");
	assert.ok(Math.abs(mail.date - Date.now() / 1000) < 600);
	assert.equal(mailServer.got[0].from, FROM);
	assert.deepEqual(mailServer.got[0].to, ["order-1@home.example"]);
	const [[textType, text], [htmlType, html]] = mail.parts;

	assert.deepEqual([textType, htmlType], ["text/plain", "text/html"]);
	assert.match(text, /^Guten Tag Zoë Ångström,/);
	for (const part of [text, html]) {
		assert.ok(part.includes(code));
		assert.ok(part.includes(`${server.url}activate#${code}`));
		assert.ok(part.includes("+49 30 1234"));
	}
	assert.ok(html.includes(`<a href="${server.url}activate#${code}">`));
	// Told once, it is kept no longer; and it never was in the queue or the log.
	await until("it is written down", async () => (await mails(provider, "state=delivered")).length === 1);
	assert.equal((await provider.ask("GET", `v1/deliveries/${(await mails(provider))[0].id}`)).text.includes(code), false);
	assert.equal(server.log().includes(code), false);
	assert.equal((await server.admin("log")).out.includes(code), false);
	const page = await ask("GET", server.at("activate"));

	assert.equal(page.status, 200);
	assert.match(page.text, /activation code/);
});

test("a new activation code is mailed too, and the old one never again", async (t) => {
	let away = true;
	const { server, provider, mailServer } = await arrange(t, { mail: { refuse: () => away ? "421 not now" : undefined } });
	const { id, activation_code: old } = await order(provider, "order-1");

	await until("the welcome waits", async () => (await mails(provider)).some(({ attempts }) => attempts > 0));
	const { activation_code: code } = (await provider.ask("POST", `v1/subscriptions/${id}/code`)).json;

	assert.ok(code);
	away = false;
	await until("nothing waits any more", async () => (await mails(provider)).length === 2 &&
		(await mails(provider, "state=pending")).length === 0);
	for (const mail of mailServer.got) {
		const [[, text]] = (await readMail(mail)).parts;

		assert.ok(text.includes(code));
		assert.equal(text.includes(old), false);
	}
	assert.ok(mailServer.got.length > 0);
	assert.equal((await new BareDevice(server, "laptop").activate(code)).status, 201);
});

test("each change of a subscription is mailed, in plain words", async (t) => {
	const { server, provider, mailServer } = await arrange(t);
	const { id, activation_code: code } = await order(provider, "order-1");

	assert.equal((await new BareDevice(server, "laptop").activate(code)).status, 201);
	const subjects = [(await nth(mailServer, 1)).subject];

	for (const change of ["suspend", "resume", "cancel", "reinstate"]) {
		await provider[change](id);
		subjects.push((await nth(mailServer, subjects.length + 1)).subject);
	}
	assert.deepEqual(subjects, ["Your protection from Example Broadband: activate it", "Your protection is suspended",
		"Your protection is back", "Your protection has ended", "Your protection is back"]);
});

test("a licence that moved to another device is mailed with both names", async (t) => {
	const { server, provider, mailServer } = await arrange(t);
	const { activation_code: code } = await order(provider, "order-1");
	const first = new BareDevice(server, "old-laptop");

	await nth(mailServer, 1);
	assert.equal((await first.activate(code)).status, 201);
	assert.equal((await new BareDevice(server, "new-laptop").activate(code, { replace: first.id })).status, 201);
	const mail = await nth(mailServer, 2);

	assert.equal(mail.subject, "Your protection moved to another device");
	assert.match(mail.parts[0][1], /new-laptop is protected now, in place of old-laptop/);
});

test("a reminder comes on its day; one whose cause ended before it went out is dropped", async (t) => {
	let away = false;
	const { provider, mailServer, clock, server } = await arrange(t, { clock: true,
		mail: { refuse: () => away ? "421 not now" : undefined } });
	const remind = async (name) => {
		const { id, activation_code: code } = await order(provider, name, {}, { paid_until: isoIn(10 * DAY) });

		assert.equal((await new BareDevice(server, name).activate(code)).status, 201);
		return id;
	};
	const stays = await remind("stays"), renewed = await remind("renewed");

	await until("both welcomes came", () => mailServer.got.length === 2);
	away = true;
	clock.setOff(3 * DAY + 3600);
	const kept = await until("both reminders wait for the mail server", async () => {
		const list = (await mails(provider, "state=pending")).filter(({ type }) => type === "reminder_expiry");

		return list.length === 2 && list.some(({ attempts }) => attempts > 0) && list;
	});

	assert.deepEqual(kept.map(({ subscription }) => subscription).sort(), [stays, renewed].sort());
	// The cause ends while the mail still waits.
	const answer = await provider.ask("PATCH", `v1/subscriptions/${renewed}`, { paid_until: isoIn(400 * DAY) });

	assert.equal(answer.status, 200, answer.text);
	away = false;
	clock.setOff(3 * DAY + 7200);
	await until("nothing waits any more", async () => (await mails(provider, "state=pending")).length === 0);
	assert.deepEqual((await mails(provider, "state=dropped")).map(({ subscription }) => subscription), [renewed]);
	assert.equal(mailServer.got.length, 3);
	const mail = await readMail(mailServer.got[2]);

	assert.deepEqual(mailServer.got[2].to, ["stays@home.example"]);
	assert.match(mail.subject, /^Your protection ends on \d+ \w+ \d{4}$/);
});

test("a mail server that is away is waited for; one that says no for good is believed", async (t) => {
	const { scene, provider, mailServer } = await arrange(t, {
		mail: { refuse: (line) => line.startsWith("RCPT") && line.includes("bad") ? "550 no such person" : undefined } });
	const { port } = mailServer;

	await order(provider, "bad");
	const [refused] = await until("it failed", async () => {
		const list = await mails(provider, "state=failed");

		return list.length === 1 && list;
	});

	assert.equal(refused.status, 550);
	assert.equal(refused.attempts, 1);
	await mailServer.stop();
	await order(provider, "good");
	await until("it waits", async () => (await mails(provider, "state=pending")).some(({ attempts }) => attempts > 0));
	const back = await new MailServer().start(scene, { port });

	await until("it came", () => back.got.length === 1);
	assert.deepEqual(back.got[0].to, ["good@home.example"]);
});

test("a mail that may have come comes again with the same Message-ID", async (t) => {
	let times = 0;
	const { server, provider, mailServer } = await arrange(t);

	mailServer.took = () => {
		// The courier ends before it can say so.
		if (times++ === 0)
			for (const { pid } of server.children("holdfast-courier"))
				process.kill(pid, "SIGKILL");
	};
	await order(provider, "order-1");
	await until("it was written down", async () => (await mails(provider, "state=delivered")).length === 1);
	const ids = new Set(await Promise.all(mailServer.got.map(async (mail) => (await readMail(mail)).id)));

	assert.equal(mailServer.got.length, 2);
	assert.equal(ids.size, 1);
});

test("the mail server learns who sends from a file, and the password is seen nowhere", async (t) => {
	const scene = Scene.of(t);
	const mailServer = await new MailServer({ user: true }).start(scene);
	const secret = "correct-horse-battery";

	writeFileSync(scene.path("password"), `${secret}\n`, { mode: 0o600 });
	const server = await new Server(scene, { args: ["--smtp-url", mailServer.url, "--mail-from", FROM,
		"--smtp-user", "vendor", "--smtp-password-file", scene.path("password")] }).start();
	const provider = await server.addProvider();

	await order(provider, "order-1");
	await until("it came", () => mailServer.got.length === 1);
	assert.equal(mailServer.got[0].user, "vendor");
	assert.equal(mailServer.got[0].password, secret);
	for (const program of [undefined, "holdfast-courier"])
		for (const { pid } of server.children(program))
			assert.equal(readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(secret), false);
	assert.equal(server.log().includes(secret), false);
});

test("what anybody wrote stays a name: no header of its own, no markup", async (t) => {
	const { provider, mailServer } = await arrange(t);
	const refused = await provider.ask("POST", "v1/subscriptions", { external_id: "evil",
		recipient: { address: "a@home.example", name: "x\r\nBcc: all@home.example" } });

	assert.equal(refused.status, 400, refused.text);
	for (const address of ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b.example>", "a b@c.example"])
		assert.equal((await provider.ask("POST", "v1/subscriptions", { external_id: `evil-${address.length}`,
			recipient: { address } })).status >= 400, true, address);
	await order(provider, "order-1", { name: "<b>Ada</b> \"=?UTF-8?Q?x?=\"" });
	const mail = await nth(mailServer, 1);

	assert.deepEqual(mail.to, [["<b>Ada</b> \"=?UTF-8?Q?x?=\"", "order-1@home.example"]]);
	assert.equal(mail.headers.includes("Bcc"), false);
	assert.ok(mail.parts[1][1].includes("&lt;b&gt;Ada&lt;/b&gt;"));
	assert.equal(mail.parts[1][1].includes("<b>"), false);
});

test("a provider's brand and words are used, and only placeholders that the mail has are taken", async (t) => {
	const { provider, mailServer } = await arrange(t);
	const set = (path, body) => provider.ask("PUT", `v1/mail/${path}`, body);
	const brand = { logo: "EXAMPLE <3", colour: "#aabbcc", sender: "Example & Söhne", reply_to: "help@example.net" };

	for (const [path, body, code] of [
		["brand", { colour: "red;}" }, "brand_colour"],
		["brand", { reply_to: "a@b.example\r\nBcc: c@d.example" }, "malformed_request"],
		["brand", { reply_to: "nobody" }, "mail_address"],
		["templates/suspended/en", { subject: "{code}", paragraphs: ["x"] }, "mail_placeholder"],
		["templates/suspended/en", { subject: "x", paragraphs: ["{"] }, "mail_placeholder"],
		["templates/suspended/en", { subject: "x\r\nBcc: y", paragraphs: ["x"] }, "malformed_request"],
		["templates/suspended/en", { subject: "x", paragraphs: [] }, "malformed_request"],
		["templates/suspended/fr", { subject: "x", paragraphs: ["x"] }, "unknown_mail"],
		["templates/nothing/en", { subject: "x", paragraphs: ["x"] }, "unknown_mail"],
	])
		assert.equal((await set(path, body)).json.code, code, path);
	assert.deepEqual((await set("brand", brand)).json, brand);
	assert.equal((await set("templates/welcome/en", { subject: "Welcome to {provider}",
		paragraphs: ["Your code: {code}", "<i>Ours</i> & yours, {name}."] })).status, 200);
	await order(provider, "order-1");
	const mail = await nth(mailServer, 1);

	assert.equal(mail.subject, "Welcome to Example Broadband");
	assert.deepEqual(mail.from, [["Example & Söhne", FROM]]);
	assert.deepEqual(mail.reply_to, [["", "help@example.net"]]);
	assert.ok(mail.parts[0][1].includes("<i>Ours</i> & yours, Ada."));
	assert.ok(mail.parts[1][1].includes("<p>&lt;i&gt;Ours&lt;/i&gt; &amp; yours, Ada.</p>"));
	assert.ok(mail.parts[1][1].includes("EXAMPLE &lt;3") && mail.parts[1][1].includes("#aabbcc"));
	assert.equal((await provider.ask("DELETE", "v1/mail/templates/welcome/en")).status, 204);
	const ours = (await provider.ask("GET", "v1/mail/templates/welcome/en")).json;

	assert.equal(ours.own, false);
	assert.ok(ours.placeholders.includes("code"));
});

test("without a mail server no mail is kept", async (t) => {
	const server = await new Server(Scene.of(t)).start();
	const provider = await server.addProvider();

	await order(provider, "order-1");
	await until("the log was followed", async () => (await provider.events((await provider.ask("GET",
		"v1/subscriptions?external_id=order-1")).json.subscriptions[0].id)).length > 1);
	assert.deepEqual(await mails(provider), []);
});
