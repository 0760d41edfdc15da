import assert from "node:assert/strict";
import { TimeShare } from "../../lib/http/time_share.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { settle } from "../fakes/settle.ts";

const CLIENT = { address: "127.0.0.1", closed: false };

Deno.test("TimeShare.run() works in order, at once while there is credit, and then a fortieth of the time", async () => {
  const clock = new ManualClock();
  const share = new TimeShare(clock, new AbortController().signal);
  const begun: string[] = [];
  const work = (name: string, tookMs: number) => () => {
    begun.push(`${name} at ${clock.monotonicMs()}`);
    clock.advance(tookMs);
    return Promise.resolve(name);
  };
  const first = share.run(CLIENT, work("first", 200));
  const second = share.run(CLIENT, work("second", 200));
  const third = share.run(CLIENT, work("third", 1));
  assert.deepEqual(await Promise.all([first, second]), ["first", "second"]);
  await settle();
  assert.deepEqual(begun, ["first at 0", "second at 200"]);
  // 400.6 ms of 300 are used, and in the 200 of the second 5 came back.
  clock.advance(3823);
  await settle();
  assert.equal(begun.length, 2);
  clock.advance(2);
  assert.equal(await third, "third");
});

Deno.test("TimeShare.run() goes on after work that fails", async () => {
  const share = new TimeShare(new ManualClock(), new AbortController().signal);
  const failed = share.run(CLIENT, () => Promise.reject(new Error("broken")));
  const done = share.run(CLIENT, () => Promise.resolve(1));
  await assert.rejects(failed, { message: "broken" });
  assert.equal(await done, 1);
});

Deno.test("TimeShare.run() rests no longer once it is stopped", async () => {
  const clock = new ManualClock();
  const stopping = new AbortController();
  const share = new TimeShare(clock, stopping.signal);
  await share.run(CLIENT, () => Promise.resolve(clock.advance(1_000)));
  const next = share.run(CLIENT, () => Promise.resolve(2));
  await settle();
  stopping.abort();
  assert.equal(await next, 2);
});

Deno.test("TimeShare.run() lets a thousand pieces of next to no work pass at once, and then 83 in a second", async () => {
  const clock = new ManualClock();
  const share = new TimeShare(clock, new AbortController().signal);
  let done = 0;
  for (let i = 0; i < 1_600; i++) share.run(CLIENT, () => Promise.resolve(done++));
  await settle();
  assert.ok(Math.abs(done - 1_001) <= 1, `${done}`);
  for (let second = 1; second <= 2; second++) {
    const before = done;
    for (let ms = 0; ms < 1_000; ms += 10) {
      clock.advance(10);
      await settle();
    }
    assert.ok(Math.abs(done - before - 83) <= 3, `${done - before}`);
  }
});

Deno.test("TimeShare.run() lets addresses take turns, so that one with much work keeps no other waiting", async () => {
  const share = new TimeShare(new ManualClock(), new AbortController().signal);
  const done: string[] = [];
  const from = (address: string) =>
    share.run({ address, closed: false }, () => Promise.resolve(done.push(address)));
  await Promise.all(["a", "a", "a", "a", "b", "c", "b"].map(from));
  // The first one begins at once.
  assert.deepEqual(done, ["a", "a", "b", "c", "a", "b", "a"]);
});

Deno.test("TimeShare.run() leaves out the work of a client that has gone", async () => {
  const share = new TimeShare(new ManualClock(), new AbortController().signal);
  assert.equal(await share.run({ address: "a", closed: true }, () => assert.fail()), undefined);
});

Deno.test("TimeShare.charge() keeps that address waiting, and no other", async () => {
  const clock = new ManualClock();
  const share = new TimeShare(clock, new AbortController().signal);
  const done: string[] = [];
  const from = (address: string) =>
    share.run({ address, closed: false }, () => Promise.resolve(done.push(address)));
  share.charge("a", 170);
  const [first, second] = [from("a"), from("b")];
  clock.advance(20);
  await second;
  await settle();
  assert.deepEqual(done, ["b"]);
  // 170 ms are 6.8 s of its share, of which 4 s are allowed.
  clock.advance(2_770);
  await settle();
  assert.deepEqual(done, ["b"]);
  clock.advance(20);
  await first;
});
