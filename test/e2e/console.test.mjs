// The console as the people of a provider and of the vendor use it, without scripts: signing in, finding a subscription,
// helping, changing, many at once; and every form against what is missing, huge, hostile and sent twice.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { BareDevice } from "./bare_device.mjs";
import { ConsoleUser, appCode, hidden } from "./console_user.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, expectStatus, until } from "./lib.mjs";
import { World, operationNames, rowFor } from "./operations.mjs";

let scene, server, world, own, owner, support, vendor;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--payment", "local", "--proxy", "127.0.0.1"] }).start();
	world = await World.open(server);
	own = world.own;
	owner = await ConsoleUser.open(server, { provider: own.facts.id, name: "Olga Owner" });
	support = await ConsoleUser.open(server, { provider: own.facts.id, role: "support" });
	vendor = await ConsoleUser.open(server, { name: "Vera Vendor" });
});

after(() => scene.close());

const text = (page) => page.text.replace(/<[^>]*>/g, " ").replace(/&#39;/g, "'").replace(/&quot;/g, '"')
	.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&").replace(/\s+/g, " ");

/** The answer says when to come again. */
function assertWait(answer, most) {
	const wait = Number(answer.headers["retry-after"]);

	assert.ok(Number.isInteger(wait) && wait >= 1 && wait <= most, `Retry-After: ${answer.headers["retry-after"]}`);
}

/** A subscription with a device of that name; both. */
async function furnish(name, seats = 2) {
	const sub = await own.order(`cust-${name}`, seats), device = new BareDevice(server, name);

	await device.activate(sub.activation_code);
	return { sub, device, path: `console/subscriptions/${sub.id}` };
}

test("the commands make, list, change and reset people, and say what is wrong", async () => {
	const user = (...args) => server.admin("user", ...args);
	const made = JSON.parse(expectStatus(await user("add", "--provider", own.facts.id, "--mail", "Cmd@Example.org", "--name",
		"Cmd", "--role", "operator"), 0, "user add").out);
	const line = async () => expectStatus(await user("list", "--provider", own.facts.id), 0, "user list").out.trim().split("\n")
		.map((each) => JSON.parse(each)).find((each) => each.id === made.id);

	assert.equal(made.mail, "cmd@example.org");
	assert.match(made.password, /^[a-z0-9]{4}(-[a-z0-9]{4}){4}$/);
	assert.deepEqual([(await line()).role, (await line()).authenticator, (await line()).disabled], ["operator", false, null]);
	expectStatus(await user("set", "--role", "support", "--name", "Other", "CMD@example.org"), 0, "user set");
	assert.deepEqual([(await line()).role, (await line()).name], ["support", "Other"]);
	expectStatus(await user("disable", made.id), 0, "user disable");
	assert.notEqual((await line()).disabled, null);
	expectStatus(await user("enable", made.id), 0, "user enable");
	assert.equal((await line()).disabled, null);
	assert.notEqual(JSON.parse(expectStatus(await user("reset", made.id), 0, "user reset").out).password, made.password);

	for (const [status, words, args] of [
		[1, /already/, ["add", "--provider", own.facts.id, "--mail", "cmd@example.org", "--name", "x"]],
		[1, /no such provider/, ["add", "--provider", "prv_nobody", "--mail", "a@example.org", "--name", "x"]],
		[1, /no address/, ["add", "--vendor", "--mail", "nonsense", "--name", "x"]],
		[1, /name/, ["add", "--vendor", "--mail", "a@example.org"]],
		[1, /nobody like that/, ["reset", "usr_nobody"]],
		[2, /--role takes/, ["add", "--vendor", "--mail", "a@example.org", "--name", "x", "--role", "god"]],
		[2, /say who/, ["reset"]],
		[2, /--provider ID or --vendor/, ["list"]],
		[2, /say add/, ["frobnicate"]],
	]) {
		const result = await user(...args);

		assert.equal(result.status, status, `${args}: ${result.err}`);
		assert.match(result.err, words, `${args}`);
	}
});

test("the first sign-in asks for another password, an app, and gives recovery codes", async () => {
	const user = await ConsoleUser.add(server, { provider: own.facts.id, role: "read_only" });
	let page = await user.givePassword();

	assert.match(text(page), /made by somebody else/);
	page = await user.post("console/sign-in/password", { ticket: hidden(page.text, "ticket"), password: "short", again: "short" });
	assert.equal(page.status, 422);
	assert.match(text(page), /at least 12 letters/);
	page = await user.post("console/sign-in/password", { ticket: hidden(page.text, "ticket"), password: "a sentence of my own",
		again: "a sentence of my owm" });
	assert.match(text(page), /not the same/);
	page = await user.post("console/sign-in/password", { ticket: hidden(page.text, "ticket"), password: "a sentence of my own",
		again: "a sentence of my own" });
	const key = /id="key">([A-Z2-7]{32})</.exec(page.text)[1];

	assert.match(page.text, new RegExp(`otpauth://totp/Holdfast:[^"]*secret=${key}`));
	page = await user.post("console/sign-in/app", { ticket: hidden(page.text, "ticket"), code: "000000" });
	assert.equal(page.status, 422);
	assert.equal(/id="key">([A-Z2-7]{32})</.exec(page.text)[1], key, "a wrong code changes the key");
	// One code for both: a later one would be another, whatever the server keeps.
	const fromApp = appCode(key);

	page = await user.post("console/sign-in/app", { ticket: hidden(page.text, "ticket"), code: fromApp });
	const codes = [...page.text.matchAll(/<li><code>([a-z0-9]{4}(?:-[a-z0-9]{4}){3})<\/code>/g)].map((each) => each[1]);

	assert.equal(codes.length, 10);
	assert.equal((await user.get("console")).status, 200);
	await user.post("console/sign-out");
	assert.equal((await user.get("console")).status, 303);

	// A code opens once: neither the app's again, nor a recovery code twice.
	const enter = async (code) => {
		const asked = await user.givePassword("a sentence of my own");

		return user.post("console/sign-in/code", { ticket: hidden(asked.text, "ticket"), code });
	};
	assert.equal((await enter(fromApp)).status, 422);
	assert.equal((await enter(codes[0].toUpperCase())).status, 303);
	assert.equal((await user.get("console")).status, 200);
	assert.equal((await enter(codes[0])).status, 422);
	assert.equal((await enter(codes[1])).status, 303);
	assert.match(text(await user.get("console/account")), /8 are left/);
});

test("half a sign-in opens nothing, is used once, and is no link to the portal", async () => {
	const user = await ConsoleUser.open(server, { provider: own.facts.id });

	await user.post("console/sign-out");
	const ticket = hidden((await user.givePassword()).text, "ticket");

	assert.equal((await user.get("console")).status, 303);
	for (const path of [`portal/enter/${ticket}`, `portal/sign-in/${ticket}`, `portal/link/${ticket}`]) {
		await user.get(path);
		await user.post(path);
		assert.equal((await user.get("console")).status, 303, path);
	}
	const fresh = hidden((await user.givePassword()).text, "ticket");

	// Nor does it choose a new password, or another app.
	const changed = await user.post("console/sign-in/password", { ticket: fresh, password: "somebody else's wish",
		again: "somebody else's wish" });

	assert.match(text(changed), /six digits/);
	const app = await user.post("console/sign-in/app", { ticket: hidden(changed.text, "ticket"), code: "000000" });

	assert.doesNotMatch(app.text, /id="key"/);
	assert.equal((await user.post("console/sign-in/code", { ticket: fresh, code: user.recovery[0] })).status, 403);
	assert.equal((await user.post("console/sign-in/code", { ticket: hidden(app.text, "ticket"), code: user.recovery[0] })).status, 303);
});

test("a wrong password is refused alike whoever is known, and locks after ten", async () => {
	const user = await ConsoleUser.open(server, { provider: own.facts.id });
	const nobody = new ConsoleUser(server, "nobody@example.org", "wrong");
	const words = async (who) => {
		const page = await who.givePassword("wrong password");

		return [page.status, /<main.*<\/main>/s.exec(page.text)[0].replaceAll(who.mail, "MAIL")];
	};

	assert.deepEqual(await words(user), await words(nobody));
	for (let i = 0; i < 9; i++)
		await words(user);
	const locked = await user.givePassword();

	assert.equal(locked.status, 429);
	assertWait(locked, 900);
	assert.match(text(locked), /Wait a quarter of an hour/);
	// From another place the right one still opens.
	user.address = "203.0.113.251";
	assert.equal((await user.signIn()).status, 303);
	assert.match(text(await owner.get("console/audit?kind=user_locked")), /user locked/);
});

test("the sign-in leads back to the page that was asked for, and nowhere else", async () => {
	const user = await ConsoleUser.open(server, { provider: own.facts.id });

	await user.post("console/sign-out");
	const asked = await user.get("console/search?q=a");

	assert.match(asked.headers.location, /next=/);
	const next = hidden((await user.get(asked.headers.location)).text, "next");

	assert.equal(next, "/console/search?q=a");
	for (const [sent, leads] of [[next, next], ["https://evil.example/", "/console"], ["//evil.example", "/console"],
		["/console/../portal", "/console"], ["/portal", "/console"], ["/console\r\nX: y", "/console"]]) {
		user.csrf = undefined;
		const page = await user.post("console/sign-in", { mail: user.mail, password: user.password, next: sent });
		const answer = await user.post("console/sign-in/code", { ticket: hidden(page.text, "ticket"), code: user.recovery.shift(),
			next: hidden(page.text, "next") });

		assert.equal(answer.headers.location, leads);
	}
});

test("a subscription is found by each of its names", async () => {
	const { sub } = await furnish("findable-laptop");

	await own.ask("PUT", `v1/subscriptions/${sub.id}/recipient`, { address: "finder@example.org" });
	for (const q of [sub.id, sub.reference, sub.external_id, "cust-find", "finder@", "Findable-LAP"])
		assert.ok((await owner.get(`console/search?q=${encodeURIComponent(q)}`)).text.includes(`/console/subscriptions/${sub.id}"`), q);
	for (const q of [sub.activation_code, "%", "' OR '1'='1", "<script>", "nothing of that name"]) {
		const page = await owner.get(`console/search?q=${encodeURIComponent(q)}`);

		assert.match(text(page), /Nothing of yours/, q);
		assert.ok(!page.text.includes("<script>alert") && !page.text.includes("value=\"<"), q);
	}
});

test("a billing case: suspended with a reason, seen from both sides, and resumed", async () => {
	const { sub, device, path } = await furnish("billing-case");

	// Times are in whole seconds: the device asked before what comes.
	await pause(1100);
	let page = await owner.done(`${path}/suspend`, { reason: "billing" });
	assert.match(text(page), /The subscription is suspended/);
	assert.match(text(page), /Suspended since .* billing/);
	assert.match(text(page), /Why billing-case is as it is Unprotected/);
	assert.match(text(page), /Who can fix it: You and Own Broadband/);
	assert.match(text(page), /Here suspended, billing/);
	assert.match(text(page), /has not been told yet/);
	assert.match(text(page), /The device has not asked since this became so/);
	// With newer data, so that the server notes it at once.
	await device.ask("checkin", { nonce: "A".repeat(43), generation: 7 });
	await until("the device is known to have been told", async () => /All agree/.test(text(await owner.get(path))));
	// Once more is refused, in words, on the same page.
	const again = await owner.post(`${path}/suspend`, { reason: "billing" });

	assert.equal(again.status, 409);
	assert.match(again.text, /role="alert"/);
	page = await owner.done(`${path}/resume`);
	assert.match(text(page), /The suspension is over/);
	assert.match(text(page), /Active since/);
	assert.equal((await own.get(sub.id)).state, "active");
	// The log says who.
	const events = await own.events(sub.id);

	assert.equal(events.find((each) => each.kind === "suspend").actor, `user ${owner.id}`);
	assert.match(text(page), new RegExp(`resume – Olga Owner \\(${owner.mail}\\)`));
});

test("a cancellation at a date is to come, and can be withdrawn", async () => {
	const { sub, path } = await furnish("leaver");
	let page = await owner.done(`${path}/cancel`, { reason: "discontinued", effective: "2030-01-31" });

	assert.match(text(page), /The change will take effect on its day/);
	assert.match(text(page), /cancel on 31 January 2030/);
	const withdraw = /action="([^"]*\/withdraw)"/.exec(page.text)[1];

	page = await owner.done(withdraw);
	assert.match(text(page), /will not happen/);
	assert.doesNotMatch(page.text, /\/withdraw"/);
	assert.equal((await owner.post(withdraw)).status, 404);
	await owner.done(`${path}/cancel`, { reason: "provider_request" });
	assert.equal((await own.get(sub.id)).state, "cancelled");
	page = await owner.done(`${path}/reinstate`);
	assert.match(text(page), /reinstated, with the seats/);
	assert.equal((await own.get(sub.id)).state, "active");
});

