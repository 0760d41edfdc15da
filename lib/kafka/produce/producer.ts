// Sends records to one topic, each exactly once: a batch carries the producer's id and, per partition, the sequence number
// of its first record, and a broker accepts each number once. A batch without an answer is sent again unchanged until there
// is one. Until then nothing else goes to its partition.

import type { Clock } from "../../async/clock.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import type { BatchesToProduce } from "../connection/kafkajs.ts";
import { partitionOfKey } from "./murmur2.ts";
import { type ProduceOutcome, produceOutcome } from "./produce_outcome.ts";
import { encodeRecordBatch, type ProducerRecord, recordSizeBytes } from "../wire/record_batch_encoder.ts";

/** Only a single record may exceed it. The broker's default limit is 1 MiB. */
const MAX_BATCH_BYTES = 512 * 1024;
const MAX_BATCH_RECORDS = 4096;
/** How long leaders may wait for their replicas. */
const REPLICAS_MS = 5_000;
/** Without effect, as there are no transactions. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** A broker that has just started gets its block of producer ids with the first request for one. */
const ID_RETRY_MS = 100;
const MAX_ID_RETRIES = 10;
const SEQUENCES = 2 ** 31;

export interface ProducerClient extends Pick<KafkaClient, "leaderOf" | "metadata" | "request"> {
  /** @throws BrokerConnectionError */
  produce(address: string, request: BatchesToProduce): Promise<ReadonlyMap<number, number>>;
}

export interface Sending {
  readonly record: ProducerRecord;
  /** The producer sets it: the record is in a batch without an answer, which must not change. */
  isInFlight: boolean;
}

export interface SendResult<S extends Sending> {
  readonly accepted: readonly S[];
  /** No retry helps. */
  readonly rejected: readonly S[];
  readonly rejection: KafkaError | undefined;
  /** Why other records need a retry. */
  readonly failure: SendFailure | undefined;
}

type SendFailure = KafkaError | BrokerConnectionError;

interface ProducerId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

interface IdAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface Sequence {
  readonly id: ProducerId;
  /** The sequence number of the next record. */
  next: number;
  /** The limit of the next batch. It shrinks after a batch was rejected because of one of its records. */
  maxRecords: number;
}

/** A batch that the broker has not accepted yet. */
interface OpenBatch<S> {
  readonly partition: number;
  readonly sendings: readonly S[];
  readonly sequence: Sequence;
  readonly bytes: Uint8Array;
}

interface Answer<S> {
  readonly batch: OpenBatch<S>;
  readonly outcome: ProduceOutcome;
  readonly failure: SendFailure | undefined;
}

export class Producer<S extends Sending> {
  readonly #client: ProducerClient;
  readonly #topic: string;
  readonly #clock: Pick<Clock, "sleep">;
  /** The number of partitions; undefined when it has to be looked up. */
  #partitions: number | undefined;
  #id: ProducerId | undefined;
  readonly #sequences = new Map<number, Sequence>();
  readonly #batches = new Map<number, OpenBatch<S>>();
  /** The partition of all records; undefined where their keys decide. */
  readonly #only: number | undefined;
  #keyless = 0;

  constructor(client: ProducerClient, options: {
    readonly topic: string;
    /** All records go to this partition, however many the topic has. Default: their keys decide. */
    readonly partition?: number;
    readonly clock: Pick<Clock, "sleep">;
  }) {
    this.#client = client;
    this.#topic = options.topic;
    this.#only = options.partition;
    this.#clock = options.clock;
  }

