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
