// Walks pages by their links, finds every form, and sends each what no page would send. Knows no page by name.

import assert from "node:assert/strict";

const decode = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
	.replaceAll("&#39;", "'").replaceAll("&amp;", "&");

function attributes(tag) {
	return Object.fromEntries([...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value]) =>
		[name, value === undefined ? "" : decode(value)]));
}

/** The forms of a page: [{ method, action, fields: { name: value } }], filled as a person would who changes nothing. */
export function formsOf(html, path) {
	return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, head, inside]) => {
		const { method = "get", action = path } = attributes(head);
		const fields = {};

		for (const [, , tag] of inside.matchAll(/<(input|button)\b([^>]*)>/g)) {
			const { name, value = "", type } = attributes(tag);

			// Of several buttons or choices of one name the first.
			if (name && !(name in fields))
				fields[name] = type === "checkbox" ? value || "on" : value;
		}
		for (const [, tag, text] of inside.matchAll(/<textarea\b([^>]*)>(.*?)<\/textarea>/gs))
			fields[attributes(tag).name] = decode(text).replace(/^\n/, "");
		for (const [, tag, options] of inside.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs))
			fields[attributes(tag).name] = decode(/value="([^"]*)"/.exec(options)?.[1] ?? "");
		return { method: method.toUpperCase(), action, fields };
	});
}

const linksOf = (html) => [...html.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href]) => decode(href));

/** What of an address differs from one of a kind to the next. */
const kindOf = (address) => address.replace(/HF-[\w-]+/g, "{}").replace(/\b[a-z]{3}_[a-z0-9]{16,}/g, "{}")
	.replace(/\b[\w-]{32,}/g, "{}").replace(/=[^&]*/g, "=");

/** Every page below the prefixes that links lead to, each kind a few times: Map of address to text. */
export async function walkPages(visitor, starts, { below = starts, ofAKind = 2, but } = {}) {
	const waiting = [...starts], kinds = new Map(), pages = new Map();

	while (waiting.length > 0) {
		const address = waiting.shift().split("#")[0];
		const kind = kindOf(address), seen = kinds.get(kind) ?? 0;

		if (pages.has(address) || seen >= ofAKind || but?.test(address) || !below.some((prefix) => address.startsWith(prefix)))
			continue;
		kinds.set(kind, seen + 1);
		const { status, headers, text } = await visitor.ask("GET", address);

		assert.ok(status < 400, `${address}, which a page leads to: ${status}`);
		pages.set(address, text);
		if (headers.location !== undefined)
			waiting.push(headers.location);
		if (/^text\/html/.test(headers["content-type"] ?? ""))
			waiting.push(...linksOf(text));
	}
	return pages;
}

/** What makes two forms the same: where they go, and what they ask. */
const kindOfForm = (form) => `${form.method} ${kindOf(form.action)} ${Object.keys(form.fields).sort()}`;

/** Every form of these pages, each kind once: [{ page, method, action, fields }]. */
export function allForms(pages) {
	const forms = new Map();

	for (const [page, html] of pages)
		for (const form of formsOf(html, page)) {
			if (!forms.has(kindOfForm(form)))
				forms.set(kindOfForm(form), { page, ...form });
		}
	return [...forms.values()];
}

export const MARK = "hostile";

/** As they stand in a body, encoded. */
const hostile = {
	"nothing": "",
	"blanks": "+++",
	"markup": encodeURIComponent(`"><script src=//${MARK}.invalid></script><img src=x onerror=alert('${MARK}')>`),
	"a template": encodeURIComponent("{{#title}}{{{title}}}{{/title}}{{> frame}}"),
	"SQL": encodeURIComponent(`'; DROP TABLE subscription; --`),
	"more SQL": encodeURIComponent(`1' OR '1'='1`),
	"a header": `x%0d%0aX-${MARK}: yes%0d%0a%0d%0a<script>${MARK}</script>`,
	"a path": encodeURIComponent("../../../../../etc/passwd"),
	"another site": encodeURIComponent(`//${MARK}.invalid/`),
	"a script's address": encodeURIComponent("javascript:alert(1)"),
	"a NUL": "a%00b",
	"no UTF-8": "%ff%fe%c3%28",
	"half an escape": "%e",
	"right to left": encodeURIComponent("\u202e\u2066evil"),
	"5000 letters": "x".repeat(5000),
	"60000 letters": "x".repeat(60000),
	"a negative number": "-9223372036854775809",
	"a huge number": "99999999999999999999999999",
	"a format": encodeURIComponent("%s%n%d%99999999s"),
};

