// Documents that carry a file: PDF, RTF, TNEF. By hand. For wrap.mjs.

import { deflateSync } from "node:zlib";

/** Codes of nine bits and a clear before they would have to grow: LZW that does not compress. */
function lzw(content) {
	let bits = "";
	[...content].forEach((b, i) => {
		if (i % 250 === 0)
			bits += (256).toString(2).padStart(9, "0");
		bits += b.toString(2).padStart(9, "0");
	});
	bits += (257).toString(2).padStart(9, "0");
	bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
	return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

function ascii85(content) {
	let out = "";
	for (let i = 0; i < content.length; i += 4) {
		const chunk = content.subarray(i, i + 4), n = chunk.length;
		let v = [0, 1, 2, 3].reduce((sum, k) => sum * 256 + (chunk[k] ?? 0), 0), word = "";
		for (let k = 0; k < 5; k++) {
			word = String.fromCharCode(33 + (v % 85)) + word;
			v = Math.floor(v / 85);
		}
		out += n === 4 && word === "!!!!!" ? "z" : word.slice(0, n + 1);
	}
	return Buffer.from(`${out}~>`);
}

function runLengths(content) {
	const parts = [];
	for (let i = 0; i < content.length; i += 128) {
		const chunk = content.subarray(i, i + 128);
		parts.push(Buffer.from([chunk.length - 1]), chunk);
	}
	return Buffer.concat([...parts, Buffer.from([128])]);
}

const encoders = {
	FlateDecode: (content) => deflateSync(content),
	LZWDecode: lzw,
	ASCII85Decode: ascii85,
	ASCIIHexDecode: (content) => Buffer.from(`${content.toString("hex")}>`),
	RunLengthDecode: runLengths,
};

/** The last of `filters` is applied first, as readers undo them from the front. */
export function pdf(content, filters, { hashed = false, length } = {}) {
	const data = [...filters].reverse().reduce((bytes, filter) => encoders[filter](bytes), content);
	const name = (filter) => (hashed ? `/#${filter.charCodeAt(0).toString(16)}${filter.slice(1)}` : `/${filter}`);
	const objects = [
		"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(f) 4 0 R] >> >> >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
		"<< /Type /Filespec /F (f) /EF << /F 5 0 R >> >>",
	];
	const parts = [Buffer.from("%PDF-1.5\n")], offsets = [];
	const size = () => parts.reduce((n, p) => n + p.length, 0);
	objects.forEach((o, i) => {
		offsets.push(size());
		parts.push(Buffer.from(`${i + 1} 0 obj\n${o}\nendobj\n`));
	});
	offsets.push(size());
	parts.push(Buffer.from(`5 0 obj\n<< /Type /EmbeddedFile /Length ${length ?? data.length} /Filter [${filters.map(name).join(" ")}] >>\nstream\n`),
		data, Buffer.from("\nendstream\nendobj\n"));
	const at = size();
	parts.push(Buffer.from(`xref\n0 6\n0000000000 65535 f \n${offsets.map((o) => `${String(o).padStart(10, "0")} 00000 n \n`).join("")}` +
		`trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${at}\n%%EOF\n`));
	return Buffer.concat(parts);
}

const u32 = (v) => { const b = Buffer.alloc(4); b.writeUInt32LE(v); return b; };
const u16 = (v) => { const b = Buffer.alloc(2); b.writeUInt16LE(v); return b; };
const blob = (content) => Buffer.concat([u32(content.length), content]);

/** An object of the class Package, as dragging a file into WordPad makes one. */
export function rtf(content, name) {
	const body = Buffer.concat([u16(2), Buffer.from(`${name}\0C:\\${name}\0`), u32(0x30000), blob(Buffer.from(`C:\\${name}\0`)), blob(content)]);
	const object = Buffer.concat([u32(0x501), u32(2), blob(Buffer.from("Package\0")), u32(0), u32(0), blob(body)]);
	return Buffer.from(`{\\rtf1\\ansi{\\object\\objemb\\objw1\\objh1{\\*\\objclass Package}{\\*\\objdata ${object.toString("hex").replace(/.{64}/g, "$&\n")}}}}`);
}

export function tnef(content, name) {
	const attribute = (level, id, data) => Buffer.concat([Buffer.from([level]), u32(id), blob(data), u16(data.reduce((a, b) => (a + b) & 0xffff, 0))]);
	return Buffer.concat([u32(0x223e9f78), u16(1), attribute(1, 0x00089006, u32(0x10000)), attribute(2, 0x00069002, Buffer.alloc(14)),
		attribute(2, 0x00018010, Buffer.from(`${name}\0`)), attribute(2, 0x0006800f, content)]);
}
