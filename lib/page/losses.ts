// lossesOf lists the totals of late and skipped records and words that are not 0, each with a label for the reader.

import type { RecordSkipReason } from "../records/skip_reason.ts";
import type { Status } from "./status.ts";

export interface Loss {
  readonly what: string;
  readonly count: number;
}

const SKIPPED_RECORDS: Readonly<Record<string, string>> = {
  too_large: "Records skipped: too large",
  invalid_json: "Records skipped: not JSON",
  invalid_avro: "Records skipped: not Avro of their schema",
  invalid_protobuf: "Records skipped: not Protobuf of their schema",
  unknown_schema: "Records skipped: schema not in the registry",
  invalid_weight: "Records skipped: without a weight",
  invalid_timestamp: "Records skipped: without the timestamp in the value",
  invalid_key: "Records skipped: key of another format",
  future: "Records skipped: dated in the future",
  no_timestamp: "Records skipped: without a timestamp",
  before_start: "Records skipped: dated before the first window",
  corrupt: "Records skipped: corrupt",
  pattern_limit: "Records skipped: a pattern takes too long",
} satisfies Record<RecordSkipReason, string>;
const SKIPPED_WORDS: Readonly<Record<string, string>> = {
  too_long: "Words skipped: too long",
  too_short: "Words skipped: too short",
  stop_word: "Words skipped: stop words",
};

/** Losses since the daemon started. An unknown reason keeps the daemon's name. */
export function lossesOf({ totals }: Status): Loss[] {
  const { late, skipped_records, skipped_words } = totals;
  const losses = [
    { what: "Late records: dropped", count: late.dropped },
    { what: "Late records: counted in later windows", count: late.counted },
    ...Object.entries(skipped_records).map(([reason, count]) => {
      return { what: SKIPPED_RECORDS[reason] ?? `Records skipped: ${reason}`, count };
    }),
    ...Object.entries(skipped_words).map(([reason, count]) => {
      return { what: SKIPPED_WORDS[reason] ?? `Words skipped: ${reason}`, count };
    }),
  ];
  return losses.filter(({ count }) => count > 0);
}
