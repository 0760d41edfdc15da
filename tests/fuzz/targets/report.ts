// Parts of reports, which any writer of the pane log may have made: decoding gives a consistent part or "foreign".

import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../../lib/bytes/byte_writer.ts";
import { comparePartitions } from "../../../lib/kafka/topic_partition.ts";
import { decodePart } from "../../../lib/merge/report_decoder.ts";
import { encodeReport } from "../../../lib/merge/report_encoder.ts";
import { anyHead, anyPanes, FINGERPRINT, packPanes, unpackSections } from "../../merge/reports.ts";
import type { FuzzTarget } from "../fuzz_target.ts";
import { pick } from "../mutator.ts";

const samples = fc.sample(fc.tuple(anyHead, anyPanes, fc.integer({ min: 100, max: 2_000 })), {
  seed: 1,
  numRuns: 60,
}).flatMap(([head, plain, maxPartBytes]) => {
  const { words, panes } = packPanes(plain);
  return encodeReport(head, panes, { words, fingerprint: FINGERPRINT, maxPartBytes }).map(({ value }) =>
    value
  );
});

/** The name of the format and its version come before the length. */
const LENGTH_AT = 5;
const FINGERPRINT_AT = LENGTH_AT + 4;

export const report: FuzzTarget = {
  name: "report",
  seedCorpus: samples.slice(0, 10),
  generate: (random) => pick(samples, random).slice(),
  repair(bytes) {
    if (bytes.length < FINGERPRINT_AT + FINGERPRINT.length) return bytes;
    bytes.set(samples[0].subarray(0, LENGTH_AT));
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(LENGTH_AT, bytes.length);
    bytes.set(FINGERPRINT, FINGERPRINT_AT);
    return bytes;
  },
  dictionary: [0, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER].map((value) => {
    const writer = new ByteWriter(8);
    writer.varint(value);
    return writer.take();
  }),
  run(bytes) {
    const part = decodePart(bytes, FINGERPRINT);
    if (part === "foreign") return;
    const { id, index, isLast, head, sections } = part;
    assert.ok(id.epoch >= 1 && id.number >= 1);
    assert.equal(head !== undefined, index === 0);
    for (const { startMs, records, words, error, bytes: text, starts, ends, counts } of sections) {
      assert.ok(Number.isSafeInteger(startMs) && Number.isSafeInteger(records));
      let end = 0;
      starts.forEach((start, i) => {
        assert.ok(start === end && ends[i] > start && ends[i] <= text.length, `word ${i}`);
        end = ends[i];
        assert.ok(counts[i] >= Math.max(1, error) && counts[i] <= words, `count ${i}`);
      });
      assert.equal(end, text.length);
    }
    if (head === undefined || !isLast) return;
    for (const list of [head.list, head.partitions]) {
      list.forEach((each, i) => assert.ok(i === 0 || comparePartitions(list[i - 1], each) < 0));
    }
    // Words that are not UTF-8 would not come back, and a word that is there twice becomes one.
    const plain = unpackSections(sections);
    const isPlain = plain.every(({ counts }) => {
      return new Set(counts.map(([word]) => word)).size === counts.length &&
        counts.every(([word]) => word.isWellFormed() && !word.includes("\ufffd"));
    });
    if (!isPlain || new Set(sections.map(({ startMs }) => startMs)).size < sections.length) return;
    const { words, panes } = packPanes(plain);
    const again = encodeReport(head, panes, { words, fingerprint: FINGERPRINT, maxPartBytes: 2 ** 20 });
    assert.equal(again.length, 1);
    const same = decodePart(again[0].value, FINGERPRINT);
    assert.ok(same !== "foreign");
    assert.deepEqual(same.head, head);
    assert.deepEqual(unpackSections(same.sections), plain);
  },
};
