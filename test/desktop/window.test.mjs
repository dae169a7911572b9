// Goal of this test: the Subscription window says and does what the device's condition asks for, to somebody
// who only hears it as well.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { ask } from "../e2e/http.mjs";
import { Device, Scene, arrange, arrangeDevice, until } from "../e2e/lib.mjs";
import { eicar, eicarName } from "../e2e/samples.mjs";
import { Desktop, Window } from "./desktop.mjs";

let scene, world, standIn, desktop;

before(async () => {
	scene = new Scene();
	standIn = await new StandInProvider().start();
	scene.atEnd(() => standIn.stop());
	world = await arrange(scene, { provider: { checkin: "1s", "verify-url": standIn.url, phone: "+44 20 7946 0123",
		web: "https://broadband.example/help", hours: "Mon-Fri 8-20" } });
	desktop = await Desktop.start(scene);
});

after(() => scene.close());

async function windowFor(t, name, options) {
	const made = await arrangeDevice(scene, world, name);
	const window = await Window.open(scene, desktop, made.device, options);

	t.after(async () => {
		await window.close();
		await made.device.stop();
	});
	return { ...made, window };
}

test("a protected device says so, by whom and until when; nothing else is asked of the person", async (t) => {
	const { window } = await windowFor(t, "calm");

	await window.find("This device is protected", "label");
	assert.equal((await window.find("Protected by", "list item")).description, "Example Broadband");
	assert.match((await window.find("Protected until", "list item")).description, /in 2 days|in 3 days/);
	await window.find("Scan my files now", "push button");
	assert.equal((await window.tree()).some((each) => /Help me stay protected/.test(each.name)), false);
	desktop.screenshot("protected");
});

test("suspended: why, since when, who can fix it, the three options; resolved: gone by itself", async (t) => {
	const { window, subscription } = await windowFor(t, "suspended");

	await window.find("This device is protected");
	await world.provider.suspend(subscription.id);
	await window.find("Your protection is suspended", "label");
	await window.find("Example Broadband has suspended your subscription because a payment is open.");
	assert.match((await window.find("Since", "list item")).description, /less than a minute/);
	assert.match((await window.find("Who can fix it", "list item")).description, /settle the payment/);
	const options = (await window.tree()).filter((each) => each.role === "push button")
		.map((each) => each.name)
		.filter((name) => /^(Help me|Contact my|Reactivate the)/.test(name));

	assert.deepEqual(options, ["Help me stay protected (recommended)", "Contact my service provider",
		"Reactivate the service – I've resolved the issue"]);
	desktop.screenshot("suspended");
	await world.provider.resume(subscription.id);
	await window.find("This device is protected");
	await window.gone("Help me stay protected (recommended)");
});

test("Contact shows the signed card, each line of it to be copied", async (t) => {
	const { window, subscription, device } = await windowFor(t, "contact");

	await world.provider.suspend(subscription.id);
	await window.press("Contact my service provider");
	assert.equal((await window.find("Phone", "list item")).description, "+44 20 7946 0123");
	assert.equal((await window.find("Your reference, to quote", "list item")).description,
		(await device.status()).provider.reference);
	for (const what of ["Phone", "Web", "Hours", "Your reference, to quote"])
		await window.find(`Copy: ${what}`, "push button");
	desktop.screenshot("contact");
});

test("Reactivate says who said no, and turns green when the provider agrees", async (t) => {
	const { window, subscription } = await windowFor(t, "reactivate");

	await world.provider.suspend(subscription.id);
	standIn.set(subscription.external_id, "suspended");
	await window.press("Reactivate the service – I've resolved the issue");
	await window.find(/^\d\d:\d\d, Example Broadband: Your provider's system says that it is not resolved yet\./);
	desktop.screenshot("still-blocked");
	standIn.set(subscription.external_id, "active");
	await window.press("Reactivate the service – I've resolved the issue");
	await window.find("This device is protected");
});

test("Help me stay protected leads to a page; when it is paid the window turns green by itself", async (t) => {
	const { window, subscription, device } = await windowFor(t, "buyer");

	await world.provider.cancel(subscription.id);
	await window.find("Your subscription is cancelled");
	await window.press("Help me stay protected (recommended)");
	const { name } = await window.find(/^Pay on this page, and protection starts by itself: http/);
	const url = name.replace(/^.*: (?=http)/, "");

	desktop.screenshot("checkout");
	assert.ok((await ask("POST", url, { body: "",
		headers: { "Content-Type": "application/x-www-form-urlencoded" } })).status < 400);
	await window.find("This device is protected");
	await device.untilCondition("protected");
});

test("a scan shows what it found, and the quarantine gives it back or deletes it after asking", async (t) => {
	const { window, device } = await windowFor(t, "scanner");
	const path = scene.path("found.com");

	mkdirSync(scene.path("folder"), { recursive: true });
	writeFileSync(path, eicar());
	// The home directory of this desktop is the scene's directory: it holds the file, and programs' states.
	await window.press("Scan my files now");
	await window.find(/infected files? (was|were) found/);
	await window.find(path);
	desktop.screenshot("scanned");
	assert.equal(existsSync(path), false);
	await window.press("Show the quarantine");
	await window.press(`Put back: ${path}`);
	await window.find("Put this file back?");
	desktop.screenshot("put-back");
	// libadwaita says the mark of the mnemonic too.
	await window.press(/^_Put back/);
	await until("it is back", () => existsSync(path));
	assert.equal(readFileSync(path, "latin1"), eicar());
	await until("it is out of the quarantine", async () => (await device.status()).quarantined === 0);
	await device.cliExpecting(1, "scan", path);
	await window.press(`Delete: ${path}`);
	await window.press(/^_Delete/);
	await until("it is deleted", async () => (await device.status()).quarantined === 0);
	assert.match((await device.cliExpecting(0, "history")).out, new RegExp(eicarName));
});

test("a code is entered, a wrong one is told, and a taken seat is moved here", async (t) => {
	const { window: first, subscription } = await windowFor(t, "old");
	const device = await new Device(scene, "new", world.trust).start();

	// One program has one window: a second one would only bring the first to the front.
	await first.close();
	const window = await Window.open(scene, desktop, device);

	t.after(async () => {
		await window.close();
		await device.stop();
	});
	await window.press("I have an activation code…");
	await window.type("Activation code", "WRONG");
	await window.press("Activate");
	await window.find(/no such activation code/i);
	await window.type("Activation code", subscription.activation_code);
	await window.press("Activate");
	await window.find("All seats are taken. Which device shall give way?");
	desktop.screenshot("seats");
	await window.press("Move the licence here");
	await window.find("This device is protected");
	await device.untilCondition("protected");
});

test("a daemon that is away is named, and found again", async (t) => {
	const { window, device } = await windowFor(t, "away");

	await window.find("This device is protected");
	await device.stop();
	await window.find("The protection service of this device does not answer");
	desktop.screenshot("away");
	await device.start();
	await window.find("This device is protected");
});

test("all of it speaks German", async (t) => {
	const { window, subscription } = await windowFor(t, "deutsch", { language: "de" });

	await window.find("Dieses Gerät ist geschützt");
	await world.provider.suspend(subscription.id);
	await window.find("Ihr Schutz ist ausgesetzt");
	await window.find("Helfen Sie mir, geschützt zu bleiben (empfohlen)", "push button");
	assert.match((await window.find("Seit", "list item")).description, /vor weniger als eine Minute|vor \d+ Minute/);
	desktop.screenshot("german");
});
