// The checksum of zip. Node 18's zlib does not give it away.

const table = Array.from({ length: 256 }, (_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
	return n >>> 0;
});

export function crc32Of(bytes) {
	let crc = 0xffffffff;
	for (const b of bytes)
		crc = (crc >>> 8) ^ table[(crc ^ b) & 255];
	return (crc ^ 0xffffffff) >>> 0;
}
