// SelectedTexts reads records by all keys of the configuration: conditions, times, weights, and any texts. It works on
// columns of a run of records, in one pass over each value.

import { FoundValues, VALUE } from "../formats/found_values.ts";
import type { SchemaSource } from "../formats/schema/value_schema.ts";
import type { Records } from "../records/records.ts";
import type { RecordSkipReason } from "../records/skip_reason.ts";
import { parseNumber } from "../text/number_text.ts";
import type { Tokenizer } from "../words/tokenizer.ts";
import { Conditions } from "./conditions.ts";
import { eventTimeMs } from "./event_time.ts";
import type { ReadingRules, TimestampRule } from "./reading_rules.ts";
import { RecordRun } from "./record_run.ts";
import type { NotedWords, RecordTexts, SchemaWait, UnreadableRecord, WordSink } from "./record_texts.ts";
import { Replacement } from "./replacement.ts";
import { COUNTED, faultState, FILTERED, reasonOf } from "./row_state.ts";
import { type TextCollector, textCollector } from "./text_collector.ts";
import { TextList } from "./text_list.ts";
import { TextSpans } from "./text_spans.ts";
import { ValueBlock, WantedPaths } from "./value_block.ts";
import { makeValueReader } from "./value_reader.ts";

const INITIAL_ROWS = 256;
const INITIAL_WORDS = 1024;
const INVALID_TIMESTAMP = faultState("invalid_timestamp");
const INVALID_WEIGHT = faultState("invalid_weight");
const TOO_LARGE = faultState("too_large");

const encoder = new TextEncoder();

export class SelectedTexts implements RecordTexts {
  readonly needsHeaders: boolean;
  readonly isPrompt = false;
  readonly findsTimes: boolean;
  readonly schemas: SchemaWait | undefined;
  readonly skipped: UnreadableRecord[] = [];
  filtered = 0;
  counted = 0;
  firstCounted = 0;
  limitReason: RecordSkipReason = "pattern_limit";
  /** Undefined where nothing is read from the values. */
  readonly #block: ValueBlock | undefined;
  readonly #run: RecordRun;
  readonly #timestamp: (TimestampRule & { readonly index: number }) | undefined;
  readonly #conditions: Conditions;
  readonly #weight: number | undefined;
  readonly #collect: TextCollector;
  readonly #replacements: readonly Replacement[];
  /** The number of texts that become one, and the bytes between them. */
  readonly #joined: { readonly count: number; readonly joiner: Uint8Array } | undefined;
  readonly #texts = new TextList();
  /** Texts that stand in the records, where others do not. */
  readonly #mixed = new TextSpans();
  /** Texts that stand in the records: the list itself, or #mixed. */
  #inPlace = this.#mixed;
  /** Texts that were made. */
  readonly #made = new TextSpans();
  /** A text has grown too long, so that not all texts of the list count. */
  #hasTooLong = false;
  /** By row. */
  #weights = new Float64Array(INITIAL_ROWS);
  #wordWeights = new Float64Array(INITIAL_WORDS);
  /** By text. */
  #textOffsets = new Float64Array(INITIAL_ROWS);

  /** @throws {SyntaxError} for an invalid path or pattern */
  constructor(rules: ReadingRules, schemas?: SchemaSource) {
    const { format, timestamp, where, from, keyFormat, replace, weight, maxRecordBytes } = rules;
    const paths = new WantedPaths();
    const inMilliseconds = timestamp?.format === "unix_ms";
    this.#timestamp = timestamp && { ...timestamp, index: paths.add(timestamp.path, { inMilliseconds }) };
    this.#conditions = new Conditions(where, { paths, keyFormat });
    this.#weight = weight === undefined ? undefined : paths.add(weight);
    this.#collect = textCollector(rules, paths);
    this.#replacements = replace.map((rule) => new Replacement(rule));
    this.#joined = from.kind === "fields"
      ? { count: from.paths.length, joiner: encoder.encode(from.joiner) }
      : undefined;
    // Without times to find, the caller has judged the sizes before.
    const maxBytes = timestamp === undefined ? Infinity : maxRecordBytes;
    const values = format === "text" ? undefined : makeValueReader(format, paths.values, schemas);
    this.#block = values && new ValueBlock(values, { maxRecordBytes: maxBytes });
    this.#run = new RecordRun(this.#block?.found ?? new FoundValues(paths.values.length));
    this.findsTimes = timestamp !== undefined;
    this.schemas = values?.schemas;
    this.needsHeaders = from.kind === "header" || where.some(({ subject }) => subject.kind === "header") ||
      this.schemas !== undefined;
  }

