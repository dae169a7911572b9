// A community's site, for tests: a Discourse's search.json, as its documentation describes the answer.

import http from "node:http";

/** Topics that there are, and what a post in each says. */
export const TOPICS = [
	{ id: 7, title: "Paid, still suspended?", slug: "paid-still-suspended", blurb: "I &quot;paid&quot; &amp; it still says billing" },
	{ id: 9, title: "<script>alert(1)</script> on a second device", slug: "../../evil", blurb: "<b>bold</b>" },
];

export class Community {
	/** All questions that came: { path, words, headers }. */
	asked = [];

	/** `answer(response)` answers instead of the search. */
	constructor({ answer } = {}) {
		this.answer = answer;
		this.server = http.createServer((message, response) => {
			const url = new URL(message.url, this.url);

			this.asked.push({ path: url.pathname, words: url.searchParams.get("q"), headers: message.headers });
			if (this.answer !== undefined)
				return this.answer(response);
			response.writeHead(200, { "Content-Type": "application/json; charset=utf-8" });
			response.end(JSON.stringify(this.#search(url.searchParams.get("q") ?? "")));
		});
	}

	#search(words) {
		const found = TOPICS.filter(({ title, blurb }) => `${title} ${blurb}`.toLowerCase().includes(words.toLowerCase()));

		return { posts: found.map(({ id, blurb }) => ({ id: id * 10, username: "anna", topic_id: id, blurb })),
			topics: found.map(({ id, title, slug }) => ({ id, title, fancy_title: title, slug, posts_count: 3 })),
			users: [], categories: [], grouped_search_result: { term: words, post_ids: found.map(({ id }) => id * 10) } };
	}

	async start(scene) {
		await new Promise((done, failed) => this.server.once("error", failed).listen(0, "127.0.0.1", done));
		this.url = `http://127.0.0.1:${this.server.address().port}/`;
		scene.atEnd(() => this.stop());
		return this;
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((done) => this.server.close(done));
	}
}
