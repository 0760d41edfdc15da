// Runs a regular expression of the configuration on foreign texts within a time limit.

import { TimeLimit } from "./time_limit.ts";

const INITIAL_BOUNDS = 1024;

/** The matches of some texts. Text i has the matches `firsts[i] <= n < firsts[i + 1]`. */
export interface Matches {
  readonly firsts: readonly number[];
  /** Match n is from `bounds[2 * n]` to `bounds[2 * n + 1]`, in UTF-16 units. */
  readonly bounds: Int32Array;
}

export class BoundedPattern {
  readonly #expression: RegExp;
  readonly #limit = new TimeLimit();
  #bounds = new Int32Array(INITIAL_BOUNDS);

  /** @throws {SyntaxError} if the pattern is not a regular expression */
  constructor(pattern: string) {
    this.#expression = new RegExp(pattern, "gu");
  }

  /**
   * Finds all matches in the texts, in order. Where time runs out, only the texts before are in `firsts`; without any, the
   * first text exceeds the limit.
   */
  match(texts: readonly string[]): Matches {
    const firsts = [0];
    const done = this.#limit.run(texts, (text, index) => {
      firsts[index + 1] = this.#matchText(text, firsts[index]);
    });
    firsts.length = done + 1;
    return { firsts, bounds: this.#bounds };
  }

  /** Whether the pattern matches in each of the texts: those before the first one that exceeds the limit. */
  testAll(texts: readonly string[]): boolean[] {
    const results: boolean[] = [];
    const done = this.#limit.run(texts, (text, index) => {
      this.#expression.lastIndex = 0;
      results[index] = this.#expression.test(text);
    });
    results.length = done;
    return results;
  }

  /** Whether the pattern matches in the text; undefined where the text exceeds its limit twice. */
  test(text: string): boolean | undefined {
    return this.testAll([text])[0];
  }

  /** Writes the matches of the text from match `first` on; returns the number after the last. */
  #matchText(text: string, first: number): number {
    const expression = this.#expression;
    let bounds = this.#bounds;
    let end = first * 2;
    expression.lastIndex = 0;
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      const [matched] = match;
      if (matched === "") {
        expression.lastIndex += (text.codePointAt(match.index) ?? 0) > 0xffff ? 2 : 1;
        continue;
      }
      if (end === bounds.length) {
        bounds = new Int32Array(end * 2);
        bounds.set(this.#bounds);
        this.#bounds = bounds;
      }
      bounds[end++] = match.index;
      bounds[end++] = match.index + matched.length;
    }
    return end / 2;
  }
}
