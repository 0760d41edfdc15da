// The reasons for which a record is skipped, as the metrics, the dead letters and the log name them.

export const RECORD_SKIP_REASONS = [
  "too_large",
  "invalid_json",
  "invalid_avro",
  "invalid_protobuf",
  "unknown_schema",
  "invalid_weight",
  "invalid_timestamp",
  "invalid_key",
  "future",
  "no_timestamp",
  "before_start",
  "corrupt",
  "pattern_limit",
] as const;

export type RecordSkipReason = typeof RECORD_SKIP_REASONS[number];
