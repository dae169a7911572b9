// Makes the pictures of the window in doc/screens, and the list of them in doc/screens.md:
//
//	HOLDFAST_BUILD=$PWD/build/gcc node test/desktop/screens.mjs [NAME...]
//
// Each picture is of the real program on a real device. What a browser shows is made by other scripts; their
// pictures in doc/screens are listed too, under the name before the first dash: web-support-article.png.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { StandInProvider } from "../demo/provider.mjs";
import { Device, Scene, arrange, arrangeDevice } from "../e2e/lib.mjs";
import { eicar } from "../e2e/samples.mjs";
import { Desktop, Window, hebrew } from "./desktop.mjs";

const doc = fileURLToPath(new URL("../../doc", import.meta.url));
const folder = join(doc, "screens");
const card = { phone: "+44 20 7946 0123", web: "https://broadband.example/help", hours: "Mon-Fri 8-20" };

/* All, unless some are named. */
const wanted = process.argv.slice(2);
let scene, standIn, world, patient, stopped, desktop, count = 0;

/** A window on a device of its own; `do` works on it until it is worth a picture. */
async function picture(name, options, work) {
	if (wanted.length > 0 && !wanted.includes(name))
		return;
	const made = await arrangeDevice(scene, options.from ?? world, options.device ?? `laptop-${++count}`);

	await made.device.cliExpecting(0, "settings", ...options.set ?? []);
	const window = await Window.open(scene, desktop, made.device, options);
	const title = await work({ ...made, window }) ?? "Holdfast";

	await pause(400);
	desktop.screenshot(name, { title, folder });
	await window.close();
	await made.device.stop();
	console.log(name);
}

const suspended = async ({ window, subscription }, reason = "billing") => {
	await world.provider.suspend(subscription.id, reason);
	await window.find(/suspended|ausgesetzt|מושהית/);
};

/** The headline of each reason that a provider or a person brings about, and how. */
const reasons = {
	billing: suspended,
	provider_request: (made) => suspended(made, "provider_request"),
	discontinued: async ({ window, subscription }) => {
		await world.provider.cancel(subscription.id);
		await window.find("Your subscription is cancelled");
	},
	expired: async ({ window, subscription }) => {
		await world.provider.ask("PATCH", `v1/subscriptions/${subscription.id}`,
			{ paid_until: new Date(Date.now() + 2000).toISOString().replace(/\.\d+/, "") });
		await window.find("Your subscription has expired");
	},
	removed: async ({ window, subscription, device }) => {
		await world.provider.ask("POST",
			`v1/subscriptions/${subscription.id}/devices/${(await device.status()).device}/release`);
		await window.find("This device was removed from the subscription");
	},
	transferred: async ({ window, subscription, device }) => {
		const other = await new Device(scene, `other-${count}`, world.trust).start();

		await other.cliExpecting(0, "activate", subscription.activation_code, "--name", "new laptop", "--replace",
			(await device.status()).device);
		await window.find("The licence has moved to another device");
		await window.find("The licence is on another device");
		await other.stop();
	},
	ends_soon: async ({ window, subscription }) => {
		await world.provider.ask("PATCH", `v1/subscriptions/${subscription.id}`,
			{ paid_until: new Date(Date.now() + 3 * 86400000).toISOString().replace(/\.\d+/, "") });
		await window.find(/^Your subscription ends soon/);
	},
	grace: async ({ window, subscription }) => {
		await patient.suspend(subscription.id);
		await window.find(/^Still protected/);
	},
	provider_suspended: async ({ window }) => {
		await world.server.admin("provider", "suspend", "--provider", stopped.facts.id, "--reason", "billing");
		await window.find("The service of your provider is suspended");
	},
};
/* Those that need a provider of their own. */
const providerFor = (reason) => ({ grace: patient, provider_suspended: stopped })[reason] ?? world.provider;

async function pictures() {
	await picture("window-protected", {}, ({ window }) => window.find(/seat is taken/).then(() => undefined));
	for (const [reason, bring] of Object.entries(reasons))
		await picture(`window-${reason}`, { from: { ...world, provider: providerFor(reason) } }, (made) => bring(made).then(() => undefined));
	await picture("window-contact", {}, async (made) => {
		await suspended(made);
		await made.window.press("Contact my service provider");
		await made.window.find("Phone");
		return "Contact my service provider";
	});
	await picture("window-still_blocked", {}, async (made) => {
		await suspended(made);
		standIn.set(made.subscription.external_id, "suspended");
		await made.window.press("Reactivate the service – I've resolved the issue");
		await made.window.find(/not resolved yet/);
	});
	await picture("window-reactivated", {}, async (made) => {
		await suspended(made);
		standIn.set(made.subscription.external_id, "active");
		await made.window.press("Reactivate the service – I've resolved the issue");
		await made.window.find(/^You are protected\. /);
	});
	await picture("window-settings", { args: ["--page", "settings"], set: ["skip+=/srv/photos"] }, async ({ window }) => {
		await window.find("/srv/photos");
		return "Settings";
	});
	await picture("window-scan", {}, async ({ window }) => {
		mkdirSync(scene.path("files"), { recursive: true });
		writeFileSync(scene.path("files/invoice.com"), eicar());
		await window.press("Scan my files now");
		await window.find(/infected files? (was|were) found/);
	});
	for (const page of ["quarantine", "history"])
		await picture(`window-${page}`, { args: ["--page", page] }, async ({ window, device }) => {
			mkdirSync(scene.path(page), { recursive: true });
			writeFileSync(scene.path(`${page}/invoice.com`), eicar());
			await device.cli("scan", scene.path(page));
			await window.find(/invoice\.com|quarantine/i);
		});
	for (const [name, options] of Object.entries({ dark: { look: { dark: true } },
		"large-text": { look: { text: 2 } }, contrast: { look: { contrast: true } }, german: { language: "de" },
		"right-to-left": { look: hebrew } }))
		await picture(`window-billing-${name}`, options, (made) => suspended(made).then(() => undefined));
}

function writeList() {
	const lines = readFileSync(join(doc, "screens.md"), "utf8").split("\n");
	const head = lines.slice(0, lines.findIndex((line) => line.startsWith("## ")));
	const groups = new Map();

	for (const file of readdirSync(folder).filter((each) => each.endsWith(".png")).sort()) {
		const [group, ...rest] = file.replace(/\.png$/, "").split("-");

		groups.set(group, [...groups.get(group) ?? [], `![${rest.join(" ")}](screens/${file} "${rest.join(" ")}")`]);
	}
	writeFileSync(join(doc, "screens.md"), [...head, ...[...groups].flatMap(([group, pictures]) =>
		[`## ${group}`, "", ...pictures, ""])].join("\n"));
}

scene = new Scene();
try {
	standIn = await new StandInProvider().start();
	scene.atEnd(() => standIn.stop());
	world = await arrange(scene, { provider: { checkin: "1s", "verify-url": standIn.url, ...card } });
	patient = await world.server.addProvider({ name: "Patient Broadband", checkin: "1s", "billing-grace": "3d", ...card });
	stopped = await world.server.addProvider({ name: "Village Net", checkin: "1s", ...card });
	desktop = await Desktop.start(scene);
	mkdirSync(folder, { recursive: true });
	await pictures();
	writeList();
} finally {
	await scene.close();
}
