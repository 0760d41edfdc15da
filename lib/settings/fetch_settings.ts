// Turns source.kafka into the settings of fetches.

import type { Config } from "../config/schema.ts";
import type { FetchSettings } from "../kafka/fetch/fetch_request.ts";

/** @param leastBytesPerPartition a higher limit for each partition than that of the configuration, if wanted */
export function fetchSettings(
  kafka: NonNullable<Config["source"]["kafka"]>,
  { maxRecordBytes, leastBytesPerPartition = 0 }: {
    readonly maxRecordBytes: number;
    readonly leastBytesPerPartition?: number;
  },
): FetchSettings {
  return {
    isolation: kafka.isolation,
    checkCrcs: kafka.check_crcs,
    maxRecordBytes,
    maxBytesPerPartition: Math.max(kafka.max_bytes_per_partition, leastBytesPerPartition),
    maxWaitMs: kafka.max_wait,
  };
}
