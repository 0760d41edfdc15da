// A random schedule of a MergingGroup: members start, are killed, frozen and stopped, reports and windows arrive late, twice
// or never, and partitions are empty or silent for a while. A seed decides everything.

import { seededRandom } from "../../lib/source/synthetic/random.ts";
import { LATENESS_MS } from "./group_times.ts";
import type { MemberProcess } from "./member_process.ts";
import { MergingGroup } from "./merging_group.ts";

const TICK_MS = 500;
const FAULTS_MS = 70_000;
/** From then on nothing is written. */
export const WRITES_MS = 90_000;
const END_MS = 140_000;
/** A dead or frozen member is noticed after this time. */
const SESSION_MS = 6_000;
const MAX_MEMBERS = 3;
const WORDS = ["a", "b", "c", "d"];

interface Faults {
  /** Time of the death or of the begin of the freeze. */
  sinceMs: number;
  /** End of the freeze, or time at which the last reports of a dead member arrive. */
  untilMs: number;
}

export class MergingSchedule {
  readonly group: MergingGroup;
  /** The windows that may need them are left out. */
  hasLostReports = false;
  readonly #random: () => number;
  readonly #silences: readonly (readonly [fromMs: number, toMs: number] | undefined)[];
  readonly #faults = new Map<MemberProcess, Faults>();
  readonly #leaving: Promise<void>[] = [];
  #ms = 0;
  #names = 0;
  #assigned = "";
  #rebalanceAtMs: number | undefined;

  constructor(seed: number) {
    this.#random = seededRandom(seed, 11);
    this.group = new MergingGroup(2 + this.#below(3));
    this.#silences = this.group.partitions.map(() => {
      const from = this.#below(60_000);
      return this.#happens(3) ? [0, Infinity] : this.#happens(2) ? [from, from + 20_000] : undefined;
    });
    for (let ms = -1_000 * this.#below(60); ms < 0; ms += TICK_MS) this.#write(ms);
    for (let n = 1 + this.#below(2); n > 0; n--) this.#start();
  }

  get generations(): number {
    return this.group.rebalance?.generation ?? 0;
  }

  async run(): Promise<void> {
    await this.group.pass(END_MS, () => this.#tick());
    await Promise.all(this.#leaving);
  }

  get alive(): MemberProcess[] {
    return this.group.members.filter(({ isDead }) => !isDead);
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  /** True in one of so many cases. */
  #happens(outOf: number): boolean {
    return this.#below(outOf) === 0;
  }

  #tick(): void {
    if (this.#ms < WRITES_MS) this.#write(this.#ms);
    if (this.#ms < FAULTS_MS) this.#disturb();
    if (this.#ms === FAULTS_MS) this.#recover();
    for (const [member, faults] of this.#faults) this.#endFault(member, faults);
    this.#coordinate();
    this.#ms += TICK_MS;
  }

  #write(ms: number): void {
    this.#silences.forEach((silence, partition) => {
      if (silence !== undefined && ms >= silence[0] && ms < silence[1]) return;
      for (let n = this.#below(3); n > 0; n--) {
        this.group.write(partition, ms - this.#below(LATENESS_MS), WORDS[this.#below(WORDS.length)]);
      }
    });
  }

  #start(): void {
    const member = this.group.start(`m${this.#names++}`);
    member.fetches = () => this.#ms < FAULTS_MS ? this.#below(8) : Infinity;
  }

  #disturb(): void {
    const { alive } = this;
    if (alive.length < MAX_MEMBERS && this.#happens(20)) this.#start();
    const member = alive.at(this.#below(alive.length));
    if (member === undefined) return;
    if (this.#happens(6)) member.wire.isOpen = !member.wire.isOpen;
    if (this.#happens(6)) member.topic.isOpen = !member.topic.isOpen;
    if (this.#happens(20)) member.wire.repeat();
    if (this.#happens(30)) {
      const isOutage = this.#happens(4);
      for (const one of isOutage ? alive : [member]) this.#kill(one);
      if (isOutage && this.#happens(3)) this.#loseLog();
    } else if (this.#happens(25) && !member.isFrozen) {
      member.isFrozen = true;
      this.#faults.set(member, { sinceMs: this.#ms, untilMs: this.#ms + this.#below(5 * SESSION_MS) });
    } else if (this.#happens(50) && !member.isFrozen && member.hasJoined) {
      this.#leaving.push(member.leave());
    }
  }

  #kill(member: MemberProcess): void {
    member.kill();
    member.wire.isOpen = false;
    this.#faults.set(member, { sinceMs: this.#ms, untilMs: this.#ms + this.#below(25_000) });
  }

  /** While no member runs, some reports are deleted, or the pane log is deleted and created again. */
  #loseLog(): void {
    const { group } = this;
    for (const { wire } of group.members) wire.lose();
    if (this.#happens(2)) {
      group.logStart = 0;
      group.log.length = 0;
    } else {
      group.logStart += this.#below(group.log.length - group.logStart + 1);
      this.hasLostReports = true;
    }
  }

  #endFault(member: MemberProcess, { untilMs }: Faults): void {
    if (this.#ms < untilMs) return;
    if (!member.isDead) {
      member.isFrozen = false;
      this.#faults.delete(member);
    } else if (member.wire.left > 0) {
      member.wire.deliver(this.#below(member.wire.left + 1));
      member.wire.lose();
    }
  }

  #recover(): void {
    for (const member of this.alive) {
      member.isFrozen = false;
      member.wire.isOpen = member.topic.isOpen = true;
    }
    if (this.alive.length === 0) this.#start();
  }

  /** A member whose session has not ended keeps its place, and delays each rebalance. */
  #coordinate(): void {
    const answering = this.group.members.filter((member) => {
      if (!member.hasJoined) return false;
      if (!member.isDead && !member.isFrozen) return true;
      return (this.#faults.get(member)?.sinceMs ?? -Infinity) + SESSION_MS > this.#ms;
    });
    const names = answering.map(({ name }) => name);
    if (names.length === 0 || names.join() === this.#assigned) return;
    if (this.#rebalanceAtMs === undefined) {
      this.#rebalanceAtMs = this.#ms + this.#below(3_000);
      for (const member of answering) {
        if (!member.isDead && !member.isFrozen && this.#happens(2)) member.handOver();
      }
    }
    if (this.#ms < this.#rebalanceAtMs) return;
    this.#rebalanceAtMs = undefined;
    this.#assigned = names.join();
    const shift = this.#below(names.length);
    const own = new Map<string, number[]>(names.map((name) => [name, []]));
    this.group.partitions.forEach((_, i) => own.get(names[(i + shift) % names.length])?.push(i));
    this.group.assign(Object.fromEntries(own));
  }
}
