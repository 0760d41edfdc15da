// A naive reading of the pane log: it keeps all reports and derives each answer from them anew.

import { partitionKey, type TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { ReportOutcome } from "../../lib/merge/group_marks.ts";
import type { ReportHead } from "../../lib/merge/report.ts";

export interface LoggedReport {
  readonly head: ReportHead;
  readonly logOffset: number;
  /** Panes before it are in no open window when the report is read. */
  readonly neededFromMs: number;
}

export class NaiveLog {
  readonly #taken: LoggedReport[] = [];
  readonly #met: number[] = [];

  /** Notes the epoch of any part. */
  meet(epoch: number): void {
    this.#met.push(epoch);
  }

  hear(report: LoggedReport): ReportOutcome {
    const outcome = this.#outcomeOf(report.head);
    if (outcome === "taken") this.#taken.push(report);
    return outcome;
  }

  get epoch(): number {
    return Math.max(0, ...this.#taken.map(({ head }) => head.epoch));
  }

  get list(): readonly TopicPartition[] {
    return this.#ofEpoch.at(-1)?.head.list ?? [];
  }

  get members(): number {
    return new Set(this.#ofEpoch.map(({ head }) => head.member)).size;
  }

  get firstEndMs(): number {
    return Math.max(-Infinity, ...this.#taken.map(({ head }) => head.firstEndMs));
  }

  get servedUntilMs(): number {
    return Math.max(-Infinity, ...this.#taken.map(({ head }) => head.servedUntilMs));
  }

  get watermarkMs(): number {
    if (this.list.length === 0) return -Infinity;
    return Math.min(...this.list.map((one) => this.boundOf(one)));
  }

  get unheard(): number {
    return this.list.filter((one) => this.newestOf(one) === undefined).length;
  }

  get unreported(): number {
    return this.list.filter((one) => this.newestOf(one)?.head.epoch !== this.epoch).length;
  }

  get holderOfLowest(): string | undefined {
    return this.list.length === 0 ? undefined : this.holderOf(this.list[0]);
  }

  holderOf(partition: TopicPartition): string | undefined {
    return this.#ofEpoch.findLast(({ head }) => names(head.partitions, partition))?.head.member;
  }

  boundOf(partition: TopicPartition): number {
    return this.newestOf(partition)?.head.boundMs ?? -Infinity;
  }

  /** The newest report of the partition that the log has kept. */
  newestOf(partition: TopicPartition): LoggedReport | undefined {
    const newest = this.#taken.findLast(({ head }) => !head.isMarker && names(head.partitions, partition));
    if (newest === undefined) return undefined;
    const since = this.#taken.slice(this.#taken.indexOf(newest));
    const isForgotten = since.some(({ head, neededFromMs }, i) => {
      if (i === 0 || head.epoch === since[i - 1].head.epoch) return false;
      return !names(since[i - 1].head.list, partition) && newest.head.cutMs <= neededFromMs;
    });
    return isForgotten ? undefined : newest;
  }

  othersMs(member: string): number {
    const others = this.list.filter((one) =>
      this.holderOf(one) !== member && this.newestOf(one) !== undefined
    );
    return Math.min(Infinity, ...others.map((one) => this.boundOf(one)));
  }

  followMs(member: string): number {
    const holding = this.list.filter((one) => {
      return this.holderOf(one) !== member && this.newestOf(one)?.head.isIdle !== true;
    });
    if (holding.length > 0) return Math.min(...holding.map((one) => this.boundOf(one)));
    return Math.max(-Infinity, ...this.list.map((one) => this.boundOf(one)));
  }

  othersAreIdle(member: string): boolean {
    const others = this.list.filter((one) => this.holderOf(one) !== member);
    return others.every((one) => this.newestOf(one)?.head.isIdle === true);
  }

  get #ofEpoch(): LoggedReport[] {
    return this.#taken.filter(({ head }) => head.epoch === this.epoch);
  }

  #outcomeOf({ epoch, member, number }: ReportHead): ReportOutcome {
    if (epoch < Math.max(this.epoch, ...this.#met)) return "outdated";
    const own = this.#taken.filter(({ head }) => head.epoch === epoch && head.member === member);
    return own.some(({ head }) => head.number >= number) ? "repeated" : "taken";
  }
}

function names(list: readonly TopicPartition[], partition: TopicPartition): boolean {
  return list.some((one) => partitionKey(one) === partitionKey(partition));
}
