import assert from "node:assert/strict";
import fc from "fast-check";
import fetchRequest from "kafkajs/src/protocol/requests/fetch/v11/request.js";
import { encodeFetchRequest, FETCH_VERSION } from "../../../lib/kafka/wire/fetch_request.ts";

const int32 = () => fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });

Deno.test("encodeFetchRequest() writes what kafkajs writes", async () => {
  const requests = fc.record({
    maxWaitTime: int32(),
    minBytes: int32(),
    maxBytes: int32(),
    isolationLevel: fc.constantFrom(0, 1),
    topics: fc.array(
      fc.record({
        topic: fc.string({ unit: "grapheme", maxLength: 30 }),
        partitions: fc.array(
          fc.record({ partition: int32(), fetchOffset: fc.maxSafeNat(), maxBytes: int32() }),
          { maxLength: 5 },
        ),
      }),
      { maxLength: 3 },
    ),
  });
  await fc.assert(fc.asyncProperty(requests, async (fields) => {
    const theirs = fetchRequest(
      { replicaId: -1, ...fields } as unknown as Parameters<typeof fetchRequest>[0],
    );
    assert.equal(theirs.apiVersion, FETCH_VERSION);
    const { buffer } = await theirs.encode() as unknown as { buffer: Uint8Array };
    assert.deepEqual(encodeFetchRequest(fields), Uint8Array.from(buffer));
  }));
});
