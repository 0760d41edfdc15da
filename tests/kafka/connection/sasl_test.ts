// Logins to brokers that break the protocol.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { SaslSettings } from "../../../lib/kafka/connection/broker_security.ts";
import { BrokerConnectionError } from "../../../lib/kafka/connection/kafka_error.ts";
import { logIn, type SaslConnection, tokenExpiryMs } from "../../../lib/kafka/connection/sasl.ts";

const NOW_MS = 1_700_000_000_000;
const PASSWORD = "hunter2";

interface Answer {
  readonly errorCode?: number;
  readonly errorMessage?: string | null;
  readonly text?: string;
  readonly sessionLifetimeMs?: string;
}

/** Accepts every mechanism and gives the answers in order; `seen` collects the messages that it gets. */
function broker(
  answers: readonly (Answer | ((told: string) => Answer))[],
  seen: string[] = [],
): SaslConnection {
  const left = [...answers];
  return {
    address: "broker:9092",
    request<T>(api: string, args: object): Promise<T> {
      if (api === "SaslHandshake") return Promise.resolve({ errorCode: 0, enabledMechanisms: [] } as T);
      const told = (args as { authBytes: Buffer }).authBytes.subarray(4).toString();
      seen.push(told);
      const next = left.shift() ?? {};
      const { errorCode = 0, errorMessage = null, text = "", sessionLifetimeMs } = typeof next === "function"
        ? next(told)
        : next;
      const length = Buffer.alloc(4);
      length.writeInt32BE(Buffer.byteLength(text));
      const authBytes = Buffer.concat([length, Buffer.from(text)]);
      return Promise.resolve({ errorCode, errorMessage, authBytes, sessionLifetimeMs } as T);
    },
  };
}

const plain: SaslSettings = { mechanism: "PLAIN", username: "alice", password: PASSWORD };
const scram: SaslSettings = { mechanism: "SCRAM-SHA-256", username: "alice", password: PASSWORD };

function bearer(token: string): SaslSettings {
  return { mechanism: "OAUTHBEARER", tokenFile: "/run/token", readToken: () => Promise.resolve(token) };
}

async function refusal(connection: SaslConnection, sasl: SaslSettings): Promise<string> {
  const error = await logIn(connection, sasl, NOW_MS).then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof BrokerConnectionError, String(error));
  assert.equal(error.fault, "credentials-refused");
  return error.reason;
}

Deno.test("logIn() sends the message of the mechanism, and returns the lifetime", async () => {
  const seen: string[] = [];
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "5000" }], seen), plain, NOW_MS), 5_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "0" }], seen), plain, NOW_MS), Infinity);
  assert.equal(await logIn(broker([{}], seen), bearer("opaque"), NOW_MS), Infinity);
  assert.deepEqual(seen, [
    `\0alice\0${PASSWORD}`,
    `\0alice\0${PASSWORD}`,
    "n,,\u0001auth=Bearer opaque\u0001\u0001",
  ]);
});

Deno.test("logIn() returns the token's own lifetime where the broker names none, or a longer one", async () => {
  const token = `x.${btoa(JSON.stringify({ exp: NOW_MS / 1000 + 60 }))}.`;
  assert.equal(await logIn(broker([{}]), bearer(token), NOW_MS), 60_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "90000" }]), bearer(token), NOW_MS), 60_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "30000" }]), bearer(token), NOW_MS), 30_000);
  assert.equal(
    await logIn(broker([{}]), bearer(token), NOW_MS + 120_000),
    Infinity,
    "the broker accepts it all the same",
  );
});

Deno.test("logIn() removes a secret from the broker's message, and cuts a long message", async () => {
  const echo = (told: string): Answer => ({ errorCode: 58, errorMessage: `wrong: ${told}` });
  assert.equal(
    await refusal(broker([echo]), plain),
    'the broker rejects the user "alice" with this password (SASL PLAIN): wrong: \0alice\0<secret>',
  );
  const objection = await refusal(broker([(told) => ({ text: told })]), bearer("my token"));
  assert.ok(objection.includes("Bearer <secret>") && !objection.includes("my token"), objection);
  const long = await refusal(broker([{ errorCode: 58, errorMessage: "x".repeat(10_000) }]), plain);
  assert.ok(long.length < 400, long);
});

Deno.test("logIn() rejects a broker that does not know the password, or asks for too many iterations", async () => {
  const first = (iterations: number) => (told: string): Answer => {
    const nonce = /r=(.*)$/.exec(told)?.[1];
    return { text: `r=${nonce}more,s=${btoa("salt")},i=${iterations}` };
  };
  assert.match(
    await refusal(broker([first(4_096), { text: "v=bm90IHRydWU=" }]), scram),
    /^the broker breaks the protocol of SASL SCRAM-SHA-256: .*Invalid server signature/,
  );
  assert.match(
    await refusal(broker([first(2_000_000_000)]), scram),
    /it asks for 2000000000 iterations, at most 1000000 are allowed$/,
  );
  assert.match(
    await refusal(broker([first(1)]), scram),
    /Requested iterations 1 is less than the minimum 4096/,
  );
  for (const text of ["", "nonsense", "r=other,s=,i=4096", "r=,s=,i="]) {
    assert.match(await refusal(broker([{ text }]), scram), /breaks the protocol/, text);
  }
});

Deno.test("logIn() reports that the token cannot be read", async () => {
  const readToken = () => Promise.reject(new Deno.errors.NotFound("No such file"));
  const sasl: SaslSettings = { mechanism: "OAUTHBEARER", tokenFile: "/run/token", readToken };
  assert.equal(await refusal(broker([]), sasl), "cannot read the token in /run/token: No such file");
});

const encode = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

Deno.test("tokenExpiryMs() reads the expiry of a JWT, and returns nothing for any other text", () => {
  const cases: [token: string, expiryMs: number | undefined][] = [
    [`x.${encode('{"exp":1700000000}')}.y`, 1_700_000_000_000],
    [`x.${encode('{"exp":1700000000.5}')}.`, 1_700_000_000_500],
    [`x.${encode('{"exp":"soon"}')}.y`, undefined],
    [`x.${encode('{"exp":1e400}')}.y`, undefined],
    [`x.${encode("{}")}.y`, undefined],
    [`x.${encode("null")}.y`, undefined],
    [`x.${encode("[")}.y`, undefined],
    ["x..y", undefined],
    ["opaque", undefined],
    ["", undefined],
  ];
  for (const [token, expiryMs] of cases) assert.equal(tokenExpiryMs(token), expiryMs, token);
});
