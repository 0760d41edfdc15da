// Turns words of the configuration into rules for the tokenizer.

import type { Config } from "../config/schema.ts";
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

function splitRule(
  { fields, separator = ",", pattern, segmenter, locale = ROOT_LOCALE }: Config["words"],
): SplitRule {
  if (fields !== undefined) return { kind: "whole" };
  if (segmenter !== undefined) return { kind: "segmenter", locale };
  if (pattern !== undefined) return { kind: "pattern", pattern };
  return { kind: "separator", separator };
}
