#!/usr/bin/env node
// Makes doc/screens: every page as a phone and as a desk show it, in light and in dark. Not a test: what it shows is looked
// at. The names of the pictures say which page, and stay.
//
//	usage: test/browser/screens.mjs [NAME...]	all of them, or those whose name begins so

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

import { arrange, arrangeDevice, expectStatus, Scene } from "../e2e/lib.mjs";
import { Community } from "../e2e/community_stand_in.mjs";
import { ConsoleUser } from "../e2e/console_user.mjs";
import { MailServer } from "../e2e/mail_server.mjs";
import { run } from "../e2e/processes.mjs";
import { Browser, DESKTOP, PHONE } from "./browser.mjs";

const folder = fileURLToPath(new URL("../../doc/screens", import.meta.url));
const views = [["phone", PHONE], ["desk", DESKTOP]], schemes = ["light", "dark"];
/** Longer pages are cut: what is below looks like what is above. */
const HEIGHT_MAX = 1700;

/** name -> how somebody new gets there. */
const screens = {
	"home": (p) => p.open("/"),
	"activate": (p) => p.open("/activate"),
	"support-list": (p) => p.open("/support"),
	"support-article": (p) => p.open("/support/HF-1"),
	"support-reason": (p) => p.open("/support/HF-1002"),
	"support-search": (p) => p.open("/support/search?q=quarentine"),
	"support-comment": async (p) => {
		await p.open("/support/HF-1002");
		await p.press("No", { role: "button", exact: true });
	},
	"support-community": (p) => p.open("/support/community?q=on"),
	"support-contact": (p) => p.open("/support/contact?article=HF-1002&reference=HF-7K3M-9QD0&device=not%20protected%3A%20billing"),
	"support-contact-wrong": async (p) => {
		await p.open("/support/contact");
		await p.page.evaluate(() => { document.forms[0].noValidate = true; });
		await p.fill({ "Your mail address": "nowhere" });
		await p.press("Send");
	},
	"support-contact-kept": async (p) => {
		await p.open("/support/contact");
		await p.fill({ "Your name": "Anna", "Your mail address": "anna@home.example", "What is the matter?": "Help" });
		await p.press("Send");
	},
	"support-missing": (p) => p.open("/support/HF-0"),
	"checkout-offer": async (p, { device }) => p.open(/http:\S+/.exec((await device.cliExpecting(0, "purchase")).out)[0]),
};

/** Sign in from the device: once, and everybody after that is the same person. */
async function signIn(p, world) {
	if (world.cookies === undefined) {
		await p.open((await world.device.cliExpecting(0, "portal")).out.trim());
		await p.press("Sign in");
		world.cookies = await p.context.cookies();
	}
	await p.context.addCookies(world.cookies);
	await p.open("/portal");
}

/** In the portal, behind the sign-in. */
const inPortal = (go) => async (p, world) => {
	await signIn(p, world);
	await go(p, world);
};

Object.assign(screens, {
	"portal-sign-in": (p) => p.open("/portal/sign-in"),
	"portal-sent": async (p) => {
		await p.open("/portal/sign-in");
		await p.fill({ "Mail address": "anna@home.example" });
		await p.press("Mail me a link");
	},
	"portal-overview": inPortal(async () => {}),
	"portal-devices": inPortal((p) => p.press("Devices", { role: "link", exact: true })),
	"portal-device": inPortal(async (p, { device }) => {
		await p.press("Devices", { role: "link", exact: true });
		await p.press(device.name, { role: "link" });
	}),
	"portal-activation": inPortal((p) => p.press("Protect another device")),
	"portal-code": inPortal(async (p) => {
		await p.press("Protect another device");
		await p.press("Make a new code");
	}),
	"portal-contact": inPortal((p) => p.open("/portal/contact")),
	"portal-purchases": inPortal((p) => p.press("Purchases", { role: "link" })),
	"portal-history": inPortal((p) => p.press("History", { role: "link" })),
	"portal-data": inPortal((p) => p.press("My data", { role: "link" })),
	"portal-suspended": inPortal(async (p, { provider, subscription, device }) => {
		await provider.suspend(subscription.id, "billing");
		await device.untilCondition("unprotected");
		await p.open("/portal");
		p.afterwards = () => provider.resume(subscription.id).then(() => device.untilCondition("protected"));
	}),
});

