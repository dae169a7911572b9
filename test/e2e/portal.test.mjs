// The subscriber's portal over plain HTTP, as a browser without scripts has it: signing in by mail and from a device;
// state, reason and the three options; devices, codes, purchases, history, export and deletion; and every form against
// what nobody should send.

import assert from "node:assert/strict";
import { test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { StandInProvider } from "../demo/provider.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, arrange, arrangeDevice, until } from "./lib.mjs";
import { MailServer, readMail } from "./mail_server.mjs";
import { Person } from "./person.mjs";

const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** A server, a provider, one subscription with `seats`, and devices on it; somebody signed in from the first. */
async function world(t, { seats = 2, devices = ["laptop", "desktop"], provider = {}, args = [] } = {}) {
	const scene = Scene.of(t);
	const server = await new Server(scene, { args: ["--payment", "local", "--proxy", "127.0.0.1", ...args] }).start();
	const w = { scene, server, provider: await server.addProvider({ name: "Example Broadband", phone: "0800 123",
		web: "https://help.example", ...provider }) };

	w.sub = await w.provider.order("customer-1", seats);
	w.devices = [];
	for (const name of devices) {
		const device = new BareDevice(server, name);

		await device.activate(w.sub.activation_code);
		w.devices.push(device);
	}
	w.person = await Person.atDevice(server, w.devices[0].token);
	return w;
}

let orders = 0;

/** The token of a device of its own. */
async function deviceToken(server, provider) {
	const device = new BareDevice(server, `device-${++orders}`);

	await device.activate((await provider.order(`of-device-${orders}`, 1)).activation_code);
	return device.token;
}

const idOf = (device) => device.id;

test("a link from a device signs in once, and for its own subscription alone", async (t) => {
	const { server, provider, devices } = await world(t);
	const other = await provider.order("customer-2", 1);
	const answer = await ask("POST", server.at("device/v1/portal"), { key: devices[0].token, body: {} });
	const link = answer.json.url;
	const person = await Person.follow(server, link);
	const again = await ask("POST", link, { headers: FORM, body: "" });
	const page = await person.see("portal");

	assert.equal(again.status, 403);
	assert.match(again.text, /does not sign in any more/);
	assert.match(page.text, /Example Broadband/);
	assert.ok(!page.text.includes(other.reference));
	await person.see(`portal/activation/${other.id}`, 404);
	assert.equal((await person.send("portal/consent", { subscription: other.id, answer: "yes" })).status, 404);
	assert.equal((await person.send("portal/data/delete", { subscription: other.id, sure: "yes" })).status, 404);
});

test("holdfast portal prints a link that signs in; a device without a seat gets none", async (t) => {
	const scene = Scene.of(t);
	const all = await arrange(scene);
	const { device, subscription: sub } = await arrangeDevice(scene, all);
	const said = await device.cliExpecting(0, "portal");
	const person = await Person.follow(all.server, said.out.trim());

	assert.match((await person.see("portal")).text, /Example Broadband/);
	const id = (await all.provider.get(sub.id)).devices[0].id;

	assert.equal((await person.send(`portal/devices/${id}`, { action: "remove" })).status, 303);
	const refused = await device.cli("portal");

	assert.notEqual(refused.status, 0);
	assert.match(refused.err, /no seat/);
});

test("a link by mail signs in, for all that goes to the address; and the answer never says whose it is", async (t) => {
	const scene = Scene.of(t);
	const mails = await new MailServer().start(scene);
	const server = await new Server(scene, { args: ["--smtp-url", mails.url, "--mail-from", "noreply@example.com"] }).start();
	const one = await server.addProvider({ name: "Example Broadband" });
	const two = await server.addProvider({ name: "Other Telecom" });
	const recipient = { address: "Anna@Example.com", name: "Anna", language: "en" };

	for (const [provider, name] of [[one, "a"], [two, "b"]])
		await provider.order(name, 1, { recipient });
	const send = (address) => ask("POST", server.at("portal/sign-in"), { headers: FORM,
		body: new URLSearchParams({ address }).toString() });
	const known = await send(" anna@example.COM "), unknown = await send("nobody@example.com");

	for (const answer of [known, unknown]) {
		assert.equal(answer.status, 303);
		assert.equal(answer.headers.location, "/portal/sign-in/sent");
		assert.equal(answer.text, "");
		assert.deepEqual(Object.keys(answer.headers), Object.keys(known.headers));
	}
	const mail = await until("the mail comes", async () => (await Promise.all(mails.got.map(readMail)))
		.find((each) => each.subject === "Sign in to your subscription"));
	/* Opened in the browser that asked, it leads to where that one wanted. */
	const asked = await ask("POST", server.at("portal/sign-in"), { headers: FORM,
		body: new URLSearchParams({ address: "anna@example.com", next: "/portal/history" }).toString() });
	const kept = [asked.headers["set-cookie"]].flat()[0].split(";")[0];

	assert.equal(kept, "holdfast-next=next=%2Fportal%2Fhistory");
	for (const [cookie, to] of [[kept, "/portal/history"], ["holdfast-next=next=https%3A%2F%2Fevil.example", "/portal"],
		["holdfast-next=next=%2Fportal%2F%2Fevil", "/portal"]]) {
		const { url } = (await ask("POST", server.at("device/v1/portal"), { key: await deviceToken(server, one), body: {} })).json;

		assert.equal((await ask("POST", url, { headers: { ...FORM, Cookie: cookie }, body: "" })).headers.location, to);
	}
	const link = new RegExp(`${server.url}portal/enter/hfl_[0-9a-z]+`).exec(mail.parts[0][1])[0];
	const person = await Person.follow(server, link);
	const page = await person.see("portal");

	assert.match(page.text, /Example Broadband/);
	assert.match(page.text, /Other Telecom/);
	assert.match(page.text, /anna@example\.com/);
	assert.ok(!mails.got.some((each) => each.to.includes("nobody@example.com")));
});

test("who is not signed in is sent to the sign-in, and back to where they wanted, nowhere else", async (t) => {
	const { server } = await world(t, { devices: ["laptop"] });
	const get = (path) => ask("GET", server.at(path));
	const where = async (path) => (await get(path)).headers.location;

	assert.equal((await get("portal/devices")).status, 303);
	assert.equal(await where("portal/devices"), "/portal/sign-in?next=%2Fportal%2Fdevices");
	assert.equal(await where("portal"), "/portal/sign-in");
	assert.match((await get("portal/sign-in?next=%2Fportal%2Fdevices")).text, /name="next" value="\/portal\/devices"/);
	for (const hostile of ["https://evil.example/", "//evil.example", "/portal//evil.example", "/portalx", "/portal/..",
		"/portal\\evil", "/console", "javascript:alert(1)", "/portal/%0d%0aSet-Cookie:x"]) {
		const page = await get(`portal/sign-in?next=${encodeURIComponent(hostile)}`);

		if (hostile !== "/portal/%0d%0aSet-Cookie:x")
			assert.match(page.text, /name="next" value="\/portal"/, hostile);
		assert.equal(page.headers["x"], undefined);
	}
	for (const cookie of ["holdfast-portal=", "holdfast-portal=hfw_made-up", `holdfast-portal=${"x".repeat(5000)}`,
		"holdfast-console=hfw_made-up", ";;;=;holdfast-portal"]) {
		const answer = await ask("GET", server.at("portal"), { headers: { Cookie: cookie } });

		assert.equal(answer.status, 303, cookie);
	}
});

test("signing out ends the session, here or everywhere", async (t) => {
	const { server, devices } = await world(t);
	const [one, two, three] = [await Person.atDevice(server, devices[0].token), await Person.atDevice(server,
		devices[0].token), await Person.atDevice(server, devices[1].token)];
	const out = await one.send("portal/sign-out", {});

	assert.equal(out.status, 303);
	assert.match([out.headers["set-cookie"]].flat()[0], /holdfast-portal=; .*Max-Age=0/);
	await one.see("portal", 303);
	await two.see("portal");
	assert.equal((await two.send("portal/sign-out", { everywhere: "yes" })).status, 303);
	await two.see("portal", 303);
	await three.see("portal", 303);
});

test("a form without the session's key, or from another site, changes nothing", async (t) => {
	const { server, person, devices } = await world(t);
	const path = `portal/devices/${idOf(devices[1])}`;
	const tryIt = (body, headers) => person.send(path, {}, { raw: body, headers });
	const good = person.form({ action: "remove" }).body;

	assert.equal((await tryIt("action=remove")).status, 403);
	assert.equal((await tryIt("action=remove&csrf=")).status, 403);
	assert.equal((await tryIt(`action=remove&csrf=${"0".repeat(64)}`)).status, 403);
	assert.equal((await tryIt(`action=remove&csrf=${person.csrf}&csrf=${person.csrf}`)).status, 403);
	assert.equal((await tryIt(`action=remove&csrf=${(await Person.atDevice(server, devices[0].token)).csrf}`)).status, 403);
	assert.equal((await tryIt(good, { "Sec-Fetch-Site": "cross-site" })).status, 403);
	assert.equal((await tryIt(good, { Origin: "https://evil.example" })).status, 403);
	assert.equal((await tryIt(good, { Origin: "null" })).status, 403);
	assert.match((await person.see(path)).text, /Remove this device/);
	assert.equal((await tryIt(good, { "Sec-Fetch-Site": "same-origin", Origin: new URL(server.url).origin })).status, 303);
	/* The sign-in too: nobody is signed in as somebody else by another site. */
	const login = await ask("POST", server.at("portal/sign-in"), { headers: { ...FORM, Origin: "https://evil.example" },
		body: "address=a%40example.com" });

	assert.equal(login.status, 403);
});

test("a suspension is said in the notice's words, with the three options; reactivating is answered", async (t) => {
	const { provider, sub, person, devices } = await world(t);

	assert.match((await person.see("portal")).text, /Active/);
	await provider.suspend(sub.id, "billing");
	const page = (await person.see("portal")).text;

	assert.match(page, /Your protection is suspended/);
	assert.match(page, /Example Broadband has suspended your subscription because a payment is open/);
	assert.match(page, /Who can fix it/);
	assert.match(page, /HF-1002/);
	const options = [...page.matchAll(/<h4>([^<]+)<\/h4>/g)].map((each) => each[1]);

	assert.equal(options.length, 3);
	assert.match(options[0], /Help me stay protected/);
	assert.match(page, /Recommended[\s\S]*Help me stay protected/);
	assert.match(page, /Contact my service provider/);
	assert.match(page, /Reactivate the service/);
	const still = await person.send("portal/reactivate", { device: idOf(devices[0]) });

	assert.equal(still.status, 303);
	assert.match(still.headers.location, /^\/portal\?said=[a-z_]+&of=sub_/);
	assert.match((await person.see(still.headers.location.slice(1))).text, /class="warn" role="status"/);
	await provider.resume(sub.id);
	const back = await person.send("portal/reactivate", { device: idOf(devices[0]) });

	assert.match(back.headers.location, /said=active/);
	assert.match((await person.see(back.headers.location.slice(1))).text, /class="good" role="status"/);
	assert.match((await person.see("portal/contact")).text, /0800 123/);
});

test("reactivating asks the provider's system: resolved there, it is resolved here; else it says who said no", async (t) => {
	const scene = Scene.of(t);
	const standIn = await new StandInProvider().start();

	scene.atEnd(() => standIn.stop());
	const server = await new Server(scene).start();
	const provider = await server.addProvider({ name: "Example Broadband", "verify-url": standIn.url });
	const sub = await provider.order("customer-1", 1);
	const device = new BareDevice(server, "laptop");

	await device.activate(sub.activation_code);
	await provider.suspend(sub.id);
	const person = await Person.atDevice(server, device.token);
	const reactivate = async () => (await person.send("portal/reactivate", { device: device.id })).headers.location;

	standIn.set("customer-1", "suspended");
	const no = await reactivate();

	assert.match(no, /said=still_blocked/);
	assert.match((await person.see(no.slice(1))).text, /Example Broadband says that it is not resolved yet/);
	standIn.set("customer-1", "active");
	const yes = await reactivate();

	assert.match(yes, /said=active/);
	assert.match((await person.see(yes.slice(1))).text, /all is in order/);
	assert.equal((await device.lease()).notice?.code ?? "none", "none");
	assert.equal((await provider.get(sub.id)).state, "active");
});

test("Help me stay protected leads to the checkout; what was bought is at the portal, with its receipt", async (t) => {
	const { server, provider, sub, person, devices } = await world(t, { devices: ["laptop"] });

	await provider.ask("PUT", `v1/subscriptions/${sub.id}/recipient`, { address: "anna@example.com" });
	await provider.cancel(sub.id);
	const on = await person.send("portal/purchase", { device: idOf(devices[0]) });

	assert.equal(on.status, 303);
	assert.match(on.headers.location, /^\/checkout\//);
	const paid = await ask("POST", server.at(on.headers.location.slice(1)), { headers: FORM, body: "" });

	assert.equal(paid.status, 200, paid.text);
	assert.match(paid.text, /Receipt/);
	const owner = await Person.atDevice(server, devices[0].token);
	const purchases = (await owner.see("portal/purchases")).text;

	assert.match(purchases, new RegExp(on.headers.location.slice("/checkout/".length)));
	assert.match((await owner.see("portal/history")).text, /Your subscription was bought/);
});

test("a device is removed, moved, undone; a refusal is said on its page", async (t) => {
	const { person, devices } = await world(t, { seats: 1, devices: ["laptop"] });
	const id = idOf(devices[0]);
	const page = await person.see(`portal/devices/${id}`);

	assert.match(page.text, /laptop/);
	assert.match(page.text, /Last seen/);
	const removed = await person.send(`portal/devices/${id}`, { action: "remove" });

	assert.equal(removed.headers.location, `/portal/devices/${id}?done=remove`);
	assert.match((await person.see(removed.headers.location.slice(1))).text, /It is removed/);
	const again = await person.send(`portal/devices/${id}`, { action: "remove" });

	assert.equal(again.status, 409);
	assert.match(again.text, /That was not done/);
	assert.equal((await person.send(`portal/devices/${id}`, { action: "assign" })).status, 303);
});

test("a licence moves between two devices and comes back by undo, and the history tells it", async (t) => {
	const { provider, sub, person, devices } = await world(t);
	const [laptop, desktop] = devices.map(idOf);

	assert.equal((await person.send(`portal/devices/${desktop}`, { action: "remove" })).status, 303);
	assert.match((await person.see(`portal/devices/${laptop}`)).text, new RegExp(`<option value="${desktop}">`));
	assert.equal((await person.send(`portal/devices/${laptop}`, { action: "move", to: desktop })).status, 303);
	assert.match((await person.see(`portal/devices/${laptop}`)).text, /Undo the move/);
	assert.equal((await person.send(`portal/devices/${laptop}`, { action: "undo" })).status, 303);
	const seated = (await provider.ask("GET", `v1/subscriptions/${sub.id}`)).json.devices.filter((d) => d.seated)
		.map((d) => d.id);

	assert.deepEqual(seated, [laptop]);
	const history = (await person.see("portal/history")).text;

	for (const words of [/The licence moved from laptop to desktop/, /A move of the licence was undone/,
		/desktop was removed/, /laptop was activated/, /By you\./])
		assert.match(history, words);
	assert.ok(history.indexOf("desktop was removed") < history.indexOf("laptop was activated"), "the newest first");
	assert.doesNotMatch(history, /Not all is shown/);
});

test("a new activation code comes once, as code, link and QR code, and opens a seat", async (t) => {
	const { server, sub, person } = await world(t, { seats: 3 });
	const made = await person.send(`portal/activation/${sub.id}`, {});
	const code = /id="code">([0-9A-Z-]{15})</.exec(made.text)[1];

	assert.equal(made.status, 200);
	assert.equal(made.headers["cache-control"], "no-store");
	assert.match(made.text, new RegExp(`href="http://[^"]*activate#${code}"`));
	assert.match(made.text, /<svg [^>]*role="img"[^>]*aria-label="QR code of the activation link">/);
	assert.notEqual(code, sub.activation_code);
	const third = new BareDevice(server, "tablet");

	await third.activate(code);
	assert.notEqual(third.token, undefined);
	assert.match((await person.see("portal/devices")).text, /tablet/);
	assert.ok(!(await person.see(`portal/activation/${sub.id}`)).text.includes(code));
});

test("who asks too often for links, codes or their data waits, and is told how long", async (t) => {
	const { server, sub, person } = await world(t);
	const assertWait = async (most, once) => {
		for (let i = 0; i < 30; i++) {
			const answer = await once();
			const wait = Number(answer.headers["retry-after"]);

			if (answer.status !== 429) {
				assert.ok(answer.status < 400, answer.text);
				continue;
			}
			assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= most, `Retry-After: ${wait}`);
			return;
		}
		assert.fail("never refused");
	};

	await assertWait(3600, () => ask("POST", server.at("portal/sign-in"), { headers: FORM, body: "address=anna%40example.com" }));
	await assertWait(86400, () => person.send(`portal/activation/${sub.id}`, {}));
	await assertWait(60, () => ask("GET", server.at("portal/data/export"), { headers: { Cookie: person.cookie } }));
});

test("what has happened is shown from its end, and the page says when there is more", async (t) => {
	const { sub, provider, person } = await world(t);

	for (let i = 0; i < 101; i++) {
		await provider.suspend(sub.id);
		assert.ok((await provider.ask("POST", `v1/subscriptions/${sub.id}/resume`, {})).status < 300);
	}
	const history = (await person.see("portal/history")).text;

	assert.equal(history.match(/<li><time>/g).length, 200);
	assert.match(history, /Not all is shown: at most the latest 200 /);
	assert.doesNotMatch(history, /laptop was activated/);
	const file = await person.see("portal/data/export");

	assert.ok(file.json.subscriptions[0].events.some((e) => e.kind === "activated"));
});

test("all that is known can be taken away, and be deleted: in part while it runs, all of it afterwards", async (t) => {
	const { server, provider, sub, person, devices } = await world(t);
	const file = await person.see("portal/data/export");

	assert.match(file.headers["content-disposition"], /attachment/);
	assert.equal(file.json.subscriptions.length, 1);
	assert.deepEqual(file.json.subscriptions[0].devices.map((d) => d.name).sort(), ["desktop", "laptop"]);
	assert.ok(file.json.subscriptions[0].events.some((e) => e.kind === "activated"));
	const put = await provider.ask("PUT", `v1/subscriptions/${sub.id}/recipient`, { address: "anna@example.com", name: "Anna" });

	assert.ok(put.status < 300, put.text);
	/* Whoever sits at a device is not the one who reads the mail. */
	assert.equal((await person.send("portal/data/delete", { subscription: sub.id, sure: "yes" })).status, 403);
	assert.match((await person.see("portal/data")).text, /sign in by mail/);
	assert.ok((await provider.ask("DELETE", `v1/subscriptions/${sub.id}/recipient`)).status < 300);
	const unsure = await person.send("portal/data/delete", { subscription: sub.id });

	assert.equal(unsure.status, 400);
	assert.match(unsure.text, /Tick the box/);
	const part = await person.send("portal/data/delete", { subscription: sub.id, sure: "yes" });

	assert.match(part.text, /contact data is deleted/);
	assert.match((await person.see("portal/devices")).text, /laptop/);
	await provider.cancel(sub.id);
	assert.match((await person.see("portal/data")).text, /takes away for good/);
	const all = await person.send("portal/data/delete", { subscription: sub.id, sure: "yes" });

	assert.match(all.text, /gone for good/);
	await person.see("portal", 303);
	const refused = await provider.ask("POST", `v1/subscriptions/${sub.id}/reinstate`, {});

	assert.equal(refused.status, 409);
	/* The chain holds all the same. */
	assert.equal((await server.verifyLog()).intact, true);
	assert.ok(!JSON.stringify((await provider.ask("GET", `v1/subscriptions/${sub.id}`)).json).includes("laptop"));
	assert.equal(devices.length, 2);
});

test("every form withstands what is missing, huge, hostile or repeated", async (t) => {
	const { server, sub, person, devices } = await world(t);
	const hostile = ["", "x".repeat(60000), "<script>alert(1)</script>", "' OR 1=1 --", "../../etc/passwd", "%00", "a\r\nSet-Cookie: x=y",
		"\u0000", "\ud83d\ude00".repeat(50), "%", "{{csrf}}", sub.id];
	const forms = [["portal/reactivate", ["device"]], ["portal/purchase", ["device"]], ["portal/consent", ["subscription", "answer"]],
		[`portal/devices/${idOf(devices[0])}`, ["action", "to"]], ["portal/data/delete", ["subscription", "sure"]],
		[`portal/devices/dev_nobody`, ["action", "to"]], ["portal/activation/sub_nobody", ["x"]],
		["portal/sign-in", ["address", "next"]], ["portal/enter/hfl_x", ["x"]]];

	for (const [path, fields] of forms)
		for (const value of hostile)
			for (const body of [Object.fromEntries(fields.map((name) => [name, value]))]) {
				const encoded = person.form(body).body;

				for (const raw of [encoded, `${encoded}&${fields[0]}=again`, `${encoded}&%zz=1&&==`]) {
					const answer = await person.send(path, {}, { raw, headers: { "X-Forwarded-For": `198.51.100.${Math.floor(
						Math.random() * 250)}` } });

					assert.ok([303, 400, 403, 404, 409, 413, 429].includes(answer.status),
						`${path} ${value.slice(0, 20)}: ${answer.status}`);
					assert.ok(!answer.text.includes("<script>alert"), path);
					assert.equal(answer.headers["set-cookie"]?.toString().includes("x=y") ?? false, false);
				}
			}
	for (const path of ["portal/devices/%3Cscript%3E", "portal/devices/..%2f..", "portal?said=<script>&of=x",
		"portal?said=active&of=' OR 1=1", `portal/activation/${"x".repeat(300)}`, "portal/history?%", "portal/nowhere"]) {
		const answer = await ask("GET", server.at(encodeURI(path).replaceAll("%25", "%")), { headers: { Cookie: person.cookie } });

		assert.ok([200, 404].includes(answer.status), `${path}: ${answer.status}`);
		assert.ok(!answer.text.includes("<script>"), path);
	}
	await person.see("portal");
});

test("pages hold to their rules: no inline code, labels for all fields, small, kept by nobody", async (t) => {
	const { server, sub, person, devices } = await world(t);
	const pages = ["portal", "portal/devices", `portal/devices/${idOf(devices[0])}`, "portal/contact", "portal/purchases",
		"portal/history", "portal/data", `portal/activation/${sub.id}`, "portal/sign-in", "portal/sign-in/sent",
		"portal/enter/hfl_x", "", "activate"];

	for (const path of pages) {
		const { text, headers } = await person.see(path);

		assert.match(headers["content-security-policy"], /^default-src 'none'; style-src 'self'; script-src 'self'/);
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.equal(headers["cache-control"], "no-store");
		assert.doesNotMatch(text, /<script(?![^>]*src=)|\son[a-z]+=|\sstyle=|javascript:/, path);
		assert.match(text, /<html lang="en">/);
		assert.equal(text.match(/<h1>/g).length, 1, path);
		for (const [, id] of text.matchAll(/<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* id="([^"]+)"/g))
			assert.match(text, new RegExp(`<label for="${id}"`), `${path} ${id}`);
		const files = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((each) => each[1]);
		let bytes = text.length;

		for (const file of files) {
			const got = await ask("GET", server.at(file.slice(1)));

			assert.equal(got.status, 200, file);
			assert.match(got.headers["cache-control"], /immutable/);
			bytes += got.text.length;
		}
		assert.ok(bytes < 50000, `${path}: ${bytes} bytes`);
	}
});
