// A device without its programs: what it says to the server, and what it is told. For tests that look at the
// server and need many devices, or none that acts on its own.

import { randomBytes } from "node:crypto";

import { ask } from "./http.mjs";

const nonce = () => randomBytes(32).toString("base64url");

const read = (lease) => JSON.parse(Buffer.from(lease.split(".")[1], "base64url"));

export class BareDevice {
	/** `address`: where it asks from, for a server that believes our X-Forwarded-For. */
	constructor(server, name, { address } = {}) {
		this.server = server;
		this.name = name;
		this.headers = address === undefined ? {} : { "X-Forwarded-For": address };
	}

	/** Take a seat; `replace` is the device whose seat to take. Returns the whole answer. */
	async activate(code, { replace } = {}) {
		const body = { code, machine: `machine-of-${this.name}`.padEnd(16, "-"), name: this.name, platform: "linux",
			key: nonce(), nonce: nonce() };

		if (replace !== undefined)
			body.replace = replace;
		const answer = await ask("POST", this.server.at("device/v1/activate"), { body, headers: this.headers });

		if (answer.status === 201) {
			this.id = answer.json.device;
			this.token = answer.json.token;
		}
		return answer;
	}

	ask(what, body = {}) {
		return ask("POST", this.server.at(`device/v1/${what}`), { key: this.token, body, headers: this.headers });
	}

	/** What its lease says now. */
	async lease() {
		const answer = await this.ask("checkin", { nonce: nonce() });

		if (answer.status !== 200)
			throw new Error(`check-in: expected 200, got ${answer.status}: ${answer.text}`);
		return read(answer.json.lease);
	}

	/** Check in and be held until something changes from what `lease` says, or `seconds` are over. */
	async wait(lease, seconds = 50) {
		const answer = await this.ask("checkin", { nonce: nonce(), revision: lease.rev, wait_s: seconds });

		if (answer.status !== 200)
			throw new Error(`a check-in that waits: expected 200, got ${answer.status}: ${answer.text}`);
		return read(answer.json.lease);
	}

	/** "protected", or the reason why it is not. */
	async condition() {
		const { features, notice } = await this.lease();

		return features.length > 0 ? "protected" : notice.code;
	}
}
