// Responses of brokers that kafkajs decodes. They consist of lengths and counts. A broker that lies, or another service at
// its port, causes an error; it must cost neither the memory nor the time that a count names. The first byte of an input
// selects the request.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type ApiName, makeExchange } from "../../../lib/kafka/connection/kafkajs.ts";
import { concat } from "../../kafka/compression/compression_writer.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";
import { randomInteger } from "../../../lib/source/synthetic/random.ts";

const NEWEST = { brokersNewest: Infinity };
const REQUESTS: readonly (readonly [ApiName, object])[] = [
  ["ApiVersions", {}],
  ["GroupCoordinator", { groupId: "g" }],
  ["Heartbeat", { groupId: "g", groupGenerationId: 1, memberId: "m" }],
  ["JoinGroup", { groupId: "g", memberId: "m", protocolType: "consumer", groupProtocols: [] }],
  ["LeaveGroup", { groupId: "g", memberId: "m", members: [] }],
  ["ListOffsets", { replicaId: -1, topics: [] }],
  ["Metadata", { topics: [] }],
  ["OffsetCommit", { groupId: "g", topics: [] }],
  ["OffsetFetch", { groupId: "g", topics: [] }],
  ["SaslAuthenticate", { authBytes: Buffer.alloc(0) }],
  ["SaslHandshake", { mechanism: "PLAIN" }],
  ["SyncGroup", { groupId: "g", generationId: 1, memberId: "m", groupAssignment: [] }],
];

export const brokerAnswers: FuzzTarget = {
  name: "broker-answers",
  seedCorpus: [
    ...encodeAll(["HTTP/1.1 400 Bad Request\r\n\r\n"]),
    ...REQUESTS.map((_, i) => Uint8Array.of(i)),
  ],
  /** Small numbers and short texts, as in answers. */
  generate: (random) =>
    concat([
      Uint8Array.of(randomInteger(random, 0, REQUESTS.length - 1)),
      ...Array.from({ length: randomInteger(random, 1, 30) }, () => {
        const number = randomInteger(random, -1, 3);
        const form = random();
        if (form < 0.2) {
          return Uint8Array.of(number >> 8, number, 97, 98, 99).subarray(0, 2 + Math.max(0, number));
        }
        return new Uint8Array(form < 0.4 ? 2 : form < 0.9 ? 4 : 8).fill(number >> 8).with(-1, number);
      }),
    ]),
  async run(bytes) {
    const [choice = 0] = bytes;
    const [api, args] = REQUESTS[choice % REQUESTS.length];
    try {
      await makeExchange(api, args, NEWEST).response.decode(Buffer.from(bytes.subarray(1)));
    } catch (error) {
      assert.ok(error instanceof Error, String(error));
    }
  },
};
