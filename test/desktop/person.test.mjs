// Goal of this test: what a person finds in the window beside its three options: their devices, settings, help, keys,
// notifications; and that names made to break a window do not.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Device, Scene, arrange, arrangeDevice, until } from "../e2e/lib.mjs";
import { Desktop, Window, hebrew } from "./desktop.mjs";

const top = fileURLToPath(new URL("../..", import.meta.url));
const evil = "<b>Bad</b> & <span size='99999'>Söhne</span>";
let scene, world, desktop;

before(async () => {
	scene = new Scene();
	world = await arrange(scene, { provider: { checkin: "1s", name: evil, phone: "x".repeat(40) } });
	desktop = await Desktop.start(scene);
});

after(() => scene.close());

async function open(t, device, options) {
	const window = await Window.open(scene, desktop, device, options);

	t.after(async () => {
		await window.close();
		await device.stop();
	});
	return window;
}

const settings = async (device) => JSON.parse((await device.cliExpecting(0, "settings", "--json")).out);

test("the devices of the subscription are shown; a licence that went is seen where it is, and moved back", async (t) => {
	const { device, subscription } = await arrangeDevice(scene, world, "first");
	const other = await new Device(scene, "other", world.trust).start();

	t.after(() => other.stop());
	const window = await open(t, device);

	await window.find("1 of 1 seat is taken");
	/* No browser is here: the address, which signs in once, is not lost. */
	await window.press("Manage my subscription in the browser");
	await window.find("No browser could be opened. The address is on the clipboard.");
	await other.cliExpecting(0, "activate", subscription.activation_code, "--name", "other", "--replace",
		(await device.status()).device);
	await window.find("The licence has moved to another device");
	assert.equal((await window.find("The licence is on", "list item")).description, "other");
	await window.find("The licence is on another device");
	await window.press("Move the licence here: other");
	await window.type("Activation code", subscription.activation_code);
	await window.press("Activate");
	await window.find("This device is protected");
	await other.untilCondition("unprotected");
});

test("settings are changed with a switch and kept, though the subscription is cancelled", async (t) => {
	const { device, subscription } = await arrangeDevice(scene, world, "setter");

	await device.cliExpecting(0, "settings", "skip+=/srv/photos");
	await world.provider.cancel(subscription.id);
	await device.untilCondition("unprotected");
	const window = await open(t, device, { args: ["--page", "settings"] });

	await window.press("Do not pass over any more: /srv/photos");
	await until("it is not passed over", async () => (await settings(device)).skip.length === 0);
	await window.goTo("Settings", "Put away what is infected");
	desktop.keys("Settings", "space");
	await until("it is off", async () => !(await settings(device)).quarantine);
	assert.deepEqual(await settings(device), { quarantine: false, gentle: false, notify: true, skip: [], may_change: true });
	await device.stop();
	await window.goTo("Settings", "Tell me on the desktop");
	desktop.keys("Settings", "space");
	await window.find(/holdfastd does not answer/);
	await device.start();
});

test("keys alone: pages, an option, the dialog that it opens and its end; a screen reader hears the focus", async (t) => {
	const { device, subscription } = await arrangeDevice(scene, world, "keys");
	const window = await open(t, device);

	await world.provider.suspend(subscription.id);
	await window.find("Your protection is suspended");
	desktop.keys("Holdfast", "ctrl+4");
	await window.find(/^Activated as keys/);
	desktop.keys("Holdfast", "ctrl+1");
	await window.find("Your protection is suspended");
	await window.goTo("Holdfast", "Contact my service provider");
	desktop.keys("Holdfast", "Return");
	await window.find("Phone");
	desktop.keys("Contact my service provider", "Escape");
	await window.gone("Phone");
});

test("names full of markup and names without an end are shown as they are", async (t) => {
	const long = "n".repeat(80);
	const subscription = await world.provider.order("long", 1);
	const device = await new Device(scene, "long", world.trust).start();

	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", long);
	const window = await open(t, device, { look: { text: 2 } });

	assert.equal((await window.find("Protected by", "list item")).description, evil);
	assert.equal((await window.find("Name", "list item")).description, long);
	await world.provider.suspend(subscription.id);
	await window.find(`${evil} has suspended your subscription because a payment is open.`);
	desktop.screenshot("names-large-text");
});

for (const [name, options] of Object.entries({ dark: { look: { dark: true } }, contrast: { look: { contrast: true } },
	"right-to-left": { look: hebrew, title: "ההגנה שלך מושהית" } }))
	test(`the window can be looked at: ${name}`, async (t) => {
		const { device, subscription } = await arrangeDevice(scene, world, name);

		await world.provider.suspend(subscription.id);
		const window = await open(t, device, options);

		await window.find(options.title ?? "Your protection is suspended");
		desktop.screenshot(`look-${name}`);
	});

test("a trouble is told once on the desktop and by status, and is gone everywhere when it is over", async (t) => {
	const told = await desktop.notifications();
	const { device, subscription } = await arrangeDevice(scene, world, "told");
	const title = "Your protection is suspended";

	t.after(() => told.stop());
	const window = await open(t, device);

	await world.provider.suspend(subscription.id);
	await until("it is told", () => [...told.shown.values()].some((each) => each.title === title));
	const { body } = told.all.at(-1);

	assert.ok((await device.cliExpecting(0, "status")).out.startsWith(`${title}\n${body}\n`));
	await world.provider.resume(subscription.id);
	await until("it is gone", () => told.shown.size === 0);
	assert.ok(!(await device.cliExpecting(0, "status")).out.includes(body));
	/* The same cause on the same day, also by a window that was started again: not again. */
	await window.close();
	const again = await Window.open(scene, desktop, device);

	await world.provider.suspend(subscription.id);
	await again.find(title);
	assert.equal(told.all.length, 1);
	/* An end that is known; and nothing more once the person said so. */
	await world.provider.resume(subscription.id);
	await again.find("This device is protected");
	const soon = new Date(Date.now() + 3 * 86400000).toISOString().replace(/\.\d+/, "");

	await world.provider.ask("PATCH", `v1/subscriptions/${subscription.id}`, { paid_until: soon });
	await until("it is told", () => told.all.length === 2);
	assert.equal(told.all[1].title, "Your subscription ends soon");
	assert.match((await device.cliExpecting(0, "status")).out, /^This device is protected\nYour subscription ends soon: /);
	await device.cliExpecting(0, "settings", "notify=no");
	await until("it is gone", () => told.shown.size === 0);
	await world.provider.suspend(subscription.id, "provider_request");
	await again.find(title);
	assert.equal(told.all.length, 2);
	await again.close();
});

test("every word of the window is there in German", () => {
	const pot = scene.path("words.pot"), merged = scene.path("words.po");
	const run = (program, ...args) => execFileSync(program, args, { cwd: top, encoding: "utf8" });

	run("xgettext", "-k_", "-kN_", "-kngettext:1,2", "--from-code=UTF-8", "-f", "po/POTFILES", "-o", pot);
	run("msgmerge", "-q", "--no-fuzzy-matching", "po/de.po", pot, "-o", merged);
	assert.equal(run("msgattrib", "--untranslated", "--no-obsolete", merged), "");
	assert.equal(run("msgattrib", "--only-fuzzy", merged), "");
});
