import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { plainText } from "../../../lib/source/lines/plain_text.ts";
import { WHOLE_RUNS } from "../../whole_runs.ts";

const TEXT = "alpha,beta\n".repeat(5_000);
/** Decompressors skip this. */
const skippedFrame = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
const withChecksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
/** TEXT in each format. */
const COMPRESSED: Readonly<Record<string, Uint8Array>> = {
  gzip: gzipSync(TEXT),
  "gzip, stored": gzipSync(TEXT, { level: 0 }),
  zstd: zstdCompressSync(TEXT),
  "zstd with a checksum": zstdCompressSync(TEXT, withChecksum),
};

function chunksOf(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  const count = Math.ceil(bytes.length / chunkBytes);
  return ReadableStream.from(
    Array.from({ length: count }, (_, i) => bytes.slice(i * chunkBytes, (i + 1) * chunkBytes)),
  );
}

async function read(bytes: Uint8Array, { chunkBytes = 1_000, allowsNul = false } = {}): Promise<Uint8Array> {
  return Buffer.concat(await Array.fromAsync(await plainText(chunksOf(bytes, chunkBytes), { allowsNul })));
}

Deno.test("plainText() returns text as it is, however it comes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme" }),
      fc.integer({ min: 1, max: 50 }),
      async (text, chunkBytes) => {
        const bytes = new TextEncoder().encode(text.replaceAll("\0", ""));
        assert.deepEqual(new Uint8Array(await read(bytes, { chunkBytes })), bytes);
      },
    ),
    WHOLE_RUNS,
  );
  assert.equal((await read(new Uint8Array(0))).length, 0);
  const bom = new TextEncoder().encode("\ufeffa,b\n");
  assert.deepEqual(new Uint8Array(await read(bom)), bom);
});

Deno.test("plainText() decompresses gzip and zstd, however they come", async () => {
  for (const [name, bytes] of Object.entries(COMPRESSED)) {
    for (const chunkBytes of [1, 7, 1_000, bytes.length]) {
      assert.equal(String(await read(bytes, { chunkBytes })), TEXT, `${name} in chunks of ${chunkBytes}`);
    }
  }
});

Deno.test("plainText() decompresses all members of gzip and all frames of zstd", async () => {
  const { gzip, zstd } = COMPRESSED;
  const other = zstdCompressSync("gamma\n", withChecksum);
  const empty = [gzipSync(""), zstdCompressSync("")];
  const rows: [Uint8Array[], string][] = [
    [[gzip, empty[0], gzipSync("gamma\n")], TEXT + "gamma\n"],
    [[zstd, empty[1], other, zstd], TEXT + "gamma\n" + TEXT],
    [[skippedFrame, zstd, skippedFrame, other, skippedFrame], TEXT + "gamma\n"],
    [[empty[0]], ""],
    [[empty[1]], ""],
    [[skippedFrame], ""],
  ];
  for (const [parts, text] of rows) {
    for (const chunkBytes of [1, 100, 1_000_000]) {
      assert.equal(String(await read(Buffer.concat(parts), { chunkBytes })), text);
    }
  }
});

Deno.test("plainText() fails for a compressed file that is cut anywhere", async () => {
  const words = Array.from({ length: 400 }, (_, i) => String(i * 7919 % 1_000)).join(",");
  for (const compress of [gzipSync, (text: string) => zstdCompressSync(text, withChecksum)]) {
    const two = Buffer.concat([compress(words), compress("b")]);
    const boundary = compress(words).length;
    for (let length = 5; length < two.length; length++) {
      if (length === boundary) continue;
      await assert.rejects(read(two.subarray(0, length)), /unexpected end of file/, `${length} bytes`);
    }
  }
});

Deno.test("plainText() fails for damaged data, and for other data behind a member or a frame", async () => {
  const junk = Buffer.from("this is not compressed");
  for (const bytes of [COMPRESSED.gzip, COMPRESSED["zstd with a checksum"]]) {
    await assert.rejects(read(Buffer.concat([bytes, junk])), Error);
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length - 3] ^= 0xff;
    await assert.rejects(read(damaged), Error);
  }
});

Deno.test("plainText() refuses what is not text, with the reason", async () => {
  const utf16 = (text: string, isBigEndian = false) => {
    const bytes = Buffer.from(text, "utf16le");
    return isBigEndian ? bytes.swap16() : bytes;
  };
  const rows: [Uint8Array, RegExp][] = [
    [utf16("\ufeffa,b\n"), /UTF-16, wanted UTF-8 \(iconv/],
    [utf16("\ufeffa,b\n", true), /UTF-16, wanted UTF-8 \(iconv/],
    [utf16("a,b\n"), /binary or UTF-16/],
    [Buffer.from("a,b\n\0"), /binary/],
    [Buffer.from("BZh91AY&SY"), /bzip2/],
    [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]), /xz/],
    [Buffer.from("PK\x03\x04"), /zip archive/],
    [Deno.readFileSync(Deno.execPath()).subarray(0, 10_000), /binary/],
  ];
  for (const [bytes, message] of rows) {
    await assert.rejects(read(bytes, { chunkBytes: 3 }), message);
    await assert.rejects(read(gzipSync(bytes)), message);
    await assert.rejects(read(zstdCompressSync(bytes)), message);
  }
  await assert.rejects(read(gzipSync(COMPRESSED.gzip)), /compressed twice/);
  assert.equal(String(await read(Buffer.from("a\0b"), { allowsNul: true })), "a\0b");
});
