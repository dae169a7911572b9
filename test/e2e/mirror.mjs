// A web server for a repository, for tests: it can do what good ones do (ETag, Range), and what others do: break off,
// send something else, ask to be left alone. What it was asked stands in `asked`. And a proxy.

import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";

async function listen(server) {
	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	return `http://127.0.0.1:${server.address().port}/`;
}

export class Mirror {
	asked = [];
	/** Bytes of a target after which the connection breaks, for so many answers. */
	breakAfter = Infinity;
	breaks = 0;
	/** Answer { status, headers, page } to everything. */
	refuse = undefined;
	/** What it says of a file that it does not have. */
	absentPage = "no such file\n";
	hasRange = true;
	/** Answer so to whoever asks for a range: (status, headers, body) → [status, headers, body]. */
	changePart = (...answer) => answer;
	hasEtag = true;
	/** Change the bytes of a file before they are served: (path, bytes) → bytes. */
	change = (path, bytes) => bytes;

	constructor(repo) {
		this.repo = repo;
		this.server = http.createServer((request, answer) => this.#answer(request, answer));
	}

	static async of(t, repo) {
		const mirror = new Mirror(repo);

		mirror.url = await listen(mirror.server);
		t.after(() => mirror.close());
		return mirror;
	}

	close() {
		this.server.closeAllConnections?.();
		this.server.close();
	}

	/** What was asked of a kind of file, since the last call. */
	take(pattern) {
		const found = this.asked.filter(({ path }) => pattern.test(path));

		this.asked = [];
		return found;
	}

	#answer(request, answer) {
		const path = new URL(request.url, "http://x/").pathname.slice(1);
		const record = { path, headers: request.headers, status: 0, bytes: 0 };

		this.asked.push(record);
		const [status, headers, body] = this.#choose(request, path);

		record.status = status;
		answer.writeHead(status, { "Content-Length": body.length, ...headers });
		if (path.startsWith("targets/") && body.length > this.breakAfter && this.breaks > 0) {
			this.breaks--;
			record.bytes = this.breakAfter;
			answer.write(body.subarray(0, this.breakAfter), () => setTimeout(() => answer.destroy(), 20));
			return;
		}
		record.bytes = body.length;
		answer.end(body);
	}

	#choose(request, path) {
		const file = join(this.repo, path), nothing = Buffer.alloc(0);

		if (this.refuse !== undefined)
			return [this.refuse.status, this.refuse.headers ?? {}, Buffer.from(this.refuse.page ?? "not now\n")];
		if (!existsSync(file))
			return [404, {}, Buffer.from(this.absentPage)];
		const bytes = this.change(path, readFileSync(file));
		const etag = `"${createHash("md5").update(bytes).digest("hex")}"`;
		const headers = this.hasEtag ? { ETag: etag } : {};
		const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");

		if (this.hasEtag && request.headers["if-none-match"] === etag)
			return [304, headers, nothing];
		if (this.hasRange && range !== null && request.headers["if-range"] === etag)
			return this.changePart(206,
				{ ...headers, "Content-Range": `bytes ${range[1]}-${bytes.length - 1}/${bytes.length}` },
				bytes.subarray(Number(range[1])));
		return [200, headers, bytes];
	}
}

/** An HTTP proxy that wants a name and a password; `passed` counts what went through it, `refused` what did not. */
export class Proxy {
	passed = 0;
	refused = 0;

	static async of(t, user, password) {
		const proxy = new Proxy();
		const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

		proxy.server = http.createServer((request, answer) => proxy.#pass(request, answer, wanted));
		const url = new URL(await listen(proxy.server));

		[url.username, url.password] = [user, password];
		proxy.url = url.href;
		t.after(() => proxy.server.close());
		return proxy;
	}

	#pass(request, answer, wanted) {
		const { "proxy-authorization": given, "proxy-connection": _, ...headers } = request.headers;

		if (given !== wanted) {
			this.refused++;
			answer.writeHead(407, { "Proxy-Authenticate": "Basic realm=proxy" });
			answer.end();
			return;
		}
		this.passed++;
		const onward = http.request(request.url, { method: request.method, headers, agent: false }, (got) => {
			answer.writeHead(got.statusCode, got.headers);
			got.pipe(answer);
		});

		onward.on("error", () => answer.destroy());
		request.pipe(onward);
	}
}