test("seats are counted, freed, given, moved and moved back", async () => {
	const { sub, device, path } = await furnish("old-laptop", 2);
	const second = new BareDevice(server, "new-laptop");

	await second.activate(sub.activation_code);
	assert.match(text(await owner.get(path)), /2 of 2 taken/);
	const few = await owner.post(`${path}/seats`, { seats: "1" });

	assert.equal(few.status, 409);
	await owner.done(`${path}/devices/${second.id}/release`);
	await owner.done(`${path}/seats`, { seats: "1" });
	assert.match(text(await owner.get(path)), /1 of 1 taken/);
	assert.equal((await owner.post(`${path}/devices/${second.id}/assign`)).status, 409);
	assert.equal((await owner.post(`${path}/move`, { from: second.id, to: device.id })).status, 409);
	assert.equal((await owner.post(`${path}/move`, { to: second.id })).status, 422);
	let page = await owner.done(`${path}/move`, { from: device.id, to: second.id });

	assert.match(text(page), /The seat was moved/);
	assert.match(text(page), /old-laptop linux Unprotected transferred to new-laptop/);
	page = await owner.done(`${path}/devices/${device.id}/undo`);
	assert.match(text(page), /The move is undone/);
	await owner.done(`${path}/seats`, { seats: "2" });
	assert.deepEqual((await own.get(sub.id)).devices.filter((each) => each.seated).map((each) => each.id), [device.id]);
});

