// `rtcount count` counts the words of finite input. Plain lines form a single window; records dumped by kcat go through
// the configured window. A dump lists one partition after the other, so all windows stay open until the end of input,
// and no record is late.

import type { Log } from "../log/log.ts";
import type { ProgressBar } from "./progress_bar.ts";
import { RecordAdder } from "./record_adder.ts";
import { makeRecordTexts } from "../extraction/make_record_texts.ts";
import type { ReadingRules } from "../extraction/reading_rules.ts";
import { formatBlock } from "../window/window_block.ts";
import { KcatReader } from "../source/lines/kcat.ts";
import { type Lines, LineSplitter } from "../source/lines/line_splitter.ts";
import { plainText } from "../source/lines/plain_text.ts";
import { Records } from "../records/records.ts";
import { textBatch } from "../records/text_batch.ts";
import { SlidingWindow } from "../window/sliding_window.ts";
import { formatWindowJson, type WindowResult } from "../window/window_result.ts";
import { Tokenizer } from "../words/tokenizer.ts";
import type { WordRules } from "../words/word_rules.ts";
import { WordTable } from "../words/word_table.ts";

/** JSON writes one byte of text in up to six. */
const MAX_JSON_GROWTH = 6;
/** The room in an envelope for everything but key and payload: topic, headers. */
const MAX_ENVELOPE_BYTES = 2 ** 20;
/** Lines are one window of one pane, so that they share a time. */
const LINES_WINDOW = { lengthMs: 1, slideMs: 1 };
const LINES_TIME = { firstOffset: 0, timestampMs: 0, arrivedMs: 0 };
/** Output is written in pieces of about this size. */
const OUTPUT_CHARACTERS = 65_536;

export interface CountOptions {
  /** None, or `-`, is standard input. */
  readonly files: readonly string[];
  readonly format: "lines" | "kcat";
  readonly output: "text" | "json";
  readonly rules: WordRules;
  /** The window of envelopes. */
  readonly window: {
    readonly lengthMs: number;
    readonly slideMs: number;
    /** Distinct words per pane, also of lines. */
    readonly maxWords: number;
    /** The bytes of all words. */
    readonly maxWordBytes?: number;
  };
  readonly top: number;
  /** The rules by which records are read. A line has no key and no headers. */
  readonly reading: ReadingRules;
  readonly stdin: ReadableStream<Uint8Array>;
  /** Writes whole lines, each with its line end. */
  readonly stdout: (text: string) => void;
  readonly log: Pick<Log, "warn">;
  readonly progress?: ProgressBar | undefined;
}

/** @throws {Error} that names a file which cannot be read, and the broken line of an envelope */
export async function runCount(options: CountOptions): Promise<void> {
  const { files, format, rules, top, reading, log, progress } = options;
  const { maxRecordBytes } = reading;
  const isLines = format === "lines";
  const inputs = files.length === 0 ? ["-"] : files;
  const words = new WordTable();
  const isWeighted = reading.weight !== undefined;
  const window = new SlidingWindow({
    ...options.window,
    ...(isLines ? LINES_WINDOW : {}),
    top,
    words,
    isWeighted,
  });
  const texts = makeRecordTexts(isLines ? { ...reading, timestamp: undefined } : reading);
  const tokenizer = new Tokenizer(rules, words, { notesTexts: isWeighted });
  const adder = new RecordAdder(window, { tokenizer, texts, maxRecordBytes });
  const maxLineBytes = isLines ? maxRecordBytes : maxRecordBytes * MAX_JSON_GROWTH + MAX_ENVELOPE_BYTES;
  const records = new Records();
  adder.prepare(records);
  progress?.expect(await totalSize(inputs));
  try {
    for (const file of inputs) {
      const kcat = new KcatReader(file);
      for await (const lines of readLines(file, { ...options, maxLineBytes })) {
        if (isLines) textBatch(lines, LINES_TIME).decode(records, 0);
        else kcat.decode(lines, records);
        adder.skip("too_large", lines.tooLong);
        adder.add(records);
      }
    }
  } finally {
    progress?.finish();
  }
  const error = writeWindows(window, options);
  if (error > 0) {
    log.warn("counts may be too high: there are more words than window.max_words or window.max_word_bytes", {
      by: error,
    });
  }
  if (adder.skipped.size > 0) log.warn("skipped records", Object.fromEntries(adder.skipped));
}

/** Returns the largest error of a window. */
function writeWindows(window: SlidingWindow, { format, output, stdout }: CountOptions): number {
  const isLines = format === "lines";
  let text = "";
  let error = 0;
  window.closeUntil(isLines ? 1 : window.lastPaneEndMs, (closed: WindowResult) => {
    const result = isLines ? { ...closed, startMs: null, endMs: null } : closed;
    text += output === "json" ? `${formatWindowJson(result)}\n` : formatBlock(result);
    error = Math.max(error, result.error);
    if (text.length < OUTPUT_CHARACTERS) return;
    stdout(text);
    text = "";
  });
  if (text !== "") stdout(text);
  return error;
}

interface ReadOptions {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly maxLineBytes: number;
  readonly rules: WordRules;
  readonly progress?: ProgressBar | undefined;
}

/** The lines of a file, as many at a time as one read brings. */
async function* readLines(file: string, options: ReadOptions): AsyncGenerator<Lines> {
  const { stdin, maxLineBytes, rules: { split }, progress } = options;
  const splitter = new LineSplitter(maxLineBytes);
  try {
    const stream = file === "-" ? stdin : (await Deno.open(file)).readable;
    const allowsNul = split.kind === "separator" && split.separator.includes("\0");
    const bytes = progress === undefined ? stream : withProgress(stream, progress);
    for await (const chunk of await plainText(bytes, { allowsNul })) {
      yield splitter.split(chunk);
    }
  } catch (cause) {
    const name = file === "-" ? "standard input" : `"${file}"`;
    throw new Error(`cannot read ${name}`, { cause });
  }
  yield splitter.finish();
}

/** Shows the bytes of the file itself, which may be compressed. */
async function* withProgress(
  stream: ReadableStream<Uint8Array>,
  progress: ProgressBar,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    progress.add(chunk.length);
    yield chunk;
  }
}

/** Undefined where an input is not a regular file. Reading it reports a missing file. */
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
