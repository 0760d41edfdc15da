// A RunCounter counts the words of a run of records, and reports what is skipped, filtered or late.

import type { RecordTexts } from "../extraction/record_texts.ts";
import type { PartitionQueue } from "../records/partition_queue.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { RecordOutcome } from "../window/sliding_window.ts";
import type { Tokenizer } from "../words/tokenizer.ts";
import type { LaneTally } from "./lane_tally.ts";
import type { PaneCounts } from "./pane_counts.ts";
import type { RecordTally } from "./record_tally.ts";
import type { RunNotes } from "./run_notes.ts";
import type { SkipReporter } from "./skip_reporter.ts";

export interface RunCounterParts {
  readonly texts: RecordTexts;
  readonly tokenizer: Tokenizer;
  readonly panes: PaneCounts;
  readonly tally: RecordTally;
  readonly skips: SkipReporter;
  /** Undefined where nobody asks for the records of words. */
  readonly notes?: RunNotes | undefined;
}

/** The records `from <= i < to` of a queue's head, which are in the selected pane. */
export interface Run {
  readonly queue: PartitionQueue;
  /** The index of the partition in the assignment. */
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** `reported`: the pane log has their counts, so they are not counted again. */
  readonly outcome: RecordOutcome | "reported";
  /** An earlier run of the process has counted them. */
  readonly replay: boolean;
  /** Takes what the run adds to the metrics. */
  readonly tally: LaneTally;
}

export interface CountedRun {
  /** The index after the last record that was dealt with: fewer than all where a time limit has ended the run. */
  readonly to: number;
  /** The index of the first record with words in the pane; -1 for none. */
  readonly firstCounted: number;
}

export class RunCounter {
  readonly #parts: RunCounterParts;

  constructor(parts: RunCounterParts) {
    this.#parts = parts;
  }

  count(run: Run): CountedRun {
    const { texts, tokenizer, tally, skips } = this.#parts;
    const { queue, from, to, outcome, replay } = run;
    const hasWords = outcome === "counted" || outcome === "late_counted";
    let ready = texts.read(queue.records, from, to);
    if (ready === to - from && hasWords) ready = texts.match(tokenizer);
    if (ready === 0) {
      this.skip(texts.limitReason, run);
      return { to: from + 1, firstCounted: -1 };
    }
    if (ready < to - from) return this.count({ ...run, to: from + ready });
    for (const { index, reason } of texts.skipped) this.skip(reason, { queue, from: index, replay });
    const { counted, filtered } = texts;
    if (!replay) run.tally.filtered(filtered);
    if (counted === 0) return { to, firstCounted: -1 };
    if (!replay && outcome === "late_counted") tally.lateRecords("counted", counted);
    if (!replay && outcome === "late_dropped") tally.lateRecords("dropped", counted);
    if (!replay && outcome === "out_of_scope") {
      skips.beforeStart({ queue, index: texts.firstCounted }, counted);
    }
    if (!hasWords) return { to, firstCounted: -1 };
    this.#addWords(run, counted);
    return { to, firstCounted: texts.firstCounted };
  }

  /** Reports the record with the index `from`. */
  skip(reason: RecordSkipReason, { queue, from, replay }: Pick<Run, "queue" | "from" | "replay">): void {
    this.#parts.skips.record({ queue, index: from, reason }, replay);
  }

  #addWords({ partition, replay, tally: laneTally }: Run, records: number): void {
    const { texts, tokenizer, panes, tally, skips, notes } = this.#parts;
    const { tooLong, tooShort, stopWord } = tokenizer.skipped;
    const noted = notes?.ofRun({ partition, startMs: panes.paneStartMs });
    const words = texts.addWords(tokenizer, panes, noted);
    if (replay) return;
    const { skipped } = tokenizer;
    laneTally.counted(records, words);
    skips.counted();
    if (skipped.tooLong > tooLong) tally.wordsSkipped("too_long", skipped.tooLong - tooLong);
    if (skipped.tooShort > tooShort) tally.wordsSkipped("too_short", skipped.tooShort - tooShort);
    if (skipped.stopWord > stopWord) tally.wordsSkipped("stop_word", skipped.stopWord - stopWord);
  }
}
