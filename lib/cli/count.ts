// `rtcount count`: finite input, counted and put out, and that is all. Lines are one window; envelopes of a topic's dump
// run through the configured one. As a dump brings its partitions in long runs, no window closes before the end of
// input: so no record is late, and every pane is kept.

import type { Log } from "../log/log.ts";
import type { ProgressBar } from "./progress_bar.ts";
import { type RecordTexts, recordTexts, type TextPart } from "../pipeline/record_texts.ts";
import { formatBlock } from "../window/window_block.ts";
import { KcatReader } from "../source/lines/kcat.ts";
import { type Lines, LineSplitter } from "../source/lines/line_splitter.ts";
import { Records } from "../records/records.ts";
import { textBatch } from "../records/text_batch.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import { formatWindowJson, type WindowResult } from "../window/window_result.ts";
import { Tokenizer } from "../words/tokenizer.ts";
import type { WordRules } from "../words/word_rules.ts";
import { WordTable } from "../words/word_table.ts";

/** JSON writes a byte of text in at most so many. */
const MAX_JSON_GROWTH = 6;
/** What a line with an envelope may hold beside key and payload: topic, headers. */
const MAX_ENVELOPE_BYTES = 2 ** 20;
/** Lines are one window, so they have all one time. */
const LINES_TIME = { firstOffset: 0, timestampMs: 0, arrivedMs: 0 };
/** Output is written in pieces of about so many characters. */
const OUTPUT_CHARACTERS = 65_536;

export interface CountOptions {
  /** Read one after the other; none, or `-`: standard input. */
  readonly files: readonly string[];
  readonly format: "lines" | "kcat";
  readonly output: "text" | "json";
  readonly rules: WordRules;
  /** For envelopes; lines are one window of one pane. */
  readonly window: {
    readonly lengthMs: number;
    readonly slideMs: number;
    /** Distinct words held per pane. */
    readonly maxWords: number;
  };
  readonly top: number;
  /** A larger record is skipped. */
  readonly maxRecordBytes: number;
  /** The part of a record that is text; a line has no key. */
  readonly part: TextPart;
  readonly stdin: ReadableStream<Uint8Array>;
  /** Takes whole lines, each with its line end. */
  readonly stdout: (text: string) => void;
  readonly log: Pick<Log, "warn">;
  /** Shown while the input is read. */
  readonly progress?: ProgressBar | undefined;
}

interface Flaws {
  /** Records that were skipped. */
  tooLarge: number;
  noTimestamp: number;
  invalidJson: number;
  /** By how much a count that was put out can be too high. */
  error: number;
}

/** @throws {Error} that names the file which cannot be read, and the line where that is broken. */
export async function runCount(options: CountOptions): Promise<void> {
  const { files, format, log, progress } = options;
  const inputs = files.length === 0 ? ["-"] : files;
  progress?.expect(await totalSize(inputs));
  let flaws: Flaws;
  try {
    flaws = format === "lines" ? await countLines(inputs, options) : await countKcat(inputs, options);
  } finally {
    progress?.finish();
  }
  const { tooLarge, noTimestamp, invalidJson, error } = flaws;
  if (error > 0) {
    log.warn("counts may be too high: there are more words than window.max_words", { by: error });
  }
  if (tooLarge + noTimestamp + invalidJson === 0) return;
  log.warn("skipped records", {
    too_large: tooLarge > 0 ? tooLarge : undefined,
    no_timestamp: noTimestamp > 0 ? noTimestamp : undefined,
    invalid_json: invalidJson > 0 ? invalidJson : undefined,
  });
}

async function countLines(files: readonly string[], options: CountOptions): Promise<Flaws> {
  const { output, rules, window: { maxWords }, top, maxRecordBytes, part, stdout } = options;
  const words = new WordTable();
  const tokenizer = new Tokenizer(rules, words);
  const window = new SlidingWindow({ lengthMs: 1, slideMs: 1, top, words, maxWords });
  const records = new Records();
  const texts = recordTexts(part);
  const flaws = noFlaws();
  for (const file of files) {
    for await (const lines of readLines(file, { ...options, maxLineBytes: maxRecordBytes })) {
      textBatch(lines, LINES_TIME).decode(records, 0);
      flaws.tooLarge += lines.tooLong;
      addRecords(records, { maxRecordBytes, texts, tokenizer, window, flaws });
    }
  }
  options.progress?.finish();
  window.closeUntil(1, (result) => {
    flaws.error = result.error;
    stdout(formatResult({ ...result, startMs: null, endMs: null }, output));
  });
  return flaws;
}

