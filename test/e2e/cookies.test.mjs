// Goal of these tests: cookies are bytes from outside: whatever a browser sends for one, huge, repeated, cut, in another's
// name or not of letters at all, lets nobody in, leads nowhere else and troubles no process; and the right one is found
// among all of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BareDevice } from "./bare_device.mjs";
import { ConsoleUser } from "./console_user.mjs";
import { ask, sendRaw } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";
import { Person } from "./person.mjs";

let scene, server, provider, webs, devices = 0;
const areas = {}, pids = () => server.children("holdfast-web").map(({ pid }) => pid).sort();

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--proxy", "127.0.0.1"] }).start();
	provider = await server.addProvider();
	const device = new BareDevice(server, "laptop");

	await device.activate((await provider.order("cookies")).activation_code);
	areas.portal = (await Person.atDevice(server, device.token)).cookie;
	areas.console = (await ConsoleUser.open(server, { provider: provider.facts.id })).cookie;
	[areas.support] = (await ask("GET", server.at("support/HF-1"))).headers["set-cookie"][0].split(";");
	webs = pids();
});

after(() => scene.close());

/** Ask with these header lines as they are, as Latin-1: { status, location, set }. */
async function askRaw(method, path, lines, { body = "" } = {}) {
	const request = [`${method} ${path} HTTP/1.1`, "Host: localhost", "Connection: close", `Content-Length: ${body.length}`,
		"Content-Type: application/x-www-form-urlencoded", ...lines, "", body].join("\r\n");
	const { status, text } = await sendRaw(server.url, Buffer.from(request, "latin1"));

	return { status, text, location: /^Location: (.*)\r$/m.exec(text)?.[1], set: [...text.matchAll(/^Set-Cookie: (.*)\r$/mg)].map((each) => each[1]) };
}

const many = (n, value) => Array.from({ length: n }, (_, i) => `c${i}=${value}`).join("; ");

/** Header values that hold no session: from its name and the value that would be right. */
const wrong = {
	"nothing": () => "",
	"a name alone": (name) => name,
	"no value": (name) => `${name}=`,
	"no name": (_, good) => `=${good}`,
	"a value alone": (_, good) => good,
	"signs of equality": (name) => `${name}====`,
	"semicolons": () => ";".repeat(500),
	"a letter too few": (name, good) => `${name}=${good.slice(0, -1)}`,
	"a letter too many": (name, good) => `${name}=${good}0`,
	"another last letter": (name, good) => `${name}=${good.slice(0, -1)}${good.endsWith("0") ? "1" : "0"}`,
	"capitals": (name, good) => `${name}=${good.toUpperCase()}`,
	"quotes": (name, good) => `${name}="${good}"`,
	"a blank in front": (name, good) => `${name}= ${good}`,
	"a blank behind": (name, good) => `${name}=${good} ; a=b`,
	"an encoded NUL behind": (name, good) => `${name}=${good}%00`,
	"an encoded letter": (name, good) => `${name}=%${good.charCodeAt(0).toString(16)}${good.slice(1)}`,
	"a comma behind": (name, good) => `${name}=${good},${name}=${good}`,
	"4000 letters": (name) => `${name}=${"a".repeat(4000)}`,
	"the right value and 4000 letters": (name, good) => `${name}=${good}${"a".repeat(4000)}`,
	"a quotation of SQL": (name) => `${name}=' OR '1'='1`,
	"a format": (name) => `${name}=%s%n%x%p`,
	"a page's code": (name) => `${name}=<script>alert(1)</script>`,
	"a path": (name) => `${name}=../../../../etc/passwd`,
	"letters beyond ASCII": (name) => `${name}=\u00e4\u00ff\u0080\u00c3`,
	"the name in capitals": (name, good) => `${name.toUpperCase()}=${good}`,
	"the name with a letter in front": (name, good) => `x${name}=${good}`,
	"the name with a letter behind": (name, good) => `${name}x=${good}`,
	"the name and a blank": (name, good) => `${name} =${good}`,
	"the name cut": (name, good) => `${name.slice(0, -1)}=${good}`,
	"the name within a value": (name, good) => `a=${name}=${good}`,
	"the name of https": (name, good) => `__Host-${name}=${good}; __Secure-${name}=${good}`,
	"a wrong one in front of the right one": (name, good) => `${name}=wrong; ${name}=${good}`,
	"a hundred wrong ones": (name) => Array(100).fill(`${name}=wrong`).join("; "),
	"three hundred others": () => many(300, "x".repeat(20)),
};

/** Header values that hold it, whatever stands around. */
const right = {
	"by itself": (name, good) => `${name}=${good}`,
	"among others": (name, good) => `a=1; ${name}=${good}; b=2`,
	"without blanks": (name, good) => `a=1;${name}=${good};b=2`,
	"with blanks and semicolons": (name, good) => `;; ; a=1; ;;  ${name}=${good};`,
	"behind names that are like it": (name, good) => `x${name}=wrong; ${name}x=wrong; ${name}; a=${name}=wrong; ${name}=${good}`,
	"behind three hundred others": (name, good) => `${many(300, "x".repeat(20))}; ${name}=${good}`,
	"in front of a wrong one": (name, good) => `${name}=${good}; ${name}=wrong`,
};

/** What no line of a header may hold, and what is too much: refused before anybody looks for a cookie. What is behind a NUL
 * is dropped by the library that reads HTTP; those have a table of their own. */
const unreadable = {
	"a bare line feed": (name, good) => [`Cookie: a=b\n${name}=${good}`],
	"20 000 letters": (name) => [`Cookie: ${name}=${"a".repeat(20000)}`],
	"two thousand lines": (name) => Array(2000).fill(`Cookie: ${name}=wrong`),
};

