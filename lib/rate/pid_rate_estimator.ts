// The controller of Spark Streaming's backpressure. What it compares is the rate that it asked for last with the rate at
// which that was processed; the wait before processing stands for what could not be processed in time so far.
// https://github.com/apache/spark/blob/master/streaming/src/main/scala/org/apache/spark/streaming/scheduler/rate/PIDRateEstimator.scala

/** All finite. */
export interface PidRateEstimatorOptions {
  /** How often rates are estimated, milliseconds; above 0. */
  readonly intervalMs: number;
  /** How much of the present error is corrected at once; not negative. Spark's default is 1. */
  readonly proportional: number;
  /** How much of the errors of the past, seen in the wait before processing; not negative. Spark's default is 0.2. */
  readonly integral: number;
  /** How much of the error's change per second; not negative. Spark's default is 0. */
  readonly derivative: number;
  /** No estimate is below it, records per second; above 0, or nothing would come in to estimate by. */
  readonly minRate: number;
}

/** What one interval has shown. */
export interface IntervalMeasure {
  /** When it ended, milliseconds from any fixed moment. */
  readonly timeMs: number;
  /** Records processed. */
  readonly records: number;
  /** How long that took. */
  readonly processingMs: number;
  /** How long they had waited for it, on average. */
  readonly schedulingMs: number;
}

interface Estimate {
  readonly timeMs: number;
  readonly rate: number;
  readonly error: number;
}

/**
 * Estimates the rate, in records per second, at which records are processed as fast as they come in.
 *
 * @example
 * ```ts
 * import { type IntervalMeasure, PidRateEstimator, type PidRateEstimatorOptions } from "./pid_rate_estimator.ts";
 * import assert from "node:assert/strict";
 *
 * const spark: PidRateEstimatorOptions = {
 *   intervalMs: 1000,
 *   proportional: 1,
 *   integral: 0.2,
 *   derivative: 0,
 *   minRate: 10,
 * };
 * const estimator = new PidRateEstimator(spark);
 * const first: IntervalMeasure = { timeMs: 1000, records: 100, processingMs: 500, schedulingMs: 0 };
 * assert.equal(estimator.compute(first), undefined); // it only seeds the estimator
 * assert.equal(estimator.compute({ ...first, timeMs: 2000, processingMs: 400 }), 250);
 * ```
 */
export class PidRateEstimator {
  #options: PidRateEstimatorOptions;
  #latest: Estimate | undefined;

  /** @throws {RangeError} for an interval or a minimum not above 0, or a negative gain */
  constructor(options: PidRateEstimatorOptions) {
    this.#options = checked(options);
  }

  /**
   * Changes the settings and goes on from the latest estimate.
   *
   * @throws {RangeError} as the constructor does
   */
  configure(options: PidRateEstimatorOptions): void {
    this.#options = checked(options);
  }

  /**
   * The rate for the time to come, in records per second; undefined for the first interval that tells something, which
   * only seeds the estimator, and for one that tells nothing: without records, without processing time, or not later
   * than the last that told something.
   */
  compute(measure: IntervalMeasure): number | undefined {
    const { timeMs, records, processingMs, schedulingMs } = measure;
    const { intervalMs, proportional, integral, derivative, minRate } = this.#options;
    const latest = this.#latest;
    const tells = records > 0 && processingMs > 0 && timeMs > (latest?.timeMs ?? -Infinity);
    if (!tells) return undefined;

    const processingRate = records / processingMs * 1000;
    if (latest === undefined) {
      this.#latest = { timeMs, rate: processingRate, error: 0 };
      return undefined;
    }
    const error = latest.rate - processingRate;
    // Records that waited so long are that many too many per interval, had the processing rate always been this one.
    const historicalError = schedulingMs * processingRate / intervalMs;
    const dError = (error - latest.error) / ((timeMs - latest.timeMs) / 1000);
    const wanted = latest.rate - proportional * error - integral * historicalError - derivative * dError;
    const rate = Math.max(wanted, minRate);
    this.#latest = { timeMs, rate, error };
    return rate;
  }
}

function checked(options: PidRateEstimatorOptions): PidRateEstimatorOptions {
  for (const name of ["intervalMs", "minRate"] as const) {
    if (!(options[name] > 0 && options[name] < Infinity)) {
      throw new RangeError(`Cannot estimate rates: ${name} is ${options[name]}, it must be above 0`);
    }
  }
  for (const name of ["proportional", "integral", "derivative"] as const) {
    if (!(options[name] >= 0 && options[name] < Infinity)) {
      throw new RangeError(`Cannot estimate rates: ${name} is ${options[name]}, it must not be negative`);
    }
  }
  return { ...options };
}
