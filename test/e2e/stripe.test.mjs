// Payment through Stripe: a session is asked for as Stripe documents it; only a notice with Stripe's signature
// makes anything paid, and each once; renewals, refunds and failures do what they say; the keys are seen nowhere.
// The official `stripe` package signs the notices, and says what a request must look like.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import Stripe from "stripe";

import { BareDevice } from "./bare_device.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, programPath } from "./lib.mjs";
import { descendants, run } from "./processes.mjs";
import { StandInStripe } from "./stripe_stand_in.mjs";

const KEY = "sk_test_51HoldfastKeyOfTheTest";
const SECRET = "whsec_HoldfastSecretOfTheTest";
const OLD_SECRET = "whsec_HoldfastSecretBeforeThat";
const YEAR = 365 * 86400;
const stripe = new Stripe(KEY);
const now = () => Math.floor(Date.now() / 1000);

/** A server that sells through a stand-in for Stripe, and a device whose provider has suspended it. */
async function arrangeShop(t) {
	const scene = Scene.of(t);
	const standIn = await new StandInStripe(KEY).start();

	scene.atEnd(() => standIn.stop());
	writeFileSync(scene.path("stripe.key"), `${KEY}\n`, { mode: 0o600 });
	writeFileSync(scene.path("stripe.secret"), `${SECRET}\n${OLD_SECRET}\n`, { mode: 0o600 });
	const server = await new Server(scene, { args: ["--payment", "stripe", "--stripe-api", standIn.url,
		"--stripe-key-file", scene.path("stripe.key"),
		"--stripe-webhook-secret-file", scene.path("stripe.secret")] }).start();
	const provider = await server.addProvider();
	const { id, activation_code: code } = await provider.order("order-1");
	const device = new BareDevice(server, "laptop");

	assert.equal((await device.activate(code)).status, 201);
	await provider.suspend(id);
	assert.equal(await device.condition(), "billing");
	return { scene, standIn, server, device, shop: new Shop(server, device) };
}

/** What Stripe would do with one purchase. */
class Shop {
	#events = 0;

	constructor(server, device) {
		this.server = server;
		this.device = device;
	}

	/** The device asks for a place to buy: sets `page` and `checkout`. */
	async begin() {
		const answer = await this.device.ask("purchase");

		assert.equal(answer.status, 201, answer.text);
		this.page = answer.json.url;
		this.checkout = this.page.split("/").pop();
		return this;
	}

	/** The person presses the button. */
	press() {
		return ask("POST", this.page, { body: "", headers: { "Content-Type": "application/x-www-form-urlencoded" } });
	}

	event(type, object, more = {}) {
		return { id: `evt_${this.checkout}_${++this.#events}`, object: "event", api_version: "2025-03-31.basil",
			created: now(), type, data: { object }, livemode: false, pending_webhooks: 1, ...more };
	}

	completed(payment_status = "paid", type = "checkout.session.completed") {
		return this.event(type, { id: "cs_test_1", object: "checkout.session", mode: "subscription", payment_status,
			client_reference_id: this.checkout, customer: `cus_${this.checkout}`, subscription: "sub_1" });
	}

	invoice(type, until, reason = "subscription_cycle") {
		return this.event(type, { id: "in_2", object: "invoice", billing_reason: reason,
			customer: `cus_${this.checkout}`, lines: { object: "list", data: [{ period: { start: now(), end: until } }] },
			parent: { type: "subscription_details", subscription_details: { subscription: "sub_1",
				metadata: { holdfast_checkout: this.checkout } } } });
	}

	refund(isWhole, chargedAt = now()) {
		return this.event("charge.refunded", { id: "ch_1", object: "charge", created: chargedAt, amount: 3900,
			amount_refunded: isWhole ? 3900 : 100, refunded: isWhole, customer: `cus_${this.checkout}` });
	}

	ended() {
		return this.event("customer.subscription.deleted", { id: "sub_1", object: "subscription", status: "canceled",
			customer: `cus_${this.checkout}`, metadata: { holdfast_checkout: this.checkout } });
	}

