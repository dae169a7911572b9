// Every operation of the server: who may call it, a good request of it, and what a good answer is. The tests of the
// matrix and of the description go through this table, and fail when the program has an operation that is not here.

import { randomBytes } from "node:crypto";

import { BareDevice } from "./bare_device.mjs";
import { consoleOperations } from "./console_operations.mjs";
import { ConsoleUser } from "./console_user.mjs";
import { ask } from "./http.mjs";
import { expectStatus } from "./lib.mjs";
import { Person } from "./person.mjs";
import { tmfOperations } from "./tmf_operations.mjs";

const nonce = () => randomBytes(32).toString("base64url");
let count = 0;
const inDays = (n) => new Date(Date.now() + n * 86400000).toISOString().replace(/\.\d+/, "");
const fresh = (what) => `${what}-${++count}`;

/** A server with two providers; "own" has credentials of every kind, a device, and one of everything. */
export class World {
	constructor(server) {
		this.server = server;
		this.hubs = [];
	}

	static async open(server) {
		const w = new World(server);

		w.own = await server.addProvider({ name: "Own Broadband" });
		w.other = await server.addProvider({ name: "Other Telecom" });
		w.vendor = expectStatus(await server.admin("key", "add", "--vendor"), 0, "key add --vendor").out.trim();
		w.secrets = {};
		for (const role of ["read_only", "support", "operator", "owner"])
			w.secrets[role] = (await w.made("v1/keys", { role, label: role })).secret;
		const client = await w.made("v1/clients", { role: "operator" });
		const revoked = await w.made("v1/keys", { role: "owner" });

		w.secrets.token = (await ask("POST", server.at("oauth2/token"), { headers:
			{ "Content-Type": "application/x-www-form-urlencoded" }, body: new URLSearchParams(
			{ grant_type: "client_credentials", client_id: client.id, client_secret: client.secret }).toString() }))
			.json.access_token;
		await w.own.ask("DELETE", `v1/keys/${revoked.id}`);
		w.secrets.revoked = revoked.secret;
		w.sub = await w.own.order(fresh("own"), 3);
		w.device = new BareDevice(server, fresh("device"));
		await w.device.activate(w.sub.activation_code);
		if (w.device.token === undefined)
			throw new Error("the device was not activated");
		w.person = await Person.atDevice(server, w.device.token);
		w.secrets.device = w.device.token;
		return w;
	}

	/** POST as the owner, and what was made. */
	async made(path, body, by = this.own) {
		const answer = await by.ask("POST", path, body);

		if (answer.status !== 201)
			throw new Error(`POST ${path}: expected 201, got ${answer.status}: ${answer.text}`);
		return answer.json;
	}

	/** A new subscription of own's in a state; its id. */
	async subscription(state = "pending", seats = 2) {
		const sub = await this.own.order(fresh("sub"), seats);

		if (state === "suspended")
			await this.own.suspend(sub.id);
		if (state === "cancelled")
			await this.own.cancel(sub.id);
		return sub.id;
	}

	/** A new subscription with so many devices: its id and theirs. */
	async devices(n) {
		const sub = await this.own.order(fresh("seats"), n);
		const ids = [sub.id];

		for (let i = 0; i < n; i++) {
			const device = new BareDevice(this.server, fresh("device"));

			await device.activate(sub.activation_code);
			ids.push(device.id);
		}
		return ids;
	}

	/** A new provider below own; its id. */
	async child() {
		return (await this.made("v1/children", { name: fresh("Village Net") })).id;
	}

	/** A subscription whose end is dated ahead, and that change. */
	async scheduled() {
		const sub = await this.subscription();

		await this.own.ask("POST", `v1/subscriptions/${sub}/cancel`, { effective: "2030-01-01T00:00:00Z" });
		return [sub, (await this.own.ask("GET", `v1/subscriptions/${sub}/changes`)).json.changes[0].id];
	}

	async withRecipient() {
		const sub = await this.subscription();

		await this.own.ask("PUT", `v1/subscriptions/${sub}/recipient`, { address: "ann@example.org" });
		return sub;
	}

