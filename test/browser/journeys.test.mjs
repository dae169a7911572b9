// Goal of this test: a person whose protection has stopped gets it back, as the mission has it: with a real device that
// says why, the pages that it leads to, and a provider who answers. Each with scripts and without.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { arrange, Device, Scene, until } from "../e2e/lib.mjs";
import { MailServer, readMail } from "../e2e/mail_server.mjs";
import { Browser, walk } from "./browser.mjs";

let scene, world, browser, mail, system, count = 0;

before(async () => {
	scene = new Scene();
	mail = await new MailServer().start(scene);
	system = await new StandInProvider().start();
	scene.atEnd(() => system.stop());
	world = await arrange(scene, { provider: { phone: "+49 30 1234", web: "https://example.net/help", "verify-url": system.url },
		server: { args: ["--proxy", "127.0.0.1", "--smtp-url", mail.url, "--mail-from", "protect@vendor.example"] } });
	await world.provider.ask("PUT", "v1/mail/brand", { reply_to: "help@provider.example" });
	browser = await Browser.launch(scene);
});

after(() => scene.close());

/** Somebody with a protected device of their own, a mail address, and a browser. */
async function person(t, options) {
	const name = `laptop${++count}`, address = `person${count}@home.example`;
	const subscription = await world.provider.order(`order-of-${name}`, 1, { recipient: { address, name: "Dora" } });
	const device = await new Device(scene, name, world.trust).start();
	const someone = await browser.person(world.server, options);

	system.set(subscription.external_id, "active");
	t.after(async () => {
		await someone.close();
		await device.stop();
	});
	await device.cliExpecting(0, "activate", subscription.activation_code, "--name", name);
	await device.untilCondition("protected");
	return { device, subscription, someone, address };
}

/** Sign in with the link of a mail. */
async function signIn(someone, address) {
	await someone.open("/portal");
	await someone.fill({ "Mail address": address });
	await someone.press("Mail me a link");
	await someone.reads("a mail is on its way");
	const link = await until("the mail with the link", async () => {
		const got = mail.got.filter(({ to, raw }) => to[0] === address && raw.includes("Sign in to your"));

		return got.length > 0 && /http:\S+\/portal\/enter\/\w+/.exec((await readMail(got.at(-1))).parts[0][1])?.[0];
	});

	await someone.open(link);
	await someone.press("Sign in");
}

walk(test, "a mistaken cancellation: article, contact, Reactivate, protected", async (t, options) => {
	const { device, subscription, someone, address } = await person(t, options);

	// The provider's clerk presses the wrong button; its own system knows better.
	await world.provider.cancel(subscription.id);
	assert.equal((await device.untilCondition("unprotected")).reason, "discontinued");
	await signIn(someone, address);
	await someone.reads("Your subscription is cancelled");
	await someone.press("More about this (HF-1004)");
	await someone.press("Your subscription may get cancelled");
	await someone.reads("I have not cancelled, but still see the message");
	await someone.open("/portal");
	await someone.press("Contact my service provider", { role: "link" });
	await someone.reads("+49 30 1234");
	await someone.reads(subscription.reference);
	await someone.press("Contact us", { role: "link" });
	await someone.fill({ "Your name": "Dora", "Your mail address": address, "What is the matter?": "I have not cancelled.",
		"The reference of your subscription": subscription.reference });
	await someone.press("Send");
	await someone.reads(/Your reference is HF-/);
	const got = await until("the mail to the provider", () => mail.got.find(({ to, raw }) =>
		to[0] === "help@provider.example" && raw.includes(subscription.id)));

	assert.match((await readMail(got)).parts[0][1], /I have not cancelled/);
	// "It is in order": their system says active, and nobody told Holdfast. The person has resolved it.
	await someone.open("/portal");
	await someone.press("Reactivate the service");
	await someone.reads("Active");
	await device.untilCondition("protected");
});

