// PDF files and mail that carry ordinary files, for bench/archives: node archives.mjs FILES PDF-FOLDER MAIL-FOLDER

import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pdf } from "../test/differential/wrap/document.mjs";

const [files, pdfs, mails] = process.argv.slice(2);

function* walk(folder) {
	for (const name of readdirSync(folder)) {
		const path = join(folder, name);
		if (statSync(path).isDirectory())
			yield* walk(path);
		else
			yield path;
	}
}

let n = 0, total = 0;
for (const path of walk(files)) {
	const content = readFileSync(path);
	if ((total += content.length) > 30e6)
		break;
	writeFileSync(join(pdfs, `${n}.pdf`), pdf(content, ["FlateDecode"]));
	writeFileSync(join(mails, `${n++}.eml`), "From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/octet-stream\r\n" +
		`Content-Transfer-Encoding: base64\r\n\r\n${content.toString("base64").replace(/.{76}/g, "$&\r\n")}\r\n--b--\r\n`);
}
