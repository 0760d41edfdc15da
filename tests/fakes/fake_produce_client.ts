// A cluster for a producer: it records the batches that it gets, and answers as the test says.

import type { TopicMetadata } from "../../lib/kafka/kafka_client.ts";
import type { BatchesToProduce } from "../../lib/kafka/connection/kafkajs.ts";
import { readBigInt64, readInt32 } from "../../lib/kafka/integers.ts";
import { ErrorCode } from "../../lib/kafka/connection/kafka_error.ts";
import type { ProducerClient } from "../../lib/kafka/produce/producer.ts";

export interface SentBatch {
  readonly partition: number;
  readonly producerId: bigint;
  readonly baseSequence: number;
  readonly records: number;
  readonly bytes: Uint8Array;
}

export class FakeProduceClient implements ProducerClient {
  readonly sent: SentBatch[] = [];
  partitions = 1;
  topicErrorCode: number = ErrorCode.none;
  /** Partitions without a leader. */
  readonly leaderless = new Set<number>();
  /** The error code for a batch; it throws for no answer. */
  answer: (batch: SentBatch) => number | Promise<number> = () => ErrorCode.none;
  /** Error codes for the first requests for a producer id. */
  idErrorCodes: number[] = [];
  metadataAsked = 0;
  closed = false;
  #producerId = 100n;

  leaderOf({ partition }: { partition: number }): string | undefined {
    return this.leaderless.has(partition) ? undefined : `broker-${partition % 2}`;
  }

  metadata(topics: readonly string[] | "all"): Promise<ReadonlyMap<string, TopicMetadata>> {
    this.metadataAsked++;
    const leaders = new Map(Array.from({ length: this.partitions }, (_, i) => [i, i % 2]));
    const metadata = { errorCode: this.topicErrorCode, isInternal: false, leaders };
    return Promise.resolve(new Map([...topics].map((topic) => [topic, metadata])));
  }

  request<T>(): Promise<T> {
    const errorCode = this.idErrorCodes.shift() ?? ErrorCode.none;
    const producerId = errorCode === ErrorCode.none ? String(this.#producerId++) : "-1";
    return Promise.resolve({ errorCode, producerId, producerEpoch: 0 } as T);
  }

  async produce(_address: string, { batches }: BatchesToProduce): Promise<ReadonlyMap<number, number>> {
    const codes = new Map<number, number>();
    for (const { partition, bytes } of batches) {
      const batch = {
        partition,
        producerId: readBigInt64(bytes, 43),
        baseSequence: readInt32(bytes, 53),
        records: readInt32(bytes, 57),
        bytes,
      };
      this.sent.push(batch);
      codes.set(partition, await this.answer(batch));
    }
    return codes;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
