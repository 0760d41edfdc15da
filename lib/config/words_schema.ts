// The section `words` of the configuration: how a record becomes words.

import { z } from "zod";
import { isLocale, ROOT_LOCALE } from "../words/segmenter.ts";
import { jsonPath, reportPath } from "./field_path.ts";
import { oneOf, size, text, textThat, together, wholeNumber, yesOrNo } from "./key.ts";
import { parsePattern } from "./pattern.ts";

/** With those of stop_words_file. */
export const MAX_STOP_WORDS = 100_000;
/** The keys that say where to split; they exclude each other. */
export const SPLIT_KEYS = ["separator", "pattern", "segmenter"];
const DEFAULT_FIELD = "$.message";

export const words = together(
  z.strictObject({
    from: oneOf("value", "key", "field").prefault("value").describe(
      "The part of a record that is split into words: its value, its key, or a field of its value.",
    ),
    field: jsonPath().optional().describe(
      "The path of the field, with from: field (RFC 9535 without .. and filters). It selects strings, numbers, or arrays of them.",
    ).meta({ default: DEFAULT_FIELD }),
    separator: textThat("text of 1 to 16 bytes", (text) => new TextEncoder().encode(text).length <= 16)
      .optional()
      .describe("The text between words. It excludes pattern and segmenter.").meta({
        default: ",",
      }),
    pattern: textThat("a regular expression", (text) => parsePattern(text) !== undefined).optional()
      .describe("A regular expression with the flags g and u. Each match is a word."),
    segmenter: oneOf("unicode").optional().describe(
      "unicode finds words by the rules of Unicode, also in languages without spaces.",
    ),
    locale: textThat("a language tag, such as ja or pt-BR", isLocale).optional().describe(
      "The language whose rules the segmenter follows; und is no language.",
    ).meta({ default: ROOT_LOCALE }),
    trim: yesOrNo().prefault(true).describe("Remove white space around a word."),
    lowercase: yesOrNo().prefault(false).describe("Count words in lower case."),
    min_length: wholeNumber(0, 65_536).prefault(1).describe(
      "The fewest characters of a word. A shorter word is skipped, and counted as skipped.",
    ),
    max_length: wholeNumber(1, 65_536).prefault(256).describe(
      "The most bytes of a word. A longer word is skipped, and counted as skipped.",
    ),
    stop_words: z.array(text("a word", { max: 65_536 })).max(MAX_STOP_WORDS).prefault([]).describe(
      "Words that are not counted.",
    ),
    stop_words_file: text("the path of a file", { max: 4096 }).optional().describe(
      "A UTF-8 file with more stop words, one per line. There are no comments.",
    ),
    max_record_bytes: size("1B", "256MiB").prefault("1MiB").describe(
      "The most bytes of a record's key and value. A larger record is skipped, and counted as skipped.",
    ),
  }),
  ({ from, field, separator, min_length, max_length }, { present, report }) => {
    const given = SPLIT_KEYS.filter(present);
    for (const kind of given.slice(1)) {
      report(
        [kind],
        `cannot be combined with ${given[0]}, wanted exactly one of ${SPLIT_KEYS.join(", ")}`,
      );
    }
    const escape = separator === undefined ? undefined : /\\[a-zA-Z]/.exec(separator)?.[0];
    if (escape !== undefined) {
      const remedy = /[nrt]$/.test(escape)
        ? `"${escape}" in double quotes ($'${escape}' in a shell); words.pattern splits at a backslash (docs/words.md)`
        : "plain text; words.pattern takes a regular expression (docs/words.md)";
      report(["separator"], `contains ${escape} as two characters, wanted ${remedy}`);
    }
    reportPath(["field"], field, report);
    if (present("field") && from !== undefined && from !== "field") {
      report(["field"], `has no effect with from: ${from}, wanted from: field`);
    }
    if (min_length !== undefined && max_length !== undefined && min_length > max_length) {
      report(["min_length"], `is ${min_length}, wanted no more than max_length (${max_length})`);
    }
  },
).transform((words) => ({
  ...words,
  field: words.field ?? (words.from === "field" ? DEFAULT_FIELD : undefined),
  separator: words.separator ?? ((words.pattern ?? words.segmenter) === undefined ? "," : undefined),
  locale: words.locale ?? (words.segmenter === undefined ? undefined : ROOT_LOCALE),
}));
