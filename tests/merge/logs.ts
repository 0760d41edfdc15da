// Arbitrary pane logs: what members send under one assignment after the other.

import fc from "fast-check";
import type { TopicPartition } from "../../lib/kafka/topic_partition.ts";
import type { ReportHead } from "../../lib/merge/report.ts";
import { headOf } from "./reports.ts";

export const PARTITIONS: readonly TopicPartition[] = [0, 1, 2, 3].map((partition) => ({
  topic: "t",
  partition,
}));
export const MEMBERS: readonly string[] = ["a", "b", "c"];

/** The assignments that a group has one after the other: who reads what. */
interface Epoch {
  readonly list: readonly TopicPartition[];
  /** By index in `list`. */
  readonly holders: readonly string[];
}

const anyEpoch: fc.Arbitrary<Epoch> = fc.record({
  list: fc.subarray([...PARTITIONS], { minLength: 1 }),
  holders: fc.array(fc.constantFrom(...MEMBERS), { minLength: 4, maxLength: 4 }),
}, { noNullPrototype: true });

interface Sending {
  readonly member: string;
  /** How many epochs behind the newest; more than there are: the oldest. */
  readonly behind: number;
  readonly newEpoch: boolean;
  readonly kind: "report" | "marker" | "again";
  readonly isIdle: boolean;
  readonly boundMs: number;
  readonly aheadMs: number;
}

const slides = (most: number) => fc.nat(most).map((n) => n * 2);
const anySending: fc.Arbitrary<Sending> = fc.record({
  member: fc.constantFrom(...MEMBERS),
  behind: fc.constantFrom(0, 0, 0, 1, 2),
  newEpoch: fc.nat(5).map((n) => n === 0),
  kind: fc.constantFrom("report", "report", "report", "marker", "again"),
  isIdle: fc.nat(3).map((n) => n === 0),
  boundMs: fc.oneof(slides(20), fc.constant(-Infinity)),
  aheadMs: slides(3),
}, { noNullPrototype: true });

/** The heads that the members send, in the order of the log, with lost ones left out and old ones again. */
function headsOf(epochs: readonly Epoch[], sendings: readonly Sending[]): ReportHead[] {
  const heads: ReportHead[] = [];
  const numbers = new Map<string, number>();
  const newestOf = new Map<string, ReportHead>();
  let newest = 1;
  for (const { member, behind, newEpoch, kind, isIdle, boundMs, aheadMs } of sendings) {
    if (newEpoch) newest = Math.min(newest + 1, epochs.length);
    const epoch = Math.max(1, newest - behind);
    const { list, holders } = epochs[epoch - 1];
    let head = newestOf.get(member);
    if (kind !== "again" || head === undefined) {
      const number = (numbers.get(member) ?? 0) + 1;
      numbers.set(member, number);
      head = headOf({
        epoch,
        member,
        number,
        isMarker: kind === "marker",
        isIdle,
        boundMs,
        cutMs: boundMs + aheadMs,
        firstEndMs: boundMs - 4,
        servedUntilMs: boundMs - 2,
        list,
        partitions: list.filter((_, i) => holders[i] === member).map((one) => ({
          ...one,
          offset: 7 * number,
        })),
      });
      newestOf.set(member, head);
    }
    heads.push(head);
  }
  return heads;
}

export const anyHeads: fc.Arbitrary<ReportHead[]> = fc.tuple(
  fc.array(anyEpoch, { minLength: 1, maxLength: 6 }),
  fc.array(anySending, { maxLength: 40, size: "max" }),
).map(([epochs, sendings]) => headsOf(epochs, sendings));