const pair = ([name, value]) => `${encodeURIComponent(name)}=${value}`;

/** All that is sent to one form: [what, body]. What guards the form against other sites is left as it is in most. */
function* bodiesFor(form) {
	const good = Object.entries(form.fields).map(([name, value]) => [name, encodeURIComponent(value)]);
	const with_ = (name, value) => good.map(([n, v]) => pair([n, n === name ? value : v])).join("&");

	yield ["nothing at all", ""];
	yield ["no form", "%%%&&==&=x&"];
	yield ["more than a body may have", `x=${"y".repeat(70000)}`];
	yield ["a field that it does not have", [...good, ["no_such_field", "1"]].map(pair).join("&")];
	for (const [name, value] of good) {
		yield [`without ${name}`, good.filter(([n]) => n !== name).map(pair).join("&")];
		yield [`${name} twice`, [...good, [name, value]].map(pair).join("&")];
		yield [`${name} twice, differently`, [...good, [name, "another"]].map(pair).join("&")];
		for (const [what, text] of Object.entries(hostile))
			yield [`${name}: ${what}`, with_(name, text)];
	}
}

/** Whatever was sent, the answer is one for a person, and nothing of it has become markup, a header or a way out. */
function check(answer, about) {
	assert.ok(answer.status >= 200 && answer.status < 500, `${about}: ${answer.status} ${answer.text.slice(0, 200)}`);
	assert.equal(answer.headers[`x-${MARK}`], undefined, about);
	assert.doesNotMatch(answer.text, new RegExp(`<script[^>]*${MARK}|<img src=x|<script>${MARK}`), about);
	assert.doesNotMatch(answer.text, /root:x:0|SQLITE|syntax error|no such table/i, about);
	assert.ok((answer.headers["set-cookie"] ?? []).every((line) => !line.includes(MARK)), about);
	if (answer.headers.location !== undefined)
		assert.match(answer.headers.location, /^\/(?![/\\])/, about);
}

async function abuseForm(form, visitor) {
	let count = 0;

	for (const [what, body] of bodiesFor(form)) {
		const about = `${form.method} ${form.action}, from ${form.page}: ${what}`;
		const isGet = form.method === "GET";

		// Too long for an address.
		if (isGet && body.length > 8000)
			continue;
		try {
			check(isGet ? await visitor.ask("GET", `${form.action}${form.action.includes("?") ? "&" : "?"}${body}`)
				: await visitor.ask("POST", form.action, { body,
					headers: { "Content-Type": "application/x-www-form-urlencoded" } }), about);
		} catch (error) {
			// The server reads no more of what is too large, and may close before all of it was sent.
			if (!["ECONNRESET", "EPIPE"].includes(error.code) || body.length < 65536)
				throw error;
		}
		count++;
	}
	return count;
}

/** Send each kind of form all of it. `arrive()` gives somebody new and the pages that they see, { visitor, pages }: for
 * each form, because some of them end a session or what the others are about. Returns how many answers there were, and
 * the kinds: { count, forms }. `mayMiss`: what one form did may have taken another off the pages; it is sent all the
 * same, as it was. */
export async function abuseForms(arrive, { mayMiss = false } = {}) {
	const forms = allForms((await arrive()).pages);
	let count = 0;

	for (const form of forms) {
		const { visitor, pages } = await arrive();
		const theirs = allForms(pages).find((other) => kindOfForm(other) === kindOfForm(form));

		assert.ok(mayMiss || theirs !== undefined, `${form.action} is not on the pages of the next one`);
		count += await abuseForm(theirs ?? form, visitor);
	}
	return { count, forms: forms.map(({ method, action }) => `${method} ${kindOf(action)}`).sort() };
}
