// A mail server, for tests: it takes mail by SMTP and keeps it. What came is read by Python's email package, which
// knows the standards and not our code.

import { createServer } from "node:net";

import { run } from "./processes.mjs";

export class MailServer {
	/** All that was taken, in order: { from, to, raw, user, password }. */
	got = [];
	/** All that clients said, line by line, without the content. */
	said = [];

	/** `refuse(command)`: a line such as "550 no", or undefined to take it. `took()` is called when a mail was
	 * taken, before that is said. `user`: clients may say who they are. */
	constructor({ refuse = () => undefined, took = () => {}, user } = {}) {
		this.took = took;
		this.refuse = refuse;
		this.user = user;
		this.sockets = new Set();
		this.server = createServer((socket) => this.#serve(socket));
	}

	async start(scene, { port = 0 } = {}) {
		await new Promise((done, failed) => this.server.once("error", failed).listen(port, "127.0.0.1", done));
		this.port = this.server.address().port;
		scene.atEnd(() => this.stop());
		return this;
	}

	get url() {
		return `smtp://127.0.0.1:${this.port}`;
	}

	stop() {
		for (const socket of this.sockets)
			socket.destroy();
		return new Promise((done) => this.server.close(done));
	}

	#serve(socket) {
		let text = "", inContent = false, inAuth = false, mail = {}, user, password;
		const answer = (line) => socket.write(`${line}\r\n`);
		const take = (line) => {
			const [command] = line.toUpperCase().split(/[ :]/, 1);
			const refusal = this.refuse(line);

			this.said.push(line);
			if (refusal !== undefined)
				return answer(refusal);
			if (command === "EHLO")
				return socket.write(`250-mail.test\r\n${this.user ? "250-AUTH PLAIN\r\n" : ""}250 8BITMIME\r\n`);
			if (line === "AUTH PLAIN") {
				inAuth = true;
				return answer("334 ");
			}
			if (inAuth) {
				inAuth = false;
				[, user, password] = Buffer.from(line, "base64").toString().split("\0");
				return answer("235 welcome");
			}
			if (command === "MAIL")
				mail = { from: /<(.*)>/.exec(line)[1], to: [], user, password };
			if (command === "RCPT")
				mail.to.push(/<(.*)>/.exec(line)[1]);
			if (command === "DATA") {
				inContent = true;
				return answer("354 go on");
			}
			if (command === "QUIT") {
				answer("221 bye");
				return socket.end();
			}
			return answer("250 good");
		};

		this.sockets.add(socket);
		socket.on("close", () => this.sockets.delete(socket));
		socket.on("error", () => {});
		answer("220 mail.test");
		socket.on("data", (part) => {
			text += part.toString("latin1");
			for (;;) {
				const end = text.indexOf(inContent ? "\r\n.\r\n" : "\r\n");

				if (end < 0)
					return;
				const taken = text.slice(0, end);

				text = text.slice(end + (inContent ? 5 : 2));
				if (inContent) {
					inContent = false;
					this.got.push({ ...mail, raw: taken.replaceAll("\r\n..", "\r\n.") });
					this.took();
					answer("250 kept");
				} else {
					take(taken);
				}
			}
		});
	}
}

const reader = `
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [(p.get_content_type(), p.get_content()) for p in m.walk() if not p.is_multipart()]
address = lambda name: [[a.display_name, a.addr_spec] for a in m[name].addresses] if m[name] else []
print(json.dumps({"headers": m.keys(), "subject": m["subject"], "from": address("from"), "to": address("to"),
    "reply_to": address("reply-to"), "id": m["message-id"], "date": m["date"].datetime.timestamp(),
    "type": m.get_content_type(), "parts": parts,
    "defects": [str(d) for p in m.walk() for d in p.defects]}))
`;

/** A mail as Python's email package reads it: { headers, subject, from, to, parts, defects, … }. */
export async function readMail({ raw }) {
	const result = await run("python3", ["-c", reader], { input: Buffer.from(`${raw}\r\n`, "latin1") });

	if (result.status !== 0)
		throw new Error(`the mail cannot be read: ${result.err}`);
	return JSON.parse(result.out);
}
