// Small PE and ELF files, and the places in them by which signatures name offsets.

/** A PE file for 32 or 64 bits of about ${size} bytes: { content, free, entry, sections }. Bytes from ${free}
 * on may be overwritten. */
export function makePe(random, size) {
	const wide = random.chance(3), count = random.between(1, 4), header = 0x400;
	const sectionSize = Math.max(0x200, Math.floor((size - header) / count / 0x200) * 0x200);
	const content = Buffer.alloc(header + sectionSize * count + random.below(300), 0x90);
	content.fill(0, 0, header);
	content.write("MZ", 0, "latin1");
	content.writeUInt32LE(0x80, 0x3c);
	content.write("PE\0\0", 0x80, "latin1");
	content.writeUInt16LE(wide ? 0x8664 : 0x14c, 0x84);
	content.writeUInt16LE(count, 0x86);
	const optional = wide ? 240 : 224;
	content.writeUInt16LE(optional, 0x94);
	content.writeUInt16LE(0x102, 0x96);
	content.writeUInt16LE(wide ? 0x20b : 0x10b, 0x98);
	const sections = [];
	for (let i = 0; i < count; i++) {
		const at = 0x98 + optional + 40 * i, raw = header + i * sectionSize, address = 0x1000 + i * 0x100000;
		content.write(`.s${i}`, at, "latin1");
		content.writeUInt32LE(sectionSize, at + 8);
		content.writeUInt32LE(address, at + 12);
		content.writeUInt32LE(sectionSize, at + 16);
		content.writeUInt32LE(raw, at + 20);
		content.writeUInt32LE(0x60000020, at + 36);
		sections.push({ raw, size: sectionSize, address });
	}
	const home = random.pick(sections), delta = random.below(home.size - 16);
	content.writeUInt32LE(home.address + delta, 0x98 + 16);
	content.writeUInt32LE(0x1000, 0x98 + 32);
	content.writeUInt32LE(0x200, 0x98 + 36);
	content.writeUInt32LE(0x1000 + count * 0x100000, 0x98 + 56);
	content.writeUInt32LE(header, 0x98 + 60);
	content.writeUInt16LE(3, 0x98 + 68);
	content.writeUInt32LE(16, 0x98 + (wide ? 108 : 92));
	return { content, free: header, entry: home.raw + delta, sections };
}

const words16 = (text) => Buffer.from(`${text}\0`, "utf16le");
const padded = (bytes, by = 4) => Buffer.concat([bytes, Buffer.alloc((by - bytes.length % by) % by)]);

/** A block of version information: lengths, type, key, value, children. */
function versionBlock(key, type, value, children, valueLength = value.length) {
	const body = Buffer.concat([padded(Buffer.concat([Buffer.alloc(6), words16(key)])), padded(value), ...children]);
	body.writeUInt16LE(body.length, 0);
	body.writeUInt16LE(valueLength, 2);
	body.writeUInt16LE(type, 4);
	return body;
}

/** { bytes, keys }: version information with ${strings}, [key, value] each, and where in it each key begins. */
export function makeVersion(strings) {
	const fixed = Buffer.alloc(52);
	fixed.writeUInt32LE(0xfeef04bd, 0);
	fixed.writeUInt32LE(0x10000, 4);
	const blocks = strings.map(([key, value]) => padded(versionBlock(key, 1, words16(value), [], value.length + 1)));
	const table = versionBlock("040904b0", 1, Buffer.alloc(0), blocks);
	const info = versionBlock("VS_VERSION_INFO", 0, fixed, [versionBlock("StringFileInfo", 1, Buffer.alloc(0), [table])]);
	const keys = [];
	let at = info.length - blocks.reduce((sum, block) => sum + block.length, 0);
	for (const block of blocks) {
		keys.push(at + 6);
		at += block.length;
	}
	return { bytes: info, keys };
}

/** A tree of resources at ${address} with one version information behind it; it begins at the second result. */
function resources(address, version) {
	const head = Buffer.alloc(3 * 24 + 16), directory = (at, id, target) => {
		head.writeUInt16LE(1, at + 14);
		head.writeUInt32LE(id, at + 16);
		head.writeUInt32LE(target, at + 20);
	};
	directory(0, 16, 0x80000018);
	directory(24, 1, 0x80000030);
	directory(48, 1033, 72);
	head.writeUInt32LE(address + head.length, 72);
	head.writeUInt32LE(version.length, 76);
	return [Buffer.concat([head, version]), head.length];
}

/** A table of imports at ${address}: ${libraries} are [name, [function...]] each. For 32 or 64 bits. */
function imports(address, libraries, wide) {
	const word = wide ? 8 : 4, parts = [Buffer.alloc(20 * (libraries.length + 1))];
	let n = parts[0].length;
	const put = (bytes) => { parts.push(bytes); n += bytes.length; return address + n - bytes.length; };
	libraries.forEach(([name, functions], i) => {
		const places = functions.map((text) => put(padded(Buffer.from(`\0\0${text}\0`, "latin1"), 8)));
		const thunks = Buffer.alloc(word * (places.length + 1));
		places.forEach((place, k) => thunks.writeUInt32LE(place, word * k));
		const table = put(padded(thunks, 8));
		parts[0].writeUInt32LE(table, 20 * i);
		parts[0].writeUInt32LE(put(padded(Buffer.from(`${name}\0`, "latin1"), 8)), 20 * i + 12);
		parts[0].writeUInt32LE(table, 20 * i + 16);
	});
	return Buffer.concat(parts);
}

