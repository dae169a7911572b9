// A stand-in for the system that a service provider keeps its subscriptions in. Holdfast's server asks it
// when a person chooses Reactivate: GET ?subscription=EXTERNAL_ID answers {"state": "active"} and the like,
// as `holdfast-server provider --help` says. On the loopback address only.

import http from "node:http";

export class StandInProvider {
	#server;
	#states = new Map();

	/** What was asked, oldest first: { subscription, answered }. */
	asked = [];
	/** The address for --verify-url. */
	url = "";

	async start() {
		this.#server = http.createServer((request, answer) => this.#answer(request, answer));
		await new Promise((resolve, reject) => {
			this.#server.once("error", reject);
			this.#server.listen(0, "127.0.0.1", resolve);
		});
		this.url = `http://127.0.0.1:${this.#server.address().port}/subscription-state`;
		return this;
	}

	/** What it answers for a subscription from now on: "active", "suspended" or "cancelled". */
	set(externalId, state) {
		this.#states.set(externalId, state);
	}

	async stop() {
		if (!this.#server)
			return;
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
	}

	#answer(request, answer) {
		const url = new URL(request.url, this.url);
		const subscription = url.searchParams.get("subscription");
		const state = this.#states.get(subscription);
		const found = url.pathname === "/subscription-state" && state !== undefined;

		this.asked.push({ subscription, answered: found ? state : "unknown" });
		answer.writeHead(found ? 200 : 404, { "Content-Type": "application/json" });
		answer.end(JSON.stringify(found ? { state } : { error: "no such subscription" }));
	}
}