  /** Sends open batches again, and `waiting` records to the other partitions. One call at a time. */
  async send(waiting: () => Iterable<S>): Promise<SendResult<S>> {
    try {
      this.#partitions ??= await this.#countPartitions();
      this.#id ??= await this.#fetchId();
      this.#fillBatches(waiting(), this.#partitions, this.#id);
    } catch (error) {
      return { accepted: [], rejected: [], rejection: undefined, failure: expected(error) };
    }
    const byLeader = Map.groupBy(this.#batches.values(), (batch) => this.#leaderOf(batch.partition));
    const answers = await Promise.all(
      [...byLeader].map(([leader, batches]) => this.#sendTo(leader, batches)),
    );
    return this.#conclude(answers.flat());
  }

  async #countPartitions(): Promise<number> {
    const topic = (await this.#client.metadata([this.#topic])).get(this.#topic);
    const code = topic?.errorCode ?? ErrorCode.unknownTopicOrPartition;
    const partitions = topic?.leaders.size ?? 0;
    // A new topic may have no partitions for a moment.
    if (code !== ErrorCode.none || partitions === 0) {
      throw new KafkaError(code || ErrorCode.leaderNotAvailable, `send to the topic "${this.#topic}"`);
    }
    // The topic may have been created again, with fewer partitions.
    for (const batch of this.#batches.values()) if (batch.partition >= partitions) this.#remove(batch);
    return partitions;
  }

  async #fetchId(): Promise<ProducerId> {
    const partitions = Array.from({ length: this.#partitions ?? 0 }, (_, partition) => partition);
    const address = partitions.map((partition) => this.#leaderOf(partition)).find((leader) => leader);
    if (address === undefined) {
      this.#partitions = undefined;
      throw new KafkaError(ErrorCode.leaderNotAvailable, `send to the topic "${this.#topic}"`);
    }
    let answer = await this.#requestId(address);
    for (let n = 0; n < MAX_ID_RETRIES && answer.errorCode === ErrorCode.coordinatorLoadInProgress; n++) {
      await this.#clock.sleep(ID_RETRY_MS);
      answer = await this.#requestId(address);
    }
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode !== ErrorCode.none) {
      throw new KafkaError(errorCode, `get a producer's id for the topic "${this.#topic}"`);
    }
    return { producerId: BigInt(producerId), producerEpoch };
  }

  async #requestId(address: string): Promise<IdAnswer> {
    const args = { transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS };
    return await this.#client.request<IdAnswer>(address, "InitProducerId", args);
  }

  #leaderOf(partition: number): string | undefined {
    return this.#client.leaderOf({ topic: this.#topic, partition });
  }

  #fillBatches(waiting: Iterable<S>, partitions: number, id: ProducerId): void {
    const filling = new Map<number, { sendings: S[]; sizeBytes: number; isFull: boolean }>();
    for (const sending of waiting) {
      if (sending.isInFlight) continue;
      const partition = this.#only ?? this.#partitionOf(sending.record, partitions);
      if (this.#batches.has(partition)) continue;
      const batch = filling.get(partition) ?? { sendings: [], sizeBytes: 0, isFull: false };
      filling.set(partition, batch);
      batch.sizeBytes += recordSizeBytes(sending.record);
      const { maxRecords = MAX_BATCH_RECORDS } = this.#sequences.get(partition) ?? {};
      const isBeyond = batch.sizeBytes > MAX_BATCH_BYTES || batch.sendings.length >= maxRecords;
      // Later records of the partition must not overtake this one.
      batch.isFull ||= isBeyond && batch.sendings.length > 0;
      if (!batch.isFull) batch.sendings.push(sending);
    }
    for (const [partition, { sendings }] of filling) {
      const sequence = this.#sequences.get(partition) ?? { id, next: 0, maxRecords: MAX_BATCH_RECORDS };
      this.#sequences.set(partition, sequence);
      for (const sending of sendings) sending.isInFlight = true;
      const { id: { producerId, producerEpoch }, next: baseSequence } = sequence;
      const identity = { producerId, producerEpoch, baseSequence };
      const bytes = encodeRecordBatch(sendings.map(({ record }) => record), identity);
      this.#batches.set(partition, { partition, sendings, sequence, bytes });
    }
  }

  #partitionOf({ key }: ProducerRecord, partitions: number): number {
    return key === null ? this.#keyless++ % partitions : partitionOfKey(key, partitions);
  }

  async #sendTo(leader: string | undefined, batches: readonly OpenBatch<S>[]): Promise<Answer<S>[]> {
    const answer = (batch: OpenBatch<S>, code: number): Answer<S> => {
      const action = `send to ${this.#topic}/${batch.partition}`;
      const failure = code === ErrorCode.none ? undefined : new KafkaError(code, action);
      return { batch, outcome: produceOutcome(code), failure };
    };
    if (leader === undefined) return batches.map((batch) => answer(batch, ErrorCode.leaderNotAvailable));
    try {
      const request = { topic: this.#topic, batches, timeoutMs: REPLICAS_MS };
      const codes = await this.#client.produce(leader, request);
      return batches.map((batch) =>
        answer(batch, codes.get(batch.partition) ?? ErrorCode.unknownServerError)
      );
    } catch (error) {
      const failure = expected(error);
      return batches.map((batch) => ({ batch, outcome: "retry", failure }));
    }
  }

  #conclude(answers: readonly Answer<S>[]): SendResult<S> {
    const accepted: S[] = [];
    const rejected: S[] = [];
    let rejection: KafkaError | undefined;
    let failure: SendFailure | undefined;
    for (const { batch, outcome, failure: ofBatch } of answers) {
      const { partition, sendings, sequence } = batch;
      if (outcome === "accepted") {
        sequence.next = (sequence.next + sendings.length) % SEQUENCES;
        sequence.maxRecords = Math.min(MAX_BATCH_RECORDS, sequence.maxRecords * 2);
        accepted.push(...this.#remove(batch));
      } else if (outcome === "rejected" && sendings.length === 1) {
        rejected.push(...this.#remove(batch));
        rejection = ofBatch as KafkaError;
      } else if (outcome === "rejected") {
        // One record is the cause, and the broker rejects all: smaller batches find it.
        sequence.maxRecords = Math.ceil(sendings.length / 2);
        this.#remove(batch);
      } else {
        if (outcome === "resequence") {
          // The partition gets a new id. The batches in flight to other partitions keep theirs.
          this.#sequences.delete(partition);
          this.#id = undefined;
          this.#remove(batch);
        }
        this.#partitions = undefined;
        failure = ofBatch;
      }
    }
    return { accepted, rejected, rejection, failure };
  }

  #remove({ partition, sendings }: OpenBatch<S>): readonly S[] {
    this.#batches.delete(partition);
    for (const sending of sendings) sending.isInFlight = false;
    return sendings;
  }
}

/** @throws an error that neither brokers nor the network cause */
function expected(error: unknown): SendFailure {
  if (error instanceof KafkaError || error instanceof BrokerConnectionError) return error;
  throw error;
}
