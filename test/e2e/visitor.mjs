// A person at the pages, without scripts: follows links and sends forms as a browser would.

import { ask } from "./http.mjs";

/** A browser with cookies and no scripts, at an address of its own behind the proxy 127.0.0.1. */
export class Visitor {
	static #number = 0;
	#cookies = new Map();
	#address = `192.0.2.${++Visitor.#number}`;

	/** `roaming`: at another address for each request, so that no limit of one address is met. */
	constructor(server, { roaming = false } = {}) {
		this.server = server;
		this.roaming = roaming;
	}

	/** Ask for it as it is, and keep the cookies; a redirection is not followed. */
	async ask(method, path, options = {}) {
		if (this.roaming)
			this.#address = `203.0.${++Visitor.#number >> 8}.${Visitor.#number & 255}`;
		const headers = { "X-Forwarded-For": this.#address,
			Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; "), ...options.headers };
		const answer = await ask(method, new URL(path, this.server.url).href, { ...options, headers });

		for (const line of answer.headers["set-cookie"] ?? []) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);

			this.#cookies.set(name, value);
		}
		return answer;
	}

	get(path) {
		return this.ask("GET", path);
	}

	/** Send the first form of a page that goes by POST, its hidden fields as they are. */
	async send(page, fields) {
		const [, action, inside] = /<form method="post" action="([^"]*)">(.*?)<\/form>/s.exec(page.text);
		const hidden = [...inside.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
			.map(([, name, value]) => [name, value]);

		return this.post(action, { ...Object.fromEntries(hidden), ...fields });
	}

	post(action, fields) {
		return this.postRaw(action, new URLSearchParams(fields).toString());
	}

	/** A body as it is. */
	async postRaw(action, body) {
		const answer = await this.ask("POST", action, { body,
			headers: { "Content-Type": "application/x-www-form-urlencoded" } });

		// As a browser goes on behind a form.
		return answer.status === 303 ? this.get(answer.headers.location) : answer;
	}
}
