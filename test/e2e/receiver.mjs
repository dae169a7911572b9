// A receiver of webhooks, for tests: what a provider's system would run.

import http from "node:http";

export class Receiver {
	/** All that came, in order: { path, headers, body, json, at }. */
	got = [];
	/** How many requests are being answered now, and the most that ever were. */
	open = 0;
	mostOpen = 0;
	#sockets = new Set();

	/** `answer(request, response, receiver)` answers what came; 204 unless given. */
	constructor(answer = (_, response) => response.writeHead(204).end()) {
		this.answer = answer;
		this.server = http.createServer((message, response) => {
			const parts = [];

			this.mostOpen = Math.max(this.mostOpen, ++this.open);
			response.on("close", () => this.open--);
			message.on("data", (part) => parts.push(part));
			message.on("end", () => {
				const body = Buffer.concat(parts).toString();
				const request = { path: message.url, headers: message.headers, body, json: JSON.parse(body),
					at: Date.now() };

				this.got.push(request);
				this.answer(request, response, this);
			});
		});
		this.server.on("connection", (socket) => {
			this.#sockets.add(socket);
			socket.on("close", () => this.#sockets.delete(socket));
		});
	}

	async start(scene, { port = 0, host = "127.0.0.1" } = {}) {
		await new Promise((done, failed) => this.server.once("error", failed).listen(port, host, done));
		this.port = this.server.address().port;
		scene.atEnd(() => this.stop());
		return this;
	}

	get url() {
		return `http://127.0.0.1:${this.port}/hook`;
	}

	stop() {
		for (const socket of this.#sockets)
			socket.destroy();
		return new Promise((done) => this.server.close(done));
	}

	/** What came of one type. */
	of(type) {
		return this.got.filter((request) => request.json.type === type);
	}

	/** The external ids of the subscriptions that it was told of, each once, in order of the alphabet. */
	names() {
		return [...new Set(this.got.map((request) => request.json.data?.external_id))].sort();
	}
}
