// Every operation × everybody who might call it. The program says itself which operations it has (holdfast-web
// --routes); each must have its row in operations.mjs, where who may is said once more, by hand. What is another
// provider's answers byte for byte as what does not exist.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { ConsoleUser } from "./console_user.mjs";
import { ask } from "./http.mjs";
import { Scene, Server, buildFolder, expectStatus } from "./lib.mjs";
import { World, goodStatus, operationNames, requestOf, rowFor, tidy } from "./operations.mjs";
import { run } from "./processes.mjs";

const web = join(buildFolder, "src/prog/web/holdfast-web");
const routes = expectStatus(await run(web, ["--routes"]), 0, "holdfast-web --routes").out.trim().split("\n")
	.map((line) => JSON.parse(line));
const allNames = routes.map(({ method, path }) => `${method} ${path}`);
/** The console's have their own test, console_matrix.test.mjs: who calls them is signed in, and no key helps. */
const names = allNames.filter((name) => !/ \/console/.test(name) || rowFor(name).may === "anyone");

let scene, server, world;

before(async () => {
	scene = new Scene();
	server = await new Server(scene, { args: ["--payment", "local", "--proxy", "127.0.0.1"] }).start();
	world = await World.open(server);
	world.user = await ConsoleUser.open(server, { provider: world.own.facts.id });
});

after(() => scene.close());

/** Who calls, and which token they have. */
const principals = {
	"no one": () => undefined,
	"somebody with a made-up key": () => `hfk_${"0".repeat(43)}`,
	"a subscriber with the activation code": (w) => w.sub.activation_code,
	"the device": (w) => w.secrets.device,
	"a revoked key": (w) => w.secrets.revoked,
	"a read-only key": (w) => w.secrets.read_only,
	"a support key": (w) => w.secrets.support,
	"an operator's key": (w) => w.secrets.operator,
	"an operator's access token": (w) => w.secrets.token,
	"an owner's key": (w) => w.secrets.owner,
	"the vendor": (w) => w.vendor,
	"a subscriber, signed in": (w) => w.person,
	"an owner at the console, signed in": (w) => w.user,
	"the same, with the session in the portal's cookie": (w) => ({ cookie: w.user.cookie.replace("console=", "portal=") }),
};

/** A program shows a token, a browser a cookie. */
function withToken(options, token) {
	if (token?.cookie === undefined)
		return { ...options, key: token };
	return { ...options, headers: { ...options.headers, Cookie: token.cookie } };
}

const keyOf = (token) => token?.cookie === undefined ? token : undefined;

/** What each may: "in", or the status that refuses. The columns are the rows' `may`. */
const columns = ["anyone", "device", "read", "support", "operate", "own", "vendor", "person"];
const expected = {
	"no one":                                ["in", 401, 401, 401, 401, 401, 401, 303],
	"somebody with a made-up key":           ["in", 401, 401, 401, 401, 401, 401, 303],
	"a subscriber with the activation code": ["in", 401, 401, 401, 401, 401, 401, 303],
	"the device":                            ["in", "in", 401, 401, 401, 401, 401, 303],
	"a revoked key":                         ["in", 401, 401, 401, 401, 401, 401, 303],
	"a read-only key":                       ["in", 401, "in", 403, 403, 403, 403, 303],
	"a support key":                         ["in", 401, "in", "in", 403, 403, 403, 303],
	"an operator's key":                     ["in", 401, "in", "in", "in", 403, 403, 303],
	"an operator's access token":            ["in", 401, "in", "in", "in", 403, 403, 303],
	"an owner's key":                        ["in", 401, "in", "in", "in", "in", 403, 303],
	"the vendor":                            ["in", 401, 403, 403, 403, 403, "in", 303],
	"a subscriber, signed in":               ["in", 401, 401, 401, 401, 401, 401, "in"],
	"an owner at the console, signed in":    ["in", 401, 401, 401, 401, 401, 401, 303],
	"the same, with the session in the portal's cookie": ["in", 401, 401, 401, 401, 401, 401, 303],
};