/** At the console, signed in as an owner: of the provider, or of the vendor. */
const atConsole = (whose, go) => async (p, world) => {
	world.users ??= {};
	world.users[whose] ??= await ConsoleUser.open(world.server, { name: "Olga Owner",
		provider: whose === "provider" ? world.provider.facts.id : undefined });
	const [name, value] = world.users[whose].cookie.split("=");

	await p.context.addCookies([{ name, value, url: world.server.url }]);
	await go(p, world);
};

Object.assign(screens, {
	"console-sign-in": (p) => p.open("/console/sign-in"),
	"console-overview": atConsole("provider", (p) => p.open("/console")),
	"console-subscription": atConsole("provider", (p, { subscription }) => p.open(`/console/subscriptions/${subscription.id}`)),
	...Object.fromEntries(["search", "subscriptions", "devices", "bulk", "deliveries", "webhooks", "keys", "users", "settings",
		"audit", "account"].map((page) => [`console-${page}`, atConsole("provider", (p) => p.open(`/console/${page}`))])),
	"vendor-providers": atConsole("vendor", (p) => p.open("/console/vendor")),
	"vendor-provider": atConsole("vendor", (p, { provider }) => p.open(`/console/vendor/providers/${provider.facts.id}`)),
	"vendor-users": atConsole("vendor", (p) => p.open("/console/vendor/users")),
	"vendor-audit": atConsole("vendor", (p) => p.open("/console/vendor/audit")),
});

// Last: it changes whose subscription the device is on.
Object.assign(screens, {
	"checkout-paid": async (p, { device }) => {
		await p.open(/http:\S+/.exec((await device.cliExpecting(0, "purchase")).out)[0]);
		await p.press("Pay now");
	},
});

async function keep(person, name) {
	const raw = join(folder, `${name}.raw.png`);
	const { width } = person.page.viewportSize();
	const height = Math.min(HEIGHT_MAX, await person.page.evaluate(() => document.documentElement.scrollHeight));

	const shoot = () => person.page.screenshot({ path: raw, fullPage: true, clip: { x: 0, y: 0, width, height },
		timeout: 20000 });

	// On a machine that is busy Chromium now and then forgets the first one.
	await shoot().catch(shoot).catch(shoot);
	// Few colours: a page has no photographs, and the pictures are kept with the sources.
	expectStatus(await run("convert", [raw, "-strip", "+dither", "-colors", "48", `PNG8:${join(folder, `${name}.png`)}`]), 0, "convert");
	expectStatus(await run("rm", [raw]), 0, "rm");
}

async function main(wanted) {
	const scene = new Scene();

	mkdirSync(folder, { recursive: true });
	try {
		const community = await new Community().start(scene), mail = await new MailServer().start(scene);
		const world = await arrange(scene, { provider: { phone: "+49 30 1234567", web: "https://example.net/help",
			hours: "Mo-Fr 9-17" }, server: { args: ["--proxy", "127.0.0.1", "--community-url", community.url, "--smtp-url", mail.url, "--mail-from",
				"protect@vendor.example"] } });

		Object.assign(world, await arrangeDevice(scene, world, "Anna's laptop"));
		const browser = await Browser.launch(scene);
		for (const [name, go] of Object.entries(screens)) {
			if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start)))
				continue;
			for (const [view, viewport] of views)
				for (const colorScheme of schemes) {
					const person = await browser.person(world.server, { viewport, colorScheme, rules: false });

					await go(person, world);
					await keep(person, `${name}-${view}-${colorScheme}`);
					await person.close();
					await person.afterwards?.();
				}
			console.log(name);
		}
	} finally {
		await scene.close();
	}
}

await main(process.argv.slice(2));
