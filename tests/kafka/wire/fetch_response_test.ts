import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFetchResponse, type FetchResponse } from "../../../lib/kafka/wire/fetch_response.ts";
import { writeFetchResponse } from "./fetch_response_writer.ts";

const int16 = () => fc.integer({ min: -0x8000, max: 0x7fff });
const int32 = () => fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const offset = () => fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER });

const responses: fc.Arbitrary<FetchResponse> = fc.record({
  throttleTimeMs: int32(),
  errorCode: int16(),
  sessionId: int32(),
  topics: fc.array(
    fc.record({
      topic: fc.string({ unit: "grapheme", maxLength: 20 }),
      partitions: fc.array(
        fc.record({
          partition: int32(),
          errorCode: int16(),
          highWatermark: offset(),
          lastStableOffset: offset(),
          logStartOffset: offset(),
          abortedTransactions: fc.array(
            fc.record({
              producerId: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
              firstOffset: offset(),
            }),
            { maxLength: 3 },
          ),
          preferredReadReplica: int32(),
          recordSet: fc.uint8Array({ maxLength: 100 }),
        }),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 3 },
  ),
});

Deno.test("decodeFetchResponse() reads what was written", () => {
  fc.assert(fc.property(responses, (response) => {
    assert.deepEqual(decodeFetchResponse(writeFetchResponse(response)), plain(response));
  }));
});

Deno.test("decodeFetchResponse() makes views of the payload, also of a Buffer's", () => {
  const recordSet = Uint8Array.of(1, 2, 3);
  const payload = Buffer.from(writeFetchResponse(responseWith(recordSet)));
  const found = decodeFetchResponse(payload).topics[0].partitions[0].recordSet;
  assert.deepEqual(found, recordSet);
  assert.equal(found.buffer, payload.buffer);
  assert.equal(Buffer.isBuffer(found), false);
});

Deno.test("decodeFetchResponse() decodes no more partitions than a cluster has, however many an answer holds", () => {
  const [{ topic, partitions: [partition] }] = responseWith(new Uint8Array()).topics;
  const withPartitions = (count: number) => {
    return {
      ...responseWith(new Uint8Array()),
      topics: [{ topic, partitions: Array(count).fill(partition) }],
    };
  };
  const largest = decodeFetchResponse(writeFetchResponse(withPartitions(100_000)));
  assert.equal(largest.topics[0].partitions.length, 100_000);
  const payload = writeFetchResponse(withPartitions(500_000));
  assert.throws(() => decodeFetchResponse(payload), /RangeError: .*500000 elements, at most 500000 in all/);
});

Deno.test("decodeFetchResponse() decodes no more aborted transactions than records could have them", () => {
  const [{ topic, partitions: [partition] }] = responseWith(new Uint8Array()).topics;
  const abortedTransactions = Array(500_000).fill({ producerId: 1n, firstOffset: 0 });
  const payload = writeFetchResponse({
    ...responseWith(new Uint8Array()),
    topics: [{ topic, partitions: [{ ...partition, abortedTransactions }] }],
  });
  assert.throws(() => decodeFetchResponse(payload), /RangeError: .*500000 elements, at most 500000 in all/);
});

Deno.test("decodeFetchResponse() throws a RangeError wherever the payload is cut", () => {
  const payload = writeFetchResponse(responseWith(Uint8Array.of(1, 2, 3)));
  for (let length = 0; length < payload.length; length++) {
    assert.throws(() => decodeFetchResponse(payload.subarray(0, length)), RangeError, `${length} bytes`);
  }
});

Deno.test("decodeFetchResponse() returns or throws a RangeError for any damage", () => {
  fc.assert(fc.property(responses, fc.infiniteStream(fc.nat()), (response, numbers) => {
    const payload = writeFetchResponse(response);
    for (let i = 0; i < 10; i++) payload[numbers.next().value % payload.length] = numbers.next().value & 255;
    try {
      decodeFetchResponse(payload);
    } catch (error) {
      assert.ok(error instanceof RangeError);
    }
  }));
});

Deno.test("decodeFetchResponse() rejects a count of missing elements", () => {
  const payload = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff);
  assert.throws(() => decodeFetchResponse(payload), /2 bytes wanted at 14, 0 are left/);
});

function responseWith(recordSet: Uint8Array): FetchResponse {
  const partition = {
    partition: 3,
    errorCode: 0,
    highWatermark: 100,
    lastStableOffset: 90,
    logStartOffset: 10,
    abortedTransactions: [{ producerId: 7n, firstOffset: 50 }],
    preferredReadReplica: -1,
    recordSet,
  };
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    sessionId: 0,
    topics: [{ topic: "raw-events", partitions: [partition] }],
  };
}

/** fast-check makes objects without a prototype. */
function plain(response: FetchResponse): FetchResponse {
  return {
    ...response,
    topics: response.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => ({
        ...partition,
        recordSet: Uint8Array.from(partition.recordSet),
        abortedTransactions: partition.abortedTransactions.map((transaction) => ({ ...transaction })),
      })),
    })),
  };
}
