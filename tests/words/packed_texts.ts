// Texts in one buffer, as the pipeline passes them to a Tokenizer.

import type { Tokenizer } from "../../lib/words/tokenizer.ts";

/** Texts in one buffer. The bytes between them would show up in the result if they were read. */
export function packTexts(texts: readonly (Uint8Array | null)[]) {
  const gap = new TextEncoder().encode("x,\u00e4");
  const size = texts.reduce((sum, text) => sum + (text?.length ?? 0) + gap.length, gap.length);
  const bytes = new Uint8Array(size);
  const starts = new Int32Array(texts.length);
  const ends = new Int32Array(texts.length);
  let used = 0;
  texts.forEach((text, i) => {
    bytes.set(gap, used);
    used += gap.length;
    starts[i] = text === null ? -1 : used;
    ends[i] = text === null ? -1 : used + text.length;
    bytes.set(text ?? [], used);
    used += text?.length ?? 0;
  });
  // The last text ends where the buffer ends, so that reading beyond it throws.
  return { bytes: bytes.subarray(0, used), starts, ends };
}

/** The ids of the words in the texts. */
export function tokenizeTexts(tokenizer: Tokenizer, texts: readonly (Uint8Array | null)[]): number[] {
  const { bytes, starts, ends } = packTexts(texts);
  const count = tokenizer.tokenize(bytes, starts, ends, 0, texts.length);
  return Array.from(tokenizer.ids.subarray(0, count));
}
