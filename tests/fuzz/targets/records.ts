// The records of a decompressed batch: the decoder agrees with one of big integers, or both find damage. The first byte of
// an input is the number of records.

import assert from "node:assert/strict";
import { RecordDecoder } from "../../../lib/kafka/wire/record_decoder.ts";
import { randomInteger } from "../../../lib/source/synthetic/random.ts";
import { Records } from "../../../lib/records/records.ts";
import { concat } from "../../kafka/compression/compression_writer.ts";
import { writeRecords } from "../../kafka/wire/record_batch_writer.ts";
import type { FuzzTarget } from "../fuzz_target.ts";

const BASE_OFFSET = 1000;
const LAST_DELTA = 300;
const BASE_TIMESTAMP_MS = 1_700_000_000_000;

const decoded = new Records();

export const records: FuzzTarget = {
  name: "records",
  seedCorpus: [
    Uint8Array.of(0),
    concat([
      Uint8Array.of(2),
      writeRecords([
        { timestampMs: 5, key: Uint8Array.of(1), value: Uint8Array.of(97, 98), headers: [["h", null]] },
        { timestampMs: 500_000, offsetDelta: 200, key: null, value: null },
      ]),
    ]),
  ],
  generate: (random) => {
    const count = randomInteger(random, 0, 8);
    const written = writeRecords(Array.from({ length: count }, (_, i) => ({
      timestampMs: randomInteger(random, 0, 2 ** 40),
      offsetDelta: i * randomInteger(random, 1, 30),
      key: random() < 0.5 ? null : new Uint8Array(randomInteger(random, 0, 100)),
      value: random() < 0.2 ? null : new Uint8Array(randomInteger(random, 0, 300)),
    })));
    return concat([Uint8Array.of(count), written]);
  },
  run(bytes) {
    const [count = 0] = bytes;
    const body = bytes.subarray(1);
    const decoder = new RecordDecoder({
      baseOffset: BASE_OFFSET,
      lastOffset: BASE_OFFSET + LAST_DELTA,
      recordCount: count,
      baseTimestampMs: BASE_TIMESTAMP_MS,
      appendTimestampMs: undefined,
    });
    const whole = { bytes: body, at: 0, isEnd: true };
    let problem = decoder.decode(decoded, whole, { fromOffset: 0, maxRecords: Infinity });
    if (problem === undefined && decoder.at !== body.length) {
      problem = "bytes are left";
      decoded.reset(body);
    }
    const wanted = referenceRecords(body, count);
    if (problem !== undefined) {
      assert.equal(decoded.count, 0);
      assert.equal(wanted, undefined, problem);
      return;
    }
    assert.ok(wanted !== undefined, "damaged records are accepted");
    const found = Array.from({ length: decoded.count }, (_, i) => ({
      offset: decoded.offsets[i],
      timestampMs: decoded.timestampsMs[i],
      key: [decoded.keyStarts[i], decoded.keyEnds[i]],
      value: [decoded.valueStarts[i], decoded.valueEnds[i]],
    }));
    assert.deepEqual(found, wanted);
  },
};

type Span = readonly [start: number, end: number];

interface ReferenceRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Span;
  readonly value: Span;
}

/** Undefined unless the records are whole, in order, and nothing else follows. */
function referenceRecords(body: Uint8Array, count: number): readonly ReferenceRecord[] | undefined {
  let at = 0;
  const varint = (maxBytes: number): bigint => {
    let value = 0n;
    for (let i = 0; i < maxBytes; i++) {
      if (at >= body.length) throw new RangeError("cut short");
      const byte = body[at++];
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return (value >> 1n) ^ -(value & 1n);
    }
    throw new RangeError("too long");
  };
  const span = (end: number): Span => {
    const length = Number(varint(5));
    if (length < 0) return [-1, -1];
    const start = at;
    at += length;
    // Every remaining record has at least one byte.
    if (at >= end) throw new RangeError("too long");
    return [start, at];
  };
  const found: ReferenceRecord[] = [];
  let lastDelta = -1;
  try {
    for (let i = 0; i < count; i++) {
      const length = Number(varint(5));
      const end = at + length;
      if (length <= 0 || end > body.length) return undefined;
      at++;
      const timestampMs = BASE_TIMESTAMP_MS + Number(varint(10));
      const delta = Number(varint(5));
      if (delta <= lastDelta || delta > LAST_DELTA) return undefined;
      lastDelta = delta;
      const key = span(end);
      const value = span(end);
      if (at >= end) return undefined;
      at = end;
      found.push({
        offset: BASE_OFFSET + delta,
        timestampMs: timestampMs === -1 ? NaN : timestampMs,
        key,
        value,
      });
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return at === body.length ? found : undefined;
}