const withNul = {
	"in the name": (name, good) => `${name}\0=${good}`,
	"in front of the name": (name, good) => `\0${name}=${good}`,
	"in front of the value": (name, good) => `${name}=\0${good}`,
	"within the value": (name, good) => `${name}=${good.slice(0, 20)}\0${good.slice(20)}`,
	"in front of the right one": (name, good) => `a=b\0; ${name}=${good}`,
	"behind a wrong one": (name, good) => `${name}=wrong\0; ${name}=${good}`,
};

async function lives() {
	assert.equal(await server.isHealthy(), true);
	assert.deepEqual(pids(), webs, "a process ended over it");
}

for (const area of ["portal", "console"]) {
	const parts = () => areas[area].split("=");

	test(`the ${area}'s session is not found in what is not its cookie`, async () => {
		for (const [what, make] of Object.entries(wrong)) {
			const { status, location, text } = await askRaw("GET", `/${area}`, [`Cookie: ${make(...parts())}`]);

			assert.deepEqual([status, location], [303, `/${area}/sign-in`], `${what}: ${text}`);
			assert.ok(!text.includes("alert(1)"), what);
		}
		await lives();
	});

	test(`the ${area}'s session is found whatever stands around it`, async () => {
		for (const [what, make] of Object.entries(right))
			assert.equal((await askRaw("GET", `/${area}`, [`Cookie: ${make(...parts())}`])).status, 200, what);
		await lives();
	});

	test(`the ${area} is not opened by a header that cannot be read`, async () => {
		for (const [what, make] of Object.entries(unreadable)) {
			const { status, set } = await askRaw("GET", `/${area}`, make(...parts()));

			assert.deepEqual([status, set], [400, []], what);
		}
		for (const [what, make] of Object.entries(withNul))
			assert.equal((await askRaw("GET", `/${area}`, [`Cookie: ${make(...parts())}`])).status, 303, `a NUL ${what}`);
		await lives();
	});

	test(`a form of the ${area} is not taken with what is not its cookie`, async () => {
		for (const [what, make] of Object.entries(wrong)) {
			const { status, location } = await askRaw("POST", `/${area}/sign-out`, [`Cookie: ${make(...parts())}`], { body: "csrf=" });

			assert.deepEqual([status, location], [303, `/${area}/sign-in`], what);
		}
		assert.equal((await askRaw("GET", `/${area}`, [`Cookie: ${areas[area]}`])).status, 200, "it is still signed in");
	});
}

test("a visitor whose cookie is not one gets a new one, and their forms are not taken", async () => {
	const [name, good] = areas.support.split("=");

	// Any name of the right form is a visitor's.
	const { "another last letter": other, ...none } = wrong;

	for (const [what, make] of Object.entries(none)) {
		const page = await askRaw("GET", "/support/HF-1", [`Cookie: ${make(name, good)}`]);

		assert.deepEqual([page.status, page.set.length], [200, 1], what);
		assert.match(page.set[0], /^visitor=[0-9a-z]{43}; Path=\/support; Max-Age=31536000; HttpOnly; SameSite=Lax$/, what);
		assert.ok(!page.set[0].includes(good), "a new one");
		const form = await askRaw("POST", "/support/HF-1/feedback", [`Cookie: ${make(name, good)}`], { body: `visitor=${good}&helped=yes` });

		assert.deepEqual([form.status, form.set], [403, []], what);
	}
	const others = await askRaw("POST", "/support/HF-1/feedback", [`Cookie: ${other(name, good)}`], { body: `visitor=${good}&helped=yes` });

	assert.equal(others.status, 403, "it carries another visitor's name");
	for (const [what, make] of Object.entries(right)) {
		const page = await askRaw("GET", "/support/HF-1", [`Cookie: ${make(name, good)}`]);

		assert.deepEqual([page.status, page.set], [200, []], what);
	}
	await lives();
});

/** Sign in by a link of a new device, with a cookie that says where to go on. */
async function goOn(cookie) {
	const device = new BareDevice(server, `laptop-${++devices}`);

	await device.activate((await provider.order(`cookies-${devices}`)).activation_code);
	const { json } = await device.ask("portal");

	return askRaw("POST", new URL(json.url).pathname, [`Cookie: ${cookie}`]);
}

test("the cookie that says where to go on leads to a page of the portal, and nowhere else", async () => {
	for (const [next, leads] of [["/portal/devices", "/portal/devices"], ["/portal", "/portal"], ["", "/portal"],
		["https://evil.example/", "/portal"], ["//evil.example", "/portal"], ["/portal//evil.example", "/portal"], ["/console", "/portal"],
		["/portalx", "/portal"], ["/portal/../console", "/portal"], ["/portal\r\nX-Evil: yes", "/portal"], ["/portal\0", "/portal"],
		["/portal\\evil", "/portal"], [`/portal/${"a".repeat(700)}`, "/portal"]]) {
		const { status, location, text, set } = await goOn(`holdfast-next=next=${encodeURIComponent(next)}`);

		assert.deepEqual([status, location], [303, leads], `${JSON.stringify(next)}: ${text}`);
		assert.doesNotMatch(text, /X-Evil/);
		assert.ok(set.some((each) => each.startsWith("holdfast-portal=")), "signed in");
	}
	for (const cookie of ["holdfast-next=", "holdfast-next", "holdfast-next=%", "holdfast-next=next=%zz", "holdfast-next=next=/portal/devices&next=/portal/data",
		`holdfast-next=${"&".repeat(3000)}`, "holdfast-next=next=%00", "xholdfast-next=next=/portal/devices"])
		assert.equal((await goOn(cookie)).location, "/portal", cookie);
	await lives();
});