	/** POST a notice, signed as Stripe would; `change` makes it wrong. */
	async send(event, { secret = SECRET, timestamp, change = (x) => x, header = (x) => x } = {}) {
		const payload = JSON.stringify(event);
		const signature = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });

		return ask("POST", this.server.at("webhooks/stripe"), { body: change(payload),
			headers: { "Stripe-Signature": header(signature), "Content-Type": "application/json; charset=utf-8" } });
	}

	async sendWell(event, options) {
		const answer = await this.send(event, options);

		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(answer.json, { received: true });
	}

	/** The events in the log of what it bought. */
	async log() {
		const { sid } = await this.device.lease();
		const lines = (await this.server.admin("log", "--json", "--chain", sid)).out.trim().split("\n");

		return lines.slice(0, -1).map((line) => JSON.parse(line).kind);
	}
}

test("a session is asked for exactly as the official package asks for it", async (t) => {
	const { standIn, shop } = await arrangeShop(t);

	await shop.begin();
	assert.equal((await shop.press()).status, 200);
	const official = new Stripe(KEY, { host: "127.0.0.1", port: standIn.port, protocol: "http", telemetry: false });

	await official.checkout.sessions.create({
		mode: "subscription",
		client_reference_id: shop.checkout,
		success_url: `${shop.page}?paid=1`,
		cancel_url: shop.page,
		line_items: [{ quantity: 1, price_data: { currency: "eur", unit_amount: 3900,
			recurring: { interval: "year" }, product_data: { name: "Holdfast for one device, one year" } } }],
		metadata: { holdfast_checkout: shop.checkout },
		subscription_data: { metadata: { holdfast_checkout: shop.checkout } },
	}, { idempotencyKey: "another" });
	const [ours, theirs] = standIn.asked;

	assert.deepEqual(ours.form, theirs.form);
	for (const name of ["authorization", "content-type"])
		assert.equal(ours.headers[name], theirs.headers[name]);
	assert.equal(ours.headers["idempotency-key"], shop.checkout);
	assert.equal(ours.headers["stripe-version"], "2025-03-31.basil");
});

test("the button leads to Stripe's page, and to the same session however often it is pressed", async (t) => {
	const { standIn, shop } = await arrangeShop(t);

	await shop.begin();
	const offer = await ask("GET", shop.page);

	assert.match(offer.text, /39\.00 EUR/);
	assert.match(offer.text, /renews every year until you end it/);
	const answers = await Promise.all([shop.press(), shop.press(), shop.press()]);

	for (const { status, text } of answers) {
		assert.equal(status, 200);
		assert.match(text, new RegExp(`content="0;url=${standIn.url}/c/pay/cs_test_1\\?a=1&amp;b=2#(fid)+"`));
		assert.match(text, new RegExp(`href="${standIn.url}/c/pay/cs_test_1\\?a=1&amp;b=2#(fid)+"`));
	}
});

