// Turns words of the configuration into rules for the tokenizer.

import type { Config } from "../config/schema.ts";
import type { TextPart } from "../pipeline/record_texts.ts";
import { ROOT_LOCALE } from "../words/segmenter.ts";
import type { SplitRule, WordRules } from "../words/word_rules.ts";

export function wordRules({ words }: Config): WordRules {
  return {
    split: splitRule(words),
    trim: words.trim,
    lowercase: words.lowercase,
    minLength: words.min_length,
    maxLength: words.max_length,
    stopWords: words.stop_words,
  };
}

/** The part of a record that is split into words. */
export function textPart({ words: { from, field: path = "$" } }: Config): TextPart {
  return from === "field" ? { kind: from, path } : { kind: from };
}

function splitRule(
  { separator = ",", pattern, segmenter, locale = ROOT_LOCALE }: Config["words"],
): SplitRule {
  if (segmenter !== undefined) return { kind: "segmenter", locale };
  if (pattern !== undefined) return { kind: "pattern", pattern };
  return { kind: "separator", separator };
}
