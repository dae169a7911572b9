// Containers of every make, for containers.mjs: each function takes a file's content, its name and an empty folder to
// work in, and gives the container's content. By the tools that people use, and by hand where tools are too honest.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipByHand } from "./zip.mjs";
import { pdf, rtf, tnef } from "./document.mjs";

/** Run a tool in `folder` on the file `name` with `content`; the file `out` that it makes. */
function run(folder, name, content, command, args, out) {
	writeFileSync(join(folder, name), content);
	execFileSync(command, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
	return readFileSync(join(folder, out));
}

/** What a tool writes for `content` on its standard input. */
const filter = (command, args) => (content) => execFileSync(command, args,
	{ input: content, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "ignore"] });

const sevenZip = (...args) => (content, name, folder) =>
	run(folder, name, content, "7zz", ["a", ...args, "out", name], args.includes("-tzip") ? "out.zip" : "out.7z");

const infoZip = (...args) => (content, name, folder) =>
	run(folder, name, content, "zip", ["-q", ...args, "out.zip", name], "out.zip");

const tar = (...args) => (content, name, folder) =>
	run(folder, name, content, "tar", ["-cf", "out.tar", ...args, name], "out.tar");

/** A tool that reads names from its standard input. */
const cpio = (format) => (content, name, folder) => {
	writeFileSync(join(folder, name), content);
	return execFileSync("cpio", ["-o", "-H", format], { cwd: folder, input: `${name}\n`, stdio: ["pipe", "pipe", "ignore"] });
};

const arj = (method) => (content, name, folder) =>
	run(folder, name, content, "arj", ["a", "-y", `-m${method}`, "out.arj", name], "out.arj");

const iso = (...args) => (content, name, folder) =>
	run(folder, name, content, "genisoimage", ["-quiet", ...args, "-o", "out.iso", name], "out.iso");

const nsis = (compressor) => (content, name, folder) => {
	writeFileSync(join(folder, "s.nsi"), `SetCompressor ${compressor}\nOutFile out.exe\nSection\nSetOutPath $TEMP\nFile ${name}\nSectionEnd\n`);
	return run(folder, name, content, "makensis", ["-V1", "s.nsi"], "out.exe");
};

const wrapLines = (text) => text.replace(/.{76}/g, "$&\r\n");

function part(content, name, encoding) {
	const head = `Content-Type: application/octet-stream; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\n`;
	const body = {
		base64: () => wrapLines(content.toString("base64")),
		"quoted-printable": () => [...content].map((b) => `=${b.toString(16).toUpperCase().padStart(2, "0")}`)
			.reduce((lines, c, i) => lines + c + (i % 24 === 23 ? "=\r\n" : ""), ""),
		"x-uuencode": () => uuencode(content, name),
	}[encoding]();
	return `${head}Content-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`;
}

function uuencode(content, name) {
	const lines = [`begin 644 ${name}`];
	const c = (v) => (v === 0 ? "`" : String.fromCharCode(32 + v));
	for (let i = 0; i < content.length; i += 45) {
		const chunk = content.subarray(i, i + 45);
		let line = c(chunk.length);
		for (let k = 0; k < chunk.length; k += 3) {
			const [x, y, z] = [chunk[k], chunk[k + 1] ?? 0, chunk[k + 2] ?? 0];
			line += c(x >> 2) + c(((x & 3) << 4) | (y >> 4)) + c(((y & 15) << 2) | (z >> 6)) + c(z & 63);
		}
		lines.push(line);
	}
	return [...lines, "`", "end", ""].join("\n");
}

const headers = "From: a@example.com\r\nTo: b@example.com\r\nSubject: test\r\nMIME-Version: 1.0\r\n";
const mail = (encoding) => (content, name) => Buffer.from(headers + part(content, name, encoding));
const multipart = (encoding, closed = true) => (content, name) => Buffer.from(
	`${headers}Content-Type: multipart/mixed;\r\n boundary="=_x"\r\n\r\nnothing\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--=_x\r\n` +
	part(content, name, encoding) + (closed ? "--=_x--\r\n" : ""));
