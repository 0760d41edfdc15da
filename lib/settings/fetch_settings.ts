// Turns source.kafka into the settings of fetches.

import type { Config } from "../config/schema.ts";
import type { FetchSettings } from "../kafka/fetch/fetch_request.ts";

export function fetchSettings(
  kafka: NonNullable<Config["source"]["kafka"]>,
  { max_record_bytes }: Pick<Config["words"], "max_record_bytes">,
): FetchSettings {
  return {
    isolation: kafka.isolation,
    checkCrcs: kafka.check_crcs,
    maxRecordBytes: max_record_bytes,
    maxBytesPerPartition: kafka.max_bytes_per_partition,
    maxWaitMs: kafka.max_wait,
  };
}