  findTimes(records: Records, from: number, to: number): void {
    const block = this.#block;
    const timestamp = this.#timestamp;
    if (block === undefined || timestamp === undefined) return;
    block.read(records, from, to);
    const { timesMs } = records;
    for (let index = from; index < to; index++) {
      const row = index - from;
      const isReadable = block.states[row] === COUNTED;
      const timeMs = isReadable ? eventTimeMs(block.found, row, timestamp.index, timestamp.format) : NaN;
      if (isReadable && Number.isNaN(timeMs)) block.states[row] = INVALID_TIMESTAMP;
      timesMs[index] = timeMs;
    }
  }

  faultOf(index: number): RecordSkipReason | undefined {
    return this.#block && reasonOf(this.#block.states[index - this.#block.from]);
  }

  read(records: Records, from: number, to: number): number {
    const block = this.#block;
    const run = this.#run;
    if (block !== undefined && !this.findsTimes) block.read(records, from, to);
    run.begin(records, { base: block?.from ?? from, from, to, states: block?.states });
    this.limitReason = "pattern_limit";
    const decided = this.#conditions.apply(run);
    if (decided < run.length) return decided;
    if (this.#weight !== undefined) this.#readWeights(this.#weight);
    this.#collectTexts();
    return run.length;
  }

  match(tokenizer: Tokenizer): number {
    const run = this.#run;
    const texts = this.#texts;
    for (const replacement of this.#replacements) {
      const { done, lack, tooLong } = replacement.apply(texts);
      if (lack !== undefined) {
        this.limitReason = lack === "time" ? "pattern_limit" : "too_large";
        return run.countBefore(texts.row(done));
      }
      if (tooLong.length === 0) continue;
      for (const index of tooLong) run.states[texts.row(index)] = TOO_LARGE;
      this.#hasTooLong = true;
      this.#summarize();
    }
    this.#groupTexts();
    const [inPlace, made] = [this.#inPlace, this.#made];
    const matched = tokenizer.match([inPlace.range, made.range]);
    if (matched === inPlace.count + made.count) return run.length;
    const madeMatched = Math.max(0, matched - inPlace.count);
    const firstInPlace = matched < inPlace.count ? inPlace.rows[matched] : Infinity;
    const firstMade = madeMatched < made.count ? made.rows[madeMatched] : Infinity;
    return run.countBefore(Math.min(firstInPlace, firstMade));
  }

  addWords(tokenizer: Tokenizer, sink: WordSink, noted?: NotedWords): number {
    tokenizer.notesTexts = noted !== undefined || this.#weight !== undefined;
    return this.#addSpans(this.#inPlace, this.counted, { tokenizer, sink, noted }) +
      this.#addSpans(this.#made, 0, { tokenizer, sink, noted });
  }

  #readWeights(path: number): void {
    const { found, states, firstRow, endRow } = this.#run;
    if (this.#weights.length < endRow) this.#weights = new Float64Array(endRow * 2);
    for (let row = firstRow; row < endRow; row++) {
      if (states[row] !== COUNTED) continue;
      const isNumber = found.kind(row, path) === VALUE.number;
      const weight = isNumber
        ? parseNumber(found.bytes(row, path), found.start(row, path), found.end(row, path))
        : NaN;
      if (Number.isSafeInteger(weight) && weight >= 0) this.#weights[row] = weight;
      else states[row] = INVALID_WEIGHT;
    }
  }

  #collectTexts(): void {
    const run = this.#run;
    const { states, firstRow, endRow } = run;
    const texts = this.#texts;
    texts.reset(run.records.bytes);
    this.#hasTooLong = false;
    let counted = 0;
    for (let row = firstRow; row < endRow; row++) {
      if (states[row] !== COUNTED) continue;
      const state = this.#collect(run, row, texts);
      if (state === COUNTED) counted++;
      else states[row] = state;
    }
    if (counted < run.length) this.#summarize();
    else {
      this.skipped.length = 0;
      this.filtered = 0;
      this.counted = counted;
      this.firstCounted = run.base + firstRow;
    }
  }

  #summarize(): void {
    const { states, base, firstRow, endRow } = this.#run;
    this.skipped.length = 0;
    this.filtered = 0;
    this.firstCounted = -1;
    for (let row = firstRow; row < endRow; row++) {
      const state = states[row];
      if (state === FILTERED) this.filtered++;
      else if (state !== COUNTED) {
        const reason = reasonOf(state);
        if (reason !== undefined) this.skipped.push({ index: base + row, reason });
      } else if (this.firstCounted < 0) this.firstCounted = base + row;
    }
    this.counted = endRow - firstRow - this.filtered - this.skipped.length;
  }

