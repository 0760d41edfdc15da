// A pipeline with its parts, on a manual clock, between a source that a test feeds and outputs that a test reads.

import { OwnWindows } from "../../lib/pipeline/own_windows.ts";
import { Pipeline, type Tally } from "../../lib/pipeline/pipeline.ts";
import { RunNotes } from "../../lib/pipeline/run_notes.ts";
import { Governor, type RateSettings } from "../../lib/rate/governor.ts";
import { makeRecordTexts } from "../../lib/extraction/make_record_texts.ts";
import type { ReadingRules } from "../../lib/extraction/reading_rules.ts";
import type { SchemaSource } from "../../lib/formats/schema/value_schema.ts";
import type { Log } from "../../lib/log/log.ts";
import { NewWords, type NewWordsOptions } from "../../lib/trends/new_words.ts";
import { Trends } from "../../lib/trends/trends.ts";
import { SlidingWindow } from "../../lib/window/sliding_window.ts";
import { Watermark } from "../../lib/window/watermark.ts";
import { LastPlaces } from "../../lib/words/last_places.ts";
import { Tokenizer } from "../../lib/words/tokenizer.ts";
import type { SplitRule } from "../../lib/words/word_rules.ts";
import { WordTable } from "../../lib/words/word_table.ts";
import { FakeOutputs } from "../fakes/fake_outputs.ts";
import { type FakeRecord, FakeSource } from "../fakes/fake_source.ts";
import { ManualClock } from "../fakes/manual_clock.ts";
import { readingRules } from "../fakes/reading_rules.ts";
import { silentLog } from "../fakes/silent_log.ts";

export const UNLIMITED: RateSettings = {
  backpressure: false,
  min: 10,
  initial: 1000,
  intervalMs: 1000,
  pid: { proportional: 1, integral: 0.2, derivative: 0 },
};

export interface Settings {
  readonly lengthMs?: number;
  readonly slideMs?: number;
  readonly latenessMs?: number;
  readonly idleMs?: number;
  readonly maxFutureMs?: number;
  readonly maxRecordBytes?: number;
  readonly maxWords?: number;
  readonly maxWordBytes?: number;
  readonly time?: "event" | "processing";
  readonly rate?: RateSettings;
  readonly clock?: ManualClock;
  readonly stopWords?: readonly string[];
  readonly reading?: Partial<ReadingRules>;
  readonly schemas?: SchemaSource;
  /** Compares windows with earlier ones. */
  readonly rising?: { readonly baselineWindows: number; readonly minCount: number };
  /** Looks for new words. */
  readonly newWords?: Pick<NewWordsOptions, "memoryMs" | "learnMs" | "minCount">;
  readonly log?: Log;
  /** The pattern of words; without one, commas separate them. */
  readonly pattern?: string;
}

class CountingTally implements Tally {
  readonly counts: Record<string, number> = {};

  #add(name: string, by: number): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
  }
  recordsTaken(topic: string, records: number, bytes: number): void {
    this.#add(`taken ${topic}`, records);
    this.#add(`bytes ${topic}`, bytes);
  }
  recordsReplayed = (topic: string, records: number) => this.#add(`replayed ${topic}`, records);
  recordsFiltered = (topic: string, records: number) => this.#add(`filtered ${topic}`, records);
  recordsCounted = (records: number) => this.#add("counted", records);
  recordsSkipped = (reason: string, records: number) => this.#add(`skipped ${reason}`, records);
  lateRecords = (outcome: string, records: number) => this.#add(`late ${outcome}`, records);
  wordsCounted = (words: number) => this.#add("words", words);
  wordsSkipped = (reason: string, words: number) => this.#add(`words ${reason}`, words);
  batch = () => this.#add("batches", 1);
}

export function rig(settings: Settings = {}) {
  const { lengthMs = 10_000, slideMs = 2_000, latenessMs = 0, idleMs = 10_000, time = "event" } = settings;
  const source = new FakeSource();
  const clock = settings.clock ?? new ManualClock({ nowMs: 1_000_000 });
  const places = new LastPlaces({ slideMs });
  const words = new WordTable({ places });
  const split: SplitRule = settings.pattern === undefined
    ? { kind: "separator", separator: "," }
    : { kind: "pattern", pattern: settings.pattern };
  const rules = { split, trim: true, lowercase: false };
  const tokenizer = new Tokenizer(
    { ...rules, minLength: 1, maxLength: 256, stopWords: settings.stopWords ?? [] },
    words,
  );
  const trends = settings.rising === undefined
    ? undefined
    : new Trends({ words, lengthMs, slideMs, log: settings.log ?? silentLog, ...settings.rising });
  const newWords = settings.newWords &&
    new NewWords({ words, slideMs, isSaved: true, log: settings.log ?? silentLog, ...settings.newWords });
  const observers = [trends, newWords].filter((observer) => observer !== undefined);
  const { maxWords, maxWordBytes } = settings;
  const window = new SlidingWindow({
    lengthMs,
    slideMs,
    top: 1000,
    words,
    maxWords,
    maxWordBytes,
    observers,
  });
  const watermark = new Watermark({ latenessMs, idleMs, aheadMs: 2 * lengthMs + latenessMs });
  const tally = new CountingTally();
  const outputs = new FakeOutputs();
  const windows = new OwnWindows({
    source,
    words,
    window,
    watermark,
    outputs,
    clock,
    lengthMs,
    slideMs,
    time,
    trends,
    newWords,
  });
  const pipeline = new Pipeline({
    source,
    tokenizer,
    notes: new RunNotes(places),
    aggregation: windows,
    watermark,
    governor: new Governor(settings.rate ?? UNLIMITED, clock.monotonicMs()),
    tally,
    clock,
    log: silentLog,
    outputs,
    texts: makeRecordTexts(
      readingRules({ maxRecordBytes: settings.maxRecordBytes ?? 100, ...settings.reading }),
      settings.schemas,
    ),
    rules: {
      time,
      slideMs,
      latenessMs,
      maxFutureMs: settings.maxFutureMs ?? 60_000,
      maxRecordBytes: settings.maxRecordBytes ?? 100,
    },
  });
  const run = (turns = 200) => {
    for (let n = 0; n < turns; n++) pipeline.turn();
  };
  return {
    source,
    clock,
    pipeline,
    words,
    windows,
    outputs,
    closed: outputs.results,
    run,
    counts: tally.counts,
  };
}

export function at(offset: number, timestampMs: number, value: string | null = "a"): FakeRecord {
  return { offset, timestampMs, value };
}
