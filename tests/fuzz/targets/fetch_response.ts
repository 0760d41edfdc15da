// Fetch responses: the decoder agrees with a simple one, or both find a length that points outside.

import assert from "node:assert/strict";
import { decodeFetchResponse, type FetchResponse } from "../../../lib/kafka/wire/fetch_response.ts";
import { type Random, randomInteger } from "../../../lib/source/synthetic/random.ts";
import { writeFetchResponse } from "../../kafka/wire/fetch_response_writer.ts";
import { writeRecordBatch } from "../../kafka/wire/record_batch_writer.ts";
import type { FuzzTarget } from "../fuzz_target.ts";

export const fetchResponse: FuzzTarget = {
  name: "fetch-response",
  seedCorpus: [
    writeFetchResponse({ throttleTimeMs: 0, errorCode: 0, sessionId: 0, topics: [] }),
    writeFetchResponse({
      throttleTimeMs: 7,
      errorCode: 0,
      sessionId: 1,
      topics: [{
        topic: "raw-events",
        partitions: [{
          partition: 3,
          errorCode: 0,
          highWatermark: 10,
          lastStableOffset: 9,
          logStartOffset: 0,
          abortedTransactions: [{ producerId: 7n, firstOffset: 2 }],
          preferredReadReplica: -1,
          recordSet: writeRecordBatch({ records: [{ timestampMs: 5, value: Uint8Array.of(97) }] }),
        }],
      }],
    }),
  ],
  generate: (random) => writeFetchResponse(randomResponse(random)),
  run(bytes) {
    const wanted = referenceResponse(bytes);
    let decoded: FetchResponse;
    try {
      decoded = decodeFetchResponse(bytes);
    } catch (error) {
      assert.ok(error instanceof RangeError, String(error));
      assert.equal(wanted, undefined, `refused: ${error.message}`);
      return;
    }
    assert.deepEqual(decoded, wanted);
    for (const { recordSet } of decoded.topics.flatMap(({ partitions }) => partitions)) {
      assert.equal(recordSet.buffer, bytes.buffer, "a record set is a view of the payload");
    }
  },
};

function randomResponse(random: Random): FetchResponse {
  const some = <T>(most: number, make: () => T): T[] =>
    Array.from({ length: randomInteger(random, 0, most) }, make);
  const offset = () => randomInteger(random, -1, 2 ** 40);
  return {
    throttleTimeMs: randomInteger(random, 0, 1000),
    errorCode: randomInteger(random, -1, 100),
    sessionId: randomInteger(random, 0, 9),
    topics: some(4, () => ({
      topic: "ä".repeat(randomInteger(random, 0, 5)),
      partitions: some(4, () => ({
        partition: randomInteger(random, 0, 100),
        errorCode: randomInteger(random, -1, 3),
        highWatermark: offset(),
        lastStableOffset: offset(),
        logStartOffset: offset(),
        abortedTransactions: some(3, () => ({ producerId: BigInt(offset()), firstOffset: offset() })),
        preferredReadReplica: randomInteger(random, -1, 3),
        recordSet: new Uint8Array(randomInteger(random, 0, 50)),
      })),
    })),
  };
}

/** Undefined where a DataView reads outside. */
function referenceResponse(bytes: Uint8Array): FetchResponse | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const int16 = () => view.getInt16((at += 2) - 2);
  const int32 = () => view.getInt32((at += 4) - 4);
  const int64 = () => view.getBigInt64((at += 8) - 8);
  const array = <T>(read: () => T): T[] => {
    const elements: T[] = [];
    for (let left = int32(); left > 0; left--) elements.push(read());
    return elements;
  };
  const slice = (length: number): Uint8Array => {
    if (length < 0 || at + length > bytes.length) throw new RangeError("outside");
    return bytes.subarray(at, at += length);
  };
  try {
    return {
      throttleTimeMs: int32(),
      errorCode: int16(),
      sessionId: int32(),
      topics: array(() => ({
        topic: new TextDecoder().decode(slice(int16())),
        partitions: array(() => ({
          partition: int32(),
          errorCode: int16(),
          highWatermark: Number(int64()),
          lastStableOffset: Number(int64()),
          logStartOffset: Number(int64()),
          abortedTransactions: array(() => ({ producerId: int64(), firstOffset: Number(int64()) })),
          preferredReadReplica: int32(),
          recordSet: slice(Math.max(0, int32())),
        })),
      })),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
