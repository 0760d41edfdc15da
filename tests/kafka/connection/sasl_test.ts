// Logins to brokers that break the protocol.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { SaslSettings } from "../../../lib/kafka/connection/broker_security.ts";
import { BrokerConnectionError, type ConnectionFault } from "../../../lib/kafka/connection/kafka_error.ts";
import { logIn, type SaslConnection, takeToken } from "../../../lib/kafka/connection/sasl.ts";
import { tokensOf } from "../../fakes/token_source.ts";

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
  return { mechanism: "OAUTHBEARER", tokens: tokensOf(token) };
}

async function refusal(
  connection: SaslConnection,
  sasl: SaslSettings,
  fault: ConnectionFault = "credentials-refused",
): Promise<string> {
  const error = await logIn(connection, sasl, { nowMs: NOW_MS }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof BrokerConnectionError, String(error));
  assert.equal(error.fault, fault);
  return error.reason;
}

const now = { nowMs: NOW_MS };

Deno.test("logIn() sends the message of the mechanism, and renews after 80 % of the lifetime", async () => {
  const seen: string[] = [];
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "5000" }], seen), plain, now), 4_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "0" }], seen), plain, now), Infinity);
  assert.equal(await logIn(broker([{}], seen), bearer("opaque"), now), Infinity);
  const extensions = new Map([["logicalCluster", "lkc-1"], ["identityPoolId", "pool-2"]]);
  const tokens = tokensOf(() => ({ value: "extended", extensions }));
  await logIn(broker([{}], seen), { mechanism: "OAUTHBEARER", tokens }, now);
  assert.deepEqual(seen, [
    `\0alice\0${PASSWORD}`,
    `\0alice\0${PASSWORD}`,
    "n,,\u0001auth=Bearer opaque\u0001\u0001",
    "n,,\u0001auth=Bearer extended\u0001logicalCluster=lkc-1\u0001identityPoolId=pool-2\u0001\u0001",
  ]);
});

Deno.test("logIn() renews in time for the token, and when its source may have a newer one", async () => {
  const value = `x.${btoa(JSON.stringify({ exp: NOW_MS / 1000 + 60 }))}.`;
  assert.equal(await logIn(broker([{}]), bearer(value), now), 48_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "90000" }]), bearer(value), now), 48_000);
  assert.equal(await logIn(broker([{ sessionLifetimeMs: "30000" }]), bearer(value), now), 24_000);
  const later = { nowMs: NOW_MS + 120_000 };
  assert.equal(
    await logIn(broker([{}]), bearer(value), later),
    Infinity,
    "the broker accepts it all the same",
  );
  for (const [renewInMs, wanted] of [[10_000, 10_000], [100_000, 48_000]]) {
    const tokens = tokensOf(() => ({ value, renewInMs }));
    assert.equal(await logIn(broker([{}]), { mechanism: "OAUTHBEARER", tokens }, now), wanted);
  }
});

Deno.test("logIn() sends the token that was taken before, without asking for another", async () => {
  const seen: string[] = [];
  let taken = 0;
  const sasl: SaslSettings = { mechanism: "OAUTHBEARER", tokens: tokensOf(() => ({ value: `t${++taken}` })) };
  const token = await takeToken("broker:9092", sasl);
  await logIn(broker([{}], seen), sasl, { ...now, token });
  assert.deepEqual([seen, taken], [["n,,\u0001auth=Bearer t1\u0001\u0001"], 1]);
  assert.equal(await takeToken("broker:9092", plain), undefined);
});

Deno.test("logIn() names the claims of a token that the broker rejects, and says so to its source", async () => {
  const tokenWith = (claims: object) => `x.${btoa(JSON.stringify(claims))}.y`;
  const rows: [token: string, said: string][] = [
    ["opaque", ""],
    [tokenWith({ exp: NOW_MS / 1000 - 1 }), ", which expired at 2023-11-14T22:13:19.000Z"],
    [
      tokenWith({ exp: NOW_MS / 1000 + 9, iss: "https://idp", aud: ["a", "b"] }),
      ' (issuer "https://idp"; audience "a, b")',
    ],
    [tokenWith({ aud: "x".repeat(10_000) }), ` (audience "${"x".repeat(200)}")`],
    [tokenWith({}), ""],
  ];
  for (const [value, said] of rows) {
    const rejected: string[] = [];
    const tokens = {
      ...tokensOf(value),
      onRejected: (token: { value: string }) => rejected.push(token.value),
    };
    const reason = await refusal(
      broker([{ text: '{"status":"invalid_token"}' }]),
      { mechanism: "OAUTHBEARER", tokens },
      "token-refused",
    );
    assert.equal(reason, `the broker rejects the token of the test${said}: {"status":"invalid_token"}`);
    assert.deepEqual(rejected, [value]);
  }
});

Deno.test("logIn() removes a secret from the broker's message, and cuts a long message", async () => {
  const echo = (told: string): Answer => ({ errorCode: 58, errorMessage: `wrong: ${told}` });
  assert.equal(
    await refusal(broker([echo]), plain),
    'the broker rejects the user "alice" with this password (SASL PLAIN): wrong: \0alice\0<secret>',
  );
  const objection = await refusal(broker([(told) => ({ text: told })]), bearer("my token"), "token-refused");
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

Deno.test("logIn() reports that there is no token", async () => {
  const token = () => Promise.reject(new Error("cannot read the token in /run/token: No such file"));
  const sasl: SaslSettings = {
    mechanism: "OAUTHBEARER",
    tokens: { subject: "the token in /run/token", token },
  };
  assert.equal(
    await refusal(broker([]), sasl, "token-unavailable"),
    "cannot read the token in /run/token: No such file",
  );
});
