// A partition's record set: for any bytes, reading continues behind it, in order, and every record lies within its buffer
// and within the requested offsets.

import assert from "node:assert/strict";
import { splitRecordBatches } from "../../../lib/kafka/wire/record_batch.ts";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";
import type { Batch, BatchProblem } from "../../../lib/records/partition_queue.ts";
import { Records } from "../../../lib/records/records.ts";
import { type Codec, CODECS, concat } from "../../kafka/compression/compression_writer.ts";
import { fixCrc, writeMarker, writeRecordBatch } from "../../kafka/wire/record_batch_writer.ts";
import type { FuzzTarget } from "../fuzz_target.ts";
import { pick } from "../mutator.ts";

const HEADER_BYTES = 61;
const LENGTH_END = 12;
/** Small, so that batches are decoded in parts. */
const PART_BYTES = 512;
const MAX_RECORD_BYTES = 1000;
const CODEC_NAMES = Object.keys(CODECS) as Codec[];
const SURROUNDINGS = [
  { fetchOffset: 0, checkCrcs: true, readCommitted: true, highWatermark: -1 },
  { fetchOffset: 3, checkCrcs: false, readCommitted: true, highWatermark: 1000 },
  { fetchOffset: 1000, checkCrcs: true, readCommitted: false, highWatermark: 1000 },
];
const abortedTransactions = [{ producerId: 7n, firstOffset: 0 }, { producerId: 8n, firstOffset: 20 }];

const decoded = new Records();

export const recordSet: FuzzTarget = {
  name: "record-set",
  seedCorpus: CODEC_NAMES.map((codec) =>
    concat([
      writeRecordBatch({ codec, records: ["a,b", "c"].map((text, i) => recordOf(text, i)) }),
      writeRecordBatch({
        baseOffset: 2,
        producerId: 7n,
        isTransactional: true,
        records: [recordOf("aborted", 9)],
      }),
      writeMarker({ baseOffset: 3, producerId: 7n, isCommit: false }),
      writeRecordBatch({ codec, baseOffset: 4, appendTimestampMs: 77, records: [recordOf("late", -1)] }),
    ])
  ),
  generate: randomRecordSet,
  repair: repairCrcs,
  run(bytes) {
    for (const surroundings of SURROUNDINGS) {
      const { fetchOffset } = surroundings;
      const options = {
        ...surroundings,
        arrivedMs: 1,
        abortedTransactions,
        partBytes: PART_BYTES,
        maxRecordBytes: MAX_RECORD_BYTES,
      };
      const { batches, nextOffset, incomplete } = splitRecordBatches(bytes, options);
      if (batches.length === 0) {
        assert.equal(nextOffset, fetchOffset);
        assert.ok(incomplete || bytes.length === 0, "reading does not advance");
      }
      let before = fetchOffset;
      for (const batch of batches) {
        assert.ok(
          Number.isSafeInteger(batch.nextOffset) && batch.nextOffset > before,
          "reading moves backwards",
        );
        before = batch.nextOffset;
        assert.ok(batch.sizeBytes <= bytes.length);
        const { offsets, problem } = decodeAll(batch, fetchOffset);
        if (problem !== undefined) {
          assert.ok(Number.isSafeInteger(problem.records) && problem.records >= 1, `${problem.records} lost`);
          assert.ok(problem.message.length < 500, "the message is long");
          continue;
        }
        const middle = Math.floor((fetchOffset + batch.nextOffset) / 2);
        const later = decodeAll(batch, middle);
        assert.equal(later.problem, undefined);
        assert.deepEqual(later.offsets, offsets.filter((offset) => offset >= middle));
      }
      assert.equal(nextOffset, before);
    }
  },
};

/** Decodes all parts of the batch. */
function decodeAll(
  batch: Batch,
  fromOffset: number,
): { offsets: number[]; problem: BatchProblem | undefined } {
  const offsets: number[] = [];
  let problem: BatchProblem | undefined;
  do {
    problem = batch.decode(decoded, fromOffset);
    checkRecords(decoded, (offsets.at(-1) ?? fromOffset - 1) + 1, batch.nextOffset);
    offsets.push(...decoded.offsets.subarray(0, decoded.count));
    assert.ok(problem === undefined || (decoded.count === 0 && !batch.hasMore));
  } while (batch.hasMore);
  return { offsets, problem };
}

function checkRecords(records: Records, from: number, end: number): void {
  const { count, bytes, offsets, timestampsMs } = records;
  let before = from - 1;
  for (let i = 0; i < count; i++) {
    assert.ok(
      Number.isSafeInteger(offsets[i]) && offsets[i] > before && offsets[i] < end,
      `offset ${offsets[i]}`,
    );
    before = offsets[i];
    assert.notEqual(Math.abs(timestampsMs[i]), Infinity);
    const spans = [[records.keyStarts[i], records.keyEnds[i]], [
      records.valueStarts[i],
      records.valueEnds[i],
    ]];
    if (records.isAbsent(i)) {
      assert.ok(records.sizeBytes(i) > MAX_RECORD_BYTES);
      continue;
    }
    for (const [start, end] of spans) {
      assert.ok((start === -1 && end === -1) || (start >= 0 && start <= end && end <= bytes.length));
    }
  }
}

function recordOf(text: string, timestampMs: number) {
  return { timestampMs, value: new TextEncoder().encode(text), key: null };
}

function randomRecordSet(random: Random): Uint8Array {
  let offset = randomInteger(random, 0, 20);
  return concat(Array.from({ length: randomInteger(random, 1, 4) }, () => {
    if (random() < 0.2) {
      return writeMarker({ baseOffset: offset++, producerId: 7n, isCommit: random() < 0.5 });
    }
    const count = randomInteger(random, 0, 6);
    const bytes = writeRecordBatch({
      baseOffset: offset,
      codec: pick(CODEC_NAMES, random),
      isTransactional: random() < 0.3,
      producerId: pick([7n, 8n, 9n], random),
      ...(random() < 0.2 ? { appendTimestampMs: 5 } : {}),
      ...(random() < 0.2 ? { recordCount: randomInteger(random, -1, 1e6) } : {}),
      lastOffsetDelta: count + randomInteger(random, -1, 3),
      records: Array.from({ length: count }, (_, i) => ({
        timestampMs: randomInteger(random, -2, 1e12),
        offsetDelta: i + (random() < 0.1 ? 1 : 0),
        key: random() < 0.5 ? null : new Uint8Array(randomInteger(random, 0, 200)).fill(107),
        value: random() < 0.1
          ? null
          : new Uint8Array(randomInteger(random, 0, random() < 0.2 ? 3000 : 200)).fill(118),
      })),
    });
    offset += count + 3;
    return bytes;
  }));
}

/** Corrects the CRC of every batch with a valid length. */
function repairCrcs(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const end = at + LENGTH_END + view.getInt32(at + 8);
    if (end < at + HEADER_BYTES || end > bytes.length) break;
    fixCrc(bytes.subarray(at, end));
    at = end;
  }
  return bytes;
}
