// The account of the records read: each of them is counted, late and dropped, or skipped for a reason.

import assert from "node:assert/strict";

/** Reasons for which whole batches are skipped as well, whose records count as not read. */
const OF_BATCHES = ["corrupt", "too_large"] as const;

/** `metrics` are values by name and labels, as `/metrics` prints them. */
export function assertAccount(metrics: ReadonlyMap<string, number>): void {
  const sum = (prefix: string) =>
    [...metrics].reduce((sum, [name, value]) => sum + (name.startsWith(prefix) ? value : 0), 0);
  const read = sum("rtcount_records_total{");
  const counted = sum("rtcount_records_counted_total");
  const dropped = sum('rtcount_late_records_total{outcome="dropped"}');
  const filtered = sum("rtcount_records_filtered_total");
  const skipped = sum("rtcount_records_skipped_total{");
  const ofBatches = OF_BATCHES.reduce(
    (all, reason) => all + sum(`rtcount_records_skipped_total{reason="${reason}"}`),
    0,
  );
  const account = counted + dropped + filtered + skipped;
  const told = `${read} records read; ${counted} counted, ${dropped} late and dropped, ${skipped} skipped`;
  assert.ok(account >= read && account - ofBatches <= read, told);
}
