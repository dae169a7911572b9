// A person with a browser that runs no scripts: a cookie, and forms that carry what the page put into them.

import assert from "node:assert/strict";

import { ask } from "./http.mjs";

const FORM = "application/x-www-form-urlencoded";

export class Person {
	constructor(server, cookie) {
		this.server = server;
		this.cookie = cookie;
	}

	/** Follow a link that signs in: see the page, press its button. */
	static async follow(server, link) {
		const page = await ask("GET", link);

		assert.equal(page.status, 200, page.text);
		const action = /action="(\/portal\/enter\/[^"]+)"/.exec(page.text)[1];
		const answer = await ask("POST", server.at(action.slice(1)), { headers: { "Content-Type": FORM }, body: "" });

		assert.equal(answer.status, 303, answer.text);
		const cookie = [answer.headers["set-cookie"]].flat()[0];

		assert.match(cookie, /^holdfast-portal=hfw_[0-9a-z]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
		const person = new Person(server, cookie.split(";")[0]);

		person.csrf = /name="csrf" value="([0-9a-f]{64})"/.exec((await person.see("portal")).text)[1];
		return person;
	}

	/** Signed in by the link that a device asks for. */
	static async atDevice(server, token) {
		const answer = await ask("POST", server.at("device/v1/portal"), { key: token, body: {} });

		assert.equal(answer.status, 201, answer.text);
		return Person.follow(server, answer.json.url);
	}

	/** A page; with `status`, it must have that. */
	async see(path, status = 200) {
		const answer = await ask("GET", this.server.at(path), { headers: { Cookie: this.cookie } });

		assert.equal(answer.status, status, answer.text);
		return answer;
	}

	/** What a form of ours sends: { type, body }. */
	form(fields, more = "") {
		return { type: FORM, body: new URLSearchParams({ csrf: this.csrf, ...fields }).toString() + more };
	}

	/** Send a form; `raw`, if given, as it is. */
	send(path, fields, { raw, headers } = {}) {
		return ask("POST", this.server.at(path), { headers: { Cookie: this.cookie, "Content-Type": FORM, ...headers },
			body: raw ?? this.form(fields).body });
	}
}