	/** As the vendor; its id. */
	async newProvider() {
		const answer = await ask("POST", this.server.at("v1/vendor/providers"),
			{ key: this.vendor, body: { name: fresh("Leaving Telecom") } });

		return answer.json.id;
	}

	/** Somebody at the console who has never signed in. */
	consoleUser(facts) {
		return ConsoleUser.add(this.server, facts);
	}

	async key() {
		return (await this.made("v1/keys", { role: "read_only" })).id;
	}

	async client() {
		return (await this.made("v1/clients", { role: "read_only" })).id;
	}

	async webhook() {
		return (await this.made("v1/webhooks", { url: "https://hooks.example/in" })).id;
	}

	/** A delivery: of a webhook that nobody can reach, so it stays until somebody gives up. */
	async delivery() {
		const { deliveries } = (await this.own.ask("GET", "v1/deliveries")).json;

		return deliveries[0]?.id;
	}

	async checkout() {
		return new URL((await this.device.ask("purchase")).json.url).pathname.split("/").at(-1);
	}
}

const EMPTY = {}, FORM = "application/x-www-form-urlencoded";

/** may: who; with: the path's parts and the body of a good request, made anew for each call; answers: its status.
 * `foreign`: the first part of the path names something of own's. */
const operations = {
	"POST /v1/subscriptions": { may: "operate", answers: 201, with: () => ({ body: { external_id: fresh("order") } }) },
	"GET /v1/subscriptions": { may: "read", query: "?limit=2&state=pending" },
	"GET /v1/subscriptions/{subscription}": { may: "read", foreign: true, with: async (w) => ({ parts: [w.sub.id] }) },
	"POST /v1/subscriptions/{subscription}/suspend": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()], body: { reason: "billing" } }) },
	"POST /v1/subscriptions/{subscription}/resume": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription("suspended")] }) },
	"POST /v1/subscriptions/{subscription}/cancel": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()], body: {} }) },
	"POST /v1/subscriptions/{subscription}/reinstate": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription("cancelled")], body: EMPTY }) },
	"GET /v1/subscriptions/{subscription}/events": { may: "read", foreign: true, query: "?limit=1",
		with: async (w) => ({ parts: [w.sub.id] }) },

	"POST /v1/subscriptions/{subscription}/renew": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [(await w.own.order(fresh("paid"), 1, { paid_until: "2029-01-01T00:00:00Z" })).id],
			body: { paid_until: "2030-01-01T00:00:00Z" } }) },
	"PATCH /v1/subscriptions/{subscription}": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()], body: { seats: 5, release: [], paid_until: null } }) },
	"POST /v1/subscriptions/{subscription}/code": { may: "support", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()] }) },
	"POST /v1/subscriptions/{subscription}/devices/{device}/release": { may: "support", foreign: true,
		with: async (w) => ({ parts: await w.devices(1) }) },
	"POST /v1/subscriptions/{subscription}/devices/{device}/assign": { may: "operate", foreign: true,
		with: async (w) => {
			const [sub, device] = await w.devices(1);

			await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${device}/release`);
			return { parts: [sub, device] };
		} },
	"POST /v1/subscriptions/{subscription}/devices/{device}/transfer": { may: "operate", foreign: true,
		with: async (w) => {
			const [sub, device, to] = await w.devices(2);

			await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${to}/release`);
			return { parts: [sub, device], body: { to } };
		} },
	"POST /v1/subscriptions/{subscription}/devices/{device}/undo": { may: "operate", foreign: true,
		with: async (w) => {
			const [sub, device, to] = await w.devices(2);

			await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${to}/release`);
			await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${device}/transfer`, { to });
			return { parts: [sub, device] };
		} },
	"GET /v1/subscriptions/{subscription}/changes": { may: "read", foreign: true,
		with: async (w) => ({ parts: (await w.scheduled()).slice(0, 1) }) },
	"DELETE /v1/subscriptions/{subscription}/changes/{change}": { may: "operate", answers: 204, foreign: true,
		with: async (w) => ({ parts: await w.scheduled() }) },
	"GET /v1/subscriptions/{subscription}/recipient": { may: "read", foreign: true,
		with: async (w) => ({ parts: [await w.withRecipient()] }) },
	"PUT /v1/subscriptions/{subscription}/recipient": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()], body: { address: "ann@example.org", name: "Ann" } }) },
	"DELETE /v1/subscriptions/{subscription}/recipient": { may: "operate", answers: 204, foreign: true,
		with: async (w) => ({ parts: [await w.withRecipient()] }) },

	"POST /v1/subscriptions/{subscription}/merge": { may: "operate", foreign: true,
		with: async (w) => ({ parts: [await w.subscription()], body: { from: await w.subscription() } }) },
	"POST /v1/subscriptions/{subscription}/consent": { may: "operate", answers: 409,
		with: async (w) => ({ parts: [await w.subscription()], body: { consent: "given" } }) },
	"GET /v1/devices/{device}/explain": { may: "read", foreign: true,
		with: async (w) => ({ parts: (await w.devices(1)).slice(1) }) },
	"GET /v1/figures": { may: "read" },
	"POST /v1/inventory": { may: "operate", with: (w) => ({ body: { as_of: "2026-11-01T00:00:00Z",
		subscriptions: [{ external_id: w.sub.external_id, state: "active" }] } }) },
	"POST /v1/inventory/end": { may: "operate", with: () => ({ body: { began: "2026-01-01T00:00:00Z" } }) },

	"GET /v1/export/subscriptions": { may: "read", query: "?limit=2" },
	"POST /v1/import/subscriptions": { may: "operate", query: "?dry_run=false",
		with: () => ({ type: "text/csv", body: `external_id,seats\n${fresh("imported")},2\n` }) },

	"GET /v1/provider": { may: "read" },
	"PATCH /v1/provider": { may: "own", with: () => ({ body: { hours: "Mon-Fri 9-17" } }) },
	"GET /v1/keys": { may: "own" },
	"POST /v1/keys": { may: "own", answers: 201, with: () => ({ body: { role: "support", label: "help desk" } }) },
	"DELETE /v1/keys/{key}": { may: "own", answers: 204, foreign: true, with: async (w) => ({ parts: [await w.key()] }) },
	"GET /v1/clients": { may: "own" },
	"POST /v1/clients": { may: "own", answers: 201, with: () => ({ body: { role: "operator" } }) },
	"DELETE /v1/clients/{client}": { may: "own", answers: 204, foreign: true,
		with: async (w) => ({ parts: [await w.client()] }) },

	"GET /v1/webhooks": { may: "own" },
	"POST /v1/webhooks": { may: "own", answers: 201,
		with: () => ({ body: { url: "https://hooks.example/in", events: ["subscription.suspended"] } }), undo: "v1/webhooks" },
	"GET /v1/webhooks/{webhook}": { may: "own", foreign: true, with: async (w) => ({ parts: [await w.webhook()] }),
		undo: "v1/webhooks" },
	"PATCH /v1/webhooks/{webhook}": { may: "own", foreign: true, undo: "v1/webhooks",
		with: async (w) => ({ parts: [await w.webhook()], body: { disabled: true, events: [] } }) },
	"DELETE /v1/webhooks/{webhook}": { may: "own", answers: 204, foreign: true,
		with: async (w) => ({ parts: [await w.webhook()] }), undo: "v1/webhooks" },
	"POST /v1/webhooks/{webhook}/secret": { may: "own", foreign: true, with: async (w) => ({ parts: [await w.webhook()] }),
		undo: "v1/webhooks" },
	"POST /v1/webhooks/{webhook}/replay": { may: "operate", foreign: true, undo: "v1/webhooks",
		with: async (w) => ({ parts: [await w.webhook()], body: { since: "2026-01-01T00:00:00Z" } }) },
	"GET /v1/deliveries": { may: "read", query: "?limit=1&state=failed" },
	"GET /v1/deliveries/{delivery}": { may: "read", answers: 404, with: () => ({ parts: [`msg_${"0".repeat(26)}`] }) },
	"POST /v1/deliveries/{delivery}/replay": { may: "operate", answers: 404,
		with: () => ({ parts: [`msg_${"0".repeat(26)}`] }) },

	"GET /v1/mail/brand": { may: "read" },
	"PUT /v1/mail/brand": { may: "own", with: () => ({ body: { logo: "EXAMPLE", colour: "#1a2b3c" } }) },
	"GET /v1/mail/templates/{kind}/{language}": { may: "read", with: () => ({ parts: ["welcome", "de"] }) },
	"PUT /v1/mail/templates/{kind}/{language}": { may: "own", with: () => ({ parts: ["suspended", "en"],
		body: { subject: "Suspended", paragraphs: ["{provider} has suspended it."] } }) },
	"DELETE /v1/mail/templates/{kind}/{language}": { may: "own", answers: 204,
		with: () => ({ parts: ["cancelled", "en"] }) },

	"GET /v1/vendor/providers": { may: "vendor" },
	"POST /v1/vendor/providers": { may: "vendor", answers: 201,
		with: () => ({ body: { name: fresh("New Fibre"), policy: { grace_s: 60 } } }) },
	"GET /v1/vendor/providers/{provider}": { may: "vendor", with: (w) => ({ parts: [w.other.facts.id] }) },
	"PATCH /v1/vendor/providers/{provider}": { may: "vendor",
		with: (w) => ({ parts: [w.other.facts.id], body: { phone: "+44 20 7946 0999" } }) },
	"GET /v1/vendor/providers/{provider}/keys": { may: "vendor", with: (w) => ({ parts: [w.other.facts.id] }) },
	"POST /v1/vendor/providers/{provider}/keys": { may: "vendor", answers: 201,
		with: (w) => ({ parts: [w.own.facts.id], body: { role: "read_only" } }) },
	"DELETE /v1/vendor/providers/{provider}/keys/{key}": { may: "vendor", answers: 204,
		with: async (w) => ({ parts: [w.own.facts.id, await w.key()] }) },

	"GET /v1/vendor/providers/{provider}/figures": { may: "vendor", with: (w) => ({ parts: [w.own.facts.id] }) },
	"POST /v1/vendor/providers/{provider}/leave": { may: "vendor",
		with: async (w) => ({ parts: [await w.newProvider()], body: { at: inDays(40), to: w.other.facts.id } }) },
	"POST /v1/vendor/providers/{provider}/stay": { may: "vendor",
		with: async (w) => {
			const id = await w.newProvider();

			await ask("POST", w.server.at(`v1/vendor/providers/${id}/leave`), { key: w.vendor, body: { at: inDays(40) } });
			return { parts: [id] };
		} },

	"POST /v1/vendor/providers/{provider}/suspend": { may: "vendor",
		with: async (w) => ({ parts: [await w.newProvider()], body: { reason: "billing", grace_s: 60 } }) },
	"POST /v1/vendor/providers/{provider}/resume": { may: "vendor",
		with: async (w) => {
			const id = await w.newProvider();

			await ask("POST", w.server.at(`v1/vendor/providers/${id}/suspend`), { key: w.vendor, body: {} });
			return { parts: [id] };
		} },
	"PUT /v1/vendor/providers/{provider}/parent": { may: "vendor",
		with: async (w) => ({ parts: [await w.newProvider()], body: { parent: w.other.facts.id } }) },
	"GET /v1/provider/events": { may: "own", query: "?limit=10" },
	"GET /v1/children": { may: "read" },
	"POST /v1/children": { may: "own", answers: 201, with: () => ({ body: { name: fresh("Village Net") } }) },
	"GET /v1/children/{child}": { may: "read", with: async (w) => ({ parts: [await w.child()] }) },
	"GET /v1/children/{child}/figures": { may: "read", with: async (w) => ({ parts: [await w.child()] }) },
	"POST /v1/children/{child}/keys": { may: "own", answers: 201,
		with: async (w) => ({ parts: [await w.child()], body: { role: "owner" } }) },
	"POST /v1/children/{child}/suspend": { may: "operate", with: async (w) => ({ parts: [await w.child()], body: {} }) },
	"POST /v1/children/{child}/resume": { may: "operate",
		with: async (w) => {
			const id = await w.child();

			await w.own.ask("POST", `v1/children/${id}/suspend`, {});
			return { parts: [id] };
		} },

	// Whoever says who they are in another scheme is no client.
	"POST /oauth2/token": { may: "anyone", answers: (key) => key === undefined ? 400 : 401, with: () => ({ type: "application/x-www-form-urlencoded",
		body: "grant_type=password" }) },
	"GET /openapi.json": { may: "anyone" },

	"POST /device/v1/activate": { may: "anyone", answers: 404, with: (w) => ({ body: { code: "0000000000000",
		machine: "a-machine-of-nobody", name: "nobody", platform: "linux", key: nonce(), nonce: nonce() } }) },
	"POST /device/v1/checkin": { may: "device", with: () => ({ body: { nonce: nonce() } }) },
	"POST /device/v1/reactivate": { may: "device", with: () => ({ body: { nonce: nonce() } }) },
	"POST /device/v1/devices": { may: "device", with: () => ({ body: EMPTY }) },
	"POST /device/v1/portal": { may: "device", answers: 201, with: () => ({ body: EMPTY }) },
	"POST /device/v1/purchase": { may: "device", answers: 201, with: () => ({ body: EMPTY }) },

	"GET /healthz": { may: "anyone" },
	"GET /activate": { may: "anyone" },
	"GET /static/{}/{}": { may: "anyone", answers: 404, with: () => ({ parts: ["0123456789abcdef", "style.css"] }) },
	"GET /": { may: "anyone" },
	"GET /v1/support/requests": { may: "support" },
	"GET /v1/vendor/support/requests": { may: "vendor" },
	"GET /v1/vendor/support/feedback": { may: "vendor" },
	"GET /v1/vendor/support/feedback/{article}": { may: "vendor", with: () => ({ parts: ["HF-1"] }) },

	"GET /portal/sign-in": { may: "anyone" },
	"POST /portal/sign-in": { may: "anyone", answers: 400, with: () => ({ type: FORM, body: "" }) },
	"GET /portal/sign-in/sent": { may: "anyone" },
	"GET /portal/enter/{}": { may: "anyone", with: () => ({ parts: ["hfl_made-up"] }) },
	"POST /portal/enter/{}": { may: "anyone", answers: 403, with: () => ({ parts: ["hfl_made-up"], type: FORM, body: "" }) },
	// Not signed out for real: the field is sent twice, which is refused behind the door.
	"POST /portal/sign-out": { may: "person", answers: 400, with: (w) => w.person.form({}, "&everywhere=1&everywhere=2") },
	"GET /portal": { may: "person" },
	"POST /portal/reactivate": { may: "person", answers: 303, with: (w) => w.person.form({ device: w.device.id }) },
	"POST /portal/purchase": { may: "person", answers: 303, with: (w) => w.person.form({ device: w.device.id }) },
	"GET /portal/contact": { may: "person" },
	"POST /portal/consent": { may: "person", answers: 409, with: (w) => w.person.form({ subscription: w.sub.id, answer: "yes" }) },
	"GET /portal/devices": { may: "person" },
	"GET /portal/devices/{}": { may: "person", with: (w) => ({ parts: [w.device.id] }) },
	"POST /portal/devices/{}": { may: "person", answers: 409, with: (w) => ({ parts: [w.device.id],
		...w.person.form({ action: "assign" }) }) },
	"GET /portal/activation/{}": { may: "person", with: (w) => ({ parts: [w.sub.id] }) },
	"POST /portal/activation/{}": { may: "person", with: (w) => ({ parts: [w.sub.id], ...w.person.form({}) }) },
	"GET /portal/purchases": { may: "person" },
	"GET /portal/history": { may: "person" },
	"GET /portal/data": { may: "person" },
	"GET /portal/data/export": { may: "person" },
	"POST /portal/data/delete": { may: "person", answers: 400, with: (w) => w.person.form({ subscription: w.sub.id }) },
	"GET /support": { may: "anyone" },
	"GET /support/search": { may: "anyone" },
	"GET /support/sitemap.xml": { may: "anyone" },
	"GET /support/changes.xml": { may: "anyone" },
	"GET /support/reason/{code}": { may: "anyone", answers: 303, with: () => ({ parts: ["billing"] }) },
	"GET /support/community": { may: "anyone", answers: 404 },
	"GET /support/contact": { may: "anyone" },
	"GET /support/contact/{reference}": { may: "anyone", answers: 404, with: () => ({ parts: ["HF-0000-0000"] }) },
	"GET /support/{id}/comment": { may: "anyone", answers: 303, with: () => ({ parts: ["HF-1"] }) },
	"GET /support/{id}/thanks": { may: "anyone", with: () => ({ parts: ["HF-1"] }) },
	"GET /support/{id}": { may: "anyone", with: () => ({ parts: ["HF-1"] }) },
	// Without the cookie of a visitor these refuse, whoever calls.
	"POST /support/contact": { may: "anyone", answers: 403, with: () => ({ body: EMPTY }) },
	"POST /support/{id}/feedback": { may: "anyone", answers: 403, with: () => ({ parts: ["HF-1"], body: EMPTY }) },
	"POST /support/{id}/comment": { may: "anyone", answers: 403, with: () => ({ parts: ["HF-1"], body: EMPTY }) },
	"GET /updates/{*}": { may: "anyone", answers: 404, with: () => ({ parts: ["metadata/timestamp.json"] }) },
	"GET /checkout/{}": { may: "anyone", with: async (w) => ({ parts: [await w.checkout()] }) },
	"POST /checkout/{}": { may: "anyone", with: async (w) => ({ parts: [await w.checkout()] }) },
	"POST /webhooks/stripe": { may: "anyone", answers: 404, with: () => ({ body: EMPTY }) },

	...tmfOperations,
	...consoleOperations,
};

