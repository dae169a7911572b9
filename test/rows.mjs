#!/usr/bin/env node
// The table in doc/subscription-authority.md is true: it has every row that it must have, once, and each test that
// it names exists. Prints TAP.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const top = fileURLToPath(new URL("..", import.meta.url));
const page = "doc/subscription-authority.md";

/** The mission's rules, and the peers' rows that concern subscriptions. */
const REQUIRED = ["R1", "R2", "R3", "R4", "R5", "R6a", "R6b", "R6c", "R7",
	...[[1, 6], [8, 29], [33, 45], [48, 49]].flatMap(([from, to]) =>
		Array.from({ length: to - from + 1 }, (_, i) => String(from + i)))];

/** Whether the file has a test of exactly that name; undefined when there is no such file. */
function hasTest(file, name) {
	let text;

	try {
		text = readFileSync(join(top, file), "utf8");
	} catch {
		return undefined;
	}
	if (file.endsWith(".c"))
		return text.includes(`TEST(${name})`);
	const literal = JSON.stringify(name);

	return [`test(${literal},`, `walk(test, ${literal},`, `test(\`${name}\`,`].some((call) => text.includes(call));
}

/** What is wrong with the third cell of a row. */
function problemsOf(shownBy) {
	const references = [...shownBy.matchAll(/`([\w/.]+)` "([^"]+)"/g)];

	if (references.length === 0)
		return /^not reached: ./.test(shownBy) ? [] : ["it names no test, and does not say \"not reached: …\""];
	return references.flatMap(([, file, name]) => ({ true: [], false: [`${file} has no test "${name}"`] })[
		hasTest(file, name)] ?? [`there is no file ${file}`]);
}

const rows = readFileSync(join(top, page), "utf8").split("\n").filter((line) => /^\| (R?\d)/.test(line))
	.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
let count = 0, failed = 0;
const report = (name, problems) => {
	const good = problems.length === 0;

	failed += good ? 0 : 1;
	console.log(`${good ? "ok" : "not ok"} ${++count} - ${name}`);
	problems.forEach((problem) => console.log(`# ${problem}`));
};

for (const [key, what, shownBy, ...more] of rows)
	report(`${page}, row ${key}`, [...problemsOf(shownBy ?? ""), ...(what ? [] : ["it does not say what"]),
		...(more.length > 0 ? ["it has more than three cells"] : [])]);
report(`${page} has every row that it must have, once`, REQUIRED.flatMap((key) => {
	const times = rows.filter((row) => row[0] === key).length;

	return times === 1 ? [] : [`row ${key} is there ${times} times`];
}));
process.exit(failed === 0 ? 0 : 1);
