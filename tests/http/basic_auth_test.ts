import assert from "node:assert/strict";
import bcrypt from "bcryptjs";
import { BasicAuth, type LoginResult } from "../../lib/http/basic_auth.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

const HASH = bcrypt.hashSync("pass:wörd", 4);

function header(credentials: string): string {
  return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(credentials)))}`;
}

const TABLE: readonly (readonly [name: string, authorization: string | undefined, verdict: LoginResult])[] = [
  ["nothing", undefined, "wrong"],
  ["an empty header", "", "wrong"],
  ["another scheme", "Bearer YQ==", "wrong"],
  ["no credentials", "Basic", "wrong"],
  ["what is no base64", "Basic !!!", "wrong"],
  ["no colon", header("prom"), "wrong"],
  ["another password", header("prom:pass:word"), "wrong"],
  ["no password", header("prom:"), "wrong"],
  ["a longer password", header("prom:pass:wörd "), "wrong"],
  ["another user", header("admin:pass:wörd"), "wrong"],
  ["no user", header(":pass:wörd"), "wrong"],
  ["user and password", header("prom:pass:wörd"), "right"],
  ["the same by another name of the scheme", header("prom:pass:wörd").replace("Basic", "bASIC "), "right"],
  ["another password, once one is known", header("prom:pass:word"), "wrong"],
];

for (const [kind, password] of [["the password", "pass:wörd"], ["its hash", HASH]] as const) {
  Deno.test(`BasicAuth.check() tells right from wrong, knowing ${kind}`, async (t) => {
    const auth = new BasicAuth({ username: "prom", password }, new ManualClock());
    for (const [name, authorization, verdict] of TABLE) {
      await t.step(name, async () => assert.equal(await auth.check(authorization), verdict));
    }
  });
}

Deno.test("BasicAuth.check() takes the hash of htpasswd", async () => {
  const auth = new BasicAuth({ username: "u", password: HASH.replace("$2b$", "$2y$") }, new ManualClock());
  assert.equal(await auth.check(header("u:pass:wörd")), "right");
});

Deno.test("BasicAuth.check() does not take the hash for the password", async () => {
  const auth = new BasicAuth({ username: "u", password: HASH }, new ManualClock());
  assert.equal(await auth.check(header(`u:${HASH}`)), "wrong");
});

Deno.test("BasicAuth.check() refuses what bcrypt would cut", async () => {
  const long = "x".repeat(72);
  const auth = new BasicAuth({ username: "u", password: bcrypt.hashSync(long, 4) }, new ManualClock());
  assert.equal(await auth.check(header(`u:${long}x`)), "wrong");
  assert.equal(await auth.check(header(`u:${long}`)), "right");
});

/** A clock on which each look takes some time, so that a check of a hash does. */
class BusyClock extends ManualClock {
  override monotonicMs(): number {
    this.advance(500);
    return super.monotonicMs();
  }
}

Deno.test("BasicAuth.check() checks guesses at a hash for two seconds, and then a hundredth of the time", async () => {
  const clock = new BusyClock();
  const auth = new BasicAuth({ username: "u", password: HASH }, clock);
  const verdicts: LoginResult[] = [];
  // All at once: one is checked after the other.
  verdicts.push(...await Promise.all(Array.from({ length: 8 }, (_, i) => auth.check(header(`u:${i}`)))));
  assert.deepEqual(verdicts.slice(0, 4), ["wrong", "wrong", "wrong", "wrong"]);
  assert.deepEqual(verdicts.slice(5), ["busy", "busy", "busy"]);
  assert.equal(await auth.check(header("u:pass:wörd")), "busy");
  clock.advance(60_000);
  assert.equal(await auth.check(header("u:pass:wörd")), "right");
  // Known credentials cost nothing, and no other client delays them.
  for (let i = 0; i < 20; i++) assert.equal(await auth.check(header(`u:${i}`)), "wrong");
  assert.equal(await auth.check(header("u:pass:wörd")), "right");
});

Deno.test("BasicAuth.check() lets guesses of one address keep no other out", async () => {
  const clock = new BusyClock();
  const auth = new BasicAuth({ username: "u", password: HASH }, clock);
  await Promise.all(Array.from({ length: 8 }, (_, i) => auth.check(header(`u:${i}`), "127.0.0.1")));
  assert.equal(await auth.check(header("u:pass:wörd"), "127.0.0.1"), "busy");
  assert.equal(await auth.check(header("u:pass:wörd"), "127.0.0.2"), "right");
});