const forwarded = (content, name) => Buffer.from(
	`${headers}Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n` +
	multipart("base64")(content, name) + "\r\n--outer--\r\n");
const mailbox = (content, name) => Buffer.concat([Buffer.from("From a@b Mon Jan  1 00:00:00 2024\n"), mail("base64")(Buffer.from("other"), "o"),
	Buffer.from("\n\nFrom a@b Mon Jan  1 00:00:01 2024\n"), mail("base64")(content, name)]);

const qpdf = (...args) => (content, name, folder) => {
	writeFileSync(join(folder, "in.pdf"), pdf(content, ["FlateDecode"]));
	execFileSync("qpdf", [...args, "--static-id", "in.pdf", "out.pdf"], { cwd: folder, stdio: "ignore" });
	return readFileSync(join(folder, "out.pdf"));
};

const padding = (n) => Buffer.from(Array.from({ length: n }, (_, i) => (i * 7 + (i >> 3)) & 255));
const program = readFileSync("/usr/bin/true");

export const wrappers = {
	"zip-stored": infoZip("-0"),
	"zip-deflate": infoZip("-9"),
	"zip-bzip2": infoZip("-Z", "bzip2"),
	"zip-zip64": infoZip("-fz"),
	"zip-descriptors": infoZip("-fd"),
	"zip-from-pipe": (content, name, folder) => filter("zip", ["-q", "-", "-"])(content),
	"zip-7-copy": sevenZip("-tzip", "-mm=Copy"),
	"zip-7-deflate": sevenZip("-tzip", "-mm=Deflate"),
	"zip-7-deflate64": sevenZip("-tzip", "-mm=Deflate64"),
	"zip-7-bzip2": sevenZip("-tzip", "-mm=BZip2"),
	"zip-7-lzma": sevenZip("-tzip", "-mm=LZMA"),
	"zip-7-ppmd": sevenZip("-tzip", "-mm=PPMd"),
	"zip-two-directories": (content, name) => Buffer.concat([zipByHand([{ name: "harmless", content: Buffer.from("first") }]), zipByHand([{ name, content }])]),
	"zip-behind-program": (content, name) => Buffer.concat([program, zipByHand([{ name, content }])]),
	"zip-behind-padding": (content, name) => Buffer.concat([padding(70000), zipByHand([{ name, content }])]),
	"zip-before-padding": (content, name) => Buffer.concat([zipByHand([{ name, content }]), padding(3000)]),
	"zip-comment": (content, name) => zipByHand([{ name, content }], { comment: "x".repeat(30000) }),
	"zip-name-lies": (content, name) => zipByHand([{ name, content, centralName: "another.name" }]),
	"zip-size-lies": (content, name) => zipByHand([{ name, content, centralSize: 5 }]),
	"zip-local-size-lies": (content, name) => zipByHand([{ name, content, localPacked: 3 }]),
	"zip-no-directory": (content, name) => zipByHand([{ name, content }], { directory: false }),
	"zip-folder-name": (content, name) => zipByHand([{ name: `${name}/`, content }]),
	"zip-many": (content, name) => zipByHand([...Array.from({ length: 40 }, (_, i) => ({ name: `n${i}`, content: padding(100 + i) })), { name, content }]),
	"zip-empty-name": (content) => zipByHand([{ name: "", content }]),
	"7z-lzma": sevenZip("-m0=LZMA"),
	"7z-lzma2": sevenZip("-m0=LZMA2"),
	"7z-bzip2": sevenZip("-m0=BZip2"),
	"7z-copy": sevenZip("-m0=Copy"),
	"7z-deflate": sevenZip("-m0=Deflate"),
	"7z-ppmd": sevenZip("-m0=PPMd"),
	"7z-bcj": sevenZip("-m0=BCJ", "-m1=LZMA"),
	"7z-plain-header": sevenZip("-mhc=off"),
	"tar-gnu": tar("--format=gnu"),
	"tar-ustar": tar("--format=ustar"),
	"tar-pax": tar("--format=pax"),
	"tar-v7": tar("--format=v7"),
	"tar-old": tar("--format=oldgnu"),
	"tar-sparse": tar("--sparse"),
	gzip: filter("gzip", ["-9"]),
	"gzip-twice": (content) => Buffer.concat([filter("gzip", ["-9"])(content.subarray(0, 20)), filter("gzip", ["-1"])(content.subarray(20))]),
	bzip2: filter("bzip2", ["-9"]),
	xz: filter("xz", ["-6"]),
	"xz-crc32": filter("xz", ["--check=crc32"]),
	lzma: filter("xz", ["--format=lzma"]),
	zstd: filter("zstd", ["-q", "-c"]),
	lz4: filter("lz4", ["-q", "-c"]),
	"cpio-newc": cpio("newc"),
	"cpio-odc": cpio("odc"),
	"cpio-bin": cpio("bin"),
	"cpio-crc": cpio("crc"),
	ar: (content, name, folder) => run(folder, name, content, "ar", ["qc", "out.a", name], "out.a"),
	iso: iso(),
	"iso-joliet": iso("-J", "-R"),
	cab: (content, name, folder) => run(folder, name, content, "gcab", ["-c", "-z", "out.cab", name], "out.cab"),
	"cab-stored": (content, name, folder) => run(folder, name, content, "gcab", ["-c", "out.cab", name], "out.cab"),
	"arj-0": arj(0),
	"arj-1": arj(1),
	"arj-3": arj(3),
	"arj-4": arj(4),
	makeself: (content, name, folder) => {
		mkdirSync(join(folder, "d"));
		writeFileSync(join(folder, "d", name), content);
		execFileSync("makeself", ["--quiet", "d", "out.run", "label", "true"], { cwd: folder, stdio: "ignore" });
		return readFileSync(join(folder, "out.run"));
	},
	"nsis-zlib": nsis("zlib"),
	"nsis-zlib-solid": nsis("/SOLID zlib"),
	"nsis-lzma": nsis("lzma"),
	"nsis-lzma-solid": nsis("/SOLID lzma"),
	"mail-base64": mail("base64"),
	"mail-qp": mail("quoted-printable"),
	"mail-uu": mail("x-uuencode"),
	multipart: multipart("base64"),
	"multipart-open": multipart("base64", false),
	"multipart-qp": multipart("quoted-printable"),
	"multipart-uu": multipart("x-uuencode"),
	forwarded,
	mailbox,
	uuencode: (content, name) => Buffer.from(uuencode(content, name)),
	"html-data": (content) => Buffer.from(`<html><body><a href="data:application/octet-stream;base64,${content.toString("base64")}">x</a></body></html>`),
	rtf: (content, name) => rtf(content, name),
	tnef: (content, name) => tnef(content, name),
	"pdf-flate": (content) => pdf(content, ["FlateDecode"]),
	"pdf-a85-flate": (content) => pdf(content, ["ASCII85Decode", "FlateDecode"]),
	"pdf-hex": (content) => pdf(content, ["ASCIIHexDecode"]),
	"pdf-hex-flate": (content) => pdf(content, ["ASCIIHexDecode", "FlateDecode"]),
	"pdf-runs": (content) => pdf(content, ["RunLengthDecode"]),
	"pdf-lzw": (content) => pdf(content, ["LZWDecode"]),
	"pdf-flate-twice": (content) => pdf(content, ["FlateDecode", "FlateDecode"]),
	"pdf-hashed-name": (content) => pdf(content, ["FlateDecode"], { hashed: true }),
	"pdf-length-lies": (content) => pdf(content, ["FlateDecode"], { length: 3 }),
	"pdf-behind-bytes": (content) => Buffer.concat([Buffer.from("x".repeat(900) + "\n"), pdf(content, ["FlateDecode"])]),
	"pdf-objects": qpdf("--object-streams=generate"),
	"pdf-rc4-40": qpdf("--allow-weak-crypto", "--encrypt", "", "owner", "40", "--"),
	"pdf-rc4-128": qpdf("--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=n", "--"),
	"pdf-aes-128": qpdf("--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=y", "--"),
	"pdf-aes-256": qpdf("--encrypt", "", "owner", "256", "--"),
	"behind-program": (content) => Buffer.concat([program, content]),
};

