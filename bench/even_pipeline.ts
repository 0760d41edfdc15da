// The pipeline that benches count records with: windows of its own over an EvenTopic, or any other aggregation of its words.

import { systemClock } from "../lib/async/clock.ts";
import { makeRecordTexts } from "../lib/extraction/make_record_texts.ts";
import type { Aggregation } from "../lib/pipeline/aggregation.ts";
import { OwnWindows } from "../lib/pipeline/own_windows.ts";
import type { RunNotes } from "../lib/pipeline/run_notes.ts";
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
import { SLIDE_MS, TOP } from "./recount.ts";

const IDLE_MS = 10_000;
const MAX_RECORD_BYTES = 1 << 20;
const MAX_FUTURE_MS = 60_000;

export interface EvenPipelineParts {
  readonly source: FakeSource;
  readonly words: WordTable;
  readonly aggregation: Aggregation;
  readonly watermark: Watermark;
  readonly outputs: FakeOutputs;
  /** Records are in order by default. */
  readonly latenessMs?: number;
  readonly notes?: RunNotes;
}

export function makePipeline(
  { source, words, aggregation, watermark, outputs, latenessMs = 0, notes }: EvenPipelineParts,
): Pipeline {
  const clock = systemClock;
  return new Pipeline({
    source,
    texts: makeRecordTexts(readingRules({ maxRecordBytes: MAX_RECORD_BYTES })),
    tokenizer: corpusTokenizer(words),
    notes,
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
      latenessMs,
      maxFutureMs: MAX_FUTURE_MS,
      maxRecordBytes: MAX_RECORD_BYTES,
    },
  });
}

export function makeWatermark(lengthMs: number, latenessMs = 0): Watermark {
  const aheadMs = 2 * lengthMs + latenessMs;
  return new Watermark({ latenessMs, idleMs: IDLE_MS, aheadMs, slideMs: SLIDE_MS });
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
