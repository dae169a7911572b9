// Every operation of the console, for test/e2e/operations.mjs: who may, and a good request. A form's fields are in `form`;
// whoever sends it adds the key of its own session.

import { randomBytes } from "node:crypto";

let count = 0;
const fresh = (what) => `${what}-${process.pid}-${++count}`;

/** A delivery that has failed: its webhook was switched off, and on again. */
async function delivery(w) {
	const hook = await w.webhook();

	await w.own.order(fresh("told"));
	for (let i = 0; i < 500; i++) {
		const { deliveries } = (await w.own.ask("GET", "v1/deliveries?limit=1")).json;

		if (deliveries.length > 0 && deliveries[0].endpoint === hook) {
			await w.own.ask("PATCH", `v1/webhooks/${hook}`, { disabled: true });
			await w.own.ask("PATCH", `v1/webhooks/${hook}`, { disabled: false });
			return deliveries[0].id;
		}
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	throw new Error("nobody was told");
}

const ownUser = async (w) => (await w.consoleUser({ provider: w.own.facts.id, role: "support" })).id;
const vendorUser = async (w) => (await w.consoleUser({ role: "read_only" })).id;

/** A subscription of own's with a device that has a seat and one that has not. */
async function twoDevices(w) {
	const [sub, first, second] = await w.devices(2);

	await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${second}/release`);
	return [sub, first, second];
}

async function moved(w) {
	const [sub, first, second] = await twoDevices(w);

	await w.own.ask("POST", `v1/subscriptions/${sub}/devices/${first}/transfer`, { to: second });
	return [sub, first];
}

const SUB = "/console/subscriptions/{subscription}", DEVICE = `${SUB}/devices/{device}`;
const HOOK = "/console/webhooks/{webhook}", USER = "/console/users/{user}", VENDOR_USER = "/console/vendor/users/{user}";
const PROVIDER = "/console/vendor/providers/{provider}";
const post = (may, make, answers = 303) => ({ may, answers, with: async (w) => ({ form: {}, ...await make(w) }) });
const foreign = (row) => ({ ...row, foreign: true });
const nobody = (answers) => ({ may: "anyone", answers, with: () => ({ form: {}, type: "application/x-www-form-urlencoded",
	body: "" }) });

export const consoleOperations = {
	"GET /console/sign-in": { may: "anyone" },
	"POST /console/sign-in": nobody(422),
	"POST /console/sign-in/password": nobody(403),
	"POST /console/sign-in/app": nobody(403),
	"POST /console/sign-in/code": nobody(403),
	"POST /console/sign-out": { may: "console", answers: 303, leaves: true, with: () => ({ form: {} }) },

	"GET /console": { may: "console", answers: (who) => who.isVendor ? 303 : 200 },
	"GET /console/account": { may: "console" },
	"POST /console/account/password": { may: "console", answers: 422, with: () => ({ form: {} }) },
	"POST /console/account/recovery": { may: "console", answers: 422, with: () => ({ form: {} }) },
	"POST /console/account/sign-out-everywhere": { may: "console", answers: 303, leaves: true, with: () => ({ form: {} }) },

	"GET /console/search": { may: "console_read", query: "?q=own" },
	"GET /console/subscriptions": { may: "console_read", query: "?state=active" },
	[`GET ${SUB}`]: foreign({ may: "console_read", with: (w) => ({ parts: [w.sub.id] }) }),
	[`POST ${SUB}/suspend`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription()],
		form: { reason: "billing" } }))),
	[`POST ${SUB}/resume`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription("suspended")] }))),
	[`POST ${SUB}/cancel`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription()],
		form: { reason: "discontinued", effective: "2030-01-01" } }))),
	[`POST ${SUB}/reinstate`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription("cancelled")] }))),
	[`POST ${SUB}/renew`]: foreign(post("console_operate", async (w) => ({ form: { paid_until: "2031-01-01" },
		parts: [(await w.own.order(fresh("paid"), 1, { paid_until: "2029-01-01T00:00:00Z" })).id] }))),
	[`POST ${SUB}/changes/{change}/withdraw`]: foreign(post("console_operate", async (w) => ({ parts: await w.scheduled() }))),
	[`POST ${SUB}/seats`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription()], form: { seats: "5" } }))),
	[`POST ${SUB}/code`]: foreign(post("console_support", async (w) => ({ parts: [await w.subscription()] }), 200)),
	[`POST ${SUB}/recipient`]: foreign(post("console_operate", async (w) => ({ parts: [await w.subscription()],
		form: { address: "ann@example.org", language: "de" } }))),
	[`POST ${DEVICE}/release`]: foreign(post("console_support", async (w) => ({ parts: await w.devices(1) }))),
	[`POST ${DEVICE}/assign`]: foreign(post("console_operate", async (w) => {
		const [sub, , second] = await twoDevices(w);

		return { parts: [sub, second] };
	})),
	[`POST ${SUB}/move`]: foreign(post("console_operate", async (w) => {
		const [sub, first, second] = await twoDevices(w);

		return { parts: [sub], form: { from: first, to: second } };
	})),
	[`POST ${DEVICE}/undo`]: foreign(post("console_operate", async (w) => ({ parts: await moved(w) }))),

	"GET /console/devices": { may: "console_read", query: "?condition=protected" },
	"GET /console/bulk": { may: "console_operate" },
	"POST /console/bulk": post("console_operate", () => ({ form: { table: `external_id\n${fresh("bulk")}\n` } }), 200),
	"GET /console/bulk/export.csv": { may: "console_read" },
	"GET /console/settings": { may: "console_read" },
	"POST /console/settings/card": post("console_own", (w) => ({ form: { name: w.own.facts.name ?? "Own Broadband" } })),
	"POST /console/settings/brand": post("console_own", () => ({ form: { colour: "#1a2b3c" } })),

	"GET /console/keys": { may: "console_own" },
	"POST /console/keys": post("console_own", () => ({ form: { label: "nightly", role: "support", kind: "key" } }), 201),
	"POST /console/keys/{key}/revoke": foreign(post("console_own", async (w) => ({ parts: [await w.key()] }))),
	"GET /console/webhooks": { may: "console_own" },
	"POST /console/webhooks": { ...post("console_own", () => ({ form: { url: "https://hooks.example/in" } }), 201), hooks: true },
	[`POST ${HOOK}/remove`]: foreign(post("console_own", async (w) => ({ parts: [await w.webhook()] }))),
	[`POST ${HOOK}/enable`]: foreign(post("console_own", async (w) => ({ parts: [await w.webhook()] }))),
	[`POST ${HOOK}/disable`]: foreign(post("console_own", async (w) => ({ parts: [await w.webhook()] }))),
	[`POST ${HOOK}/secret`]: foreign(post("console_own", async (w) => ({ parts: [await w.webhook()] }), 200)),
	[`POST ${HOOK}/replay`]: foreign(post("console_operate", async (w) => ({ parts: [await w.webhook()] }))),
	"GET /console/deliveries": { may: "console_read", query: "?state=failed" },
	"POST /console/deliveries/{delivery}/replay": foreign({ ...post("console_operate", async (w) => ({ parts: [await delivery(w)] })),
		slow: true }),

	"GET /console/users": { may: "console_own" },
	"POST /console/users": post("console_own", () => ({ form: { name: "Bob", mail: `${randomBytes(6).toString("hex")}@example.org`,
		role: "support" } }), 201),
	[`POST ${USER}/change`]: foreign(post("console_own", async (w) => ({ parts: [await ownUser(w)],
		form: { name: "Bob B.", role: "operator" } }))),
	[`POST ${USER}/disable`]: foreign(post("console_own", async (w) => ({ parts: [await ownUser(w)] }))),
	[`POST ${USER}/enable`]: foreign(post("console_own", async (w) => ({ parts: [await ownUser(w)] }))),
	[`POST ${USER}/reset`]: foreign(post("console_own", async (w) => ({ parts: [await ownUser(w)] }), 200)),
	"GET /console/audit": { may: "console_read", query: "?kind=ordered" },

	"GET /console/vendor": { may: "console_vendor" },
	"GET /console/vendor/audit": { may: "console_vendor" },
	"GET /console/vendor/users": { may: "console_vendor_own" },
	"POST /console/vendor/users": post("console_vendor_own", () => ({ form: { name: "Vic",
		mail: `${randomBytes(6).toString("hex")}@example.org`, role: "read_only" } }), 201),
	[`POST ${VENDOR_USER}/change`]: post("console_vendor_own", async (w) => ({ parts: [await vendorUser(w)],
		form: { name: "Vic V.", role: "support" } })),
	[`POST ${VENDOR_USER}/disable`]: post("console_vendor_own", async (w) => ({ parts: [await vendorUser(w)] })),
	[`POST ${VENDOR_USER}/enable`]: post("console_vendor_own", async (w) => ({ parts: [await vendorUser(w)] })),
	[`POST ${VENDOR_USER}/reset`]: post("console_vendor_own", async (w) => ({ parts: [await vendorUser(w)] }), 200),
	"POST /console/vendor/providers": post("console_vendor_own", () => ({ form: { name: fresh("Village Net") } })),
	[`GET ${PROVIDER}`]: { may: "console_vendor", with: (w) => ({ parts: [w.own.facts.id] }) },
	[`POST ${PROVIDER}/card`]: post("console_vendor_own", async (w) => ({ parts: [await w.newProvider()], form: { name: "Renamed" } })),
	[`POST ${PROVIDER}/policy`]: post("console_vendor_own", async (w) => ({ parts: [await w.newProvider()],
		form: { lease_s: "48h" } })),
	[`POST ${PROVIDER}/owner`]: post("console_vendor_own", async (w) => ({ parts: [await w.newProvider()],
		form: { person: "Olga", mail: `${randomBytes(6).toString("hex")}@example.org` } }), 201),
	[`POST ${PROVIDER}/suspend`]: post("console_vendor_own", async (w) => ({ parts: [await w.newProvider()],
		form: { reason: "billing", grace_days: "3" } })),
	[`POST ${PROVIDER}/resume`]: { ...post("console_vendor_own", async (w) => ({ parts: [await w.newProvider()] }), 409) },
};
