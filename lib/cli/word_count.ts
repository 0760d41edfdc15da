// WordCount counts the words of finite input in one window, or in the configured windows, and prints the result.

import { makeRecordTexts } from "../extraction/make_record_texts.ts";
import type { ReadingRules } from "../extraction/reading_rules.ts";
import type { SchemaSource } from "../formats/schema/value_schema.ts";
import type { Log } from "../log/log.ts";
import { RECORD_SKIP_REASONS } from "../records/skip_reason.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import { formatBlock } from "../window/window_block.ts";
import { formatWindowJson, type WindowResult } from "../window/window_result.ts";
import { Tokenizer } from "../words/tokenizer.ts";
import type { WordRules } from "../words/word_rules.ts";
import { WordTable } from "../words/word_table.ts";
import { RecordAdder } from "./record_adder.ts";

/** A single window has one pane: all records share a time. */
const SINGLE_WINDOW = { lengthMs: 1, slideMs: 1 };
/** Output is written in pieces of about this size. */
const OUTPUT_CHARACTERS = 65_536;

export interface WordCountOptions {
  /** Whether all records are one window, whatever their dates. */
  readonly isSingle: boolean;
  readonly rules: WordRules;
  readonly window: {
    readonly lengthMs: number;
    readonly slideMs: number;
    /** Distinct words per pane, also of a single window. */
    readonly maxWords: number;
    /** The bytes of all words. */
    readonly maxWordBytes?: number;
  };
  readonly top: number;
  /** The rules by which records are read. A line has no key and no headers. */
  readonly reading: ReadingRules;
  /** The schemas of the values, if their format has schemas. */
  readonly schemas?: SchemaSource | undefined;
}

export interface PrintOptions {
  readonly output: "text" | "json";
  /** By topic; undefined where the records are of no topic. */
  readonly partitions?: Readonly<Record<string, readonly number[]>> | undefined;
  /** Writes whole lines, each with its line end. */
  readonly stdout: (text: string) => void;
  readonly log: Pick<Log, "warn">;
}

export class WordCount {
  /** The records are added here. */
  readonly adder: RecordAdder;
  readonly #window: SlidingWindow;
  readonly #isSingle: boolean;

  constructor({ isSingle, rules, window, top, reading, schemas }: WordCountOptions) {
    const words = new WordTable();
    const isWeighted = reading.weight !== undefined;
    const panes = { ...window, ...(isSingle ? SINGLE_WINDOW : {}) };
    this.#window = new SlidingWindow({ ...panes, top, words, isWeighted });
    this.#isSingle = isSingle;
    this.adder = new RecordAdder(this.#window, {
      tokenizer: new Tokenizer(rules, words),
      texts: makeRecordTexts(isSingle ? { ...reading, timestamp: undefined } : reading, schemas),
      maxRecordBytes: reading.maxRecordBytes,
      isSingle,
    });
  }

  /** Prints all windows, and what was skipped. */
  print({ output, partitions, stdout, log }: PrintOptions): void {
    let text = "";
    let error = 0;
    this.#window.closeUntil(this.#isSingle ? 1 : this.#window.lastPaneEndMs, (closed: WindowResult) => {
      const result = this.#isSingle ? { ...closed, startMs: null, endMs: null } : closed;
      text += output === "json" ? `${formatWindowJson(result, partitions)}\n` : formatBlock(result);
      error = Math.max(error, result.error);
      if (text.length < OUTPUT_CHARACTERS) return;
      stdout(text);
      text = "";
    });
    if (text !== "") stdout(text);
    if (error > 0) {
      log.warn(
        "counts may be too high: there are more words than window.max_words or window.max_word_bytes",
        { by: error },
      );
    }
    const { skipped } = this.adder;
    const inOrder = RECORD_SKIP_REASONS.filter((reason) => skipped.has(reason))
      .map((reason) => [reason, skipped.get(reason)] as const);
    if (inOrder.length > 0) log.warn("skipped records", Object.fromEntries(inOrder));
  }
}
