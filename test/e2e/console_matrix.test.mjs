// Every operation of the console × everybody who might try it: who is not signed in is sent to the sign-in, whose role is
// too small is told so, and what is another provider's looks like what does not exist. No form is taken without the key
// of the session that sends it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";
import { ConsoleUser } from "./console_user.mjs";
import { World, operationNames, rowFor } from "./operations.mjs";

const names = operationNames.filter((name) => / \/console/.test(name));
const behindTheDoor = names.filter((name) => rowFor(name).may !== "anyone");
const FORM = "application/x-www-form-urlencoded";

let scene, server, world, users;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--payment", "local", "--proxy", "127.0.0.1"] }).start();
	world = await World.open(server);
	const own = world.own.facts.id;

	users = {};
	for (const role of ["read_only", "support", "operator", "owner"])
		users[role] = await ConsoleUser.open(server, { provider: own, role });
	users.vendorReader = Object.assign(await ConsoleUser.open(server, { role: "read_only" }), { isVendor: true });
	users.vendorOwner = Object.assign(await ConsoleUser.open(server, {}), { isVendor: true });
	users.locked = await ConsoleUser.open(server, { provider: own });
	await server.admin("user", "disable", users.locked.mail);
	users.other = await ConsoleUser.open(server, { provider: world.other.facts.id });
});

after(() => scene.close());

/** What a row wants, made anew: { method, path, parts, form }. */
async function requestOf(name) {
	const [method, pattern] = name.split(" "), row = rowFor(name);
	const { parts = [], form } = row.with === undefined ? {} : await row.with(world);
	let at = 0;

	return { method, parts, form, path: pattern.replace(/\{[^}]*\}/g, () => parts[at++]).slice(1) + (row.query ?? "") };
}

const columns = ["console", "console_read", "console_support", "console_operate", "console_own", "console_vendor",
	"console_vendor_own"];
const expected = {
	read_only:    ["in", "in", 403, 403, 403, 403, 403],
	support:      ["in", "in", "in", 403, 403, 403, 403],
	operator:     ["in", "in", "in", "in", 403, 403, 403],
	owner:        ["in", "in", "in", "in", "in", 403, 403],
	vendorReader: ["in", 403, 403, 403, 403, "in", 403],
	vendorOwner:  ["in", 403, 403, 403, 403, "in", "in"],
	locked:       [303, 303, 303, 303, 303, 303, 303],
};

const goodStatus = (name, who) => {
	const { answers = 200 } = rowFor(name);

	return typeof answers === "function" ? answers(who) : answers;
};

/** An owner may have no more than 16 webhooks. */
async function removeWebhooks() {
	for (const { id } of (await world.own.ask("GET", "v1/webhooks")).json.webhooks)
		await world.own.ask("DELETE", `v1/webhooks/${id}`);
}

for (const name of behindTheDoor)
	test(`${name}: each user has its answer`, async () => {
		for (const [who, row] of Object.entries(expected)) {
			const { method, path, form } = await requestOf(name), user = users[who];
			const may = row[columns.indexOf(rowFor(name).may)];
			const answer = method === "GET" ? await user.get(path) : await user.post(path, form);

			assert.equal(answer.status, may === "in" ? goodStatus(name, user) : may, `${who}: ${answer.text}`);
			if (may === 303)
				assert.match(answer.headers.location, /^\/console\/sign-in/, who);
			if (rowFor(name).leaves && may === "in") {
				assert.equal((await user.get("console/account")).status, 303, `${who} is still signed in`);
				await user.signIn();
				await user.get("console/account");
			}
		}
		await removeWebhooks();
	});

for (const name of behindTheDoor)
	test(`${name}: whoever is not signed in is sent to the sign-in, whatever else they have`, async () => {
		const { method, path, form } = await requestOf(name);
		const body = form === undefined ? undefined : new URLSearchParams(form).toString();
		const subscriber = world.person.cookie, [, portalToken] = subscriber.split("=");
		const cookies = [undefined, "holdfast-console=", "holdfast-console=hfc_made-up", `holdfast-portal=${users.owner.cookie.split("=")[1]}`,
			subscriber, `holdfast-console=${portalToken}`];

		for (const key of [undefined, world.secrets.owner, world.vendor, world.secrets.device])
			for (const Cookie of cookies) {
				const answer = await ask(method, server.at(path), { key, body,
					headers: { ...(Cookie === undefined ? {} : { Cookie }), ...(body === undefined ? {} : { "Content-Type": FORM }) } });

				assert.equal(answer.status, 303, answer.text);
				assert.match(answer.headers.location, /^\/console\/sign-in/);
			}
		// The subscriber was signed in all the while, elsewhere.
		await world.person.see("portal");
		await removeWebhooks();
	});

for (const name of behindTheDoor.filter((each) => /^POST/.test(each) && !rowFor(each).slow))
	test(`${name}: no form is taken without its key, with another's, or from elsewhere`, async () => {
		const who = /vendor/.test(rowFor(name).may) ? users.vendorOwner : users.owner;
		const { path, form } = await requestOf(name);

		await who.get("console/account");
		for (const csrf of ["", "0".repeat(64), users.operator.csrf]) {
			const answer = await who.ask("POST", path, { body: new URLSearchParams({ ...form, csrf }).toString() });

			assert.equal(answer.status, 403, answer.text);
		}
		await who.get("console/account");
		for (const headers of [{ Origin: "https://evil.example" }, { "Sec-Fetch-Site": "cross-site" }])
			assert.equal((await who.ask("POST", path, { body: who.form(form), headers })).status, 403);
		await removeWebhooks();
	});

/** An id of the same form that nobody has. */
const madeUp = (id) => id.replace(/[^_]*$/, (letters) => "0".repeat(letters.length));

for (const name of names.filter((each) => rowFor(each).foreign))
	test(`${name}: another provider's is as what does not exist, and is not done in secret`, async () => {
		const { method, path, parts, form } = await requestOf(name);
		const send = (user, where) => method === "GET" ? user.get(where) : user.post(where, form);

		await users.other.get("console/account");
		const theirs = await send(users.other, path);
		const nobodys = await send(users.other, path.replace(parts[0], madeUp(parts[0])));

		assert.equal(nobodys.status, 404, nobodys.text);
		assert.equal(theirs.status, 404, theirs.text);
		assert.equal(theirs.text, nobodys.text);
		await users.owner.get("console/account");
		const own = await send(users.owner, path);

		assert.equal(own.status, goodStatus(name, users.owner), own.text);
		await removeWebhooks();
	});

for (const name of names.filter((each) => /^GET/.test(each) && !/\{/.test(each) && /^console_(read|support|operate|own)$/.test(rowFor(each).may)))
	test(`${name}: shows nothing of another provider`, async () => {
		const answer = await users.other.get((await requestOf(name)).path.replace(/\?.*/, ""));

		assert.equal(answer.status, 200);
		for (const secret of [world.own.facts.id, world.sub.id, world.sub.reference, world.device.id, users.owner.mail, users.owner.id])
			assert.ok(!answer.text.includes(secret), `${secret} is in ${answer.text}`);
	});
