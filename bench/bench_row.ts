// The result of one measurement.

/** The speed of one thing as a multiple of another's. */
export interface BenchRow {
  readonly name: string;
  readonly ratio: number;
  readonly wanted: number;
  /**
   * CPU nanoseconds of one unit (a word, a record, a slide); undefined if they cannot be compared with other runs.
   */
  readonly costNs: number | undefined;
  readonly details: string;
}

/** Whether the measurement shows what is wanted; otherwise the bench fails. */
export function isMet({ ratio, wanted }: BenchRow): boolean {
  return ratio >= wanted;
}

export function formatBenchRow({ name, ratio, wanted, details }: BenchRow): string {
  return `${name}: ${ratio.toFixed(2)} times as fast, wanted ${Number(wanted.toFixed(2))} (${details})`;
}
