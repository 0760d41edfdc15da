// Snapshots: decoding throws a SnapshotFormatError, or returns consistent contents that encode to the same bytes.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { decodeSnapshot, encodeSnapshot, SnapshotFormatError } from "../../../lib/snapshot/snapshot_codec.ts";
import { emptySnapshot, joined, snapshots } from "../../snapshot/snapshots.ts";
import type { FuzzTarget } from "../fuzz_target.ts";
import { pick } from "../mutator.ts";

const CHECKSUM_BYTES = 32;
const identity = { "words.separator": ",", "window.slide": "2s" };

const samples = fc.sample(snapshots, { seed: 1, numRuns: 60 }).map((snapshot) =>
  joined(encodeSnapshot(snapshot, identity))
);

export const snapshot: FuzzTarget = {
  name: "snapshot",
  seedCorpus: [joined(encodeSnapshot(emptySnapshot, identity)), ...samples.slice(0, 10)],
  generate: (random) => pick(samples, random),
  repair(bytes) {
    if (bytes.length < CHECKSUM_BYTES) return bytes;
    const end = bytes.length - CHECKSUM_BYTES;
    bytes.set(createHash("sha256").update(bytes.subarray(0, end)).digest(), end);
    return bytes;
  },
  run(bytes) {
    let decoded: ReturnType<typeof decodeSnapshot>;
    try {
      decoded = decodeSnapshot(bytes);
    } catch (error) {
      assert.ok(error instanceof SnapshotFormatError, String(error));
      return;
    }
    const { snapshot } = decoded;
    assert.ok(
      typeof decoded.identity === "object" && decoded.identity !== null,
      "the identity is not an object",
    );
    const { bytes: text, offsets, lengths } = snapshot.words;
    let totalLength = 0;
    lengths.forEach((length, id) => {
      totalLength += Math.max(0, length);
      assert.ok(length <= 0 || offsets[id] + length <= text.length, `word ${id} reaches beyond the words`);
    });
    assert.ok(totalLength <= text.length, "the words take more memory than their bytes");
    for (const { ids, counts, words, smallest } of snapshot.panes.flatMap(({ runs }) => runs)) {
      let before = -1;
      ids.forEach((id, i) => {
        assert.ok(id > before && lengths[id] > 0, `id ${id} after ${before}`);
        before = id;
        assert.ok(Number.isSafeInteger(counts[i]) && counts[i] <= words, `${counts[i]} of ${words} words`);
      });
      assert.ok(Number.isSafeInteger(words) && Number.isSafeInteger(smallest));
    }
    // JSON writes -0 as 0, so the bytes are compared and not the contents.
    const again = joined(encodeSnapshot(snapshot, decoded.identity));
    const { snapshot: same, identity: sameIdentity } = decodeSnapshot(again);
    assert.deepEqual(joined(encodeSnapshot(same, sameIdentity)), again);
  },
};
