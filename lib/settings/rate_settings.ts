// Turns the configuration of rates into the settings of the governor.

import type { Config } from "../config/schema.ts";
import type { RateSettings } from "../rate/governor.ts";

export function rateSettings({ rate }: Config): RateSettings {
  return {
    backpressure: rate.backpressure,
    min: rate.min,
    initial: rate.initial,
    max: rate.max,
    maxPerPartition: rate.max_per_partition,
    replay: rate.replay,
    intervalMs: rate.interval,
    pid: rate.pid,
  };
}
