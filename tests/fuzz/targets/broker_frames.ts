// Bytes from a broker's socket in chunks of any size. They are responses or are reported as garbage, and the socket's
// callback never throws.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Socket } from "node:net";
import { guardFrames } from "../../../lib/kafka/connection/guarded_frames.ts";
import { makeConnection } from "../../../lib/kafka/connection/kafkajs.ts";
import { UnreadableAnswerError } from "../../../lib/kafka/connection/kafka_error.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const EMPTY_ANSWER = Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 1);

export const brokerFrames: FuzzTarget = {
  name: "broker-frames",
  seedCorpus: [
    EMPTY_ANSWER,
    Uint8Array.of(...EMPTY_ANSWER, 0, 0, 0, 6, 0, 0, 0, 2, 97, 98),
    Uint8Array.of(0, 0, 0, 0),
    ...encodeAll(["HTTP/1.1 400 Bad Request\r\n\r\n", "\x15\x03\x03\0\x02\x02F"]),
  ],
  maxBytes: 64 * 1024,
  run(bytes) {
    for (const pieceBytes of [3, 100, bytes.length + 1]) {
      const connection = makeConnection("", new Socket());
      let garbage: unknown;
      guardFrames(connection, "broker:9092", (error) => garbage = error);
      for (let at = 0; at < bytes.length && garbage === undefined; at += pieceBytes) {
        connection.processData(Buffer.from(bytes.subarray(at, at + pieceBytes)));
      }
      if (garbage !== undefined) assert.ok(garbage instanceof UnreadableAnswerError);
    }
  },
};
