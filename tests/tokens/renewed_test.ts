import assert from "node:assert/strict";
import fc from "fast-check";
import { Renewed, type RenewedOptions } from "../../lib/tokens/renewed.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { silentLog } from "../fakes/silent_log.ts";

const HOUR_MS = 3_600_000;

interface Rig {
  readonly clock: ManualClock;
  readonly renewed: Renewed<string>;
  readonly logged: string[];
  /** The lifetime of the next value, or why there is none. */
  next: number | string;
  fetches: number;
}

function setUp({ next = HOUR_MS as number | string, random = (): number => 0.5 } = {}): Rig {
  const clock = new ManualClock();
  const logged: string[] = [];
  const log: RenewedOptions<string>["log"] = {
    info: (message) => logged.push(message),
    warn: (message) => logged.push(message),
  };
  const fetch = () => {
    rig.fetches++;
    return typeof rig.next === "string"
      ? Promise.reject(new Error(rig.next))
      : Promise.resolve({ value: `v${rig.fetches}`, lifetimeMs: rig.next });
  };
  const rig: Rig = { clock, logged, next, fetches: 0, renewed: new Renewed({ fetch, clock, log, random }) };
  return rig;
}

Deno.test("Renewed.get() fetches once for all callers, and again after three quarters of the lifetime", async () => {
  const rig = setUp();
  const first = await Promise.all([rig.renewed.get(), rig.renewed.get()]);
  assert.deepEqual(first.map(({ value }) => value), ["v1", "v1"]);
  assert.deepEqual(first[0], { value: "v1", leftMs: HOUR_MS, renewInMs: 0.75 * HOUR_MS });
  rig.clock.advance(0.75 * HOUR_MS - 1);
  assert.deepEqual(await rig.renewed.get(), { value: "v1", leftMs: 0.25 * HOUR_MS + 1, renewInMs: 1 });
  rig.clock.advance(1);
  assert.equal((await rig.renewed.get()).value, "v2");
  assert.equal(rig.fetches, 2);
});

Deno.test("Renewed.get() fetches once a second at most, however soon values expire", async () => {
  const rig = setUp({ next: 1e-9 });
  for (let n = 0; n < 100; n++) {
    assert.ok((await rig.renewed.get()).renewInMs <= 1_000);
    rig.clock.advance(100);
  }
  assert.equal(rig.fetches, 10);
});

Deno.test("Renewed.get() spreads renewals over a tenth of the lifetime", async () => {
  for (const [random, share] of [[0, 0.7], [0.999_999, 0.8]]) {
    const rig = setUp({ random: () => random });
    const { renewInMs } = await rig.renewed.get();
    assert.ok(Math.abs(renewInMs - share * HOUR_MS) < 10, `${renewInMs}`);
  }
});

Deno.test("Renewed.get() keeps a good value through an outage, and logs it", async () => {
  const rig = setUp();
  await rig.renewed.get();
  rig.next = "the endpoint is down: start it";
  rig.clock.advance(0.75 * HOUR_MS);
  const { value, renewInMs } = await rig.renewed.get();
  assert.deepEqual([value, renewInMs], ["v1", 0.1 * 0.25 * HOUR_MS]);
  assert.deepEqual(rig.logged, [
    "the endpoint is down: start it; the present one is still good for 900 s; trying again",
  ]);
  await rig.renewed.get();
  assert.equal(rig.fetches, 2, "the next attempt is not due");
  rig.next = HOUR_MS;
  rig.clock.advance(renewInMs);
  assert.equal((await rig.renewed.get()).value, "v3");
  assert.deepEqual(rig.logged.slice(1), ["recovered"]);
});

Deno.test("Renewed.get() throws the latest reason once the value has expired, and asks again after a pause", async () => {
  const rig = setUp({ next: "down" });
  await assert.rejects(rig.renewed.get(), /^Error: down$/);
  rig.next = "still down";
  await assert.rejects(rig.renewed.get(), /^Error: down$/);
  assert.equal(rig.fetches, 1);
  rig.clock.advance(250);
  await assert.rejects(rig.renewed.get(), /^Error: still down$/);
  rig.next = 60_000;
  rig.clock.advance(10_000);
  assert.equal((await rig.renewed.get()).value, "v3");
  rig.next = "down again";
  rig.clock.advance(60_000);
  await assert.rejects(rig.renewed.get(), /^Error: down again$/);
  assert.deepEqual(rig.logged, [], "the caller reports an error that it gets");
});

Deno.test("Renewed.reject() replaces a value, once a minute at most", async () => {
  const rig = setUp();
  await rig.renewed.get();
  rig.renewed.reject("another");
  rig.renewed.reject("v1");
  assert.equal((await rig.renewed.get()).value, "v1");
  rig.clock.advance(60_000);
  assert.equal((await rig.renewed.get()).value, "v2");
});

Deno.test("Renewed.get() renews a value of unknown lifetime every few minutes", async () => {
  const rig = setUp({ next: Infinity });
  assert.deepEqual(await rig.renewed.get(), { value: "v1", leftMs: Infinity, renewInMs: 225_000 });
  rig.clock.advance(225_000);
  rig.next = "down";
  assert.deepEqual(await rig.renewed.get(), { value: "v1", leftMs: Infinity, renewInMs: 30_000 });
  assert.deepEqual(rig.logged, ["down; the present one is still good; trying again"]);
});

Deno.test("Renewed.get() returns a value that took longer to come than it lasts", async () => {
  const clock = new ManualClock();
  const fetch = () => {
    clock.advance(3_000);
    return Promise.resolve({ value: "v", lifetimeMs: 2_000 });
  };
  const renewed = new Renewed({ fetch, clock, log: silentLog });
  for (let i = 0; i < 2; i++) assert.deepEqual(await renewed.get(), { value: "v", leftMs: 0, renewInMs: 0 });
});

type Step =
  | { readonly kind: "get" | "reject" }
  | { readonly kind: "advance"; readonly ms: number }
  | { readonly kind: "next"; readonly next: number | string };

Deno.test("Renewed.get() never returns an expired value, and always a good one where there is one", async () => {
  const step = fc.oneof(
    fc.constant<Step>({ kind: "get" }),
    fc.constant<Step>({ kind: "reject" }),
    fc.record({ kind: fc.constant<"advance">("advance"), ms: fc.integer({ min: 0, max: 200_000 }) }),
    fc.record({
      kind: fc.constant<"next">("next"),
      next: fc.oneof(fc.constant("down"), fc.integer({ min: 1, max: 300_000 })),
    }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      async (steps, random) => {
        const rig = setUp({ random: () => random });
        // The model: when the newest value expires.
        let held: { value: string; expiresMs: number } | undefined;
        for (const step of steps) {
          const nowMs = rig.clock.monotonicMs();
          if (step.kind === "advance") rig.clock.advance(step.ms);
          else if (step.kind === "next") rig.next = step.next;
          else if (step.kind === "reject") rig.renewed.reject(held?.value ?? "");
          else {
            const before = rig.fetches;
            const got = await rig.renewed.get().catch(() => undefined);
            if (rig.fetches > before && typeof rig.next === "number") {
              held = { value: `v${rig.fetches}`, expiresMs: nowMs + rig.next };
            }
            assert.ok(rig.fetches <= before + 1);
            const isGood = held !== undefined && held.expiresMs > nowMs;
            assert.equal(got?.value, isGood ? held?.value : undefined);
            if (got === undefined) continue;
            assert.equal(got.leftMs, held!.expiresMs - nowMs);
            assert.ok(got.renewInMs >= 0);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