/** A PE file with code, imports and version information: { content, sections, keys }. ${wide}: for 64 bits. */
export function makeRichPe(random, { wide, strings, libraries }) {
	const version = makeVersion(strings), header = 0x400, optional = wide ? 240 : 224;
	const [tree, before] = resources(0x3000, version.bytes);
	const bodies = [random.bytes(random.between(600, 3000)), imports(0x2000, libraries, wide), tree]
		.map((bytes) => padded(bytes, 0x200));
	const content = Buffer.concat([Buffer.alloc(header), ...bodies]), sections = [];
	content.write("MZ", 0, "latin1");
	content.writeUInt32LE(0x80, 0x3c);
	content.write("PE\0\0", 0x80, "latin1");
	content.writeUInt16LE(wide ? 0x8664 : 0x14c, 0x84);
	content.writeUInt16LE(3, 0x86);
	content.writeUInt16LE(optional, 0x94);
	content.writeUInt16LE(0x102, 0x96);
	content.writeUInt16LE(wide ? 0x20b : 0x10b, 0x98);
	content.writeUInt32LE(0x1000, 0x98 + 16);
	content.writeUInt32LE(0x1000, 0x98 + 32);
	content.writeUInt32LE(0x200, 0x98 + 36);
	content.writeUInt32LE(0x4000, 0x98 + 56);
	content.writeUInt32LE(header, 0x98 + 60);
	content.writeUInt16LE(3, 0x98 + 68);
	const directories = 0x98 + (wide ? 112 : 96);
	content.writeUInt32LE(16, directories - 4);
	content.writeUInt32LE(0x2000, directories + 8);
	content.writeUInt32LE(bodies[1].length, directories + 12);
	content.writeUInt32LE(0x3000, directories + 16);
	content.writeUInt32LE(bodies[2].length, directories + 20);
	let raw = header;
	bodies.forEach((bytes, i) => {
		const at = 0x98 + optional + 40 * i;
		content.write([".text", ".idata", ".rsrc"][i], at, "latin1");
		content.writeUInt32LE(bytes.length, at + 8);
		content.writeUInt32LE(0x1000 * (i + 1), at + 12);
		content.writeUInt32LE(bytes.length, at + 16);
		content.writeUInt32LE(raw, at + 20);
		content.writeUInt32LE(0x60000020, at + 36);
		sections.push({ raw, size: bytes.length, bytes });
		raw += bytes.length;
	});
	return { content, sections, keys: version.keys.map((key) => sections[2].raw + before + key) };
}

/** An ELF file for 64 bits, little-endian; as makePe. */
export function makeElf(random, size) {
	const count = random.between(2, 5), header = 64 + 56, table = header;
	const free = table + count * 64;
	const content = Buffer.alloc(Math.max(size, free + 200), 0x90);
	content.fill(0, 0, free);
	content.write("\x7fELF\x02\x01\x01", 0, "latin1");
	content.writeUInt16LE(2, 16);
	content.writeUInt16LE(62, 18);
	content.writeUInt32LE(1, 20);
	const base = 0x400000, entry = random.between(free, content.length - 20);
	content.writeBigUInt64LE(BigInt(base + entry), 24);
	content.writeBigUInt64LE(64n, 32);
	content.writeBigUInt64LE(BigInt(table), 40);
	content.writeUInt16LE(64, 52);
	content.writeUInt16LE(56, 54);
	content.writeUInt16LE(1, 56);
	content.writeUInt16LE(64, 58);
	content.writeUInt16LE(count, 60);
	content.writeUInt32LE(1, 64);
	content.writeUInt32LE(5, 68);
	content.writeBigUInt64LE(BigInt(base), 80);
	content.writeBigUInt64LE(BigInt(base), 88);
	content.writeBigUInt64LE(BigInt(content.length), 96);
	content.writeBigUInt64LE(BigInt(content.length), 104);
	const sections = [];
	for (let i = 0; i < count; i++) {
		const raw = random.between(free, content.length - 100), length = random.between(50, content.length - raw);
		content.writeUInt32LE(1, table + 64 * i + 4);
		content.writeBigUInt64LE(BigInt(base + raw), table + 64 * i + 16);
		content.writeBigUInt64LE(BigInt(raw), table + 64 * i + 24);
		content.writeBigUInt64LE(BigInt(length), table + 64 * i + 32);
		sections.push({ raw, size: length });
	}
	return { content, free, entry, sections };
}

/** Offsets that name the place ${at} in the program. */
export function programPlaces(program, at) {
	const list = [];
	list.push(at >= program.entry ? `EP+${at - program.entry}` : `EP-${program.entry - at}`);
	program.sections.forEach(({ raw }, i) => {
		if (at >= raw)
			list.push(`S${i}+${at - raw}`);
	});
	const last = program.sections.at(-1);
	if (at >= last.raw)
		list.push(`SL+${at - last.raw}`);
	return list;
}
