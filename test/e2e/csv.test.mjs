// Subscriptions as a table: what is given out can be taken in again, a dry run changes nothing and says the same, and each
// line has its result.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";

let scene, server, provider, other;

before(async () => {
	scene = new Scene();
	server = await new Server(scene).start();
	provider = await server.addProvider();
	other = await server.addProvider({ name: "Other Telecom" });
});

after(async () => {
	const check = await server.verifyLog();

	await scene.close();
	assert.equal(check.intact, true);
});

function send(text, { dryRun = false, by = provider, type = "text/csv" } = {}) {
	return ask("POST", server.at(`v1/import/subscriptions?dry_run=${dryRun}`),
		{ key: by.key, body: text, headers: { "Content-Type": type } });
}

const give = (query = "", by = provider) => ask("GET", server.at(`v1/export/subscriptions${query}`), { key: by.key });
const results = (report) => report.lines.map((each) => each.code ?? each.result);

async function named(externalId, by = provider) {
	return (await by.ask("GET", `v1/subscriptions?external_id=${externalId}`)).json.subscriptions[0];
}

const TABLE = "external_id,seats,paid_until,state,reason,mail\r\n" +
	"csv-1,2,2030-01-01T00:00:00Z,active,,ann@example.org\r\n" +
	"csv-2,,,suspended,billing,\r\n" +
	"\"csv, 3\",1,,cancelled,,\r\n";

test("a dry run reports what would be done, and does nothing", async () => {
	const dry = await send(TABLE, { dryRun: true });

	assert.equal(dry.status, 200, dry.text);
	assert.deepEqual({ ...dry.json, lines: undefined },
		{ dry_run: true, created: 3, changed: 0, unchanged: 0, refused: 0, lines: undefined });
	assert.ok(dry.json.lines.every((each) => each.id === undefined && each.activation_code === undefined));
	assert.equal((await provider.ask("GET", "v1/subscriptions")).json.subscriptions.length, 0);
});

test("the table is taken in as it says, with a code for each new one; sent again, nothing changes", async () => {
	const first = await send(TABLE);

	assert.deepEqual(results(first.json), ["created", "created", "created"], first.text);
	assert.deepEqual(first.json.lines.map((each) => each.line), [2, 3, 4]);
	for (const line of first.json.lines)
		assert.match(line.activation_code, /^[0-9A-Z]{5}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
	const one = await named("csv-1"), two = await named("csv-2"), three = await named("csv%2C+3");

	assert.deepEqual([one.state, one.seats, one.paid_until], ["pending", 2, "2030-01-01T00:00:00Z"]);
	assert.deepEqual([two.state, two.reason, two.seats], ["suspended", "billing", 1]);
	assert.deepEqual([three.state, three.reason], ["cancelled", "discontinued"]);
	assert.equal((await provider.ask("GET", `v1/subscriptions/${one.id}/recipient`)).json.address, "ann@example.org");
	assert.deepEqual(results((await send(TABLE)).json), ["unchanged", "unchanged", "unchanged"]);
});

test("a line changes what is different, whatever state it is in", async () => {
	const report = (await send("external_id,state,seats\ncsv-2,active,\n\"csv, 3\",active,4\ncsv-1,suspended,2\n")).json;

	assert.deepEqual(results(report), ["changed", "changed", "changed"], JSON.stringify(report));
	assert.equal((await named("csv-2")).state, "active");
	const three = await named("csv%2C+3");

	assert.deepEqual([three.state, three.seats], ["active", 4]);
	assert.equal((await named("csv-1")).state, "suspended");
});

test("a line that is refused changes nothing, and the others are done", async () => {
	const report = (await send("external_id,seats,paid_until,state\n" +
		"good-1,1,,\nbad-1,many,,\nbad-2,1,soon,\nbad-3,1,,gone\n,1,,\nbad-4,1\nbad-5,1,2001-01-01T00:00:00Z,\ngood-2,1,,\n")).json;

	assert.deepEqual(results(report), ["created", "malformed_line", "malformed_line", "malformed_line", "malformed_line",
		"malformed_line", "paid_until_passed", "created"]);
	assert.equal(report.refused, 6);
	for (const name of ["bad-1", "bad-2", "bad-3", "bad-4", "bad-5"])
		assert.equal(await named(name), undefined);
});

test("a quote that does not end stops there, and what stood before it is done", async () => {
	const report = (await send('external_id\ngood-3\n"bad')).json;

	assert.deepEqual(results(report), ["created", "malformed_csv"]);
	assert.match(report.lines[1].detail, /line 3/);
});

test("a table that is none is refused", async () => {
	const cases = ["", "\n\n", "seats\n1\n", "external_id,colour\nx,red\n", "external_id,external_id\nx,y\n", '"external_id'];

	for (const text of cases) {
		const answer = await send(text);

		assert.equal(answer.status, 400, text);
		assert.equal(answer.json.code, "malformed_csv");
	}
	assert.equal((await send("external_id\nx\n", { type: "application/json" })).json.code, "not_csv");
	assert.equal((await ask("POST", server.at("v1/import/subscriptions?dry_run=perhaps"), { key: provider.key,
		body: TABLE, headers: { "Content-Type": "text/csv" } })).status, 400);
});

test("what is given out is a table that can be taken in again, page by page, and holds nobody else's", async () => {
	await other.order("others-own");
	const whole = await give();
	const lines = whole.text.split("\r\n").filter(Boolean);

	assert.equal(whole.status, 200);
	assert.match(whole.headers["content-type"], /^text\/csv/);
	assert.ok(!whole.text.includes("others-own"));
	assert.ok(lines.some((each) => each.startsWith('"csv, 3",4,,active,')), whole.text);
	const again = (await send(whole.text)).json;

	assert.deepEqual([again.unchanged, again.changed, again.created, again.refused], [lines.length - 1, 0, 0, 0]);
	const pages = [];

	for (let query = "?limit=2"; query !== undefined;) {
		const page = await give(query);
		const next = /^<\/v1\/export\/subscriptions(\?after=[^>]*)>; rel="next"$/.exec(page.headers.link ?? "");

		pages.push(...page.text.split("\r\n").filter(Boolean).slice(1));
		query = next === null ? undefined : `${next[1]}&limit=2`;
	}
	assert.deepEqual(pages, lines.slice(1));
	assert.deepEqual((await send(whole.text, { by: other, dryRun: true })).json.created, lines.length - 1,
		"another provider's names are free for it");
});
