// The member of a merging group that writes windows to a topic is killed again and again: the topic has every window, each
// with one content. While the members are restarted one after the other, windows go on.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/async/clock.ts";
import { missingForKafka } from "../machine/kafka/distribution.ts";
import { dump, type Envelope } from "../machine/kafka/kcat.ts";
import { median } from "../oracle/median.ts";
import { showingErrors } from "../shown_errors.ts";
import type { Member, ShownWindow } from "./member.ts";
import { PARTITIONS } from "./member_stream.ts";
import { MergeGroup, newestEndOf, TOPIC } from "./merge_group.ts";
import { isLong, soakSeed } from "./soak_length.ts";

const WINDOWS = "windows";
const KILLS = 20;
const WINDOW = { lengthMs: 10_000, slideMs: 1_000, latenessMs: 60_000 };
const OPTIONS = {
  window: WINDOW,
  recordsPerSecond: 1_200,
  durationMs: 300_000,
  output: { kafka: { topic: WINDOWS } },
};
/** The log cleaner works on all but the newest segment. */
const COMPACTED = { "cleanup.policy": "compact", "segment.ms": "1000", "min.cleanable.dirty.ratio": "0.01" };
const SHOWN = "rtcount_window_records";
const SCRAPE_MS = 1_000;
const RESTARTS = 9;
/** Half of the restarts delay windows by less, also on a busy machine; all do on a free one. */
const MIDDLE_DELAY_MS = 3_000;

/** The member that exports the windows, which is the one that writes them. */
async function writerOf(group: MergeGroup): Promise<Member> {
  for (;;) {
    for (const member of group.members) {
      if (await member.run?.daemon.metric(SHOWN) !== undefined) return member;
    }
    await systemClock.sleep(100);
  }
}

/** The contents that the topic has had so far: the log cleaner may have removed some of them since. */
class SeenWindows {
  readonly #target: { readonly bootstrap: string; readonly topic: string };
  readonly #payloads = new Map<string, string>();
  #records: Envelope[] = [];

  constructor({ kafka: { bootstrap } }: MergeGroup) {
    this.#target = { bootstrap, topic: WINDOWS };
  }

  async look(): Promise<void> {
    this.#records = await dump(this.#target);
    for (const { key, payload } of this.#records) {
      assert.ok(key !== null && payload !== null);
      assert.equal(payload, this.#payloads.get(key) ?? payload, `${key} has one content`);
      this.#payloads.set(key, payload);
    }
  }

  /** Compares all with the stream, and what the topic has now with all. */
  check({ stream: { counts } }: MergeGroup): void {
    const windows = [...this.#payloads.values()].map((payload): ShownWindow => JSON.parse(payload));
    for (const { window_end, top, partitions } of windows) {
      assert.deepEqual(partitions[TOPIC], PARTITIONS);
      assert.deepEqual(top, counts.window(window_end, PARTITIONS));
    }
    const ends = new Set(windows.map(({ window_end }) => window_end));
    const newestMs = Math.max(...ends);
    assert.deepEqual(
      counts.ends.filter((endMs) => endMs <= newestMs && !ends.has(endMs)),
      [],
      "all are there",
    );
    assert.deepEqual(new Set(this.#records.map(({ key }) => key)), new Set(this.#payloads.keys()));
    const written = 1 + Math.max(...this.#records.map(({ offset }) => offset));
    console.log(`${windows.length} windows; ${this.#records.length} of ${written} records are in the topic`);
  }
}

/** Watches the group until the signal: the longest time without a new window, and scrapes that found two writers. */
async function watch(group: MergeGroup, signal: AbortSignal): Promise<{ gapMs: number; doubled: number }> {
  let gapMs = 0;
  let doubled = 0;
  let newestMs = group.newestEndMs;
  let sinceMs = performance.now();
  let scrapedMs = sinceMs;
  let wasDouble = false;
  while (!signal.aborted) {
    const nowMs = performance.now();
    gapMs = Math.max(gapMs, nowMs - sinceMs);
    if (group.newestEndMs > newestMs) [newestMs, sinceMs] = [group.newestEndMs, nowMs];
    if (nowMs - scrapedMs >= SCRAPE_MS) {
      scrapedMs = nowMs;
      const shown = await Promise.all(group.members.map(({ run }) => run?.daemon.metric(SHOWN)));
      const isDouble = shown.filter((records) => records !== undefined).length > 1;
      assert.ok(!(isDouble && wasDouble), "two members export the windows in two scrapes");
      wasDouble = isDouble;
      if (isDouble) doubled++;
    }
    await systemClock.sleep(20);
  }
  return { gapMs, doubled };
}

if (isLong) {
  const ignore = await missingForKafka() !== undefined;
  for (const [what, config] of [["that keeps all", {}], ["that is compacted", COMPACTED]] as const) {
    Deno.test({
      name: `a topic ${what} has every window, though the member that writes them is killed ${KILLS} times`,
      ignore,
      fn: showingErrors(async () => {
        const seed = soakSeed("merge_writer_test");
        await using group = await MergeGroup.start({ ...OPTIONS, seed }, (kafka) => {
          return kafka.createTopic(WINDOWS, { config });
        });
        const seen = new SeenWindows(group);
        for (let kill = 0; kill < KILLS; kill++) {
          const writer = await writerOf(group);
          await writer.kill();
          const others = group.members.filter((member) => member !== writer);
          const ms = await group.closesMore(others);
          const load = Deno.loadavg()[0];
          console.log(`killed ${kill + 1} times: windows after ${Math.round(ms)} ms, load ${load}`);
          writer.start();
          await group.closesMore();
          await seen.look();
        }
        await group.stop();
        await seen.look();
        seen.check(group);
      }),
    });
  }

  Deno.test({
    name: "while the members of a group that merges are restarted one after the other, windows go on",
    ignore,
    fn: showingErrors(async () => {
      const seed = soakSeed("merge_writer_test");
      await using group = await MergeGroup.start({ ...OPTIONS, seed }, (kafka) => kafka.createTopic(WINDOWS));
      const gaps: number[] = [];
      for (let restart = 0; restart < RESTARTS; restart++) {
        const member = group.members[restart % group.members.length];
        const ending = new AbortController();
        const watching = watch(group, ending.signal);
        await member.stop();
        const stoppedMs = group.newestEndMs;
        member.start();
        while (member.run === undefined || newestEndOf(member.run) <= stoppedMs) await systemClock.sleep(20);
        ending.abort();
        const { gapMs, doubled } = await watching;
        gaps.push(gapMs);
        const load = Deno.loadavg()[0];
        console.log(
          `restarted: at most ${Math.round(gapMs)} ms between two windows, ` +
            `${doubled} scrapes with two writers, load ${load}`,
        );
      }
      await group.stop();
      const seen = new SeenWindows(group);
      await seen.look();
      seen.check(group);
      assert.ok(median(gaps) <= MIDDLE_DELAY_MS, `${gaps.map(Math.round)} ms`);
    }),
  });
}