walk(test, "a payment is open: Reactivate says who says no; it is paid, and protection returns by itself", async (t, options) => {
	const { device, subscription, someone, address } = await person(t, options);

	system.set(subscription.external_id, "suspended");
	await world.provider.suspend(subscription.id, "billing");
	await device.untilCondition("unprotected");
	const { out } = await device.cli("subscription");

	assert.match(out, /payment is open/);
	// What the device names is what the pages say.
	await someone.open(`/support/${/Help article: .*(HF-\d+)/.exec(out)[1]}`);
	await someone.reads("Protection returns by itself");
	await signIn(someone, address);
	await someone.reads("a payment is open");
	await someone.press("Reactivate the service");
	await someone.reads("Example Broadband says that it is not resolved yet");
	assert.equal((await world.provider.get(subscription.id)).state, "suspended");
	await device.untilCondition("unprotected");
	system.set(subscription.external_id, "active");
	await world.provider.resume(subscription.id);
	await device.untilCondition("protected");
	await someone.open("/portal");
	await someone.reads("Active");
});

walk(test, "a payment is open: the person buys the product instead, and the device is protected by itself", async (t, options) => {
	const { device, subscription, someone, address } = await person(t, options);

	system.set(subscription.external_id, "suspended");
	await world.provider.suspend(subscription.id, "billing");
	await device.untilCondition("unprotected");
	await signIn(someone, address);
	await someone.press("Help me stay protected");
	await someone.reads(device.name);
	await someone.press("Pay now");
	await someone.reads("Your device is protected until");
	await device.untilCondition("protected");
});

walk(test, "the service has ended: the person buys the product, and has a receipt", async (t, options) => {
	const { device, subscription, someone } = await person(t, options);

	system.set(subscription.external_id, "cancelled");
	await world.provider.cancel(subscription.id);
	await device.untilCondition("unprotected");
	// From the device itself, without mail.
	const { out } = await device.cliExpecting(0, "purchase");

	await someone.open(/http:\S+/.exec(out)[0]);
	await someone.press("Pay now");
	await device.untilCondition("protected");
	await someone.open((await device.cliExpecting(0, "portal")).out.trim());
	await someone.press("Sign in");
	await someone.press("Purchases");
	await someone.reads("Receipt");
});

walk(test, "a licence is moved to a second device, and back again", async (t, options) => {
	const { device, subscription, someone, address } = await person(t, options);
	const second = await new Device(scene, `tablet${count}`, world.trust).start();

	t.after(() => second.stop());
	const replaced = (await world.provider.get(subscription.id)).devices[0].id;

	await second.cliExpecting(0, "activate", subscription.activation_code, "--name", second.name, "--replace", replaced);
	await second.untilCondition("protected");
	assert.equal((await device.untilCondition("unprotected")).reason, "transferred");
	await signIn(someone, address);
	await someone.press("Devices", { role: "link", exact: true });
	await someone.press(device.name, { role: "link" });
	await someone.reads("The licence has moved to another device");
	await someone.press("Undo the move");
	await device.untilCondition("protected");
	assert.equal((await second.untilCondition("unprotected")).reason, "transferred");
	// And from the pages there once more.
	await someone.press("Devices", { role: "link", exact: true });
	await someone.press(device.name, { role: "link" });
	await someone.page.getByLabel("To", { exact: true }).selectOption({ label: second.name });
	await someone.press("Move the licence", { role: "button" });
	await second.untilCondition("protected");
	await device.untilCondition("unprotected");
});

test("every page of the portal keeps the rules, and is quick when it comes first", async (t) => {
	const { device, someone } = await person(t, {});
	const first = await browser.person(world.server);

	t.after(() => first.close());
	await first.open("/portal/sign-in");
	await first.isQuick();
	await someone.open((await device.cliExpecting(0, "portal")).out.trim());
	await someone.press("Sign in");
	await someone.isQuick();
	const links = new Set();

	for (const page of ["/portal", "/portal/devices"]) {
		await someone.open(page);
		for (const link of await someone.page.locator("main a, nav a").all())
			links.add((await link.getAttribute("href")).split("#")[0]);
	}
	links.delete("");
	assert.ok(links.size >= 8, [...links].join());
	for (const link of links)
		await someone.open(link);
	await someone.open([...links].find((link) => link.startsWith("/portal/activation/")));
	await someone.press("Make a new code");
	assert.equal(await someone.page.locator(".qr svg").count(), 1);
});