test("a Stripe that is down is said to be down, and works again when it does", async (t) => {
	const { standIn, server, shop } = await arrangeShop(t);

	await shop.begin();
	standIn.isDown = true;
	const answer = await shop.press();

	assert.equal(answer.status, 503);
	assert.match(answer.text, /cannot be reached/);
	assert.match(server.log(), /Stripe answered 500 \(api_error/);
	standIn.isDown = false;
	assert.equal((await shop.press()).status, 200);
});

test("coming back from Stripe pays nothing: only its signed notice does, and then at once", async (t) => {
	const { server, shop, device } = await arrangeShop(t);

	await shop.begin();
	await shop.press();
	assert.match((await ask("GET", `${shop.page}?paid=1`)).text, /We wait for the payment service/);
	assert.equal(await device.condition(), "billing");
	await shop.sendWell(shop.completed());
	assert.equal(await device.condition(), "protected");
	assert.match((await ask("GET", `${shop.page}?paid=1`)).text, /Thank you: it is paid/);
	// Whoever will be charged again is told how to end that.
	const retail = (await server.admin("provider", "list")).out.trim().split("\n").map((line) => JSON.parse(line))
		.find((each) => each.retail);

	await server.admin("provider", "set", "--provider", retail.id, "--phone", "+44 20 7946 0001");
	assert.match((await ask("GET", shop.page)).text, /To end that, name the receipt to: Holdfast Direct, \+44 20 7946 0001\./);
	const { paid_until: until } = await device.lease();

	assert.ok(Math.abs(until - now() - YEAR - 3 * 86400) < 60, `paid until ${until}`);
});

test("a notice that is not signed, by another, of other bytes or of another time changes nothing", async (t) => {
	const { shop, device } = await arrangeShop(t);

	await shop.begin();
	const event = shop.completed();
	const wrong = {
		"another secret": { secret: "whsec_of_somebody_else" },
		"other bytes": { change: (text) => text.replace("paid", "paid ") },
		"a byte less": { change: (text) => `${text} ` },
		"too old": { timestamp: now() - 301 },
		"from the future": { timestamp: now() + 400 },
		"another time than was signed": { header: (text) => text.replace(/t=(\d+)/, (_, t) => `t=${Number(t) + 1}`) },
		"another scheme": { header: (text) => text.replace("v1=", "v0=") },
		"no signature": { header: () => "" },
	};

	for (const [what, options] of Object.entries(wrong)) {
		const answer = await shop.send(event, options);

		assert.equal(answer.status, 400, what);
		assert.match(answer.json.code, /^(bad|stale)_signature$/, what);
	}
	assert.equal((await ask("POST", shop.server.at("webhooks/stripe"), { body: event })).status, 400);
	assert.equal(await device.condition(), "billing");
	// The same event, well signed, still counts: nothing of the above used it up.
	await shop.sendWell(event);
	assert.equal(await device.condition(), "protected");
});

test("while a secret is rolled either counts, and any of several signatures", async (t) => {
	const { shop, device } = await arrangeShop(t);

	await shop.begin();
	await shop.sendWell(shop.event("ping", {}), { secret: OLD_SECRET });
	await shop.sendWell(shop.completed(), { header: (text) => text.replace("v1=", `v1=${"0".repeat(64)},v1=`) });
	assert.equal(await device.condition(), "protected");
});

test("the same notice many times, also at once, buys once", async (t) => {
	const { shop } = await arrangeShop(t);

	await shop.begin();
	const event = shop.completed();

	await Promise.all(Array.from({ length: 8 }, () => shop.sendWell(event)));
	await shop.sendWell(event);
	await shop.sendWell(shop.completed());
	assert.deepEqual((await shop.log()).filter((kind) => kind === "purchased"), ["purchased"]);
});

test("a bank transfer counts when it has arrived, and a declined one never", async (t) => {
	const { shop, device } = await arrangeShop(t);

	await shop.begin();
	await shop.sendWell(shop.completed("unpaid"));
	assert.equal(await device.condition(), "billing");
	await shop.sendWell(shop.completed("unpaid", "checkout.session.async_payment_failed"));
	assert.equal(await device.condition(), "billing");
	await shop.sendWell(shop.completed("paid", "checkout.session.async_payment_succeeded"));
	assert.equal(await device.condition(), "protected");
});

test("a renewal extends, its own first invoice does not, and a failed one takes nothing at once", async (t) => {
	const { shop, device } = await arrangeShop(t);
	const until = now() + 2 * YEAR;

	await shop.begin();
	await shop.sendWell(shop.completed());
	const first = (await device.lease()).paid_until;

	await shop.sendWell(shop.invoice("invoice.paid", until, "subscription_create"));
	assert.equal((await device.lease()).paid_until, first);
	await shop.sendWell(shop.invoice("invoice.payment_failed", until));
	assert.equal((await device.lease()).paid_until, first);
	assert.equal(await device.condition(), "protected");
	await shop.sendWell(shop.invoice("invoice.paid", until));
	assert.equal((await device.lease()).paid_until, until + 3 * 86400);
	// Not renewed any more: what is paid for stays, to the second.
	await shop.sendWell(shop.ended());
	assert.equal((await device.lease()).paid_until, until);
	assert.deepEqual((await shop.log()).filter((kind) => kind.startsWith("renew")),
		["renewal_failed", "renewed", "renewal_ended"]);
});

test("a refund ends what it paid for; a part of it ends nothing", async (t) => {
	const { shop, device } = await arrangeShop(t);

	await shop.begin();
	await shop.sendWell(shop.completed());
	await shop.sendWell(shop.refund(false));
	assert.equal(await device.condition(), "protected");
	await shop.sendWell(shop.refund(true));
	assert.equal(await device.condition(), "expired");
});

test("a refund that is told before its payment is not lost", async (t) => {
	const { shop, device } = await arrangeShop(t);

	await shop.begin();
	await shop.sendWell(shop.refund(true));
	await shop.sendWell(shop.completed());
	assert.equal(await device.condition(), "expired");
});

test("events of other types, and of what others sold, are taken and change nothing", async (t) => {
	const { shop, server } = await arrangeShop(t);

	await shop.begin();
	const before = (await server.verifyLog()).events;

	await shop.sendWell(shop.event("customer.created", { id: "cus_9", object: "customer" }));
	await shop.sendWell(shop.event("some.type.of.2030", { whatever: [1, 2.5, null] }));
	shop.checkout = "an_order_of_another_shop_in_the_same_account_of_stripe";
	for (const event of [shop.completed(), shop.invoice("invoice.paid", now() + YEAR), shop.refund(true), shop.ended()])
		await shop.sendWell(event);
	assert.equal((await server.verifyLog()).events, before);
});

test("neither the API key nor the webhook's secret is on a command line, in an environment or in a log", async (t) => {
	const { scene, standIn, server, shop } = await arrangeShop(t);

	await shop.begin();
	standIn.key = "sk_another";
	assert.equal((await shop.press()).status, 503);
	assert.match(server.log(), /Stripe answered 401/);
	await shop.send(shop.completed(), { secret: "whsec_of_somebody_else" });
	for (const pid of [server.process.pid, ...descendants(server.process.pid).map((each) => each.pid)])
		for (const what of ["cmdline", "environ"]) {
			const text = readFileSync(`/proc/${pid}/${what}`, "latin1");

			assert.ok(!text.includes(KEY) && !text.includes(SECRET), `${what} of ${pid}`);
		}
	for (const folder of [server.state, `${server.state}/store`])
		for (const name of readdirSync(folder, { withFileTypes: true }).filter((each) => each.isFile())) {
			const text = readFileSync(`${folder}/${name.name}`, "latin1");

			assert.ok(!text.includes(KEY) && !text.includes(SECRET), name.name);
		}
	assert.ok(!server.log().includes(KEY) && !server.log().includes(SECRET));
	assert.ok(scene.path("stripe.key"));
});

test("a server with an https address sells nothing unless it is told how, and takes no notices", async (t) => {
	const server = await new Server(Scene.of(t), { args: ["--base-url", "https://protect.example/"] });

	// Where devices find it is another address than that which it listens at.
	server.isHealthy = async () => true;
	await server.start();
	server.url = `http://127.0.0.1:${readFileSync(`${server.state}/port`, "utf8").trim()}/`;
	const provider = await server.addProvider();
	const { activation_code: code } = await provider.order("order-1");
	const device = new BareDevice(server, "laptop");

	await device.activate(code);
	const answer = await device.ask("purchase");

	assert.equal(answer.status, 409);
	assert.equal(answer.json.code, "nothing_for_sale");
	assert.equal((await ask("POST", server.at("webhooks/stripe"), { body: {} })).status, 404);
});

test("Stripe without its two files is a mistake that the start tells", async (t) => {
	const scene = Scene.of(t);
	const result = await run(programPath("holdfast-server"),
		["run", "--state", scene.path("server"), "--payment", "stripe", "--stripe-key-file", "x"]);

	assert.equal(result.status, 2);
	assert.match(result.err, /needs stripe-key-file and stripe-webhook-secret-file/);
});
