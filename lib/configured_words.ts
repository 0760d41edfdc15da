import type { Config } from "./config/schema.ts";
import type { WordRules } from "./words/word_rules.ts";

/** What the configuration says of words, as the tokenizer takes it. */
export function wordRules({ words }: Config): WordRules {
  return {
    split: words.pattern === undefined
      ? { kind: "separator", separator: words.separator ?? "," }
      : { kind: "pattern", pattern: words.pattern },
    trim: words.trim,
    lowercase: words.lowercase,
    minLength: words.min_length,
    maxLength: words.max_length,
    stopWords: words.stop_words,
  };
}
