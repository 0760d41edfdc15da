// Admission at a rate, with a promise about any second, wherever it begins: it admits at most the larger of 1.05 times the
// rate and the rate plus one record. A second admits at most the bucket's contents at its start plus the refill of that
// second, so the promise is divided between the two:
// - The refill is 99 % of the rate. So the average over six seconds or more keeps to the rate too (from 20 records per
//   second on). A refill of 100 % would exceed it by the bucket's contents half of the time.
// - The capacity is what the promise leaves after the refill. It makes up for late wakes.

const REFILL_SHARE = 0.99;
const BURST_SHARE = 0.05;
const MIN_BURST = 1;
/** Sums of fractions of tokens miss a whole token by less than this. */
const ROUNDING = 1e-6;

/** Each token admits one record. The bucket owns no timer: monotonic time is an argument. */
export class TokenBucket {
  #rate: number;
  #tokens = 0;
  #filledMs: number;

  /**
   * Makes an empty bucket, so that time before it existed admits nothing.
   *
   * @param ratePerSecond above 0; Infinity means no limit
   * @throws {RangeError} if the rate is not above 0
   */
  constructor(ratePerSecond: number, nowMs: number) {
    this.#rate = checkedRate(ratePerSecond);
    this.#filledMs = nowMs;
  }

  get ratePerSecond(): number {
    return this.#rate;
  }

  /** Changes the rate from now on. It adds no tokens, and drops those that exceed the new capacity. */
  setRate(ratePerSecond: number, nowMs: number): void {
    this.#fill(nowMs);
    this.#rate = checkedRate(ratePerSecond);
    this.#tokens = ratePerSecond === Infinity ? 0 : Math.min(this.#tokens, this.#capacity);
  }

  /** The number of records that may be taken now, a whole number; Infinity without a limit. */
  available(nowMs: number): number {
    if (this.#rate === Infinity) return Infinity;
    this.#fill(nowMs);
    return Math.max(0, Math.floor(this.#tokens + ROUNDING));
  }

  /** Takes tokens for `records`, at most what is available. */
  take(records: number, nowMs: number): void {
    const available = this.available(nowMs);
    if (records > available) {
      throw new RangeError(`Cannot take ${records} tokens: ${available} are available`);
    }
    if (this.#rate !== Infinity) this.#tokens -= records;
  }

  /** The wait until `records` tokens, at most the capacity, are available; 0 if they are. */
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
