import assert from "node:assert/strict";
import { formatClock } from "../../lib/page/quantity.ts";
import type { Status } from "../../lib/page/status.ts";
import { judgeHealth, type Situation, watermarkAgeMs } from "../../lib/page/health.ts";
import { healthyStatus } from "../fakes/fake_daemon.ts";
import { windowOf } from "./windows.ts";

const NOW_MS = 1_000_000;
const OPEN = { kind: "open", sinceMs: 0 } as const;

function situation(given: Partial<Situation> = {}, status: Partial<Status> = {}): Situation {
  return {
    nowMs: NOW_MS,
    connection: OPEN,
    isPaused: false,
    status: { ...healthyStatus(), ...status },
    statusMs: NOW_MS - 1_000,
    newest: windowOf({ a: 1 }),
    newestMs: NOW_MS - 1_000,
    ...given,
  };
}

function told(given: Partial<Situation>, status: Partial<Status> = {}): string {
  const { tone, title, detail } = judgeHealth(situation(given, status));
  return `${tone}: ${title}. ${detail}`;
}

Deno.test("judgeHealth() returns the gravest condition", () => {
  const healthy = healthyStatus();
  const lagging = [{ topic: "t", partition: 0, position: 0, lag: 1_200 }];
  const notReady = { ready: { ready: false, reason: "no broker answers" } };
  const table: readonly (readonly [string, Partial<Situation>, Partial<Status>?])[] = [
    ["good: Healthy. Everything is read. Up for 1 h.", {}],
    [
      "notice: Paused. The page does not update. The daemon continues to count.",
      { isPaused: true },
      { health: { ok: false } },
    ],
    [
      `bad: Reconnecting. The daemon has not been reachable for 12 s. The page shows the counts of ${
        formatClock(60_000)
      }. Next attempt in 3 s.`,
      { connection: { kind: "lost", sinceMs: NOW_MS - 12_000, retryMs: NOW_MS + 2_500 } },
      { health: { ok: false } },
    ],
    [
      "bad: Reconnecting. The daemon has not been reachable for 0.0 s. Trying now.",
      { connection: { kind: "lost", sinceMs: NOW_MS, retryMs: NOW_MS }, newest: undefined },
    ],
    [
      "notice: Connecting. Waiting for the daemon's first answer.",
      { connection: { kind: "connecting" }, status: undefined },
    ],
    ["notice: Connecting. Waiting for the daemon's first answer.", { status: undefined }],
    [
      "bad: Not working. Nothing has been processed for 20 s.",
      {},
      { health: { ok: false, reason: "nothing has been processed for 20 s" }, ...notReady },
    ],
    [
      "warning: No answer. The daemon has not reported its state for 40 s.",
      { statusMs: NOW_MS - 40_000 },
      notReady,
    ],
    ["warning: Not ready. No broker answers.", {}, notReady],
    [
      "notice: Replaying. 75 % done, 1 record of 4 records left.",
      {},
      { ready: { ready: false, reason: "reading back" }, replay: { left: 1, total: 4 } },
    ],
    [
      "warning: Stale. The daemon answers, but no window has closed for 30 s. The watermark is 3.4 s behind.",
      { newestMs: NOW_MS - 30_000 },
      { watermark: healthy.now - 2_400, now: healthy.now },
    ],
    [
      "notice: No window yet. There is no watermark yet: no record has arrived.",
      { newest: undefined },
      { watermark: null },
    ],
    [
      "notice: No window yet. The first window has not closed yet; one closes every 1.0 s.",
      { newest: undefined, connection: { kind: "open", sinceMs: NOW_MS - 1_000 } },
    ],
    [
      `notice: Nothing to count. The daemon is ready, but no record was in the 1 min before ${
        formatClock(60_000)
      }.`,
      { newest: windowOf({}) },
      { now: 60_000, rates: { records_per_second: 0, words_per_second: 0 } },
    ],
    [
      `notice: Nothing counted yet. Records arrive, but none was in the 1 min before ${formatClock(60_000)}.`,
      { newest: windowOf({}) },
      { now: 60_000 },
    ],
    [
      "warning: Behind. Counts are 41 s behind; 1,200 records wait.",
      {},
      { partitions: lagging, now: 100_000, watermark: 60_000 },
    ],
    // Records that have just arrived are no lag.
    ["good: Healthy. Keeping up, 1,200 records wait. Up for 1 h.", {}, { partitions: lagging }],
    [
      "good: Healthy. Keeping up, 1,200 records wait. Up for 1 h.",
      {},
      {
        partitions: lagging,
        now: 100_000,
        watermark: 60_000,
        config: { top: 20, window: { lateness: "60s" }, source: {} },
      },
    ],
  ];
  for (const [wanted, given, status] of table) assert.equal(told(given, status), wanted);
});

Deno.test("judgeHealth() waits for the first window of a stream that has just opened", () => {
  const { title } = judgeHealth(
    situation({ newestMs: 0, connection: { kind: "open", sinceMs: NOW_MS - 2_000 } }),
  );
  assert.equal(title, "Healthy");
});

Deno.test("watermarkAgeMs() grows with time and is never negative", () => {
  const now = 50_000;
  const age = (watermark: number | null) => watermarkAgeMs(situation({}, { now, watermark }));
  assert.equal(age(47_000), 4_000);
  assert.equal(age(60_000), 0);
  assert.equal(age(null), undefined);
});
