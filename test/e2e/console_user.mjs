// A person at the console, without scripts: signs in with password and authenticator app as a browser would, and sends
// the forms that the pages hold.

import { createHmac } from "node:crypto";

import { ask } from "./http.mjs";
import { expectStatus } from "./lib.mjs";

const FORM = "application/x-www-form-urlencoded";
let number = 0;

/** The bytes of a base32 text (RFC 4648). */
function base32(text) {
	const bits = [...text].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");

	return Buffer.from(bits.match(/.{8}/g).map((each) => parseInt(each, 2)));
}

/** What an authenticator app shows (RFC 6238), written apart from the server's. */
export function appCode(key, at = Date.now()) {
	const counter = Buffer.alloc(8);

	counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)));
	const digest = createHmac("sha1", base32(key)).update(counter).digest();
	const value = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;

	return String(value % 1000000).padStart(6, "0");
}

/** The value of a hidden field. */
export function hidden(text, name) {
	return new RegExp(`<input type="hidden" name="${name}" value="([^"]*)">`).exec(text)?.[1];
}

export class ConsoleUser {
	cookie = undefined;
	csrf = undefined;
	/** Where it comes from, for limits by address: behind the proxy that the tests say there is. */
	address = `203.0.113.${++number % 250}`;

	constructor(server, mail, password) {
		this.server = server;
		this.mail = mail;
		this.password = password;
	}

	/** Made by the vendor's command. `provider`: an id; the vendor's own when it is undefined. */
	static async add(server, { provider, role = "owner", name = "Ann Example", mail = `user${++number}@example.org` }) {
		const whose = provider === undefined ? ["--vendor"] : ["--provider", provider];
		const made = expectStatus(await server.admin("user", "add", ...whose, "--mail", mail, "--name", name, "--role",
			role), 0, "user add");
		const { id, password } = JSON.parse(made.out);
		const user = new ConsoleUser(server, mail, password);

		user.id = id;
		return user;
	}

	/** The same, signed in for the first time: another password, an app, recovery codes. */
	static async open(server, facts) {
		const user = await ConsoleUser.add(server, facts);

		await user.enrol();
		return user;
	}

	/** Ask as the browser would: with the cookies that it has. */
	async ask(method, path, { body, headers = {} } = {}) {
		const all = { "X-Forwarded-For": this.address, ...headers };

		if (this.cookie !== undefined)
			all.Cookie = this.cookie;
		if (body !== undefined)
			all["Content-Type"] = FORM;
		const answer = await ask(method, this.server.at(path.replace(/^\//, "")), { headers: all, body });

		for (const each of answer.headers["set-cookie"] ?? []) {
			const [pair, ...attributes] = each.split("; ");

			if (/(^|-)holdfast-console=/.test(pair))
				this.cookie = attributes.includes("Max-Age=0") ? undefined : pair;
		}
		this.csrf = hidden(answer.text, "csrf") ?? this.csrf;
		return answer;
	}

	get(path) {
		return this.ask("GET", path);
	}

	/** Send a form; within a session it carries the session's key. */
	post(path, fields = {}) {
		return this.ask("POST", path, { body: this.form(fields) });
	}

	form(fields = {}) {
		return new URLSearchParams({ ...(this.csrf === undefined ? {} : { csrf: this.csrf }), ...fields }).toString();
	}

	/** Send a form and follow where it leads; throws unless it was taken. */
	async done(path, fields) {
		const answer = await this.post(path, fields);

		if (answer.status !== 303)
			throw new Error(`POST ${path}: expected 303, got ${answer.status}: ${answer.text}`);
		return this.get(answer.headers.location);
	}

	givePassword(password = this.password) {
		this.csrf = undefined;
		return this.post("console/sign-in", { mail: this.mail, password });
	}

	async enrol(password = `a sentence of ${this.mail.split("@")[0]}'s own`) {
		let page = await this.givePassword();

		page = await this.post("console/sign-in/password", { ticket: hidden(page.text, "ticket"), password, again: password });
		this.password = password;
		this.key = /id="key">([A-Z2-7]+)</.exec(page.text)?.[1];
		if (this.key === undefined)
			throw new Error(`no key for an app: ${page.text}`);
		page = await this.post("console/sign-in/app", { ticket: hidden(page.text, "ticket"), code: appCode(this.key) });
		this.recovery = [...page.text.matchAll(/<li><code>([a-z0-9-]+)<\/code>/g)].map((each) => each[1]);
		if (this.cookie === undefined)
			throw new Error(`not signed in: ${page.text}`);
		return this.get("console/account");
	}

	/** Sign in again, with the next recovery code: a code of the app opens once in 30 seconds. */
	async signIn(code = this.recovery.shift()) {
		const page = await this.givePassword();

		return this.post("console/sign-in/code", { ticket: hidden(page.text, "ticket"), code });
	}
}
