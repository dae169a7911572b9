// Logical signatures: expressions over drawn subsignatures, with files that hold some of them some times.

import { drawBody, drawLiteral, toHex } from "./bodies.mjs";

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function drawWord(random) {
	return Array.from({ length: random.between(5, 14) }, () => letters[random.below(letters.length)]).join("");
}

const swapCase = (text) => [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join("");
const widen = (bytes) => Buffer.from([...bytes].flatMap((byte) => [byte, 0]));

/** A word with modifiers: { text, bytes }. */
function drawModified(random, hit) {
	const word = drawWord(random);
	const modifiers = random.pick(["i", "w", "f", "wa", "iw", "if", "a", "iwa"]);
	let bytes = Buffer.from(modifiers.includes("i") && random.chance(2) ? swapCase(word) : word);
	if (modifiers.includes("w") && !(modifiers.includes("a") && random.chance(2)))
		bytes = widen(bytes);
	if (!hit)
		bytes[bytes.length - 2] ^= 0x04;
	// Filled around, so that whole words are whole.
	const beside = Buffer.from(random.pick([".", " ", hit ? "\x90" : "x"]), "latin1");
	return { text: `${toHex(Buffer.from(word))}::${modifiers}`, bytes: Buffer.concat([beside, bytes, beside]), start: 1 };
}

function drawPlainSub(random, hit) {
	if (random.chance(3))
		return drawModified(random, hit);
	const body = drawBody(random, hit, random.chance(2));
	return { text: body.hex, bytes: body.bytes, start: body.start };
}

/** A regular expression that is tried when subsignature 0 was found. */
function drawRegex(random, hit) {
	const word = drawWord(random), number = random.between(100, 999);
	const regex = random.pick([`${word}\\d{3}`, `${word}[0-9]+x?`, `(${word}|${drawWord(random)})${number}`,
		`${word}.{1,5}${number}`]);
	const middle = regex.includes(".{") ? "--" : "";
	const caseless = random.chance(3);
	const text = `${caseless ? swapCase(word) : word}${middle}${hit ? number : "z"}`;
	return { text: `0/${regex}/${caseless ? "i" : ""}${random.chance(3) ? "g" : ""}`, bytes: Buffer.from(text), start: 0 };
}

/** A comparison of the number that stands behind subsignature 0: { text, after }. */
function drawCompare(random, hit, length) {
	const value = random.between(10, 200), op = random.pick(["=", ">", "<"]);
	const other = { "=": value, ">": value - 1, "<": value + 1 }[op] + (hit ? 0 : { "=": 1, ">": 1, "<": -1 }[op]);
	switch (random.below(3)) {
	case 0:
		return { text: `0(>>${length}#ib1#${op}${other})`, after: Buffer.from([value]) };
	case 1:
		return { text: `0(>>${length}#il2#${op}${other})`, after: Buffer.from([value, 0]) };
	default:
		return { text: `0(>>${length}#de3#${op}${other})`, after: Buffer.from(String(value).padStart(3, "0")) };
	}
}

/** How often each of ${n} is to be found, and an expression over that. */
function drawExpression(random, n) {
	const leaf = (i) => {
		const comparison = random.pick(["", "", "", "", ">1", "=2", "=0", "<2", ">0"]);
		return `${i}${comparison}`;
	};
	const ids = Array.from({ length: n }, (_, i) => i);
	if (n === 1)
		return leaf(0);
	switch (random.below(6)) {
	case 0:
		return ids.map((i) => i).join("&");
	case 1:
		return ids.map((i) => i).join("|");
	case 2:
		return ids.map(leaf).join(random.pick(["&", "|"]));
	case 3:
		return `(${ids.join("|")})${random.pick([">1", ">2", "=2", ">1,2", "=3", "<3"])}`;
	case 4:
		return n < 3 ? ids.join("&") : `${leaf(0)}&(${ids.slice(1).join(random.pick(["|", "&"]))})${random.pick(["", ">1", ">1,2", "=1"])}`;
	default:
		return n < 3 ? ids.join("|") : `(${leaf(0)}|${leaf(1)})&(${ids.slice(2).map(leaf).join("|")})`;
	}
}

function drawConditions(random, file, target, hit) {
	const size = file.content.length;
	const list = ["Engine:81-255", `Target:${target}`];
	if (random.chance(6))
		list.push(hit ? `FileSize:${size - random.below(9)}-${size + 5}` : `FileSize:${size + 1}-${size + 5}`);
	if (file.program && target && random.chance(6)) {
		const n = file.program.sections.length;
		list.push(`NumberOfSections:${random.pick([n, n + 1, 1])}-${n + 1}`);
	}
	if (file.program && target && random.chance(6))
		list.push(`EntryPoint:${file.program.entry - random.below(9)}-${file.program.entry + 4}`);
	return list.join(",");
}

/** A line of .ldb, with what it looks for planted in ${file}. */
export function drawLogical(random, file, name, target, hit, drawOffset) {
	const subs = [];
	const count = random.between(1, 4);
	for (let i = 0; i < count; i++) {
		const sub = drawPlainSub(random, hit || random.below(3) > 0);
		const times = random.pick([0, 1, 1, 1, 2, 3]);
		let last = -1;
		for (let k = 0; k < times; k++) {
			const at = file.plant(sub.bytes);
			last = at < 0 ? last : at;
		}
		const offset = last >= 0 && !sub.text.startsWith("!") && random.chance(5) ? `${drawOffset(last + sub.start, hit)}:` : "";
		subs.push(offset.startsWith("*") ? sub.text : offset + sub.text);
	}
	if (random.chance(4)) {
		const regex = drawRegex(random, hit);
		file.plant(regex.bytes);
		subs.push(regex.text);
	} else if (random.chance(4) && file.content.length <= 131072) {
		const marker = drawLiteral(random, 8);
		const compare = drawCompare(random, hit, marker.length);
		// In larger files clamscan's own comparison fails behind the first 128 KiB, or counts twice.
		const at = file.plant(Buffer.concat([marker, compare.after]));
		if (at >= 0) {
			subs[0] = toHex(marker);
			subs.push(compare.text);
		}
	}
	return `${name};${drawConditions(random, file, target, hit)};${drawExpression(random, subs.length)};${subs.join(";")}`;
}
