// RecordTexts is the interface through which lanes read records: it says which of them count, when, by how much, and
// which texts of them become words. A run of records is read before it is counted, since a record that is skipped or
// filtered cannot be late.

import type { Records } from "../records/records.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { WeightedWords } from "../window/window_options.ts";
import type { PlacedWords } from "../words/last_places.ts";
import type { Tokenizer } from "../words/tokenizer.ts";

/** Takes the words of records. */
export interface WordSink {
  add(ids: Int32Array, idCount: number, records: number): void;
  addWeighted(words: WeightedWords, records: number): void;
}

/** Takes the records in which words occur. */
export interface NotedWords {
  note(words: PlacedWords): void;
}

/** A record that is skipped, by its index. */
export interface UnreadableRecord {
  readonly index: number;
  readonly reason: RecordSkipReason;
}

/** The schemas of records, which may have to be fetched before the records are read. */
export interface SchemaWait {
  /** Grows whenever an answer has arrived. */
  readonly arrivals: number;
  /**
   * The index of the first of the records `from <= i < to` whose schema is not known yet, and is asked for; `to` if there
   * is none. They stay readable until the event loop turns.
   */
  readableUntil(records: Records, from: number, to: number): number;
}

export interface RecordTexts {
  /** Whether it reads the headers of records. */
  readonly needsHeaders: boolean;
  /** Whether no record takes long for its size, as one may on which a pattern runs. */
  readonly isPrompt: boolean;
  /** Whether event times are in the values: then `findTimes` goes before `read`. */
  readonly findsTimes: boolean;
  /** Undefined if no schema has to be fetched; otherwise its `readableUntil` goes before all else. */
  readonly schemas: SchemaWait | undefined;
  /** Sets `records.timesMs` of the records `from <= i < to`; NaN for one without a time, of which `faultOf` says why. */
  findTimes(records: Records, from: number, to: number): void;
  /** The reason for which a record that `findTimes` has seen is skipped, whatever else it contains. */
  faultOf(index: number): RecordSkipReason | undefined;
  /**
   * Reads the records `from <= i < to`, which `findTimes` has just seen if it has to. Returns how many of them it has
   * read: fewer than all where a pattern's time has run out, then a shorter run is read. At 0 the first record exceeds
   * the limit.
   */
  read(records: Records, from: number, to: number): number;
  /**
   * Makes the texts of the records last read ready. Returns for how many records: fewer than all where a pattern's time
   * or room has run out, then a shorter run is read. At 0 the first record exceeds a limit.
   */
  match(tokenizer: Tokenizer): number;
  /** The records last read that are skipped, ascending. Final after `match`. */
  readonly skipped: readonly UnreadableRecord[];
  /** The number of records last read that fail a condition. */
  readonly filtered: number;
  /** The number of records last read that count. */
  readonly counted: number;
  /** The index of the first one that counts. */
  readonly firstCounted: number;
  /** The reason where `read` or `match` has returned 0. */
  readonly limitReason: RecordSkipReason;
  /**
   * Adds the words of the records last read to the selected pane; returns how many there were, or the sum of weights.
   * `noted` gets them before, with their records.
   */
  addWords(tokenizer: Tokenizer, sink: WordSink, noted?: NotedWords): number;
}
