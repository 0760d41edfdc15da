// The controller of Spark Streaming's backpressure. The error is the latest rate minus the processing rate. The scheduling
// delay stands for the records that could not be processed in time so far (the historical error).
// https://github.com/apache/spark/blob/master/streaming/src/main/scala/org/apache/spark/streaming/scheduler/rate/PIDRateEstimator.scala

/** The gains and bounds of an estimator. */
export interface PidRateEstimatorOptions {
  /** Time between two estimates in milliseconds, above 0. */
  readonly intervalMs: number;
  /** Gain of the present error; not negative. Spark's default is 1. */
  readonly proportional: number;
  /** Gain of the historical error, which the scheduling delay shows; not negative. Spark's default is 0.2. */
  readonly integral: number;
  /** Gain of the error's change per second; not negative. Spark's default is 0. */
  readonly derivative: number;
  /** Lower bound of the estimate in records per second. It is above 0: at rate 0 no record comes in to estimate by. */
  readonly minRate: number;
}

/** The measurements of one interval. */
export interface IntervalMeasure {
  /** When the interval ended, in milliseconds since any fixed moment. */
  readonly timeMs: number;
  /** The number of records in the interval. */
  readonly records: number;
  /** Time spent on processing the records. */
  readonly processingMs: number;
  /** Average scheduling delay: the wait between admission and processing. */
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
 * assert.equal(estimator.compute(first), undefined); // the first only sets the latest rate
 * assert.equal(estimator.compute({ ...first, timeMs: 2000, processingMs: 400 }), 250);
 * ```
 */
export class PidRateEstimator {
  #options: PidRateEstimatorOptions;
  #latest: Estimate | undefined;

  /**
   * Makes an estimator without a rate.
   *
   * @throws {RangeError} if the interval or the minimum is not above 0, or a gain is negative
   */
  constructor(options: PidRateEstimatorOptions) {
    this.#options = checked(options);
  }

  /**
   * Changes the settings and keeps the latest rate and error.
   *
   * @throws {RangeError} as the constructor does
   */
  configure(options: PidRateEstimatorOptions): void {
    this.#options = checked(options);
  }

  /**
   * The new rate in records per second. It is undefined for the first valid interval, which only sets the latest rate and
   * error. It is also undefined for an invalid interval: one without records, without processing time, or not later than
   * the last valid one.
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
    // The number of records that had to wait per interval, at the processing rate.
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
