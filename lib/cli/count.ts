// `rtcount count` counts the words of finite input. Plain lines form a single window; records dumped by kcat go through
// the configured window. A dump lists one partition after the other, so all windows stay open until the end of input,
// and no record is late.

import { Records } from "../records/records.ts";
import { textBatch } from "../records/text_batch.ts";
import { KcatReader } from "../source/lines/kcat.ts";
import { type Lines, LineSplitter } from "../source/lines/line_splitter.ts";
import { plainText } from "../source/lines/plain_text.ts";
import type { WordRules } from "../words/word_rules.ts";
import type { ProgressBar } from "./progress_bar.ts";
import { type PrintOptions, WordCount, type WordCountOptions } from "./word_count.ts";

/** JSON writes one byte of text in up to six. */
const MAX_JSON_GROWTH = 6;
/** The room in an envelope for everything but key and payload: topic, headers. */
const MAX_ENVELOPE_BYTES = 2 ** 20;
const LINES_TIME = { firstOffset: 0, timestampMs: 0, arrivedMs: 0 };

export interface CountOptions extends Omit<WordCountOptions, "isSingle">, PrintOptions {
  /** None, or `-`, is standard input. */
  readonly files: readonly string[];
  /** Lines form one window; the records of envelopes go through the window of the configuration. */
  readonly format: "lines" | "kcat";
  readonly stdin: ReadableStream<Uint8Array>;
  readonly progress?: ProgressBar | undefined;
}

/** @throws {Error} that names a file which cannot be read, and the broken line of an envelope */
export async function runCount(options: CountOptions): Promise<void> {
  const { files, format, rules, window, top, reading, output, stdout, log, progress } = options;
  const isLines = format === "lines";
  const inputs = files.length === 0 ? ["-"] : files;
  const count = new WordCount({ isSingle: isLines, rules, window, top, reading });
  const { adder } = count;
  const { maxRecordBytes } = reading;
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
        adder.add(records, { from: 0, to: records.count });
      }
    }
  } finally {
    progress?.finish();
  }
  count.print({ output, stdout, log });
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
