// Goal of this test: a person whose protection has stopped gets it back, as the mission has it: with a real device that
// says why, the pages that it leads to, and a provider who answers. Each with scripts and without.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { StandInProvider } from "../demo/provider.mjs";
import { arrange, arrangeDevice, Scene, until } from "../e2e/lib.mjs";
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

/** Somebody with a protected device of their own, and a browser. */
async function person(t, options) {
	const { device, subscription } = await arrangeDevice(scene, world, `laptop${++count}`);
	const someone = await browser.person(world.server, options);

	system.set(subscription.external_id, "active");
	t.after(async () => {
		await someone.close();
		await device.stop();
	});
	return { device, subscription, someone };
}

/** What the device says, with the help article that it names. */
async function askDevice(device) {
	const { out } = await device.cli("subscription");

	return { out, article: /HF-\d+/.exec(out.slice(out.indexOf("Help article")))[0] };
}

walk(test, "a mistaken cancellation: article, contact, the provider mends it, Reactivate, protected", async (t, options) => {
	const { device, subscription, someone } = await person(t, options);

	// The provider's clerk presses the wrong button; its own system knows better.
	await world.provider.cancel(subscription.id);
	const status = await device.untilCondition("unprotected");

	assert.equal(status.reason, "discontinued");
	const { article } = await askDevice(device);

	await someone.open(`/support/${article}`);
	await someone.reads("Your subscription is cancelled");
	await someone.press("Your subscription may get cancelled");
	await someone.reads("I have not cancelled, but still see the message");
	await someone.press("Contact us", { role: "link" });
	await someone.fill({ "Your name": "Dora", "Your mail address": "dora@home.example",
		"What is the matter?": "I have not cancelled.", "The reference of your subscription": subscription.reference });
	await someone.press("Send");
	await someone.reads(/Your reference is HF-/);
	const got = await until("the mail to the provider", () => mail.got.find(({ to, raw }) =>
		to[0] === "help@provider.example" && raw.includes(subscription.id)));

	assert.match((await readMail(got)).parts[0][1], /I have not cancelled/);
	// "It is in order": their system says active, and nobody told Holdfast. The person has resolved it.
	const { out } = await device.cliExpecting(0, "reactivate");

	assert.match(out, /protected/i);
	await device.untilCondition("protected");
});

walk(test, "a payment is open: the person pays the provider, and protection returns by itself", async (t, options) => {
	const { device, subscription, someone } = await person(t, options);

	system.set(subscription.external_id, "suspended");
	await world.provider.suspend(subscription.id, "billing");
	await device.untilCondition("unprotected");
	const { out, article } = await askDevice(device);

	assert.match(out, /payment is open/);
	await someone.open(`/support/${article}`);
	await someone.reads("Protection returns by itself");
	// Before it is paid the provider's system says no, and the device says who did.
	const refused = await device.cli("reactivate");

	assert.notEqual(refused.status, 0);
	assert.match(refused.out + refused.err, /Example Broadband/);
	system.set(subscription.external_id, "active");
	await world.provider.resume(subscription.id);
	await device.untilCondition("protected");
});

walk(test, "the service has ended: the person buys the product, and the device is protected by itself", async (t, options) => {
	const { device, subscription, someone } = await person(t, options);

	system.set(subscription.external_id, "cancelled");
	await world.provider.cancel(subscription.id);
	await device.untilCondition("unprotected");
	const { out } = await device.cliExpecting(0, "purchase");

	await someone.open(/http:\S+/.exec(out)[0]);
	await someone.reads(device.name);
	await someone.press("Pay now");
	await someone.reads("Your device is protected until");
	await device.untilCondition("protected");
});