/** The row for an operation; it must be there. */
export function rowFor(name) {
	const row = operations[name];

	if (row === undefined)
		throw new Error(`test/e2e/operations.mjs has no row for ${name}: who may call it, and how?`);
	return row;
}

export const operationNames = Object.keys(operations);

/** The request of an operation: { method, path, options }. */
export async function requestOf(name, world) {
	const row = rowFor(name);
	const [method, pattern] = name.split(" ");
	const { parts = [], body, type } = await (row.with?.(world) ?? {});
	const rest = [...parts];
	const path = pattern.slice(1).replace(/\{[^}]*\}/g, () => rest.shift()) + (row.query ?? "");
	// Each from an address of its own: wrong codes and secrets are counted by it.
	const headers = { "X-Forwarded-For": `192.0.2.${++count % 250}` };

	if (type !== undefined)
		headers["Content-Type"] = type;

	return { method, path, parts, options: { body, headers } };
}

/** Remove what an operation made, where there may only be so many. */
export async function tidy(name, world, answer) {
	const { undo } = rowFor(name);

	if (undo === "hub" && answer?.status === 201)
		await world.own.ask("DELETE", `${name.split(" ")[1].slice(1)}/${answer.json.id}`);
	while (world.hubs.length > 0)
		await world.own.ask("DELETE", world.hubs.pop());
	if (undo !== "v1/webhooks")
		return;
	for (const { id } of (await world.own.ask("GET", "v1/webhooks")).json.webhooks)
		await world.own.ask("DELETE", `v1/webhooks/${id}`);
}

/** The status of a good answer; `key` is what was sent for a token. */
export function goodStatus(name, key) {
	const { answers = 200 } = rowFor(name);

	return typeof answers === "function" ? answers(key) : answers;
}