test("renewing, mail and a new code, which is shown once", async () => {
	const sub = await own.order("renewal", 1, { paid_until: "2028-01-01T00:00:00Z" }), path = `console/subscriptions/${sub.id}`;
	let page = await owner.done(`${path}/renew`, { paid_until: "2029-06-01" });

	assert.match(text(page), /1 June 2029/);
	page = await owner.done(`${path}/recipient`, { address: "pat@example.org", name: "Pat", language: "de" });
	assert.match(text(page), /Mail goes to pat@example.org/);
	page = await support.post(`${path}/code`);
	assert.equal(page.status, 200);
	const code = /id="new-code">([^<]*)</.exec(page.text)[1];

	assert.equal(page.headers["cache-control"], "no-store");
	assert.ok(!(await support.get(path)).text.includes(code));
	const device = new BareDevice(server, "renewed");

	await device.activate(sub.activation_code);
	assert.equal(device.token, undefined, "the old code still opens");
	await device.activate(code);
	assert.notEqual(device.token, undefined);
	page = await until("the welcome is listed", async () => {
		const now = await owner.get(path);

		return /welcome/.test(now.text) && now;
	});
	assert.match(text(page), /welcome mail/);
});

test("what a role may not do is not offered, and refused", async () => {
	const { path, device } = await furnish("looked-at");
	const page = await support.get(path);

	assert.doesNotMatch(page.text, /\/suspend"|\/cancel"|\/seats"/);
	assert.match(page.text, /\/release"/);
	assert.doesNotMatch(page.text, /href="\/console\/(users|keys|webhooks|bulk)"/);
	assert.equal((await support.post(`${path}/suspend`, { reason: "billing" })).status, 403);
	await support.get(path);
	assert.equal((await support.post(`${path}/devices/${device.id}/release`)).status, 303);
});

test("a table is tried first, then taken, with a result by line", async () => {
	const table = "external_id,seats,state\nbulk-1,2,\nbulk-2,x,\nbulk-3,1,suspended\n";
	let page = await owner.get("console/bulk");

	page = await owner.post("console/bulk", { table });
	assert.match(text(page), /This would be done 2 created, 0 changed, 0 unchanged, 1 refused\. /);
	assert.match(text(page), /2 bulk-1 created 3 refused The column "seats" has no such value\. 4 bulk-3 created The table/);
	assert.equal((await own.ask("GET", "v1/subscriptions?external_id=bulk-1")).json.subscriptions.length, 0);
	assert.ok(page.text.includes("bulk-1,2,"), "the table is there to be sent again");
	page = await owner.post("console/bulk", { table, apply: "yes" });
	assert.match(text(page), /This was done 2 created, 0 changed, 0 unchanged, 1 refused\. /);
	assert.equal([...page.text.matchAll(/created<\/span><\/td><td data-label="More"><code>[A-Z0-9-]{13,}<\/code>/g)].length, 2);
	assert.equal((await own.ask("GET", "v1/subscriptions?external_id=bulk-1")).json.subscriptions[0].seats, 2);
	assert.equal((await own.ask("GET", "v1/subscriptions?external_id=bulk-2")).json.subscriptions.length, 0);
	assert.equal((await own.ask("GET", "v1/subscriptions?external_id=bulk-3")).json.subscriptions[0].state, "suspended");
	page = await owner.post("console/bulk", { table: "nonsense\n1\n" });
	assert.equal(page.status, 422);
	assert.match(text(page), /no column/);
	const csv = await owner.get("console/bulk/export.csv");

	assert.match(csv.headers["content-type"], /text\/csv/);
	assert.match(csv.text, /bulk-1,2,/);
});

test("a table is taken whole only when all its activation codes fit into the answer", async () => {
	const lines = (n) => `external_id\n${Array.from({ length: n }, (_, i) => `many-${i}`).join("\n")}\n`;
	const refused = await owner.post("console/bulk", { table: lines(2001), apply: "yes" });

	assert.equal(refused.status, 422);
	assert.match(text(refused), /more than 2000 lines, whose activation codes would not fit/);
	assert.equal((await own.ask("GET", "v1/subscriptions?external_id=many-0")).json.subscriptions.length, 0);
	const page = await owner.post("console/bulk", { table: lines(2000), apply: "yes" });

	assert.equal(page.status, 200);
	assert.match(text(page), /2000 created, 0 changed/);
	assert.equal(new Set(page.text.match(/<code>[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{3,5}<\/code>|<code>[A-Z0-9-]{13,}<\/code>/g)).size, 2000);
});

test("a page of very many devices is a page, and has the one that was asked about", async () => {
	const sub = await own.order("cust-fleet", 410), path = `console/subscriptions/${sub.id}`;
	const devices = Array.from({ length: 410 }, (_, i) => new BareDevice(server, `fleet-${i}`));

	for (const device of devices)
		await device.activate(sub.activation_code);
	const last = devices.map(({ id }) => id).sort().at(-1), first = devices.map(({ id }) => id).sort()[0];

	await owner.done(`${path}/devices/${first}/release`);
	const page = await owner.get(path);

	assert.match(text(page), /400 of 410 devices are shown/);
	assert.match(text(page), /409 of 410 taken/);
	// One form, whose two lists name each device once.
	assert.equal(page.text.match(/\/move"/g).length, 1);
	assert.ok(page.text.length < 1024 * 1024 / 2, `${page.text.length} bytes`);
	for (const id of [first, last])
		assert.ok((await owner.get(`${path}?device=${id}`)).text.includes(`/devices/${id}/`), "the one that was asked about");
});

test("devices are counted by condition, age and data, with a table behind each picture", async () => {
	const fleet = await server.addProvider({ name: "Fleet Net" });
	const user = await ConsoleUser.open(server, { provider: fleet.facts.id, role: "read_only" });

	for (let i = 0; i < 3; i++) {
		const sub = await fleet.order(`fleet-${i}`), device = new BareDevice(server, `fleet-device-${i}`);

		await device.activate(sub.activation_code);
		if (i === 2)
			await fleet.suspend(sub.id);
	}
	const page = await user.get("console/devices");

	assert.equal([...page.text.matchAll(/<svg class="chart"/g)].length, 3);
	assert.match(page.text, /condition=protected#listed">Protected<\/a><\/th><td class="number">2</);
	assert.match(page.text, /condition=billing#listed">billing<\/a><\/th><td class="number">1</);
	assert.match(page.text, /age=day#listed">Within a day<\/a><\/th><td class="number">3</);
	const listed = text(await user.get("console/devices?condition=billing"));

	assert.match(listed, /fleet-device-2/);
	assert.doesNotMatch(listed, /fleet-device-0/);
	assert.match(text(await user.get("console")), /3 devices/);
});

test("card, brand and policy: an owner changes what is the provider's, and the vendor the policy", async () => {
	let page = await owner.done("console/settings/card", { name: "Own Broadband", phone: "+44 20 7946 0000", web: "https://help.example",
		hours: "Mon-Fri" });

	assert.match(text(page), /The contact card is changed/);
	assert.match(page.text, /value="\+44 20 7946 0000"/);
	page = await owner.post("console/settings/card", { name: "Own", web: "javascript:alert(1)" });
	assert.equal(page.status, 422);
	assert.match(text(page), /begins with https/);
	page = await owner.done("console/settings/brand", { colour: "#1a2b3c", sender: "Own" });
	assert.match(page.text, /value="#1a2b3c"/);
	assert.equal((await owner.post("console/settings/brand", { colour: "red" })).status, 422);
	assert.match(text(await owner.get("console/settings")), /Lease 3d/);
	const path = `console/vendor/providers/${own.facts.id}`;

	await vendor.get(path);
	page = await vendor.done(`${path}/policy`, { lease_s: "48h", billing_grace_s: "5d", "reminder_days[0]": "20" });
	assert.match(page.text, /name="lease_s" type="text" value="2d"/);
	for (const [field, value] of [["lease_s", "0s"], ["lease_s", "900d"], ["lease_s", "-5h"], ["transfers", "many"]])
		assert.equal((await vendor.post(`${path}/policy`, { [field]: value })).status, 422, `${field} ${value}`);
	assert.match(text(await owner.get("console/settings")), /Grace for billing 5d/);
});

test("keys, clients and webhooks are made, shown once, used and revoked", async () => {
	let page = await owner.get("console/keys");

	page = await owner.post("console/keys", { label: "nightly <job>", role: "read_only", kind: "key" });
	const secret = /id="secret">(hfk_[^<]*)</.exec(page.text)[1];

	assert.ok(page.text.includes("nightly &lt;job&gt;"));
	assert.equal((await ask("GET", server.at("v1/figures"), { key: secret })).status, 200);
	page = await owner.get("console/keys");
	assert.ok(!page.text.includes(secret));
	const revoke = [...page.text.matchAll(/nightly &lt;job&gt;.*?action="([^"]*\/revoke)"/gs)][0][1];

	await owner.done(revoke);
	assert.equal((await ask("GET", server.at("v1/figures"), { key: secret })).status, 401);
	page = await owner.post("console/webhooks", { url: "https://hooks.example/console", events: "subscription.suspended" });
	assert.match(page.text, /whsec_/);
	assert.equal((await owner.post("console/webhooks", { url: "http://127.0.0.1:1/", events: "no.such.event" })).status, 422);
	const hook = /action="(\/console\/webhooks\/whk_[^/]*)\/disable"/.exec((await owner.get("console/webhooks")).text)[1];

	await owner.done(`${hook}/disable`);
	assert.match(text(await owner.get("console/webhooks")), /Off since/);
	await owner.done(`${hook}/enable`);
	await owner.done(`${hook}/remove`);
	assert.doesNotMatch((await owner.get("console/webhooks")).text, /hooks.example\/console/);
});

test("people are added, changed, reset and locked out; the last owner stays", async () => {
	const fresh = await server.addProvider({ name: "People Net" });
	const only = await ConsoleUser.open(server, { provider: fresh.facts.id, name: "Only Owner" });
	let page = await only.get("console/users");

	page = await only.post("console/users", { name: "New Person", mail: "new.person@example.org", role: "operator" });
	const password = /id="password-made">([^<]*)</.exec(page.text)[1], person = new ConsoleUser(server, "new.person@example.org", password);

	await person.enrol();
	assert.equal((await person.get("console/subscriptions")).status, 200);
	assert.equal((await only.post("console/users", { name: "Twice", mail: "new.person@example.org", role: "operator" })).status, 409);
	const id = /users\/(usr_[^/]*)\/change"(?:(?!<\/li>).)*New Person/s.exec((await only.get("console/users")).text)[1];

	await only.done(`console/users/${id}/change`, { name: "New Person", role: "read_only" });
	assert.equal((await person.get("console/subscriptions")).status, 303, "a smaller role ends the session");
	await person.signIn();
	await only.done(`console/users/${id}/disable`);
	assert.equal((await person.get("console/subscriptions")).status, 303);
	assert.equal((await person.givePassword()).status, 422);
	await only.done(`console/users/${id}/enable`);
	page = await only.post(`console/users/${id}/reset`);
	assert.match(page.text, /id="password-made"/);
	assert.equal((await person.givePassword()).status, 422);
	for (const [what, fields] of [["disable", {}], ["change", { name: "Only Owner", role: "support" }]]) {
		page = await only.post(`console/users/${only.id}/${what}`, fields);
		assert.equal(page.status, 409, what);
		assert.match(text(page), /last owner/);
	}
	const audit = text(await only.get("console/audit"));

	assert.match(audit, /user added – Only Owner/);
	assert.match(audit, /user reset – Only Owner/);
});

test("one's own account: another password ends other sessions, and needs the old one", async () => {
	const user = await ConsoleUser.open(server, { provider: own.facts.id, role: "read_only" });
	const elsewhere = Object.assign(new ConsoleUser(server, user.mail, user.password), { recovery: user.recovery });

	await elsewhere.signIn();
	assert.equal((await elsewhere.get("console/account")).status, 200);
	const refused = await user.post("console/account/password", { old: "wrong", password: "another long sentence", again: "another long sentence" });

	assert.equal(refused.status, 422);
	await user.done("console/account/password", { old: user.password, password: "another long sentence", again: "another long sentence" });
	assert.equal((await user.get("console/account")).status, 200);
	assert.equal((await elsewhere.get("console/account")).status, 303);
	user.password = "another long sentence";
	const page = await user.post("console/account/recovery", { old: user.password });

	assert.equal([...page.text.matchAll(/<li><code>/g)].length, 10);
	await user.post("console/sign-out");
	assert.equal((await user.signIn()).status, 422, "an old recovery code still opens");
});

test("the vendor adds a provider with its first owner, sees figures, suspends and lifts", async () => {
	let page = await vendor.get("console/vendor");

	assert.match(text(page), /Own Broadband/);
	page = await vendor.done("console/vendor/providers", { name: "Fresh Fibre", phone: "1", web: "https://fresh.example" });
	const path = /action="\/(console\/vendor\/providers\/prv_[^/]*)\/card"/.exec(page.text)[1];

	page = await vendor.post(`${path}/owner`, { person: "Fran", mail: "fran@fresh.example" });
	const password = /id="password-made">([^<]*)</.exec(page.text)[1], fran = new ConsoleUser(server, "fran@fresh.example", password);

	await fran.enrol();
	assert.match(text(await fran.get("console")), /Fresh Fibre/);
	page = await vendor.done(`${path}/suspend`, { reason: "billing", grace_days: "3" });
	assert.match(text(page), /Suspended since/);
	assert.match(text(await fran.get("console")), /is suspended since/);
	page = await vendor.done(`${path}/resume`);
	assert.doesNotMatch(text(await fran.get("console")), /is suspended since/);
	assert.equal((await vendor.post(`${path}/resume`)).status, 409);
	assert.match(text(await vendor.get("console/vendor/audit")), /provider added/);
});

/** What no form may stumble over, as values of every field. */
const hostile = ["", " ", "x".repeat(5000), "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "' OR 1=1; DROP TABLE console_user; --",
	"../../../../etc/passwd", "a\r\nSet-Cookie: x=y", "\0", "%00", "{{csrf}}", "{{#may}}", "\u202egnp.exe", "-1", "1e9", "99999999999999999999", "NaN"];

const forms = operationNames.filter((name) => /^POST \/console/.test(name) && !rowFor(name).leaves && !rowFor(name).slow);

for (const name of forms)
	test(`${name}: missing, huge, hostile and repeated values are refused in words`, async () => {
		const row = rowFor(name), who = /vendor/.test(row.may) ? vendor : owner;
		const [, pattern] = name.split(" "), { parts = [], form = {} } = await row.with(world);
		let at = 0;
		const path = pattern.replace(/\{[^}]*\}/g, () => parts[at++]).slice(1);
		const fields = Object.keys(form).length > 0 ? Object.keys(form) : ["mail", "password", "ticket", "code", "old", "again"];
		const send = async (body) => {
			const answer = await who.ask("POST", path, { body });

			assert.ok(answer.status < 500, `${body.slice(0, 200)}: ${answer.status} ${answer.text}`);
			assert.doesNotMatch(answer.text, /<script>alert|<img src=x|onerror=alert\(1\)>/, body.slice(0, 200));
			assert.equal(answer.headers["set-cookie"]?.some((each) => /x=y/.test(each)) ?? false, false);
			return answer;
		};

		await who.get("console/account");
		for (const field of fields)
			for (const value of hostile)
				await send(who.form({ ...form, [field]: value }));
		for (const field of fields.filter((each) => each in form)) {
			const twice = await send(`${who.form(form)}&${new URLSearchParams({ [field]: form[field] })}`);

			assert.ok([404, 409, 422].includes(twice.status), `${field} twice: ${twice.status}`);
		}
		await send(`${who.form({})}&%=%&&&=&a`);
		assert.ok([403, 413].includes((await who.ask("POST", path, { body: `csrf=${"y".repeat(70000)}` })).status));
		for (const { id } of (await world.own.ask("GET", "v1/webhooks")).json.webhooks)
			await world.own.ask("DELETE", `v1/webhooks/${id}`);
		// It still works.
		assert.equal((await who.get("console/account")).status, 200);
	});

for (const path of ["console/search?q=", "console/subscriptions?state=", "console/subscriptions?after=", "console/devices?condition=",
	"console/devices?age=", "console/deliveries?state=", "console/deliveries?before=", "console/audit?actor=", "console/audit?kind=",
	"console/audit?before=", "console?done=", "console/sign-in?next=", "console/subscriptions/"])
	test(`/${path}…: whatever stands behind it is no more than text`, async () => {
		for (const value of hostile) {
			const answer = await owner.get(path + encodeURIComponent(value));

			assert.ok(answer.status < 500, `${value}: ${answer.status}`);
			assert.doesNotMatch(answer.text, /<script>alert|<img src=x/);
		}
	});

test("every page is small, framed alike, keeps nothing, and has no code in it", async () => {
	const net = await server.addProvider({ name: "Framed Net" }), user = await ConsoleUser.open(server, { provider: net.facts.id });
	const path = `console/subscriptions/${(await net.order("framed")).id}`;

	for (const where of ["console", "console/search", "console/subscriptions", path, "console/devices", "console/bulk", "console/settings",
		"console/keys", "console/webhooks", "console/deliveries", "console/users", "console/audit", "console/account"]) {
		const page = await user.get(where);

		assert.equal(page.status, 200, where);
		assert.ok(page.text.length < 50000, `${where} has ${page.text.length} bytes`);
		assert.match(page.text, /^<!doctype html>/, where);
		assert.match(page.headers["content-security-policy"], /default-src 'none'/, where);
		assert.equal(page.headers["cache-control"], "no-store", where);
		assert.doesNotMatch(page.text, /<script(?![^>]* src=)|<style| style="| on[a-z]+="|javascript:/, where);
		assert.doesNotMatch(page.text, /\{\{/, where);
		assert.equal([...page.text.matchAll(/<h1>/g)].length, 1, where);
		for (const [, id] of page.text.matchAll(/<(?:input|select|textarea)(?![^>]*type="hidden")[^>]* id="([^"]*)"/g))
			assert.ok(page.text.includes(`for="${id}"`), `${where}: ${id} has no label`);
		const ids = [...page.text.matchAll(/ id="([^"]*)"/g)].map((each) => each[1]);

		assert.equal(new Set(ids).size, ids.length, `${where}: an id is there twice`);
	}
});