async function countKcat(files: readonly string[], options: CountOptions): Promise<Flaws> {
  const { rules, top, maxRecordBytes, part } = options;
  const words = new WordTable();
  const tokenizer = new Tokenizer(rules, words);
  const window = new SlidingWindow({ ...options.window, top, words });
  const records = new Records();
  const texts = recordTexts(part);
  const flaws = noFlaws();
  const maxLineBytes = maxRecordBytes * MAX_JSON_GROWTH + MAX_ENVELOPE_BYTES;
  for (const file of files) {
    const reader = new KcatReader(file);
    for await (const lines of readLines(file, { ...options, maxLineBytes })) {
      reader.decode(lines, records);
      flaws.tooLarge += lines.tooLong;
      addRecords(records, { maxRecordBytes, texts, tokenizer, window, flaws });
    }
  }
  options.progress?.finish();
  flaws.error = putOutWindows(window, options);
  return flaws;
}

function noFlaws(): Flaws {
  return { tooLarge: 0, noTimestamp: 0, invalidJson: 0, error: 0 };
}

interface AddOptions {
  readonly maxRecordBytes: number;
  readonly texts: RecordTexts;
  readonly tokenizer: Tokenizer;
  readonly window: SlidingWindow;
  readonly flaws: Flaws;
}

/** Adds the records, those of one pane that stand together at once. */
function addRecords(
  records: Records,
  { maxRecordBytes, texts, tokenizer, window, flaws }: AddOptions,
): void {
  const { timestampsMs, count } = records;
  let next = 0;
  while (next < count) {
    const begin = next++;
    if (Number.isNaN(timestampsMs[begin])) flaws.noTimestamp++;
    else if (records.sizeBytes(begin) > maxRecordBytes) flaws.tooLarge++;
    else {
      window.select(timestampsMs[begin]);
      const { paneStartMs, paneEndMs } = window;
      const isAlike = (i: number) => timestampsMs[i] >= paneStartMs && timestampsMs[i] < paneEndMs;
      while (next < count && isAlike(next) && records.sizeBytes(next) <= maxRecordBytes) next++;
      texts.read(records, begin, next);
      flaws.invalidJson += texts.invalid.length;
      texts.addWords(tokenizer, window);
    }
  }
}

/** Returns the largest error of a window. */
function putOutWindows(window: SlidingWindow, { output, stdout }: CountOptions): number {
  let text = "";
  let error = 0;
  window.closeUntil(window.lastPaneEndMs, (result: WindowResult) => {
    text += formatResult(result, output);
    error = Math.max(error, result.error);
    if (text.length < OUTPUT_CHARACTERS) return;
    stdout(text);
    text = "";
  });
  if (text !== "") stdout(text);
  return error;
}

function formatResult(result: WindowResult, output: CountOptions["output"]): string {
  return output === "json" ? `${formatWindowJson(result)}\n` : formatBlock(result);
}

interface ReadOptions {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly maxLineBytes: number;
  readonly progress?: ProgressBar | undefined;
}

/** The file's lines, as many at a time as one read brings; the last one need not end in `\n`. */
async function* readLines(file: string, options: ReadOptions): AsyncGenerator<Lines> {
  const { stdin, maxLineBytes, progress } = options;
  const splitter = new LineSplitter(maxLineBytes);
  try {
    const stream = file === "-" ? stdin : (await Deno.open(file)).readable;
    for await (const chunk of stream) {
      yield splitter.split(chunk);
      progress?.add(chunk.length);
    }
  } catch (cause) {
    const name = file === "-" ? "standard input" : `"${file}"`;
    throw new Error(`cannot read ${name}`, { cause });
  }
  yield splitter.finish();
}

/** Undefined where an input is no plain file; one that is not there is another's to complain of. */
async function totalSize(files: readonly string[]): Promise<number | undefined> {
  let total = 0;
  for (const file of files) {
    if (file === "-") return undefined;
    try {
      const { isFile, size } = await Deno.stat(file);
      if (!isFile) return undefined;
      total += size;
    } catch (error) {
      if (error instanceof Error) return undefined;
      throw error;
    }
  }
  return total;
}
