// A PartitionTail reads one partition without a group, from the read offset of a queue on. It waits for single records,
// and it does not go on where the log has lost records: its reader must not miss one.

import type { Clock } from "../../async/clock.ts";
import type { PartitionQueue } from "../../records/partition_queue.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { DirectReader } from "./direct_reader.ts";
import type { FetchReport } from "./fetch_report.ts";

const MAX_WAIT_MS = 500;
const FETCH_BYTES = 1024 * 1024;

export interface PartitionTailOptions {
  readonly client: KafkaClient;
  readonly queue: PartitionQueue;
  /** A larger record is no record that the reader needs. */
  readonly maxRecordBytes: number;
  /** Called when a fetch has been answered. */
  readonly onFetched: () => void;
  /** Failures that may pass; they end when `works` is called with the same activity. */
  readonly report: Pick<FetchReport, "failed" | "works">;
  readonly clock: Clock;
}

export class PartitionTail {
  readonly #reader: DirectReader;

  constructor({ client, queue, maxRecordBytes, onFetched, report, clock }: PartitionTailOptions) {
    const settings = {
      isolation: "read_uncommitted",
      checkCrcs: true,
      maxRecordBytes,
      maxBytesPerPartition: FETCH_BYTES,
      maxWaitMs: MAX_WAIT_MS,
      patientMinBytes: 1,
    } as const;
    this.#reader = new DirectReader({ client, queues: [queue], settings, onFetched, report, clock });
  }

  /** Reads until `signal` is aborted. @throws LogLostError, BrokerConnectionError, KafkaError */
  async run(signal: AbortSignal): Promise<void> {
    await this.#reader.run(signal);
  }
}
