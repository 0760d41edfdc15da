import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { plainText } from "../../../lib/source/lines/plain_text.ts";

Deno.test("plainText() keeps little of a large file in memory", async () => {
  const MEBIBYTE = Buffer.alloc(1 << 20, "alpha,beta\n");
  for (const compress of [gzipSync, zstdCompressSync]) {
    const bomb = compress(Buffer.concat(Array.from({ length: 200 }, () => MEBIBYTE)));
    const before = Deno.memoryUsage().rss;
    let bytes = 0;
    let most = 0;
    for await (const chunk of await plainText(ReadableStream.from([bomb]), { allowsNul: false })) {
      bytes += chunk.length;
      most = Math.max(most, chunk.length);
    }
    assert.equal(bytes, 200 << 20);
    assert.ok(most <= 65_536, `a chunk has ${most} bytes`);
    assert.ok(Deno.memoryUsage().rss - before < 100e6, "less than half of it is in memory");
  }
});
