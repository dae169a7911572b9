// Tells the story in a terminal: each step with what was asked, what was shown, what held, and how long it
// took. Plain text; colours only where there is a terminal to show them.

import { isDeepStrictEqual } from "node:util";

/** What did not hold: the sentence says what was expected and what was seen. */
export class NotHeld extends Error {}

/** Lines of a program's output that are shown; what is more is counted. */
const SHOWN_MAX = 30;

export class Teller {
	#out;
	#codes;

	constructor(out = process.stdout) {
		const coloured = out.isTTY && process.env.NO_COLOR === undefined;

		this.#out = out;
		this.#codes = coloured ? { bold: "\x1b[1m", dim: "\x1b[2m", green: "\x1b[32m", red: "\x1b[31m", end: "\x1b[0m" }
			: { bold: "", dim: "", green: "", red: "", end: "" };
	}

	line(text = "") {
		this.#out.write(`${text}\n`);
	}

	#coloured(colour, text) {
		this.line(`${this.#codes[colour]}${text}${this.#codes.end}`);
	}

	title(number, text) {
		this.line();
		this.#coloured("bold", `${number}. ${text}`);
	}

	/** A sentence of the story. */
	say(text) {
		this.line(`   ${text}`);
	}

	/** What somebody asked: a command, or an HTTP request. */
	asked(who, what) {
		this.#coloured("bold", `   ${who}$ ${what}`);
	}

	/** What came back, as it came. */
	shown(text, { most = SHOWN_MAX } = {}) {
		const lines = text.trimEnd().split("\n");

		for (const each of lines.slice(0, most))
			this.#coloured("dim", `   | ${each}`.trimEnd());
		if (lines.length > most)
			this.#coloured("dim", `   | ... and ${lines.length - most} more lines`);
	}

	took(ms) {
		this.line(`   (${(ms / 1000).toFixed(1)} s)`);
	}

	#held(sentence) {
		this.#coloured("green", `   held: ${sentence}`);
	}

	/** The value must be what is expected. */
	check(sentence, seen, expected) {
		if (!isDeepStrictEqual(seen, expected))
			throw new NotHeld(`${sentence}: expected ${JSON.stringify(expected)}, saw ${JSON.stringify(seen)}`);
		this.#held(sentence);
	}

	/** The text must hold all of these. */
	checkSays(sentence, text, ...expected) {
		for (const each of expected)
			if (!(each instanceof RegExp ? each.test(text) : text.includes(each)))
				throw new NotHeld(`${sentence}: expected ${each} in ${JSON.stringify(text)}`);
		this.#held(sentence);
	}

	failed(text) {
		this.#coloured("red", `   did not hold: ${text}`);
	}
}