  /** Separates the texts that stand in the records from the made ones, and joins those of several fields. */
  #groupTexts(): void {
    const texts = this.#texts;
    const { states, records } = this.#run;
    const made = this.#made;
    made.reset(texts.made.bytes);
    const all = this.#joined === undefined && !this.#hasTooLong ? texts.inPlace : undefined;
    this.#inPlace = all ?? this.#mixed;
    if (all !== undefined) return;
    const inPlace = this.#mixed;
    inPlace.reset(records.bytes);
    const step = this.#joined?.count ?? 1;
    for (let index = 0; index < texts.count; index += step) {
      const row = texts.row(index);
      if (states[row] !== COUNTED) continue;
      if (this.#joined !== undefined) {
        const start = this.#join(index, this.#joined);
        made.push(row, start, texts.made.end);
      } else if (texts.isMade(index)) made.push(row, texts.start(index), texts.end(index));
      else inPlace.push(row, texts.start(index), texts.end(index));
    }
    // Joining may have replaced the array.
    made.bytes = texts.made.bytes;
  }

  /** Joins texts from `first` on at the end of the made bytes; returns where they begin. */
  #join(first: number, { count, joiner }: { readonly count: number; readonly joiner: Uint8Array }): number {
    const texts = this.#texts;
    const { made } = texts;
    const start = made.end;
    for (let index = first; index < first + count; index++) {
      if (index > first) made.addBytes(joiner, 0, joiner.length);
      made.addBytes(texts.bytes(index), texts.start(index), texts.end(index));
    }
    return start;
  }

  #addSpans(
    spans: TextSpans,
    records: number,
    { tokenizer, sink, noted }: {
      readonly tokenizer: Tokenizer;
      readonly sink: WordSink;
      readonly noted: NotedWords | undefined;
    },
  ): number {
    const { bytes, starts, ends, count } = spans;
    const idCount = tokenizer.tokenize(bytes, starts, ends, 0, count);
    const { ids } = tokenizer;
    noted?.note({ ids, idCount, textIndexes: tokenizer.textIndexes, offsets: this.#offsetsOf(spans) });
    if (this.#weight === undefined) {
      sink.add(ids, idCount, records);
      return idCount;
    }
    if (this.#wordWeights.length < idCount) this.#wordWeights = new Float64Array(idCount * 2);
    const weights = this.#wordWeights;
    const { textIndexes } = tokenizer;
    let words = 0;
    for (let i = 0; i < idCount; i++) {
      const weight = this.#weights[spans.rows[textIndexes[i]]];
      weights[i] = weight;
      words += weight;
    }
    sink.addWeighted({ ids, idCount, weights }, records);
    return words;
  }

  #offsetsOf({ rows, count }: TextSpans): Float64Array {
    const { base, records: { offsets } } = this.#run;
    if (this.#textOffsets.length < count) this.#textOffsets = new Float64Array(count * 2);
    const textOffsets = this.#textOffsets;
    for (let i = 0; i < count; i++) textOffsets[i] = offsets[base + rows[i]];
    return textOffsets;
  }
}
