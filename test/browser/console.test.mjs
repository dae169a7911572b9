// Goal of this test: people at a provider sign in to the console with a password and an app, find a customer, see why the
// device is as it is, and help; and every page of the console, for the provider and the vendor, keeps what every page must.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BareDevice } from "../e2e/bare_device.mjs";
import { ConsoleUser, appCode } from "../e2e/console_user.mjs";
import { Scene, Server } from "../e2e/lib.mjs";
import { Browser, walk } from "./browser.mjs";

let scene, server, browser, provider, sub;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1", "--payment", "local"] }).start();
	provider = await server.addProvider({ name: "Example Broadband", phone: "+44 20 7946 0123" });
	sub = await provider.order("customer-10042", 2);
	for (const name of ["laptop", "desktop"])
		await new BareDevice(server, name).activate(sub.activation_code);
	await provider.ask("PUT", `v1/subscriptions/${sub.id}/recipient`, { address: "ada@example.org" });
	browser = await Browser.launch(scene);
});

after(() => scene.close());

/** Sign in for the first time, as the pages lead. */
async function signIn(person, facts) {
	const user = await ConsoleUser.add(server, facts);

	await person.open("/console");
	await person.isQuick();
	await person.fill({ "Your address": user.mail, "Your password": user.password });
	await person.press("Go on");
	await person.fill({ "New password": "a sentence that only I know", "The same once more": "a sentence that only I know" });
	await person.press("Choose this password");
	assert.equal(await person.page.locator(".qr svg").count(), 1);
	const key = await person.page.locator("#key").innerText();

	await person.fill({ "The code that the app shows now": "000000" });
	await person.press("The app is set up");
	await person.reads("That is not the code of now");
	await person.fill({ "The code that the app shows now": appCode(key) });
	await person.press("The app is set up");
	await person.reads("Each of these codes signs you in once");
	await person.press("I have kept them: go on");
}

walk(test, "a billing case: found, understood, suspended, resumed", async (t, options) => {
	const olga = await browser.person(server, options);

	t.after(() => olga.close());
	await signIn(olga, { provider: provider.facts.id, name: "Olga" });
	await olga.reads("Subscriptions by state");
	await olga.fill({ "Find a subscription": "ada@" });
	await olga.press("Search", { role: "button" });
	await olga.press("customer-10042");
	await olga.reads("This device is protected");
	await olga.page.getByText("Suspend", { exact: true }).first().click();
	await olga.page.getByLabel("Reason, which the subscriber reads").first().selectOption("billing");
	await olga.press("Suspend", { role: "button", exact: true });
	await olga.reads("The subscription is suspended");
	await olga.reads("a payment is open");
	await olga.press("End the suspension");
	await olga.reads("The suspension is over");
	await olga.press("Sign out");
	await olga.reads("For people who work at a service provider");
});

walk(test, "what is wrong in a form is named and tied to its field", async (t, options) => {
	const olga = await browser.person(server, options);

	t.after(() => olga.close());
	await signIn(olga, { provider: provider.facts.id });
	await olga.open("/console/settings");
	await olga.page.evaluate(() => document.querySelectorAll("form").forEach((form) => { form.noValidate = true; }));
	await olga.fill({ "Address of your help pages": "nowhere" });
	await olga.press("Change the card");
	await olga.page.getByRole("link", { name: "The address begins with https" }).click();
	assert.equal(await olga.page.evaluate(() => location.hash), "#web");
	assert.equal(await olga.page.getByLabel("Address of your help pages").getAttribute("aria-invalid"), "true");
	assert.equal(await olga.page.getByLabel("Address of your help pages").inputValue(), "nowhere");
});

test("every page of a provider's console keeps what every page must", async (t) => {
	const olga = await browser.person(server);

	t.after(() => olga.close());
	await signIn(olga, { provider: provider.facts.id });
	for (const page of ["", "/search?q=customer", "/search?q=nobody", "/subscriptions", `/subscriptions/${sub.id}`, "/devices",
		"/devices?condition=protected", "/bulk", "/settings", "/keys", "/webhooks", "/deliveries", "/users", "/audit", "/account"])
		await olga.open(`/console${page}`);
	await olga.open("/console/keys");
	await olga.fill({ "What it is for": "nightly job" });
	await olga.press("Make it");
	await olga.reads("Copy it now");
	await olga.open("/console/bulk");
	await olga.fill({ "The table (CSV)": "external_id,seats\nbulk-1,2\n,3\n" });
	await olga.press("Look first: change nothing");
	await olga.reads("This would be done");
});

test("every page of the vendor's console does too", async (t) => {
	const vera = await browser.person(server);

	t.after(() => vera.close());
	await signIn(vera, { name: "Vera" });
	for (const page of ["", "/vendor", `/vendor/providers/${provider.facts.id}`, "/vendor/users", "/vendor/audit", "/account"])
		await vera.open(`/console${page}`);
	await vera.open("/console/vendor");
	await vera.fill({ "Name, as subscribers know it": "Fresh Fibre" });
	await vera.press("Add", { role: "button", exact: true });
	await vera.reads("Nobody can sign in to its console yet");
});
