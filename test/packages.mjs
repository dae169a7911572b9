// Exit status 0: test/node_modules holds the packages of test/package.json, in exactly those versions.

import { readFileSync } from "node:fs";

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));

for (const [name, version] of Object.entries(read("package.json").dependencies))
	if (read(`node_modules/${name}/package.json`).version !== version)
		process.exit(1);
