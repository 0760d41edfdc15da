// The section `words` of the configuration: how a record becomes words.

import { z } from "zod";
import { isLocale, ROOT_LOCALE } from "../words/segmenter.ts";
import { fieldPath, reportPath } from "./field_path.ts";
import {
  oneOf,
  size,
  text,
  textThat,
  textUpTo,
  type Together,
  together,
  wholeNumber,
  yesOrNo,
} from "./key.ts";
import { parsePattern } from "./pattern.ts";
import { MAX_HEADER_NAME } from "./records_schema.ts";

/** With those of stop_words_file. */
export const MAX_STOP_WORDS = 100_000;
/** The keys that say where to split; they exclude each other. */
export const SPLIT_KEYS = ["separator", "pattern", "segmenter"];
/** The keys that say which fields; they exclude each other. */
export const FIELD_KEYS = ["field", "fields"];
const DEFAULT_FIELD = "$.message";
const MAX_FIELDS = 16;
const MAX_REPLACEMENTS = 16;

const replacement = z.strictObject({
  pattern: textThat("a regular expression", (text) => parsePattern(text) !== undefined).describe(
    "A regular expression with the flags g and u. Each match is replaced.",
  ),
  with: textUpTo(256).prefault("").describe(
    "The text in its place; $1 is the first group of the pattern, $$ a dollar sign.",
  ),
});

export const words = together(
  z.strictObject({
    from: oneOf("value", "key", "header", "field").prefault("value").describe(
      "The part of a record that is split into words: its value, its key, a header, or fields of its value.",
    ),
    field: fieldPath().optional().describe(
      "The path of the field, with from: field (RFC 9535 without .. and filters). It selects strings, numbers, or arrays of them.",
    ).meta({ default: DEFAULT_FIELD }),
    fields: z.array(fieldPath()).min(1).max(MAX_FIELDS).optional().describe(
      "Paths, instead of field. The strings or numbers that they lead to are joined into one word.",
    ),
    joiner: textUpTo(64).prefault(" ").describe("The text between the parts of a word of several fields."),
    header: text("the name of a header", { max: MAX_HEADER_NAME }).optional().describe(
      "The name of the header, with from: header; the last one of several.",
    ),
    key_format: oneOf("text", "int32", "int64", "uuid", "hex").prefault("text").describe(
      "The format of keys. Numbers are big-endian. A key that is not of it is skipped, and counted as skipped.",
    ),
    replace: z.array(replacement).max(MAX_REPLACEMENTS).prefault([]).describe(
      "Replacements in a text before it is split, one after the other.",
    ),
    weight: fieldPath().optional().describe(
      "The path of a whole number by which each word of the record counts. Empty: by 1.",
    ),
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
  (words, together) => {
    const { separator, min_length, max_length } = words;
    const { present, report } = together;
    checkSource(words, together);
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
    if (min_length !== undefined && max_length !== undefined && min_length > max_length) {
      report(["min_length"], `is ${min_length}, wanted no more than max_length (${max_length})`);
    }
  },
).transform((words) => ({
  ...words,
  field: words.field ?? (words.from === "field" && words.fields === undefined ? DEFAULT_FIELD : undefined),
  separator: words.separator ?? ((words.pattern ?? words.segmenter) === undefined ? "," : undefined),
  locale: words.locale ?? (words.segmenter === undefined ? undefined : ROOT_LOCALE),
}));

/** The keys that belong to one value of `from`. */
const KEYS_OF = { field: "field", fields: "field", header: "header" } as const;

function checkSource(
  { from, field, fields, weight }: {
    readonly from?: string;
    readonly field?: string;
    readonly fields?: readonly string[];
    readonly weight?: string;
  },
  { present, report }: Together,
): void {
  reportPath(["field"], field, report);
  fields?.forEach((path, index) => reportPath(["fields", index], path, report));
  reportPath(["weight"], weight, report);
  for (const [key, wanted] of Object.entries(KEYS_OF)) {
    if (present(key) && from !== undefined && from !== wanted) {
      report([key], `has no effect with from: ${from}, wanted from: ${wanted}`);
    }
  }
  if (present("field") && present("fields")) {
    report(["fields"], `cannot be combined with field, wanted exactly one of ${FIELD_KEYS.join(", ")}`);
  }
  if (from === "header" && !present("header")) {
    report(["from"], "is header, wanted words.header with it, the name of a header");
  }
}
