// What makes the demo's server look like one that has been in use: more customers, in every state; and the
// words that tell where to look.

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";

import { ask } from "../e2e/http.mjs";
import { expectStatus, programPath } from "../e2e/lib.mjs";
import { readMail } from "../e2e/mail_server.mjs";

const customers = ["Ada's bakery", "Brightwater surgery", "C. Okafor", "Dunmore primary school", "E. Lindqvist",
	"Fernside letting", "G. Marchetti", "Harbour cafe", "I. Novak", "J. and P. Whitlock", "Kestrel joinery",
	"L. Brandt", "Meadow nursery", "N. Dubois", "Oakhurst farm", "P. Sato"];
const devices = ["front desk", "kitchen laptop", "office", "tablet", "old desktop"];

/** A device that only exists at the server, as an agent elsewhere would have activated it. */
function activateElsewhere(server, code, name, i) {
	const random = () => randomBytes(32).toString("base64url");
	const body = { code, name, machine: `machine-elsewhere-${String(i).padStart(4, "0")}`, platform: "linux",
		key: random(), nonce: random() };

	return ask("POST", server.at("device/v1/activate"), { body });
}

/** Order for each of the customers, activate some of their devices, suspend and cancel a few. */
export async function furnish({ server, provider }) {
	let machine = 0;

	for (const [i, customer] of customers.entries()) {
		const seats = 1 + i % devices.length;
		const ordered = await provider.order(customer, seats);

		for (const name of devices.slice(0, i % 7 === 6 ? 0 : seats))
			await activateElsewhere(server, ordered.activation_code, name, machine++);
		if (i % 5 === 3)
			await provider.suspend(ordered.id, i % 2 === 0 ? "billing" : "provider_request");
		if (i % 8 === 5)
			await provider.cancel(ordered.id);
	}
}

const person = { address: "anna.berg@home.example", name: "Anna Berg", language: "en" };

/** Somebody to be at the portal: three subscriptions, one well, one with an open payment, one bought. */
export async function furnishPerson({ server, provider }) {
	const made = async (code, name, i) => (await activateElsewhere(server, code, name, 9000 + i)).json;
	const home = await provider.order("home-4711", 3, { recipient: person });
	const names = ["Anna's laptop", "Kitchen tablet", "Old desktop"];
	const [, tablet, old] = await Promise.all(names.map((name, i) => made(home.activation_code, name, i)));

	await provider.suspend(home.id);
	await provider.resume(home.id);
	await provider.ask("POST", `v1/subscriptions/${home.id}/devices/${old.device}/release`);
	await provider.ask("POST", `v1/subscriptions/${home.id}/devices/${tablet.device}/transfer`, { to: old.device });

	const studio = await provider.order("studio-2208", 1, { recipient: person });

	await made(studio.activation_code, "Studio computer", 3);
	await provider.suspend(studio.id);

	const ended = await provider.order("parents-0815", 1, { recipient: person });
	const parents = await made(ended.activation_code, "Parents' computer", 4);

	await provider.cancel(ended.id);
	const { url } = (await ask("POST", server.at("device/v1/purchase"), { key: parents.token, body: {} })).json;

	await ask("POST", url, { headers: { "Content-Type": "application/x-www-form-urlencoded" }, body: "" });
}

/** Whoever asks at the portal for a link by mail finds it here. */
export function showLinks(world) {
	world.mailCame = async () => {
		const mail = await readMail(world.mails.got.at(-1));
		const link = /https?:\/\/\S+\/portal\/enter\/\w+/.exec(mail.parts[0][1])?.[0];

		if (link !== undefined)
			world.teller.line(`  Mail to ${mail.to[0][1]}: sign in at ${link}`);
	};
}

/** Say where to look, and how to go on with the devices. */
export async function describeWorld({ scene, teller, server, provider, standIn, laptop, desktop }) {
	const header = scene.path("provider-key.header");
	const purchase = expectStatus(await laptop.cli("purchase"), 0, "holdfast purchase");

	writeFileSync(header, `Authorization: Bearer ${provider.key}\n`, { mode: 0o600 });
	for (const [what, where] of [
		["Protect the laptop again", `${purchase.out.trim()} (a page to pay on)`],
		["The subscriber's portal", server.at("portal")],
		["  sign in as", `${person.address} (the mail's link appears here)`],
		["  or from the device", `HOLDFAST_STATE=${desktop.state} ${programPath("holdfast")} portal`],
		["The provider's API", server.at("v1/subscriptions")],
		["  its key, as a header", header],
		["  such as", `curl -H @${header} ${server.at("v1/subscriptions")}`],
		["The provider's own system", `${standIn.url}?subscription=customer-10042`],
		["The releases", server.at("updates/metadata/timestamp.json")],
		["Is the server well?", server.at("healthz")],
	])
		teller.line(`  ${what.padEnd(26)}${where}`);
	teller.line();
	teller.line("The devices, with the command line (a shell of yours, in another window):");
	for (const device of [desktop, laptop])
		teller.line(`  HOLDFAST_STATE=${device.state} ${programPath("holdfast")} status`);
	teller.line("  ... and subscription, scan PATH, quarantine, history; holdfast --help says more.");
}
