// The status for the service manager: it is one line of limited length for any words and error messages.

import assert from "node:assert/strict";
import { formatStatusLine } from "../../../lib/systemd/status_line.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

/** The manager does not read longer datagrams. */
const MAX_BYTES = 4096;
const PREFIX = "READY=1\nSTATUS=";

export const statusLine: FuzzTarget = {
  name: "status-line",
  seedCorpus: encodeAll(["word", "a\nSTOPPING=1", "\u202e\u2028\x1b[2J", "😀".repeat(300), "\ud800"]),
  dictionary: encodeAll(["\n", "\r", "\x85", "\u2029", "\0", "'", '"', "\\"]),
  run(bytes) {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    const half = text.length >> 1;
    const line = formatStatusLine({
      notReady: text.slice(half),
      recordsPerSecond: 7.4,
      lag: 3,
      topWord: { word: text.slice(0, half), count: 2 },
    });
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.ok(new TextEncoder().encode(PREFIX + line).length <= MAX_BYTES, "too long for a message");
  },
};
