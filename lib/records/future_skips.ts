// A record is skipped as `future` when its timestamp is too far ahead of the clock (window.max_future). FutureSkips
// decides this for the records of one partition. A replay runs at another time and must decide the same, so the
// decisions are kept, as a few steps over the offsets.

/** From `offset` on, records dated at or after `fromMs` were skipped; Infinity for none. */
export interface FutureStep {
  readonly offset: number;
  readonly fromMs: number;
}

/** Beyond this number the oldest steps are forgotten: a replay then counts records that were skipped before them. */
export const MAX_FUTURE_STEPS = 32;

export class FutureSkips {
  readonly #notedUntil: number;
  #steps: FutureStep[];
  /** The largest timestamp taken since the last step began. */
  #takenMs = Infinity;

  /** The steps of an earlier run ascend by offset, and hold for the records below its own offset. */
  constructor(earlier?: { readonly offset: number; readonly future: readonly FutureStep[] }) {
    this.#notedUntil = earlier?.offset ?? -1;
    this.#steps = [...earlier?.future ?? []];
  }

  get hasSteps(): boolean {
    return this.#steps.length > 0;
  }

  /** The steps that matter for the records from `offset` on. */
  since(offset: number): readonly FutureStep[] {
    const index = this.#steps.findLastIndex((step) => step.offset <= offset);
    return this.#steps.slice(Math.max(0, index));
  }

  /** The steps from `offset` on, after those that another run has noted below it. */
  after(offset: number, before: readonly FutureStep[]): readonly FutureStep[] {
    const own = this.since(offset).map((step) => ({ ...step, offset: Math.max(step.offset, offset) }));
    return [...before.filter((step) => step.offset < offset), ...own].slice(-MAX_FUTURE_STEPS);
  }

  /** Forgets the steps that matter only below `offset`. */
  forgetBefore(offset: number): void {
    while (this.#steps.length > 1 && this.#steps[1].offset <= offset) this.#steps.shift();
  }

  /**
   * The largest timestamp that is not `future`, for the records from `offset` up to `untilOffset`: by the clock
   * (`clockLimitMs`), or as the earlier run decided.
   */
  limitAt(
    offset: number,
    clockLimitMs: number,
  ): { readonly latestMs: number; readonly untilOffset: number } {
    if (offset >= this.#notedUntil) return { latestMs: clockLimitMs, untilOffset: Infinity };
    const index = this.#steps.findLastIndex((step) => step.offset <= offset);
    const latestMs = index < 0 ? Infinity : this.#steps[index].fromMs - 1;
    const nextStep = this.#steps[index + 1]?.offset ?? Infinity;
    return { latestMs, untilOffset: Math.min(nextStep, this.#notedUntil) };
  }

  /** Notes that a record was skipped. */
  skip(offset: number, timestampMs: number): void {
    if (offset < this.#notedUntil) return;
    const last = this.#steps.at(-1);
    if (last !== undefined && timestampMs >= last.fromMs) return;
    if (last !== undefined && timestampMs > this.#takenMs) {
      this.#steps[this.#steps.length - 1] = { offset: last.offset, fromMs: timestampMs };
    } else this.#begin({ offset, fromMs: timestampMs });
  }

  /** Notes that records from `offset` on were taken, of which `largestMs` is the largest timestamp. */
  take(offset: number, largestMs: number): void {
    const last = this.#steps.at(-1);
    if (last === undefined || offset < this.#notedUntil) return;
    if (largestMs >= last.fromMs) this.#begin({ offset, fromMs: Infinity });
    if (largestMs > this.#takenMs) this.#takenMs = largestMs;
  }

  #begin(step: FutureStep): void {
    this.#steps.push(step);
    this.#takenMs = -Infinity;
    if (this.#steps.length > MAX_FUTURE_STEPS) this.#steps.shift();
  }
}
