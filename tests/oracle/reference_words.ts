// Splits words with strings, to compare the tokenizer with.

import type { SplitRule, WordRules } from "../../lib/words/word_rules.ts";

/** Building blocks of texts, by the rules. */
export interface ReferenceWords {
  readonly words: string[];
  readonly skipped: { tooLong: number; tooShort: number; stopWord: number };
}

export function referenceWords(texts: readonly (Uint8Array | null)[], rules: WordRules): ReferenceWords {
  const words: string[] = [];
  const skipped = { tooLong: 0, tooShort: 0, stopWord: 0 };
  const stopWords = new Set(
    rules.lowercase ? rules.stopWords.map((word) => word.toLowerCase()) : rules.stopWords,
  );
  for (const bytes of texts) {
    if (bytes === null) continue;
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    for (const piece of pieces(text, rules.split)) {
      let word = rules.trim ? piece.trim() : piece;
      if (rules.lowercase) word = word.toLowerCase();
      if (word === "") continue;
      if ([...word].length < rules.minLength) skipped.tooShort++;
      else if (new TextEncoder().encode(word).length > rules.maxLength) skipped.tooLong++;
      else if (stopWords.has(word)) skipped.stopWord++;
      else words.push(word);
    }
  }
  return { words, skipped };
}

function pieces(text: string, split: SplitRule): readonly string[] {
  switch (split.kind) {
    case "separator":
      return text.split(split.separator);
    case "whole":
      return [text];
    case "pattern":
      return text.match(new RegExp(split.pattern, "gu")) ?? [];
    case "segmenter": {
      const segmenter = new Intl.Segmenter([split.locale, "en"], { granularity: "word" });
      return [...segmenter.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ segment }) =>
        segment
      );
    }
  }
}
