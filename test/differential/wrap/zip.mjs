// Zip archives by hand, so that they can lie. For wrap.mjs.

import { crc32Of } from "./crc32.mjs";
import { deflateRawSync } from "node:zlib";

const u16 = (...values) => Buffer.from(values.flatMap((v) => [v & 255, v >> 8]));
const u32 = (...values) => Buffer.concat(values.map((v) => { const b = Buffer.alloc(4); b.writeUInt32LE(v >>> 0); return b; }));

/**
 * Entries { name, content, centralName, centralSize, localPacked }: the latter three are lies in the directory or
 * the local header. `directory`: whether there is one at all.
 */
export function zipByHand(entries, { comment = "", directory = true } = {}) {
	const parts = [], central = [];
	let at = 0;
	for (const entry of entries) {
		const data = deflateRawSync(entry.content), crc = crc32Of(entry.content);
		const name = Buffer.from(entry.name), centralName = Buffer.from(entry.centralName ?? entry.name);
		const local = Buffer.concat([Buffer.from("PK\x03\x04"), u16(20, 0, 8, 0, 0), u32(crc, entry.localPacked ?? data.length, entry.content.length),
			u16(name.length, 0), name, data]);
		central.push(Buffer.concat([Buffer.from("PK\x01\x02"), u16(20, 20, 0, 8, 0, 0), u32(crc, data.length, entry.centralSize ?? entry.content.length),
			u16(centralName.length, 0, 0, 0, 0), u32(0, at), centralName]));
		parts.push(local);
		at += local.length;
	}
	if (!directory)
		return Buffer.concat(parts);
	const all = Buffer.concat(central);
	return Buffer.concat([...parts, all, Buffer.from("PK\x05\x06"), u16(0, 0, entries.length, entries.length), u32(all.length, at),
		u16(comment.length), Buffer.from(comment)]);
}
