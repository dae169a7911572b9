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
	"checkout-paid": async (p, { device }) => {
		await p.open(/http:\S+/.exec((await device.cliExpecting(0, "purchase")).out)[0]);
		await p.press("Pay now");
	},
};

async function keep(person, name) {
	const raw = join(folder, `${name}.raw.png`);
	const { width } = person.page.viewportSize();
	const height = Math.min(HEIGHT_MAX, await person.page.evaluate(() => document.documentElement.scrollHeight));

	await person.page.screenshot({ path: raw, fullPage: true, clip: { x: 0, y: 0, width, height } });
	// Few colours: a page has no photographs, and the pictures are kept with the sources.
	expectStatus(await run("convert", [raw, "-strip", "-colors", "32", `PNG8:${join(folder, `${name}.png`)}`]), 0, "convert");
	expectStatus(await run("rm", [raw]), 0, "rm");
}

async function main(wanted) {
	const scene = new Scene();

	mkdirSync(folder, { recursive: true });
	try {
		const community = await new Community().start(scene);
		const world = await arrange(scene, { provider: { phone: "+49 30 1234567", web: "https://example.net/help",
			hours: "Mo-Fr 9-17" }, server: { args: ["--proxy", "127.0.0.1", "--community-url", community.url] } });

		Object.assign(world, await arrangeDevice(scene, world, "Anna's laptop"), { scene });
		const browser = await Browser.launch(scene);
		for (const [name, go] of Object.entries(screens)) {
			if (wanted.length > 0 && !wanted.some((start) => name.startsWith(start)))
				continue;
			for (const [view, viewport] of views)
				for (const colorScheme of schemes) {
					const person = await browser.person(world.server, { viewport, colorScheme, others: [community.url] });

					await go(person, world);
					await keep(person, `${name}-${view}-${colorScheme}`);
					await person.close();
				}
			console.log(name);
		}
	} finally {
		await scene.close();
	}
}

await main(process.argv.slice(2));
