// A stand-in for Stripe's API, as far as a Checkout Session needs it: it refuses what Stripe documents as wrong,
// so that a request that it takes is one that Stripe would take. On the loopback address only.

import http from "node:http";

/** The parameters of ours that Stripe documents for creating a session; those in [] hold a number. */
const KNOWN = [
	/^mode$/, /^client_reference_id$/, /^success_url$/, /^cancel_url$/, /^metadata\[\w+\]$/,
	/^subscription_data\[metadata\]\[\w+\]$/, /^line_items\[\d+\]\[quantity\]$/,
	/^line_items\[\d+\]\[price_data\]\[(currency|unit_amount)\]$/,
	/^line_items\[\d+\]\[price_data\]\[recurring\]\[interval\]$/,
	/^line_items\[\d+\]\[price_data\]\[product_data\]\[name\]$/,
];

class Refusal extends Error {
	constructor(status, type, code, message) {
		super(message);
		this.status = status;
		this.body = { error: { type, code, message } };
	}
}

function need(condition, message, { status = 400, type = "invalid_request_error", code = "parameter_invalid" } = {}) {
	if (!condition)
		throw new Refusal(status, type, code, message);
}

function checkHead(request, key) {
	need(request.headers.authorization === `Bearer ${key}` ||
		request.headers.authorization === `Basic ${Buffer.from(`${key}:`).toString("base64")}`,
	"Invalid API Key provided", { status: 401, code: "api_key_invalid" });
	need(request.method === "POST" && request.url === "/v1/checkout/sessions", `Unrecognized request URL`,
		{ status: 404, code: "resource_missing" });
	need(/^application\/x-www-form-urlencoded(;|$)/.test(request.headers["content-type"]), "not a form");
	need(/^\d{4}-\d\d-\d\d(\.[a-z]+)?$/.test(request.headers["stripe-version"]), "Invalid Stripe API version");
	need((request.headers["idempotency-key"] ?? "").length <= 255, "Idempotency-Key too long");
}

function checkForm(form) {
	for (const name of Object.keys(form))
		need(KNOWN.some((pattern) => pattern.test(name)), `Received unknown parameter: ${name}`,
			{ code: "parameter_unknown" });
	const item = "line_items[0][price_data]";

	need(["payment", "subscription"].includes(form.mode), "Invalid mode");
	need(/^https?:\/\//.test(form.success_url), "Not a valid URL: success_url", { code: "url_invalid" });
	need(form.cancel_url === undefined || /^https?:\/\//.test(form.cancel_url), "Not a valid URL: cancel_url");
	need((form.client_reference_id ?? "").length <= 200, "client_reference_id too long");
	need(/^[1-9]\d*$/.test(form["line_items[0][quantity]"]), "Invalid integer: quantity");
	need(/^[a-z]{3}$/.test(form[`${item}[currency]`]), "Invalid currency");
	need(/^\d+$/.test(form[`${item}[unit_amount]`]), "Invalid integer: unit_amount");
	need((form[`${item}[product_data][name]`] ?? "") !== "", "You passed an empty string for name");
	need(form.mode !== "subscription" ||
		["day", "week", "month", "year"].includes(form[`${item}[recurring][interval]`]),
	"You specified `subscription` mode but passed a price that is not recurring");
}

export class StandInStripe {
	#server;
	#sessions = new Map();	// by Idempotency-Key: { text, session }
	#made = 0;

	/** What was asked and taken, oldest first: { headers, form }. */
	asked = [];
	/** While true, every request is answered as Stripe answers when it is in trouble. */
	isDown = false;

	constructor(key) {
		this.key = key;
	}

	async start() {
		this.#server = http.createServer((request, answer) => {
			const parts = [];

			request.on("data", (part) => parts.push(part));
			request.on("end", () => this.#answer(request, Buffer.concat(parts).toString(), answer));
		});
		await new Promise((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(0, "127.0.0.1", resolve);
		});
		this.port = this.#server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
		return this;
	}

	async stop() {
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#answer(request, text, answer) {
		let status = 200, body;

		try {
			need(!this.isDown, "", { status: 500, type: "api_error", code: null });
			checkHead(request, this.key);
			body = this.#create(request, text);
		} catch (error) {
			if (!(error instanceof Refusal))
				throw error;
			({ status, body } = error);
		}
		answer.writeHead(status, { "Content-Type": "application/json", "Request-Id": "req_1" });
		answer.end(JSON.stringify(body));
	}

	#create(request, text) {
		const form = Object.fromEntries(new URLSearchParams(text));
		const key = request.headers["idempotency-key"];
		const known = key === undefined ? undefined : this.#sessions.get(key);

		need(known === undefined || known.text === text,
			"Keys for idempotent requests can only be used with the same parameters they were first used with.",
			{ type: "idempotency_error", code: null });
		checkForm(form);
		this.asked.push({ headers: request.headers, form });
		if (known !== undefined)
			return known.session;
		const id = `cs_test_${++this.#made}`;
		// As long as real ones are, with a fragment.
		const session = { id, object: "checkout.session", mode: form.mode, status: "open", payment_status: "unpaid",
			client_reference_id: form.client_reference_id ?? null,
			url: `${this.url}/c/pay/${id}?a=1&b=2#${"fid".repeat(120)}` };

		this.#sessions.set(key, { text, session });
		return session;
	}
}
