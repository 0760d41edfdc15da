// Admission at a rate. The promise is about any second, wherever it begins: at most the larger of 1.05 times the rate
// and the rate plus one record are taken in it. A second's intake is at most what the bucket held when it began plus the
// refill of that second, so the promise is kept by sharing it between the two:
// - the refill is 99 % of the rate. Then the average keeps to the rate too, over any six seconds and more (from 20 records
//   per second on), where a refill of 100 % would be above it by the bucket's contents half of the time;
// - what the promise leaves over after the refill is the capacity. It is what makes up for waking late.

const REFILL_SHARE = 0.99;
const BURST_SHARE = 0.05;
const MIN_BURST = 1;
/** Sums of fractions of tokens miss a whole one by less than this. */
const ROUNDING = 1e-6;

/** A bucket of tokens, each good for one record. It owns no timer: monotonic time is an argument. */
export class TokenBucket {
  #rate: number;
  #tokens = 0;
  #filledMs: number;

  /**
   * An empty bucket: nothing is admitted on account of a time before it was there.
   *
   * @param ratePerSecond above 0; Infinity for no limit
   * @throws {RangeError} for a rate not above 0
   */
  constructor(ratePerSecond: number, nowMs: number) {
    this.#rate = checkedRate(ratePerSecond);
    this.#filledMs = nowMs;
  }

  get ratePerSecond(): number {
    return this.#rate;
  }

  /** Changes the rate from now on. Makes no tokens; those that a lower rate has no room for are gone. */
  setRate(ratePerSecond: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#rate = checkedRate(ratePerSecond);
    this.#tokens = ratePerSecond === Infinity ? 0 : Math.min(this.#tokens, this.#capacity);
  }

  /** How many records may be taken now, a whole number; Infinity without a limit. */
  available(nowMs: number): number {
    if (this.#rate === Infinity) return Infinity;
    this.#fill(nowMs);
    return Math.max(0, Math.floor(this.#tokens + ROUNDING));
  }

  /** Takes so many, at most what is available. */
  take(records: number, nowMs: number): void {
    const available = this.available(nowMs);
    if (records > available) {
      throw new RangeError(`Cannot take ${records} tokens: ${available} are there`);
    }
    if (this.#rate !== Infinity) this.#tokens -= records;
  }

  /** How long until so many are available, or as many as it can hold at once if that is less; 0 when they are. */
  waitMs(records: number, nowMs: number): number {
    if (this.#rate === Infinity) return 0;
    this.#fill(nowMs);
    const missing = Math.min(records, this.#capacity) - ROUNDING - this.#tokens;
    return Math.max(0, missing / this.#refillPerMs);
  }

  get #refillPerMs(): number {
    return this.#rate * REFILL_SHARE / 1000;
  }

  get #capacity(): number {
    return Math.max(MIN_BURST, this.#rate * BURST_SHARE) + this.#rate * (1 - REFILL_SHARE);
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledMs) return;
    if (this.#rate !== Infinity) {
      const refill = (nowMs - this.#filledMs) * this.#refillPerMs;
      this.#tokens = Math.min(this.#capacity, this.#tokens + refill);
    }
    this.#filledMs = nowMs;
  }
}

function checkedRate(ratePerSecond: number): number {
  if (!(ratePerSecond > 0)) {
    throw new RangeError(`Cannot limit a rate to ${ratePerSecond} records per second: it must be above 0`);
  }
  return ratePerSecond;
}
