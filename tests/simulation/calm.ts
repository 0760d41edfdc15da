// A scenario without faults, from which tests make theirs.

import type { Scenario } from "./scenario.ts";

/** A lone member without faults. */
export const CALM: Scenario = {
  seed: 1,
  settings: {
    slideMs: 1_000,
    lengthMs: 3_000,
    latenessMs: 700,
    idleMs: 5_000,
    start: "earliest",
    sessionTimeoutMs: 3_000,
    maxWaitMs: 300,
    maxRate: undefined,
    replayRate: undefined,
    snapshotIntervalMs: undefined,
    partitions: 2,
    brokers: 2,
    members: 1,
    durationMs: 8_000,
    batchGapMs: 100,
    hasLateRecords: false,
    hasFields: false,
    producerClocksMs: [0],
    maxWords: Infinity,
    merge: undefined,
    fetchFaults: 0,
    losses: 0,
    delays: 0,
  },
  faults: [],
};
