// HTTP for the tests and the demo: one request at a time, as JSON or as raw bytes. Node's own fetch is not
// used: Debian 12's Node calls it experimental, and says so on standard error.

import http from "node:http";
import net from "node:net";

/** Ask and read the whole answer: { status, headers, text, json }. `json` is undefined when the answer is
 * not JSON. A body that is neither a string nor bytes is sent as JSON. */
export function ask(method, url, { key, body, headers = {}, timeout = 70000 } = {}) {
	const isRaw = body === undefined || typeof body === "string" || Buffer.isBuffer(body);
	const text = isRaw ? body : JSON.stringify(body);
	const all = { ...headers };

	if (key !== undefined)
		all.Authorization = `Bearer ${key}`;
	if (text !== undefined) {
		all["Content-Type"] ??= "application/json";
		all["Content-Length"] = Buffer.byteLength(text);
	}
	return new Promise((resolve, reject) => {
		const request = http.request(url, { method, headers: all, agent: false, timeout }, (answer) => {
			const parts = [];

			answer.on("data", (part) => parts.push(part));
			answer.on("error", reject);
			answer.on("end", () => resolve(readAnswer(answer, Buffer.concat(parts).toString())));
		});
		request.on("timeout", () => request.destroy(new Error(`${method} ${url}: no answer in ${timeout} ms`)));
		request.on("error", reject);
		request.end(text);
	});
}

function readAnswer(answer, text) {
	const type = answer.headers["content-type"] ?? "";
	const isJson = /^application\/(problem\+)?json/.test(type);

	return {
		status: answer.statusCode,
		headers: answer.headers,
		text,
		json: isJson ? JSON.parse(text) : undefined,
	};
}

/** Send bytes as they are and collect what comes back until the other side closes, `enough(text)` holds,
 * or time is over. With `end`, our side is closed behind the bytes. */
export function sendRaw(url, bytes, { end = false, enough = () => false, timeout = 5000 } = {}) {
	const { hostname, port } = new URL(url);

	return new Promise((resolve, reject) => {
		const socket = net.connect({ host: hostname, port: Number(port), allowHalfOpen: true });
		let text = "", settled = false;
		const finish = (how) => {
			if (settled)
				return;
			settled = true;
			clearTimeout(timer);
			socket.destroy();
			resolve({ how, text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0) });
		};
		const timer = setTimeout(() => finish("silence"), timeout);

		socket.on("connect", () => {
			socket.write(bytes);
			if (end)
				socket.end();
		});
		socket.on("data", (part) => {
			text += part.toString("latin1");
			if (enough(text))
				finish("enough");
		});
		socket.on("end", () => finish("closed"));
		// A server that refuses to read on may reset: what it said before is the answer.
		socket.on("error", (error) => {
			if (error.code === "ECONNREFUSED")
				reject(error);
			finish("closed");
		});
	});
}
