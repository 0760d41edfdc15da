// Runs one scenario until the members have recovered from all faults, and checks the result.

import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { Cluster, type FetchFault, TOPIC } from "./cluster.ts";
import { Narrator } from "./narrator.ts";
import { Producer } from "./producer.ts";
import type { Rule } from "../merge/group_rules.ts";
import type { Fault, Scenario } from "./scenario.ts";
import type { Weather } from "./simulated_client.ts";
import { SimulatedDisk } from "./simulated_disk.ts";
import { SimulatedMember, type World } from "./simulated_member.ts";
import { Timeline } from "./timeline.ts";
import { Witness } from "./witness.ts";

const MAX_MEMBER_START_MS = 3_000;
/** Members must recover within this time after the last fault: rebalances, back-off and metadata take time. */
const SETTLING_MS = 180_000;
const LOOK_MS = 1_000;

/**
 * `without`: a rule of merging groups that the members leave out.
 *
 * @throws AssertionError when the result is wrong
 */
export async function simulate(
  scenario: Scenario,
  { write, without }: { readonly write?: (line: string) => void; readonly without?: Rule } = {},
): Promise<void> {
  const { seed } = scenario;
  const random = Math.random;
  // Retries wait for a random time; here it is the same each time.
  Math.random = seededRandom(seed, 1);
  try {
    await new Simulation(scenario, { write, without }).run();
  } finally {
    Math.random = random;
  }
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #timeline = new Timeline();
  readonly #cluster: Cluster;
  readonly #producer: Producer;
  readonly #witness: Witness;
  readonly #members: readonly SimulatedMember[];
  #isFair = false;

  constructor(
    scenario: Scenario,
    { write, without }: {
      readonly write: ((line: string) => void) | undefined;
      readonly without: Rule | undefined;
    },
  ) {
    const { seed, settings } = scenario;
    const timeline = this.#timeline;
    this.#scenario = scenario;
    const narrator = new Narrator(timeline, write);
    const fetchFault = this.#makeFetchFaults();
    const { brokers, partitions } = settings;
    const cluster = new Cluster({ timeline, brokers, partitions, fetchFault });
    this.#cluster = cluster;
    this.#producer = new Producer({ timeline, cluster, settings, random: seededRandom(seed, 2) });
    this.#witness = new Witness({ timeline, cluster, settings, narrator });
    const weather = this.#makeWeather();
    const witness = this.#witness;
    const world: World = {
      timeline,
      cluster,
      weather,
      settings,
      witness,
      topics: [TOPIC],
      narrator,
      without,
    };
    this.#members = Array.from({ length: settings.members }, (_, n) => {
      const disk = new SimulatedDisk(timeline, seededRandom(seed, 6 + n));
      return new SimulatedMember(`m${n}`, world, disk);
    });
  }

  async run(): Promise<void> {
    const { settings: { durationMs, merge }, faults, seed } = this.#scenario;
    const random = seededRandom(seed, 3);
    this.#members.forEach((member, n) => {
      const startMs = n === 0 ? 0 : Math.floor(random() * MAX_MEMBER_START_MS);
      this.#timeline.at(startMs, undefined, () => member.start());
    });
    if (merge?.backlogAgeMs !== undefined) this.#producer.leaveBacklog(merge.backlogAgeMs);
    this.#producer.run(durationMs);
    for (const fault of faults) this.#timeline.at(fault.atMs, undefined, () => this.#inflict(fault));
    await this.#timeline.runUntil(durationMs);
    this.#isFair = true;
    for (const member of this.#members) {
      member.removeTrap();
      member.setClock(0);
    }
    await this.#settle(durationMs + SETTLING_MS);
    for (const member of this.#members) member.crash({ downMs: 0, cut: undefined });
    this.#witness.judge();
  }

  async #settle(untilMs: number): Promise<void> {
    let reason: string | undefined = "nothing was waited for";
    while (reason !== undefined) {
      if (this.#timeline.nowMs >= untilMs) throw new Error(`all is not well in the end: ${reason}`);
      await this.#timeline.runUntil(this.#timeline.nowMs + LOOK_MS);
      reason = this.#unrest();
    }
  }

  /** Why the members have not recovered yet. */
  #unrest(): string | undefined {
    const covered: number[] = [];
    for (const { name, run } of this.#members) {
      if (run === undefined) return `${name} is down`;
      const { assignment, readiness } = run.source;
      if (assignment === undefined) return `${name} has no assignment`;
      if (!readiness.ready) return `${name} is not ready: ${readiness.reason}`;
      for (const { partition, position } of assignment.partitions) {
        covered.push(partition);
        if (position < this.#cluster.logs[partition].end) {
          return `${name} has come to ${position} of ${partition}`;
        }
      }
    }
    if (!this.#cluster.group.isStable) return "the group is not stable";
    const wanted = this.#cluster.logs.map(({ partition }) => partition);
    if (`${covered.sort()}` !== `${wanted}`) return `of ${TOPIC} the partitions ${covered} are read`;
    const { missing } = this.#witness;
    if (missing.length > 0) return `the windows that end at ${missing} are missing`;
    if (this.#scenario.settings.merge === undefined) return undefined;
    const lasts = new Set(this.#members.map(({ run }) => run?.windows.last?.result.endMs));
    return lasts.size > 1 ? `the members have closed windows up to ${[...lasts]}` : undefined;
  }

  #inflict(fault: Fault): void {
    const { group, logs } = this.#cluster;
    switch (fault.kind) {
      case "crash":
        return this.#members[fault.member].crash(fault);
      case "trap":
        return this.#members[fault.member].setTrap(fault);
      case "stop":
        return this.#members[fault.member].stop(fault.downMs);
      case "freeze":
        return this.#members[fault.member].freeze(fault.forMs);
      case "clock": {
        const member = this.#members[fault.member];
        member.setClock(fault.byMs);
        return this.#timeline.at(fault.atMs + fault.forMs, undefined, () => member.setClock(0));
      }
      case "full_disk":
        return this.#members[fault.member].disk.fill(fault.forMs);
      case "damage":
        return this.#members[fault.member].damageSnapshot(fault.share);
      case "outage":
        return this.#cluster.stopBroker(fault.broker, fault.forMs);
      case "refusal":
        return group.refuseCommits(fault.errorCode, fault.forMs);
      case "held_reports":
        return this.#members[fault.member].holdReports(fault);
      case "no_leader":
        return this.#cluster.takePanesLeader(fault.forMs);
      case "forgotten_producers":
        return this.#cluster.panes?.forgetProducers();
      case "shake":
        return group.shake();
      case "new_partition":
        return this.#cluster.addPartition();
      case "silence":
        return this.#producer.silence(fault.partition, fault.forMs);
      case "burst":
        return this.#producer.burst(fault.partition, fault.records);
      case "retention": {
        // Records that were deleted before the first member started do not exist for any member.
        if (!group.commits.has(`${TOPIC}/${fault.partition}`)) return;
        const { start, end } = logs[fault.partition];
        return logs[fault.partition].cut(start + Math.floor((end - start) * fault.share));
      }
      case "compaction":
        return this.#compact(fault.partition, fault.share);
    }
  }

  /** Deletes a share of the counted records that no open window needs. */
  #compact(partition: number, share: number): void {
    const commit = this.#cluster.group.commits.get(`${TOPIC}/${partition}`);
    if (commit === undefined) return;
    const { window_end: windowEnd } = JSON.parse(commit.metadata);
    const { lengthMs, slideMs } = this.#scenario.settings;
    const neededFromMs = windowEnd === null ? 0 : windowEnd + slideMs - lengthMs;
    this.#cluster.logs[partition].compact(({ offset, timestampMs }) =>
      offset < commit.offset && timestampMs < neededFromMs && offset % 10 < share * 10
    );
  }

  #makeFetchFaults(): () => FetchFault {
    const { seed, settings: { fetchFaults } } = this.#scenario;
    const random = seededRandom(seed, 4);
    return () => {
      if (this.#isFair || random() >= fetchFaults) return undefined;
      return (["empty", "repeated", "not_leader"] as const)[Math.floor(random() * 3)];
    };
  }

  #makeWeather(): Weather {
    const { seed, settings: { losses, delays } } = this.#scenario;
    const random = seededRandom(seed, 5);
    return {
      delayMs: () => {
        const chance = random();
        if (this.#isFair) return 1;
        if (chance < losses) return Infinity;
        return chance < losses + delays ? 1 + random() * 3_000 : 1 + random() * 20;
      },
    };
  }
}