test("every operation of the program has a row, and every row is an operation", () => {
	assert.deepEqual([...allNames].sort(), [...operationNames].sort());
	for (const { method, path, permission } of routes)
		assert.equal(rowFor(`${method} ${path}`).may, permission, `${method} ${path}`);
});

for (const name of names)
	test(`${name}: each principal has its answer`, async () => {
		for (const [who, token] of Object.entries(principals)) {
			const { method, path, options } = await requestOf(name, world);
			const may = expected[who][columns.indexOf(rowFor(name).may)];
			const answer = await ask(method, server.at(path), withToken(options, token(world)));

			assert.equal(answer.status, may === "in" ? goodStatus(name, keyOf(token(world))) : may, `${who}: ${answer.text}`);
			if (may === 401)
				assert.match(answer.headers["www-authenticate"], /^Bearer/, who);
			if (may === 303)
				assert.match(answer.headers.location, /^\/portal\/sign-in/, who);
			await tidy(name, world, answer);
		}
	});

test("whoever is called signed in is still signed in", async () => {
	await world.person.see("portal");
	assert.equal((await world.user.get("console")).status, 200);
});

/** All of an answer that a caller can see, but for the time. */
function visible({ status, headers, text }) {
	const { date, ...rest } = headers;

	return { status, headers: rest, text };
}

/** An id of the same form that nobody has. */
const madeUp = (id) => id.replace(/[^_]*$/, (letters) => "0".repeat(letters.length));

for (const name of names.filter((each) => rowFor(each).foreign))
	test(`${name}: another provider's is as what does not exist`, async () => {
		const { method, path, parts, options } = await requestOf(name, world);
		const askOther = (where) => ask(method, server.at(where), { ...options, key: world.other.key });
		const theirs = await askOther(path), nobodys = await askOther(path.replace(parts[0], madeUp(parts[0])));

		assert.equal(nobodys.status, 404, nobodys.text);
		assert.deepEqual(visible(theirs), visible(nobodys));
		// And it was not done in secret.
		const own = await ask(method, server.at(path), { ...options, key: world.own.key });

		assert.equal(own.status, goodStatus(name), own.text);
		await tidy(name, world);
	});

for (const name of names.filter((each) => /^GET/.test(each) && !/\{/.test(each) && !["anyone", "person"].includes(rowFor(each).may)))
	test(`${name}: shows nothing of another provider`, async () => {
		const { path } = await requestOf(name, world);
		const answer = await ask("GET", server.at(path.replace(/\?.*/, "")), { key: world.other.key });
		const ids = [world.own.facts.id, world.sub.id, world.sub.external_id, world.sub.reference, world.device.id,
			await world.key(), await world.client(), await world.webhook()];

		if (rowFor(name).may !== "vendor")
			assert.equal(answer.status, 200);
		for (const id of ids)
			assert.ok(!answer.text.includes(id), `${id} is in ${answer.text}`);
		await tidy("GET /v1/webhooks/{webhook}", world);
	});

test("a name that another provider gave is free, and cannot be probed", async () => {
	const first = await world.own.order("the-same-name");
	const second = await world.other.ask("POST", "v1/subscriptions", { external_id: "the-same-name" });
	const unused = await world.other.ask("POST", "v1/subscriptions", { external_id: "an-unused-name" });
	const found = await world.other.ask("GET", "v1/subscriptions?external_id=the-same-name");

	assert.equal(second.status, 201);
	assert.deepEqual(Object.keys(second.json), Object.keys(unused.json));
	assert.deepEqual(found.json.subscriptions.map((each) => each.id), [second.json.id]);
	assert.notEqual(first.id, second.json.id);
});

test("a page cannot be made to begin at another provider's subscription", async () => {
	const list = async (after) => (await world.other.ask("GET", `v1/subscriptions?after=${after}`)).json.subscriptions;
	const all = await list("");

	assert.deepEqual(await list(world.sub.id), all.filter((each) => each.id > world.sub.id));
});
