// The program's HTTP server over a daemon whose windows and state the test makes up.

import { startHttpServer } from "../../lib/http/server.ts";
import { WindowFeed } from "../../lib/http/window_feed.ts";
import { fakeView } from "./fake_view.ts";
import type { RecordPlace } from "../../lib/page/kcat_line.ts";
import type { Status } from "../../lib/page/status.ts";

const SLIDE_MS = 1_000;
const LENGTH_MS = 60_000;

export interface FakeWindow {
  readonly top: readonly (readonly [string, number])[];
  readonly rising?: readonly (readonly [string, number, number, number])[];
  readonly newWords?: readonly (readonly [string, number])[];
  readonly records?: number;
  readonly error?: number;
  /** As many as `top` has unless there are more. */
  readonly distinct?: number;
}

/** `await using` stops it. */
export class FakeDaemon implements AsyncDisposable {
  readonly url: string;
  /** Its status; a test may change it. */
  status: Status;
  /** The newest record with any word. */
  last: RecordPlace | undefined;
  readonly #feed: WindowFeed;
  readonly #stop: () => Promise<void>;
  #endMs = Math.floor(Date.now() / SLIDE_MS) * SLIDE_MS - 40 * SLIDE_MS;

  private constructor(url: string, feed: WindowFeed, stop: () => Promise<void>) {
    this.url = url;
    this.#feed = feed;
    this.#stop = stop;
    this.status = healthyStatus();
  }

  static async start(listen = "127.0.0.1:0"): Promise<FakeDaemon> {
    const feed = new WindowFeed();
    const problem = (message: string) => {
      throw new Error(message);
    };
    const server = await startHttpServer({
      listen,
      view: fakeView({
        metrics: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", body: "up 1\n" }),
        windows: feed,
        word: (word) => {
          return { kind: "found", json: JSON.stringify({ word, count: 1, panes: [], last: daemon.last }) };
        },
        status: () => Promise.resolve({ ...daemon.status, now: Date.now() }),
      }),
      log: { warn: problem, error: problem },
    });
    const daemon = new FakeDaemon(server.url, feed, () => server.stop());
    return daemon;
  }

  /** The next window closes. */
  close(
    { top, rising = [], newWords = [], records = 1_000, error = 0, distinct = top.length }: FakeWindow,
  ): void {
    this.#endMs += SLIDE_MS;
    const words = top.reduce((sum, [, count]) => sum + count, 0);
    this.#feed.publish(
      this.#endMs,
      JSON.stringify({
        window_start: this.#endMs - LENGTH_MS,
        window_end: this.#endMs,
        records,
        words,
        distinct,
        error,
        top,
        rising,
        new: newWords,
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

/** The status of an idle daemon. */
export function healthyStatus(): Status {
  const now = Date.now();
  return {
    version: "0.0.0",
    name: "fake",
    uptime_seconds: 3_600,
    now,
    health: { ok: true },
    ready: { ready: true },
    governor: {
      limit: 1_200,
      backpressure: true,
      min: 10,
      max: 2_000,
      interval_ms: 1_000,
      interval: { records: 842, processing_ms: 320, scheduling_ms: 4 },
    },
    rates: { records_per_second: 842, words_per_second: 6_700 },
    totals: {
      records: 1_000,
      words: 8_000,
      skipped_records: {},
      skipped_words: {},
      late: { counted: 0, dropped: 0 },
    },
    window: { length_ms: LENGTH_MS, slide_ms: SLIDE_MS, time: "event" },
    watermark: now - 2_400,
    window_end: null,
    replay: null,
    group: null,
    rising: { learning: false },
    new: { learning: false, miss_rate: 0 },
    process: { resident_memory_bytes: 62e6 },
    partitions: [{ topic: "raw-events", partition: 0, position: 1_000, lag: 0 }],
    config: { top: 20, window: { lateness: "2s" }, source: {} },
  };
}
