// The pipeline that counts the records of an EvenTopic, with windows of its own or with other aggregations of its words.

import { systemClock } from "../lib/async/clock.ts";
import { makeRecordTexts } from "../lib/extraction/make_record_texts.ts";
import type { Aggregation } from "../lib/pipeline/aggregation.ts";
import { OwnWindows } from "../lib/pipeline/own_windows.ts";
import { Pipeline } from "../lib/pipeline/pipeline.ts";
import { Governor } from "../lib/rate/governor.ts";
import { SlidingWindow } from "../lib/window/sliding_window.ts";
import { Watermark } from "../lib/window/watermark.ts";
import { WordTable } from "../lib/words/word_table.ts";
import type { FakeOutputs } from "../tests/fakes/fake_outputs.ts";
import type { FakeSource } from "../tests/fakes/fake_source.ts";
import { readingRules } from "../tests/fakes/reading_rules.ts";
import { silentLog } from "../tests/fakes/silent_log.ts";
import { silentTally } from "../tests/fakes/silent_tally.ts";
import { UNLIMITED } from "../tests/pipeline/pipeline_rig.ts";
import { corpusTokenizer } from "./corpus.ts";

export const SLIDE_MS = 2_000;
export const TOP = 20;
const IDLE_MS = 10_000;
const MAX_RECORD_BYTES = 1 << 20;

export interface EvenPipelineParts {
  readonly source: FakeSource;
  readonly words: WordTable;
  readonly aggregation: Aggregation;
  readonly watermark: Watermark;
  readonly outputs: FakeOutputs;
}

export function makePipeline(
  { source, words, aggregation, watermark, outputs }: EvenPipelineParts,
): Pipeline {
  const clock = systemClock;
  return new Pipeline({
    source,
    texts: makeRecordTexts(readingRules({ maxRecordBytes: MAX_RECORD_BYTES })),
    tokenizer: corpusTokenizer(words),
    aggregation,
    watermark,
    governor: new Governor(UNLIMITED, clock.monotonicMs()),
    outputs,
    tally: silentTally,
    clock,
    log: silentLog,
    rules: {
      time: "event",
      slideMs: SLIDE_MS,
      latenessMs: 0,
      maxFutureMs: 60_000,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
  });
}

export function makeWatermark(lengthMs: number): Watermark {
  return new Watermark({ latenessMs: 0, idleMs: IDLE_MS, aheadMs: 2 * lengthMs, slideMs: SLIDE_MS });
}

/** A pipeline that makes the windows itself. */
export function makeOwnWindows({ source, outputs, lengthMs, maxWords }: {
  readonly source: FakeSource;
  readonly outputs: FakeOutputs;
  readonly lengthMs: number;
  /** Unbounded by default. */
  readonly maxWords?: number;
}): Pipeline {
  const words = new WordTable();
  const times = { lengthMs, slideMs: SLIDE_MS };
  const window = new SlidingWindow({ ...times, top: TOP, words, maxWords });
  const watermark = makeWatermark(lengthMs);
  const parts = { source, words, window, watermark, outputs, clock: systemClock };
  const aggregation = new OwnWindows({ ...parts, ...times, time: "event" });
  return makePipeline({ source, words, aggregation, watermark, outputs });
}
