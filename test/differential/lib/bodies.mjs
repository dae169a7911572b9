// Bodies of every construct, each with bytes that match it or just miss it.

const hexByte = (byte) => byte.toString(16).padStart(2, "0");
export const toHex = (bytes) => [...bytes].map(hexByte).join("");

/** Bytes that are unlike the filling of files. */
export function drawLiteral(random, n) {
	return Buffer.from(Array.from({ length: n }, () => random.below(0x80)));
}

const filler = (random, n) => Buffer.from(Array.from({ length: n }, () => 0xe0 + random.below(0x20)));
const other = (random, byte) => byte ^ (1 << random.below(7));

/** Each returns { hex, bytes }: a stretch of a body between two literals, and bytes for it, which are wrong
 * in one thing when ${miss}. */
const connectors = {
	wildcards(random) {
		const n = random.between(1, 4);
		return { hex: "??".repeat(n), bytes: random.bytes(n) };
	},
	nibble(random, miss) {
		const byte = random.below(256), high = random.chance(2);
		const bytes = Buffer.from([miss ? byte ^ (high ? 0x10 : 0x01) : byte ^ (high ? 0x03 : 0x60)]);
		return { hex: high ? `${hexByte(byte)[0]}?` : `?${hexByte(byte)[1]}`, bytes };
	},
	fixedGap(random, miss) {
		const n = random.pick([1, 5, 127, 128, 300]);
		return { hex: `{${n}}`, bytes: filler(random, n + (miss ? random.pick([-1, 1]) : 0)) };
	},
	range(random, miss) {
		const min = random.between(0, 20), max = min + random.between(1, 30);
		const n = miss ? random.pick([max + 1, max + 1, Math.max(0, min - 1)]) : random.between(min, max);
		const low = miss && n < min ? min : Math.min(min, n);
		return { hex: `{${low}-${max}}`, bytes: filler(random, n) };
	},
	atMost(random, miss) {
		const max = random.between(1, 40);
		return { hex: `{-${max}}`, bytes: filler(random, miss ? max + 1 : random.between(0, max)) };
	},
	atLeast(random, miss) {
		const min = random.between(1, 40);
		return { hex: `{${min}-}`, bytes: filler(random, miss ? min - 1 : min + random.below(200)) };
	},
	star(random) {
		return { hex: "*", bytes: filler(random, random.below(300)) };
	},
	byteChoice(random, miss) {
		const list = [random.below(0x40), 0x40 + random.below(0x40), 0x80 + random.below(0x40)];
		return { hex: `(${list.map(hexByte).join("|")})`,
			bytes: Buffer.from([miss ? 0xf0 : random.pick(list)]) };
	},
	stringChoice(random, miss) {
		const n = random.between(2, 5);
		const list = Array.from({ length: random.between(2, 4) }, () => drawLiteral(random, n));
		const bytes = Buffer.from(random.pick(list));
		if (miss)
			bytes[n - 1] |= 0x80;
		return { hex: `(${list.map(toHex).join("|")})`, bytes };
	},
	mixedChoice(random, miss) {
		const list = [2, 4, 3].map((n) => drawLiteral(random, n));
		const bytes = Buffer.from(random.pick(list));
		if (miss)
			bytes[0] |= 0x80;
		return { hex: `(${list.map(toHex).join("|")})`, bytes };
	},
	notBytes(random, miss) {
		const list = [random.below(0x40), 0x40 + random.below(0x40)];
		return { hex: `!(${list.map(hexByte).join("|")})`,
			bytes: Buffer.from([miss ? random.pick(list) : 0xf0]) };
	},
	notStrings(random, miss) {
		const list = [drawLiteral(random, 3), drawLiteral(random, 3)];
		return { hex: `!(${list.map(toHex).join("|")})`,
			bytes: miss ? random.pick(list) : filler(random, 3) };
	},
};

/** "aa[x-y]BODY" or "BODY[x-y]aa". */
function addAnchor(random, body, miss) {
	const min = random.between(1, 10), max = min + random.between(0, 20);
	const distance = miss ? max + 1 : random.between(min, max);
	const byte = random.below(0x80), gap = filler(random, distance), single = Buffer.from([byte]);
	if (random.chance(2))
		return { hex: `${hexByte(byte)}[${min}-${max}]${body.hex}`, start: 0,
			bytes: Buffer.concat([single, gap, body.bytes]) };
	return { hex: `${body.hex}[${min}-${max}]${hexByte(byte)}`, start: 0,
		bytes: Buffer.concat([body.bytes, gap, single]) };
}

/** A mark at one end, with a byte beside the body that it takes or not. */
function addMark(random, body, miss) {
	const [mark, good, bad] = random.pick([["(B)", " ", "x"], ["(B)", "-", "x"], ["(W)", ".", "9"],
		["(W)", "\0", "Q"], ["(L)", "\n", "x"], ["!(W)", "k", "!"], ["!(L)", "k", "\n"]]);
	const beside = Buffer.from(miss ? bad : good, "latin1");
	if (random.chance(2))
		return { hex: `${mark}${body.hex}`, start: mark[0] === "!" ? 0 : 1, bytes: Buffer.concat([beside, body.bytes]) };
	return { hex: `${body.hex}${mark}`, start: 0, bytes: Buffer.concat([body.bytes, beside]) };
}

/** A body { hex, bytes, start }: ${bytes} match it when ${hit}, else they just miss. It begins ${start}
 * bytes into them. */
export function drawBody(random, hit, plain = false) {
	const first = drawLiteral(random, random.between(4, 20));
	const count = plain ? 0 : random.pick([0, 1, 1, 2, 3]);
	const wrong = hit ? -1 : random.below(count + 1);
	const hex = [toHex(first)], bytes = [first];
	for (let i = 0; i < count; i++) {
		const kind = random.pick(Object.keys(connectors));
		const piece = connectors[kind](random, i === wrong);
		const literal = drawLiteral(random, random.between(3, 18));
		hex.push(piece.hex, toHex(literal));
		bytes.push(piece.bytes, literal);
	}
	let body = { hex: hex.join(""), bytes: Buffer.concat(bytes), start: 0 };
	if (wrong === count) {
		const copy = Buffer.from(body.bytes);
		copy[random.pick([0, 1, copy.length - 1])] ^= 0x80;
		body = { ...body, bytes: copy };
	}
	if (!plain && random.chance(6))
		body = addAnchor(random, body, !hit && random.chance(2));
	else if (!plain && random.chance(6))
		body = addMark(random, body, !hit && random.chance(2));
	return body;
}
