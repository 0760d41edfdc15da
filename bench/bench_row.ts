// What a measurement says.

/** How many times as fast as its rival something is. */
export interface BenchRow {
  readonly name: string;
  readonly ratio: number;
  readonly wanted: number;
  /**
   * What one of its units (a word, a record, a slide) takes, in nanoseconds of a processor; undefined where that is not to
   * be compared with other times.
   */
  readonly costNs: number | undefined;
  readonly details: string;
}

export function formatBenchRow({ name, ratio, wanted, details }: BenchRow): string {
  return `${name}: ${ratio.toFixed(1)} times as fast, wanted ${wanted} (${details})`;
}
