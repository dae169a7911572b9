// People for the demo's console, signed up as people are: an owner and a help desk at the provider, and the vendor; and
// what they would have to do with: mail, ends that are known ahead, a provider below another.

import { ConsoleUser } from "../e2e/console_user.mjs";

const slug = (name) => name.toLowerCase().replace(/[^a-z]+/g, ".").replace(/^\.|\.$/g, "");
const inSeconds = (n) => new Date(Date.now() + n * 1000).toISOString().replace(/\.\d+/, "");

/** Mail for most customers; one whose time runs out, one that leaves at a date, one that was renewed. */
async function furnishCases({ provider }) {
	const { subscriptions } = (await provider.ask("GET", "v1/subscriptions?limit=100")).json;

	for (const [i, { id, external_id: name }] of subscriptions.entries())
		if (i % 4 !== 3)
			await provider.ask("PUT", `v1/subscriptions/${id}/recipient`, { address: `${slug(name)}@customers.example`, name,
				language: i % 3 === 0 ? "de" : "en" });
	const short = await provider.order("R. Ferreira", 1, { paid_until: inSeconds(3) });
	const leaving = await provider.order("Quayside hotel", 4, { paid_until: inSeconds(400 * 86400) });

	await provider.ask("PUT", `v1/subscriptions/${short.id}/recipient`, { address: "r.ferreira@customers.example" });
	await provider.ask("POST", `v1/subscriptions/${leaving.id}/cancel`, { reason: "discontinued",
		effective: inSeconds(30 * 86400) });
	await provider.ask("POST", "v1/webhooks", { url: "https://systems.broadband.example/holdfast" });
	await provider.ask("POST", "v1/keys", { label: "billing system", role: "operator" });
	await provider.ask("POST", "v1/children", { name: "Village Net (reseller)" });
}

/** Returns { owner, desk, vendor }, each able to sign in. */
export async function furnishConsole(world) {
	const { server, provider } = world, at = { provider: provider.facts.id };

	await furnishCases(world);
	return {
		owner: await ConsoleUser.open(server, { ...at, name: "Olga Owner", mail: "olga@broadband.example" }),
		desk: await ConsoleUser.open(server, { ...at, role: "support", name: "Sam Support", mail: "sam@broadband.example" }),
		vendor: await ConsoleUser.open(server, { name: "Vera Vendor", mail: "vera@holdfast.example" }),
	};
}

/** How to sign in; for a demo alone: nobody else prints passwords. */
export function describeConsole({ teller, server }, people) {
	teller.line();
	teller.line(`The console of the provider and of the vendor: ${server.at("console")}`);
	for (const [who, user] of [["the provider's owner", people.owner], ["its help desk", people.desk], ["the vendor", people.vendor]]) {
		teller.line(`  ${who.padEnd(22)}${user.mail}`);
		teller.line(`  ${"  password".padEnd(22)}${user.password}`);
		teller.line(`  ${"  codes, each once".padEnd(22)}${user.recovery.slice(0, 3).join("  ")}`);
		teller.line(`  ${"  or a key for an app".padEnd(22)}${user.key}`);
	}
}
