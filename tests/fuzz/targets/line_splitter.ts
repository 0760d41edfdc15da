// Lines: any chunks give the lines of the whole text; a line that is too long is marked, and does not stay in memory.

import assert from "node:assert/strict";
import { type Lines, LineSplitter } from "../../../lib/source/lines/line_splitter.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const MAX_LINE_BYTES = 40;

export const lineSplitter: FuzzTarget = {
  name: "line-splitter",
  seedCorpus: encodeAll(["a\nb\r\n\n", "no end", "\n", `${"x".repeat(41)}\n${"y".repeat(40)}\nz`]),
  dictionary: encodeAll(["\n", "\r\n", "\n\n", "x".repeat(16)]),
  // Each input also comes byte by byte.
  maxBytes: 64 * 1024,
  run(bytes) {
    const wanted = Buffer.from(bytes).toString("latin1").split("\n");
    if (wanted[wanted.length - 1] === "") wanted.pop();
    for (const chunkBytes of [1 + (bytes[0] ?? 0) % 7, 64, bytes.length + 1]) {
      const splitter = new LineSplitter(MAX_LINE_BYTES);
      const found: (string | undefined)[] = [];
      let tooLong = 0;
      const take = ({ bytes, starts, ends, count, tooLong: more }: Lines): void => {
        tooLong += more;
        for (let i = 0; i < count; i++) {
          const line = Buffer.from(bytes.subarray(starts[i], ends[i])).toString("latin1");
          found.push(starts[i] < 0 ? undefined : line);
        }
      };
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        take(splitter.split(bytes.subarray(at, at + chunkBytes)));
      }
      take(splitter.finish());
      assert.deepEqual(found, wanted.map((line) => line.length > MAX_LINE_BYTES ? undefined : line));
      assert.equal(tooLong, found.filter((line) => line === undefined).length);
    }
  },
};
