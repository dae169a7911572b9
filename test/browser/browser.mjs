// A person at the pages, with Debian's Chromium. Whatever page they come to is held to what every page must keep: no
// findings of axe, nothing on the console, nothing that the content security policy refused, no request to anybody
// else, no page wider than a small phone, and a first page below 50 KB.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is sent for a page and all that belongs to it, when nothing was kept from before. */
export const FIRST_PAGE_MAX = 50 * 1024;

export const PHONE = { width: 360, height: 740 };
export const DESKTOP = { width: 1280, height: 900 };

export class Browser {
	static #number = 0;

	/** A browser that ends with the scene. */
	static async launch(scene) {
		const browser = new Browser();

		browser.chromium = await chromium.launch({ executablePath: "/usr/bin/chromium",
			args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
		scene.atEnd(() => browser.chromium.close());
		return browser;
	}

	/** Somebody new, without cookies, at an address of their own behind the server's proxy. `options` are Playwright's,
	 * and `scripts: false` for a browser that runs none. `others`: addresses that pages may lead to or load from.
	 * `rules: false`: just to look. */
	async person(server, { scripts = true, others = [], viewport = PHONE, rules = true, ...options } = {}) {
		const number = ++Browser.#number;
		const context = await this.chromium.newContext({ baseURL: server.url, javaScriptEnabled: scripts, viewport,
			extraHTTPHeaders: { "X-Forwarded-For": `198.51.${number >> 8}.${number & 255}` }, ...options });

		return new Person(context, await context.newPage(), { server, scripts, others, rules });
	}
}

export class Person {
	/** What should not have happened. */
	problems = [];
	static #seen = new Set();
	#coming = [];

	constructor(context, page, { server, scripts, others, rules }) {
		this.context = context;
		this.page = page;
		this.scripts = scripts;
		this.rules = rules;
		this.origins = [new URL(server.url).origin, ...others.map((address) => new URL(address).origin)];
		page.on("console", (message) => {
			// A page that says 400 or 404 is no error of the page's.
			if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
				this.problems.push(`console: ${message.text()}`);
		});
		page.on("pageerror", (error) => this.problems.push(`script: ${error.message}`));
		page.on("request", (request) => {
			if (request.url().startsWith("data:"))
				return;
			if (!this.origins.includes(new URL(request.url()).origin))
				this.problems.push(`request to somebody else: ${request.url()}`);
			this.#coming.push(this.#sizeOf(page, request));
		});
	}

	/** How many bytes of a body came for a request, when it is over. */
	#sizeOf(page, request) {
		const size = new Promise((resolve) => {
			const over = (one) => {
				if (one !== request)
					return;
				page.off("requestfinished", over);
				page.off("requestfailed", over);
				resolve(one.failure() === null ? one.sizes().then(({ responseBodySize }) => responseBodySize) : 0);
			};

			page.on("requestfinished", over);
			page.on("requestfailed", over);
		});

		// The page may be closed before, and then nobody asks.
		size.catch(() => {});
		return size;
	}

	close() {
		return this.context.close();
	}

	/** Type an address. */
	async open(address) {
		const response = await this.page.goto(address);

		await this.look();
		return response;
	}

	/** The bytes that came since the person was made, those that are still on their way too. */
	async bytes() {
		return (await Promise.all(this.#coming)).reduce((sum, n) => sum + n, 0);
	}

	/** Hold the page that is there to the rules. */
	async look() {
		const where = new URL(this.page.url()).pathname;

		await this.page.waitForLoadState("load");
		if (!this.rules)
			return;
		assert.equal(await this.page.locator("h1").count(), 1, `${where}: headings of the first order`);
		assert.notEqual(await this.page.title(), "", where);
		assert.equal(await this.page.evaluate(() => document.compatMode), "CSS1Compat", `${where}: the document's type`);
		assert.deepEqual(this.problems, [], where);
		assert.deepEqual(await this.#tooWide(), [], `${where}: sticks out of a small phone`);
		if (this.scripts && await this.#isNew(where))
			assert.deepEqual(await this.#findings(), [], `${where}: axe's findings`);
	}

	/** axe takes a second: what has the same elements, with other words, is looked at once. */
	async #isNew(where) {
		const elements = await this.page.evaluate(() => [...document.querySelectorAll("html, body *")]
			.map((e) => e.tagName + [...e.attributes].filter(({ name }) => !["href", "value", "content", "action", "id"].includes(name))
				.map(({ name, value }) => `${name}=${value}`)).join());
		const key = `${where.replace(/[a-z]{3}_\w+|HF-\w+/g, "")} ${elements}`;
		const isNew = !Person.#seen.has(key);

		Person.#seen.add(key);
		return isNew;
	}

	/** What is wider than the page, on a phone; a table may be scrolled for itself. */
	async #tooWide() {
		const before = this.page.viewportSize();

		await this.page.setViewportSize({ width: 320, height: 640 });
		const wide = await this.page.evaluate(() => {
			const root = document.documentElement;

			return root.scrollWidth <= root.clientWidth ? [] : [...document.querySelectorAll("body *")]
				.filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".scroll, .skip, .hidden"))
				.slice(0, 5).map((e) => e.outerHTML.slice(0, 120));
		});

		await this.page.setViewportSize(before);
		return wide;
	}

	async #findings() {
		if (!await this.page.evaluate("typeof axe === 'object'"))
			await this.page.evaluate(axe);
		const { violations } = await this.page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa",
			"wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));

		return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
	}

	/** Press the link or button of that name, and look at where it leads. */
	async press(name, { role, exact = false } = {}) {
		const kinds = role === undefined ? ["button", "link"] : [role];
		const found = kinds.map((kind) => this.page.getByRole(kind, { name, exact }));
		const one = found.length === 1 ? found[0] : found[0].or(found[1]);

		await Promise.all([this.page.waitForEvent("load"), one.first().click()]);
		await this.look();
	}

	/** Fill in fields by their labels: true ticks a box. */
	async fill(fields) {
		for (const [label, value] of Object.entries(fields)) {
			const field = this.page.getByLabel(label);

			if (typeof value === "boolean")
				await field.setChecked(value);
			else
				await field.fill(value);
		}
	}

	/** The page's words as they are seen. */
	text() {
		return this.page.locator("main").innerText();
	}

	async reads(words) {
		const text = await this.text();

		if (words instanceof RegExp)
			assert.match(text, words);
		else
			assert.ok(text.includes(words), `"${words}" is not on the page:\n${text}`);
	}

	/** The page that is there came first: it is quick. */
	async isQuick() {
		const bytes = await this.bytes();

		assert.ok(bytes > 0 && bytes < FIRST_PAGE_MAX, `${this.page.url()}: ${bytes} bytes`);
	}
}

/** A journey, as a person with scripts and as one without. */
export function walk(test, name, journey) {
	for (const scripts of [true, false])
		test(`${name}${scripts ? "" : ", without scripts"}`, (t) => journey(t, { scripts }));
}
