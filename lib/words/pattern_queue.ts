// PatternQueue runs the regular expression `words.pattern` on texts, and keeps its matches until their words are
// counted. It runs first on all texts of a run of records, so that one interruptible call covers many texts.

import { BoundedPattern, type Matches } from "../text/bounded_pattern.ts";
import type { TextRange } from "./pieces.ts";
import type { TextSplitter } from "./text_splitter.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export class PatternQueue {
  readonly #pattern: BoundedPattern;
  #texts: readonly string[] = [];
  #matches: Matches = { firsts: [0], bounds: new Int32Array(0) };
  /** The index of the next text to take. */
  #next = 0;

  /** @throws {SyntaxError} if the pattern is not a regular expression */
  constructor(pattern: string) {
    this.#pattern = new BoundedPattern(pattern);
  }

  /** Replaces the queue by these texts. Returns how many of them are matched; unless all are, the queue is empty. */
  match(ranges: readonly TextRange[]): number {
    const texts: string[] = [];
    for (const { bytes, starts, ends, from, to } of ranges) {
      for (let i = from; i < to; i++) {
        texts.push(starts[i] < 0 ? "" : decoder.decode(bytes.subarray(starts[i], ends[i])));
      }
    }
    this.#matches = this.#pattern.match(texts);
    const matched = this.#matches.firsts.length - 1;
    this.#texts = matched === texts.length ? texts : [];
    this.#next = 0;
    return matched;
  }

  /**
   * Takes the texts of the range, which are the next ones in the queue. With an empty queue it matches them now.
   * @throws {RangeError} if one of them exceeds the time limit: `match` tells without an error
   */
  take(range: TextRange, onText: (text: string, split: TextSplitter) => void): void {
    const count = range.to - range.from;
    if (this.#texts.length === 0 && this.match([range]) < count) {
      throw new RangeError("cannot take the words of a text: the pattern exceeds its time limit");
    }
    const { firsts, bounds } = this.#matches;
    for (let i = this.#next; i < this.#next + count; i++) {
      onText(this.#texts[i], (_, onPiece) => {
        for (let n = firsts[i]; n < firsts[i + 1]; n++) onPiece(bounds[2 * n], bounds[2 * n + 1]);
      });
    }
    this.#next += count;
    if (this.#next < this.#texts.length) return;
    this.#texts = [];
    this.#next = 0;
  }
}
