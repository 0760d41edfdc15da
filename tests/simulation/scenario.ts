// The scenario of one simulation, drawn from its seed. Settings and faults are plain data, so that a failing run can be
// repeated with fewer faults.

import { randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import type { StartMode } from "../../lib/source/kafka/start_plan.ts";
import type { PowerCut } from "./simulated_disk.ts";
import type { RequestStep } from "./simulated_client.ts";

export interface Settings {
  readonly slideMs: number;
  readonly lengthMs: number;
  readonly latenessMs: number;
  readonly idleMs: number;
  readonly start: StartMode;
  readonly sessionTimeoutMs: number;
  readonly maxWaitMs: number;
  /** Records per second; undefined: no limit. */
  readonly maxRate: number | undefined;
  readonly replayRate: number | undefined;
  /** Undefined: none are taken. */
  readonly snapshotIntervalMs: number | undefined;
  readonly partitions: number;
  readonly brokers: number;
  readonly members: number;
  /** The time during which records are sent and faults happen. */
  readonly durationMs: number;
  /** Between two batches, on average. */
  readonly batchGapMs: number;
  /** Whether some records come later than the lateness allows. */
  readonly hasLateRecords: boolean;
  /** Whether values are JSON, with the event time, a weight, and a field for a condition. */
  readonly hasFields: boolean;
  /** How much the clocks of the producers are ahead; each batch comes from one of them. */
  readonly producerClocksMs: readonly number[];
  /** The most distinct words of a pane. */
  readonly maxWords: number;
  /** Undefined where each member makes windows of its own partitions alone. */
  readonly merge: MergeSettings | undefined;
  /** Probabilities. */
  readonly fetchFaults: number;
  readonly losses: number;
  readonly delays: number;
}

/** The settings of a group that merges its counts. */
export interface MergeSettings {
  /** Whether one member writes the windows to a topic. */
  readonly hasTopic: boolean;
  /** The least age of records that are there before the first member starts; undefined: none are there. */
  readonly backlogAgeMs: number | undefined;
  /** The most words of a report, about. */
  readonly maxEntries: number;
}

type Timed<T> = T & { readonly atMs: number };

export type Fault = Timed<
  | {
    readonly kind: "crash";
    readonly member: number;
    readonly downMs: number;
    /** Whether its machine goes down too. */
    readonly cut: PowerCut | undefined;
  }
  /** The process dies at this step of the next request, or disk operation, of that name. */
  | {
    readonly kind: "trap";
    readonly member: number;
    readonly api: string;
    readonly step: RequestStep;
    readonly downMs: number;
    readonly cut: PowerCut | undefined;
  }
  | { readonly kind: "stop"; readonly member: number; readonly downMs: number }
  | { readonly kind: "freeze"; readonly member: number; readonly forMs: number }
  /** The wall clock is wrong for a while. */
  | { readonly kind: "clock"; readonly member: number; readonly byMs: number; readonly forMs: number }
  | { readonly kind: "full_disk"; readonly member: number; readonly forMs: number }
  /** One byte of the snapshot is altered. */
  | { readonly kind: "damage"; readonly member: number; readonly share: number }
  | { readonly kind: "outage"; readonly broker: number; readonly forMs: number }
  | { readonly kind: "refusal"; readonly errorCode: number; readonly forMs: number }
  /**
   * The network holds the next reports of the member for this long; meanwhile the process is frozen, or it dies, or the
   * network alone is slow.
   */
  | {
    readonly kind: "held_reports";
    readonly member: number;
    readonly forMs: number;
    readonly process: "frozen" | "killed" | "running";
  }
  /** The log of reports has no leader. */
  | { readonly kind: "no_leader"; readonly forMs: number }
  /** The broker forgets which reports it has appended. */
  | { readonly kind: "forgotten_producers" }
  | { readonly kind: "shake" }
  | { readonly kind: "new_partition" }
  | { readonly kind: "silence"; readonly partition: number; readonly forMs: number }
  | { readonly kind: "burst"; readonly partition: number; readonly records: number }
  | { readonly kind: "retention"; readonly partition: number; readonly share: number }
  | { readonly kind: "compaction"; readonly partition: number; readonly share: number }
>;

export interface Scenario {
  readonly seed: number;
  readonly settings: Settings;
  readonly faults: readonly Fault[];
}

const MAX_FAULTS = 8;
/** One hour is more than `max_future`, 30 s is less. */
const CLOCK_STEPS_MS = [-3_600_000, -30_000, 3_600_000] as const;
/** Within `max_future`. A record counts as dated ahead only while it is younger than this. */
const FAST_MS = [35_000, 58_000] as const;
/** Beyond `max_future`. */
const TOO_FAST_MS = [61_000, 130_000] as const;
const SLOW_MS = [1_000, 60_000] as const;
const TRAPPED = [
  "OffsetCommit",
  "OffsetCommit",
  "OffsetCommit",
  "OffsetFetch",
  "ListOffsets",
  "Fetch",
] as const;
const TRAPPED_ON_DISK = ["read", "create", "write", "sync", "rename", "syncFolder"] as const;
const TRAPPED_IN_GROUP = [...TRAPPED, "JoinGroup", "SyncGroup", "Heartbeat", "LeaveGroup"] as const;
const TRAPPED_MERGING = [
  ...TRAPPED_IN_GROUP,
  ...["Produce", "Produce", "Produce", "Produce", "InitProducerId", "CreateTopics"],
] as const;
const FAULTS_MERGING = ["held_reports", "held_reports", "held_reports", "no_leader", "forgotten_producers"];
/** Longer than a session and a rebalance. */
const MAX_HELD_MS = 15_000;
const NO_LEADER_MS = 8_000;
/** Few enough that panes which end together go in several reports. */
const FEW_ENTRIES = 5;
const MAX_BACKLOG_AGE_MS = 8 * 3_600_000;
/** Loading, not the coordinator, metadata too large. */
const COMMIT_ERRORS = [14, 16, 12] as const;

/** Draws the clocks of the producers: most are right, some fast or slow, some so fast that their records are skipped. */
function makeProducerClocks(seed: number): readonly number[] {
  const random = seededRandom(seed, 100);
  if (random() < 0.4) return [0];
  const wrong = Array.from({ length: randomInteger(random, 1, 2) }, () => {
    const kind = random();
    if (kind < 0.6) return randomInteger(random, ...FAST_MS);
    return kind < 0.85 ? randomInteger(random, ...TOO_FAST_MS) : -randomInteger(random, ...SLOW_MS);
  });
  // Without a right clock, time has to pass until the windows of the records close.
  return random() < 0.15 ? wrong : [0, 0, ...wrong];
}

/** Draws whether the members merge their counts: half of the groups do. */
function makeMerge(seed: number): MergeSettings | undefined {
  const random = seededRandom(seed, 102);
  if (random() < 0.5) return undefined;
  const hasBacklog = random() < 0.4;
  const backlogAgeMs = random() < 0.5 ? randomInteger(random, 0, 100_000) : MAX_BACKLOG_AGE_MS;
  return {
    hasTopic: random() < 0.7,
    backlogAgeMs: hasBacklog ? backlogAgeMs : undefined,
    maxEntries: random() < 0.7 ? Infinity : FEW_ENTRIES,
  };
}

export function makeScenario(seed: number): Scenario {
  const random = seededRandom(seed, 0);
  const producerClocksMs = makeProducerClocks(seed);
  const integer = (min: number, max: number) => randomInteger(random, min, max);
  const pick = <T>(choices: readonly T[]): T => choices[integer(0, choices.length - 1)];
  const slideMs = pick([500, 1_000, 2_000]);
  const merge = makeMerge(seed);
  const members = merge === undefined ? pick([1, 1, 2, 3]) : pick([1, 2, 3, 4]);
  const drawn: Settings = {
    slideMs,
    lengthMs: slideMs * integer(1, 5),
    latenessMs: pick([0, 700, 2_000]),
    idleMs: pick([1_000, 5_000, 20_000]),
    start: pick(["earliest", "earliest", "window", "latest"]),
    sessionTimeoutMs: pick([3_000, 6_000]),
    maxWaitMs: pick([300, 500]),
    maxRate: pick([undefined, undefined, 20]),
    replayRate: pick([undefined, undefined, 50]),
    snapshotIntervalMs: pick([undefined, 1_000, 4_000]),
    partitions: integer(1, 4),
    brokers: integer(1, 2),
    members,
    durationMs: integer(5_000, 15_000),
    batchGapMs: pick([100, 300, 600]),
    hasLateRecords: random() < 0.15,
    hasFields: seededRandom(seed, 101)() < 0.4,
    producerClocksMs,
    maxWords: Infinity,
    merge,
    fetchFaults: pick([0, 0.05, 0.2]),
    losses: pick([0, 0, 0.02]),
    delays: pick([0, 0.05]),
  };
  // There are no snapshots where the log has the counts.
  const settings = merge === undefined ? drawn : { ...drawn, snapshotIntervalMs: undefined };
  const faults = Array.from({ length: integer(0, MAX_FAULTS) }, (): Fault => {
    const atMs = integer(0, settings.durationMs);
    const member = integer(0, members - 1);
    const partition = integer(0, settings.partitions - 1);
    const forMs = integer(200, 8_000);
    const downMs = integer(1, 5_000);
    const cut = random() < 0.3 ? { keepsNames: random() < 0.5, kept: random() } : undefined;
    const hasDisk = settings.snapshotIntervalMs !== undefined;
    // The clock decides where `window` and `latest` begin, so it is right at the beginning.
    const maySetClock = settings.start === "earliest";
    // For a clock that is ahead itself, no producer's clock is.
    const clockSteps = CLOCK_STEPS_MS.filter((ms) => ms < 0 || producerClocksMs.every((one) => one <= 0));
    const kinds = ["crash", "crash", "trap", "trap", "trap", "stop", "freeze", "outage", "refusal", "shake"];
    const kind = pick([
      ...kinds,
      ...["new_partition", "silence", "silence", "burst", "retention", "compaction"],
      ...(maySetClock ? ["clock"] : []),
      ...(merge === undefined ? [] : FAULTS_MERGING),
      ...(hasDisk ? ["disk_trap", "disk_trap", "full_disk", "damage"] : []),
    ]) as Fault["kind"] | "disk_trap";
    switch (kind) {
      case "crash":
        return { kind, atMs, member, downMs, cut };
      case "stop":
        return { kind, atMs, member, downMs };
      case "trap": {
        const apis = merge !== undefined ? TRAPPED_MERGING : members > 1 ? TRAPPED_IN_GROUP : TRAPPED;
        const api = pick(apis);
        return { kind, atMs, member, api, step: pick(["before", "served", "answered"]), downMs, cut };
      }
      case "disk_trap": {
        const step = pick(["before", "answered"] as const);
        return { kind: "trap", atMs, member, api: pick(TRAPPED_ON_DISK), step, downMs, cut };
      }
      case "full_disk":
        return { kind, atMs, member, forMs };
      case "damage":
        return { kind, atMs, member, share: random() };
      case "freeze":
        return { kind, atMs, member, forMs };
      case "clock":
        return { kind, atMs, member, byMs: pick(clockSteps), forMs };
      case "outage":
        return { kind, atMs, broker: integer(0, 1), forMs };
      case "refusal":
        return { kind, atMs, errorCode: pick(COMMIT_ERRORS), forMs };
      case "silence":
        return { kind, atMs, partition, forMs };
      case "burst":
        return { kind, atMs, partition, records: integer(5, 40) };
      case "retention":
      case "compaction":
        return { kind, atMs, partition, share: random() };
      case "held_reports": {
        const process = pick(["frozen", "frozen", "killed", "running"] as const);
        return { kind, atMs, member, forMs: integer(200, MAX_HELD_MS), process };
      }
      case "no_leader":
        return { kind, atMs, forMs: NO_LEADER_MS };
      case "forgotten_producers":
      case "shake":
      case "new_partition":
        return { kind, atMs };
    }
  });
  return { seed, settings, faults: faults.sort((a, b) => a.atMs - b.atMs) };
}
