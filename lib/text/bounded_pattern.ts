// Runs a regular expression of the configuration on foreign texts within a time limit. A match can take quadratic or
// exponential time, and only the engine can interrupt it: node:vm does, also inside a regular expression. One call covers
// many texts, since it costs 10 us.

import vm from "node:vm";

/** The time that one text may take, and the lowest limit to which repeated excess reduces it. */
export const MAX_MATCH_MS = 500;
const MIN_MATCH_MS = 20;
/** The limit does not fall below this, so that a long text has its time. A linear pattern takes a fifth of it. */
const MIN_MS_PER_CHARACTER = 1 / 2048;
/** After this many texts in time, a reduced limit doubles. */
const RECOVERY_TEXTS = 1000;
const INITIAL_BOUNDS = 1024;

const context: { run: () => void } = { run: () => {} };
const script = new vm.Script("run()");
let isContext = false;

/** Calls `run`, which has no other effect than on arrays of its caller; false where it was interrupted. */
function runWithin(timeoutMs: number, run: () => void): boolean {
  if (!isContext) vm.createContext(context);
  isContext = true;
  context.run = run;
  try {
    script.runInContext(context as unknown as vm.Context, { timeout: Math.ceil(timeoutMs) });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return false;
    throw error;
  }
}

/** The matches of some texts. Text i has the matches `firsts[i] <= n < firsts[i + 1]`. */
export interface Matches {
  readonly firsts: readonly number[];
  /** Match n is from `bounds[2 * n]` to `bounds[2 * n + 1]`, in UTF-16 units. */
  readonly bounds: Int32Array;
}

export class BoundedPattern {
  readonly #expression: RegExp;
  #maxMs = MAX_MATCH_MS;
  #textsInTime = 0;
  #bounds = new Int32Array(INITIAL_BOUNDS);

  /** @throws {SyntaxError} if the pattern is not a regular expression */
  constructor(pattern: string) {
    this.#expression = new RegExp(pattern, "gu");
  }

  /**
   * Finds all matches in the texts, in order. Where time runs out, only the texts before are in `firsts`; without any, the
   * first text has exceeded its limit twice, so that a pause of the process is not taken for an expensive text.
   */
  match(texts: readonly string[]): Matches {
    const firsts = [0];
    if (texts.length === 0) return { firsts, bounds: this.#bounds };
    if (!this.#matchWithin(texts, firsts) && firsts.length === 1) {
      if (!this.#matchWithin(texts.slice(0, 1), firsts)) this.#reduceLimit();
    }
    this.#recoverLimit(firsts.length - 1);
    return { firsts, bounds: this.#bounds };
  }

  /** Whether the pattern matches in the text; undefined where the text exceeds its limit twice. */
  test(text: string): boolean | undefined {
    let isMatch = false;
    const attempt = () => {
      this.#expression.lastIndex = 0;
      isMatch = this.#expression.test(text);
    };
    if (runWithin(this.#maxMs, attempt) || runWithin(this.#maxMs, attempt)) {
      this.#recoverLimit(1);
      return isMatch;
    }
    this.#reduceLimit();
    return undefined;
  }

  #matchWithin(texts: readonly string[], firsts: number[]): boolean {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const limitMs = Math.min(MAX_MATCH_MS, Math.max(this.#maxMs, characters * MIN_MS_PER_CHARACTER));
    return runWithin(limitMs, () => {
      for (const text of texts) firsts.push(this.#matchText(text, firsts[firsts.length - 1]));
    });
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

  /** Many expensive texts must not take all time. */
  #reduceLimit(): void {
    this.#maxMs = Math.max(MIN_MATCH_MS, this.#maxMs / 2);
    this.#textsInTime = 0;
  }

  #recoverLimit(texts: number): void {
    if (this.#maxMs === MAX_MATCH_MS) return;
    this.#textsInTime += texts;
    if (this.#textsInTime < RECOVERY_TEXTS) return;
    this.#textsInTime = 0;
    this.#maxMs = Math.min(MAX_MATCH_MS, this.#maxMs * 2);
  }
}
