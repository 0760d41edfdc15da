// Runs code on foreign texts within a time limit. A regular expression of the configuration can take quadratic or
// exponential time, and only the engine can interrupt it: node:vm does, also inside a regular expression. One call covers
// many texts, since it costs 10 us.

import vm from "node:vm";
import { systemClock } from "../async/clock.ts";

/** The time that one text may take, and the lowest limit to which repeated excess reduces it. */
export const MAX_TEXT_MS = 500;
const MIN_TEXT_MS = 20;
/** The limit does not fall below this, so that a long text has its time. A linear pattern takes a fifth of it. */
const MIN_MS_PER_CHARACTER = 1 / 2048;
/** Code that ends later than after this share of its time waits for the interrupt. */
const SAFE_SHARE = 1 / 2;
/** After this many texts in time, a reduced limit doubles. */
const RECOVERY_TEXTS = 1000;

const context: { run: () => void } = { run: () => {} };
const script = new vm.Script("run()");
let isContext = false;

/**
 * Calls `run`, which may be interrupted at any point. The runtime interrupts whatever runs when the time is over. That would
 * be the caller if `run` has just ended, and nothing can catch an interrupt there. So a late end waits for it inside.
 */
export function runWithin(timeoutMs: number, run: () => void): void {
  if (!isContext) vm.createContext(context);
  isContext = true;
  const safeUntilMs = systemClock.monotonicMs() + timeoutMs * SAFE_SHARE;
  context.run = () => {
    run();
    while (systemClock.monotonicMs() >= safeUntilMs);
  };
  try {
    script.runInContext(context as unknown as vm.Context, { timeout: Math.ceil(timeoutMs) });
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
  }
}

/** A limit that many expensive texts reduce, so that they do not take all time. */
export class TimeLimit {
  #maxMs = MAX_TEXT_MS;
  #textsInTime = 0;

  /**
   * Calls `each` for the texts in order, and returns for how many: fewer than all where time has run out. At 0 the first
   * text has exceeded its limit twice, so that a pause of the process is not taken for an expensive text. `each` may be
   * interrupted at any point and called again for the same text.
   */
  run(texts: readonly string[], each: (text: string, index: number) => void): number {
    if (texts.length === 0) return 0;
    let done = this.#runWithin(texts, each);
    if (done === 0) {
      done = this.#runWithin(texts.slice(0, 1), each);
      if (done === 0) this.#reduce();
    }
    this.#recover(done);
    return done;
  }

  #runWithin(texts: readonly string[], each: (text: string, index: number) => void): number {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const limitMs = Math.min(MAX_TEXT_MS, Math.max(this.#maxMs, characters * MIN_MS_PER_CHARACTER));
    let done = 0;
    runWithin(limitMs, () => {
      for (; done < texts.length; done++) each(texts[done], done);
    });
    return done;
  }

  #reduce(): void {
    this.#maxMs = Math.max(MIN_TEXT_MS, this.#maxMs / 2);
    this.#textsInTime = 0;
  }

  #recover(texts: number): void {
    if (this.#maxMs === MAX_TEXT_MS) return;
    this.#textsInTime += texts;
    if (this.#textsInTime < RECOVERY_TEXTS) return;
    this.#textsInTime = 0;
    this.#maxMs = Math.min(MAX_TEXT_MS, this.#maxMs * 2);
  }
}
