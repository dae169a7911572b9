// /openapi.json says what the server does: every operation that it lists is called, and every answer fits the schema
// that it gives for it, to the last member.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ask } from "./http.mjs";
import { Scene, Server } from "./lib.mjs";
import { World, goodStatus, requestOf, rowFor, tidy } from "./operations.mjs";

const scene = new Scene();
const server = await new Server(scene, { args: ["--payment", "local"] }).start();
const description = (await ask("GET", server.at("openapi.json"))).json;
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
	Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })));
let world;

before(async () => {
	world = await World.open(server);
});

after(() => scene.close());

const resolve = (reference) => reference.slice(2).split("/").reduce((at, name) => at[name], description);

/** Why `value` does not fit `schema`, or nothing. Only what /openapi.json uses; all else is an error. */
function misfit(schema, value, at = "$") {
	const known = ["$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "minimum", "maximum",
		"maxLength", "minLength", "format", "description"];

	for (const word of Object.keys(schema))
		assert.ok(known.includes(word), `the test does not know "${word}" at ${at}`);
	if (schema.$ref !== undefined)
		return misfit(resolve(schema.$ref), value, at);
	const type = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;

	if (schema.type !== undefined && ![schema.type].flat().includes(type))
		return `${at} is ${type}, not ${schema.type}`;
	if (schema.enum !== undefined && !schema.enum.includes(value))
		return `${at} is ${value}, not one of ${schema.enum}`;
	if (type === "integer" && (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)))
		return `${at} is ${value}`;
	if (type === "string" && (value.length > (schema.maxLength ?? Infinity) || value.length < (schema.minLength ?? 0)))
		return `${at} has ${value.length} letters`;
	if (type === "string" && schema.format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value))
		return `${at} is no time: ${value}`;
	if (type === "array" && schema.items !== undefined)
		return value.map((each, i) => misfit(schema.items, each, `${at}[${i}]`)).find(Boolean);
	if (type !== "object" || schema.properties === undefined)
		return undefined;
	for (const name of schema.required ?? [])
		if (!(name in value))
			return `${at}.${name} is missing`;
	return Object.entries(value).map(([name, each]) => {
		if (schema.properties[name] === undefined)
			return schema.additionalProperties === false ? `${at}.${name} is not described` : undefined;
		return misfit(schema.properties[name], each, `${at}.${name}`);
	}).find(Boolean);
}

const keyFor = { read: "read_only", support: "support", operate: "operator", own: "owner" };

test("the description is OpenAPI 3.1, names each operation once, and every reference in it leads somewhere", () => {
	const ids = operations.map(({ operation }) => operation.operationId);
	const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]*)"/g)].map((found) => found[1]);

	assert.equal(description.openapi, "3.1.0");
	assert.equal(description.servers[0].url, server.url);
	assert.equal(new Set(ids).size, ids.length);
	assert.ok(ids.length > 20, `${ids.length} operations`);
	assert.ok(references.length > 20);
	for (const reference of references)
		assert.notEqual(resolve(reference), undefined, reference);
});

for (const { name, operation } of operations)
	test(`${operation.operationId}: ${name} answers as described`, async () => {
		const { method, path, options } = await requestOf(name, world);
		const may = rowFor(name).may;
		const answer = await ask(method, server.at(path),
			{ ...options, key: may === "vendor" ? world.vendor : world.secrets[keyFor[may]] });
		const response = operation.responses[answer.status] ?? resolve(operation.responses.default.$ref);
		const [type, content] = Object.entries(response.content ?? {})[0] ?? [];

		assert.equal(answer.status, goodStatus(name), answer.text);
		assert.equal(operation["x-permission"], may);
		assert.equal(answer.headers["content-type"], type);
		if (content?.schema.type !== "string" && type !== undefined)
			assert.equal(misfit(content.schema, answer.json), undefined, answer.text);
		await tidy(name, world);
	});

for (const { name, operation } of operations.filter((each) => each.operation.requestBody !== undefined))
	test(`${operation.operationId}: a body with a field that is not described is refused`, async () => {
		const { method, path, options } = await requestOf(name, world);
		const may = rowFor(name).may;
		const schema = operation.requestBody.content["application/json"]?.schema;
		const key = may === "vendor" ? world.vendor : world.secrets[keyFor[may]];

		if (schema === undefined)
			return;
		assert.equal(misfit(schema, options.body ?? {}), undefined, "the good request fits its schema");
		const answer = await ask(method, server.at(path), { key, body: { ...options.body, surprise: 1 } });

		assert.equal(answer.status, 400, answer.text);
		assert.equal(answer.json.code, "malformed_request");
		for (const required of resolve(schema.$ref).required) {
			const { [required]: left, ...rest } = options.body;
			const missing = await ask(method, server.at(path), { key, body: rest });

			assert.equal(missing.json.code, "malformed_request", `without ${required}: ${missing.text}`);
		}
		await tidy(name, world);
	});
