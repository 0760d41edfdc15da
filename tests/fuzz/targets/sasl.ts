// Responses of a broker to a login. They end in a login or in a BrokerConnectionError whose message does not contain the
// password. The first byte selects the mechanism, each line is a response; NONCE stands for the client's nonce.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { SaslSettings } from "../../../lib/kafka/connection/broker_security.ts";
import { BrokerConnectionError } from "../../../lib/kafka/connection/kafka_error.ts";
import { logIn, type SaslConnection } from "../../../lib/kafka/connection/sasl.ts";
import { tokensOf } from "../../fakes/token_source.ts";
import { encodeAll, type FuzzTarget } from "../fuzz_target.ts";

const NOW_MS = 1_700_000_000_000;
const SECRET = "zebra-crossing-7";
const MAX_REASON_CHARACTERS = 1_000;

const MECHANISMS: readonly SaslSettings[] = [
  { mechanism: "SCRAM-SHA-256", username: "alice", password: SECRET },
  { mechanism: "SCRAM-SHA-512", username: "alice", password: SECRET },
  { mechanism: "PLAIN", username: "alice", password: SECRET },
  { mechanism: "OAUTHBEARER", tokens: tokensOf(SECRET) },
];

export const sasl: FuzzTarget = {
  name: "sasl",
  seedCorpus: encodeAll([
    "\0r=NONCEmore,s=c2FsdA==,i=4096\nv=bm90IHRydWU=",
    "\x01r=NONCEmore,s=c2FsdA==,i=4096\nv=",
    "\0e=other-error\n",
    "\0r=NONCE,s=,i=",
    '\x03{"status":"invalid_token"}',
    "\x02",
    "\x82TOLD",
  ]),
  dictionary: encodeAll(["NONCE", "TOLD", "r=", "s=", "i=4096", "v=", "e=", ",", "\n", "=", "m="]),
  maxBytes: 4096,
  // The maximum number of iterations.
  maxMs: 10_000,
  async run(bytes) {
    const [choice = 0] = bytes;
    const answers = new TextDecoder().decode(bytes.subarray(1)).split("\n");
    const mechanism = MECHANISMS[choice % MECHANISMS.length];
    try {
      const broker = brokerThatSays(answers, (choice & 0x80) !== 0);
      const renewInMs = await logIn(broker, mechanism, { nowMs: NOW_MS });
      assert.ok(renewInMs > 0, `${renewInMs} ms`);
      assert.ok(!mechanism.mechanism.startsWith("SCRAM"), "no input knows the password");
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(error instanceof BrokerConnectionError, String(error));
      assert.ok(!error.message.includes(SECRET), "the password is in the message");
      assert.ok(error.message.length <= MAX_REASON_CHARACTERS, "the message is long");
    }
  },
};

function brokerThatSays(answers: readonly string[], refuses: boolean): SaslConnection {
  let next = 0;
  return {
    address: "broker:9092",
    request<T>(api: string, args: object): Promise<T> {
      if (api === "SaslHandshake") return Promise.resolve({ errorCode: 0, enabledMechanisms: [] } as T);
      const told = (args as { authBytes: Buffer }).authBytes.subarray(4).toString();
      const nonce = /r=(.*)$/.exec(told)?.[1] ?? "";
      const text = (answers[next++] ?? "").replaceAll("NONCE", nonce).replaceAll("TOLD", told);
      const length = Buffer.alloc(4);
      length.writeInt32BE(Buffer.byteLength(text));
      const authBytes = Buffer.concat([length, Buffer.from(text)]);
      const errorCode = refuses ? 58 : 0;
      return Promise.resolve({ errorCode, errorMessage: text, authBytes, sessionLifetimeMs: "5000" } as T);
    },
  };
}
