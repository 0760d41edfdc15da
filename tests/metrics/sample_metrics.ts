// Metrics with nothing in them, and with some of everything.

import { type Exposition, type ExpositionFormat, Metrics } from "../../lib/metrics/metrics.ts";
import type { ScrapedState } from "../../lib/metrics/scraped_state.ts";
import type { WindowResult, WordCount } from "../../lib/window/window_result.ts";
import { ManualClock } from "../fakes/manual_clock.ts";

/** Words that a text format may take for something else. */
export const HOSTILE_WORDS = [
  'say "hi"',
  "back\\slash",
  "back\\nslash",
  "trailing\\",
  "line\nfeed",
  "carriage\rreturn",
  "nul\0nul",
  "line\u2028separator\u2029",
  '"} 1\nrtcount_ready 7\n# ',
  "\u2028# HELP rtcount_words_total ",
  "\u2028# TYPE rtcount_words_total counter",
  "# EOF",
  "{}=,;#",
  "\ufeffmark",
  "\ufffd\ufffd",
  "\u{1f600}",
  "e\u0301",
  "\u00e9",
  "__proto__",
  "constructor",
  '"'.repeat(256),
  "\\".repeat(256),
];

export function windowOf(top: readonly WordCount[]): WindowResult {
  return {
    startMs: 1_763_805_540_000,
    endMs: 1_763_805_600_500,
    records: 4,
    words: 9,
    distinct: 3,
    error: 0,
    top,
  };
}

const BEFORE_ANYTHING: ScrapedState = {
  lastWindow: undefined,
  showsWindow: true,
  windowsClosed: 0,
  newWords: 0,
  watermarkMs: -Infinity,
  limit: Infinity,
  slideMs: 2_500,
  rateMin: undefined,
  gaugeRates: [],
  partitions: [],
  outputs: [],
  merge: undefined,
  isReady: false,
};

/** Metrics that are rendered with the states that a test sets. */
export class SampleMetrics extends Metrics {
  state: ScrapedState;

  constructor(state: Partial<ScrapedState>) {
    super({
      version: "1.2.3",
      jobName: "job",
      clock: new ManualClock({ nowMs: 1_763_805_500_250, monotonicMs: 250 }),
    });
    this.state = { ...BEFORE_ANYTHING, ...state };
  }

  override render(format: ExpositionFormat): Promise<Exposition> {
    return super.render(format, this.state);
  }
}

export function metricsWith(state: Partial<ScrapedState> = {}): SampleMetrics {
  return new SampleMetrics(state);
}

export function eventfulMetrics(): SampleMetrics {
  const metrics = metricsWith({
    lastWindow: {
      ...windowOf([{ word: "a", count: 5 }, { word: 'b "\\\n', count: 3 }, { word: "c", count: 1 }]),
      rising: [{ word: 'r "\\\n', count: 30, expected: 2.5, factor: 3.2 }],
    },
    windowsClosed: 17,
    newWords: 4,
    watermarkMs: 1_763_805_601_250,
    limit: 99.5,
    slideMs: 2_500,
    rateMin: 10,
    gaugeRates: [["task-1", 300], ["task-2", 0]],
    partitions: [
      { topic: "raw-events", partition: 0, lag: 12 },
      { topic: "raw-events", partition: 1, lag: 0 },
      { topic: "raw-events", partition: 2, lag: undefined },
    ],
    outputs: [
      { output: "kafka", sent: 15, dropped: 0, failed: 0, retries: 3, queued: 2 },
      { output: "dead_letters", sent: 40, dropped: 7, failed: 1, retries: 0, queued: 0 },
    ],
    merge: {
      results: { sent: 31, taken: 90, repeated: 1, outdated: 2, foreign: 0 },
      bytes: 12_345,
      words: 678,
      reportedMs: 1_763_805_601_000,
      lag: 4,
      unheard: 1,
    },
    isReady: true,
  });
  metrics.recordsTaken("raw-events", 100, 3100);
  metrics.recordsTaken("raw-events", 20, 620);
  metrics.recordsReplayed("raw-events", 40);
  metrics.wordsCounted(480);
  metrics.recordsSkipped("too_large", 1);
  metrics.recordsSkipped("corrupt", 200_000);
  metrics.wordsSkipped("stop_word", 7);
  metrics.lateRecords("dropped", 2);
  metrics.rebalance();
  metrics.consumerRestart();
  metrics.skippedOffsets("raw-events", 1, 1000);
  metrics.throttled(2_500);
  metrics.snapshotSaved(1_763_805_490_500, 125);
  metrics.snapshotFailed();
  metrics.batch({ records: 100, processingMs: 20, schedulingMs: 3 });
  metrics.batch({ records: 20, processingMs: 4, schedulingMs: 45_000 });
  metrics.batch({ records: 0, processingMs: 0, schedulingMs: 0 });
  return metrics;
}
