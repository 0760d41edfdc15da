// Sends records to one topic, so that each is there once: every batch bears the sender's id and, by partition, the number
// of its first record, and a broker takes each number once. So a batch of which it is not known whether it was taken is
// sent again as it is, until there is an answer, and until then nothing else to its partition.

import type { Clock } from "../../async/clock.ts";
import type { KafkaClient } from "../kafka_client.ts";
import { BrokerConnectionError, ErrorCode, KafkaError } from "../connection/kafka_error.ts";
import type { BatchesToProduce } from "../connection/kafkajs.ts";
import { partitionOfKey } from "./murmur2.ts";
import { type ProduceVerdict, produceVerdict } from "./produce_outcome.ts";
import { encodeRecordBatch, type ProducerRecord, recordSizeBytes } from "../wire/record_batch_encoder.ts";

/** What a batch holds at most, unless it is one record. A broker takes 1 MiB unless told otherwise. */
const MAX_BATCH_BYTES = 512 * 1024;
const MAX_BATCH_RECORDS = 4096;
/** How long leaders may wait for their replicas. */
const REPLICAS_MS = 5_000;
/** Without transactions it means nothing. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** A broker that has just been started is given ids to give away with the first request for one. */
const ID_RETRY_MS = 50;
const MAX_ID_RETRIES = 20;
const SEQUENCES = 2 ** 31;

/** What is asked of a client. */
export interface ProducerClient extends Pick<KafkaClient, "leaderOf" | "metadata" | "request"> {
  /** @throws BrokerConnectionError */
  produce(address: string, request: BatchesToProduce): Promise<ReadonlyMap<number, number>>;
}

/** A record on its way. */
export interface Sending {
  readonly record: ProducerRecord;
  /** Set here: it is in a batch of which it is not known whether it was taken, and has to stay what it is. */
  isUnderWay: boolean;
}

/** What an attempt has come to. */
export interface Attempt<S extends Sending> {
  readonly taken: readonly S[];
  /** No sending again would help. */
  readonly refused: readonly S[];
  readonly refusal: KafkaError | undefined;
  /** Why the others are still there, which are to be tried again; undefined where there was no trouble. */
  readonly failure: KafkaError | BrokerConnectionError | undefined;
}

interface SenderId {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

interface IdAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** Of one partition: the id under which it is sent to, and the number of the next record. */
interface Sequence {
  readonly sender: SenderId;
  next: number;
  /** How many records the next batch may have: fewer, after a batch was refused because of one of them. */
  mostRecords: number;
}

interface Batch<S> {
  readonly partition: number;
  readonly sendings: readonly S[];
  readonly sequence: Sequence;
  readonly bytes: Uint8Array;
}

interface Answer<S> {
  readonly batch: Batch<S>;
  /** Undefined where there was none. */
  readonly errorCode: number | undefined;
  readonly failure: KafkaError | BrokerConnectionError | undefined;
}

export class Producer<S extends Sending> {
  readonly #client: ProducerClient;
  readonly #topic: string;
  readonly #clock: Pick<Clock, "sleep">;
  /** How many partitions the topic has; undefined while that is to be looked up. */
  #partitions: number | undefined;
  #sender: SenderId | undefined;
  readonly #sequences = new Map<number, Sequence>();
  readonly #batches = new Map<number, Batch<S>>();
  #keyless = 0;

  constructor(
    client: ProducerClient,
    options: { readonly topic: string; readonly clock: Pick<Clock, "sleep"> },
  ) {
    this.#client = client;
    this.#topic = options.topic;
    this.#clock = options.clock;
  }

  /**
   * Sends what was sent before without an answer, and of the `waiting` what there is room for in a batch for each partition;
   * those that are under way are passed over. One attempt at a time.
   */
  async attempt(waiting: () => Iterable<S>): Promise<Attempt<S>> {
    try {
      this.#partitions ??= await this.#countPartitions();
      this.#sender ??= await this.#makeSender();
      this.#formBatches(waiting(), { sender: this.#sender, partitions: this.#partitions });
    } catch (error) {
      return { taken: [], refused: [], refusal: undefined, failure: expected(error) };
    }
    const byLeader = Map.groupBy(this.#batches.values(), (batch) => this.#leaderOf(batch.partition));
    const answers = await Promise.all([...byLeader].map(([leader, batches]) => this.#send(leader, batches)));
    return this.#judge(answers.flat());
  }

  async #countPartitions(): Promise<number> {
    const topic = (await this.#client.metadata([this.#topic])).get(this.#topic);
    const code = topic?.errorCode ?? ErrorCode.unknownTopicOrPartition;
    const partitions = topic?.leaders.size ?? 0;
    // A topic that has just been made may be without partitions for a moment.
    if (code !== ErrorCode.none || partitions === 0) {
      throw new KafkaError(code || ErrorCode.leaderNotAvailable, `send to the topic "${this.#topic}"`);
    }
    // The topic may have been made anew, with fewer of them.
    for (const batch of this.#batches.values()) if (batch.partition >= partitions) this.#takeBack(batch);
    return partitions;
  }

  async #makeSender(): Promise<SenderId> {
    const leaders = Array.from(
      { length: this.#partitions ?? 0 },
      (_, partition) => this.#leaderOf(partition),
    );
    const address = leaders.find((leader) => leader !== undefined);
    if (address === undefined) {
      this.#partitions = undefined;
      throw new KafkaError(ErrorCode.leaderNotAvailable, `send to the topic "${this.#topic}"`);
    }
    let answer = await this.#askForId(address);
    for (let n = 0; n < MAX_ID_RETRIES && answer.errorCode === ErrorCode.coordinatorLoadInProgress; n++) {
      await this.#clock.sleep(ID_RETRY_MS);
      answer = await this.#askForId(address);
    }
    const { errorCode, producerId, producerEpoch } = answer;
    if (errorCode !== ErrorCode.none) {
      throw new KafkaError(errorCode, `get a producer's id for the topic "${this.#topic}"`);
    }
    return { producerId: BigInt(producerId), producerEpoch };
  }

  async #askForId(address: string): Promise<IdAnswer> {
    const args = { transactionalId: null, transactionTimeout: TRANSACTION_TIMEOUT_MS };
    return await this.#client.request<IdAnswer>(address, "InitProducerId", args);
  }

  #leaderOf(partition: number): string | undefined {
    return this.#client.leaderOf({ topic: this.#topic, partition });
  }

  #formBatches(
    waiting: Iterable<S>,
    { sender, partitions }: { sender: SenderId; partitions: number },
  ): void {
    const forming = new Map<number, { sendings: S[]; sizeBytes: number; isFull: boolean }>();
    for (const sending of waiting) {
      if (sending.isUnderWay) continue;
      const { key } = sending.record;
      const partition = key === null ? this.#keyless++ % partitions : partitionOfKey(key, partitions);
      if (this.#batches.has(partition)) continue;
      const batch = forming.get(partition) ?? { sendings: [], sizeBytes: 0, isFull: false };
      forming.set(partition, batch);
      batch.sizeBytes += recordSizeBytes(sending.record);
      const { mostRecords = MAX_BATCH_RECORDS } = this.#sequences.get(partition) ?? {};
      const isBeyond = batch.sizeBytes > MAX_BATCH_BYTES || batch.sendings.length >= mostRecords;
      // Those that come after it must not overtake it.
      batch.isFull ||= isBeyond && batch.sendings.length > 0;
      if (!batch.isFull) batch.sendings.push(sending);
    }
    for (const [partition, { sendings }] of forming) {
      const sequence = this.#sequences.get(partition) ?? { sender, next: 0, mostRecords: MAX_BATCH_RECORDS };
      this.#sequences.set(partition, sequence);
      for (const sending of sendings) sending.isUnderWay = true;
      const identity = { ...sequence.sender, baseSequence: sequence.next };
      const bytes = encodeRecordBatch(sendings.map(({ record }) => record), identity);
      this.#batches.set(partition, { partition, sendings, sequence, bytes });
    }
  }

  async #send(leader: string | undefined, batches: readonly Batch<S>[]): Promise<Answer<S>[]> {
    if (leader === undefined) {
      const code = ErrorCode.leaderNotAvailable;
      return batches.map((batch) => ({ batch, errorCode: code, failure: this.#failureOf(code, batch) }));
    }
    try {
      const request = { topic: this.#topic, batches, timeoutMs: REPLICAS_MS };
      const codes = await this.#client.produce(leader, request);
      return batches.map((batch) => {
        const errorCode = codes.get(batch.partition) ?? ErrorCode.unknownServerError;
        return { batch, errorCode, failure: this.#failureOf(errorCode, batch) };
      });
    } catch (error) {
      const failure = expected(error);
      return batches.map((batch) => ({ batch, errorCode: undefined, failure }));
    }
  }

  #failureOf(errorCode: number, { partition }: Batch<S>): KafkaError | undefined {
    return errorCode === ErrorCode.none
      ? undefined
      : new KafkaError(errorCode, `send to ${this.#topic}/${partition}`);
  }

  #judge(answers: readonly Answer<S>[]): Attempt<S> {
    const taken: S[] = [];
    const refused: S[] = [];
    let refusal: KafkaError | undefined;
    let failure: Attempt<S>["failure"];
    for (const { batch, errorCode, failure: ofBatch } of answers) {
      const verdict: ProduceVerdict = errorCode === undefined ? "retry" : produceVerdict(errorCode);
      if (verdict === "taken") taken.push(...this.#finish(batch));
      else if (verdict === "refused" && batch.sendings.length === 1) {
        refused.push(...this.#takeBack(batch));
        refusal = ofBatch as KafkaError;
      } else if (verdict === "refused") this.#sendInParts(batch);
      else {
        if (verdict === "resequence") this.#beginAnew(batch);
        this.#partitions = undefined;
        failure = ofBatch;
      }
    }
    return { taken, refused, refusal, failure };
  }

  #finish(batch: Batch<S>): readonly S[] {
    const { sequence, sendings } = batch;
    sequence.next = (sequence.next + sendings.length) % SEQUENCES;
    sequence.mostRecords = Math.min(MAX_BATCH_RECORDS, sequence.mostRecords * 2);
    return this.#takeBack(batch);
  }

  /** One of the records cannot be taken, and the others are refused with it. */
  #sendInParts(batch: Batch<S>): void {
    batch.sequence.mostRecords = Math.ceil(batch.sendings.length / 2);
    this.#takeBack(batch);
  }

  /** With an id of its own: what is under way to other partitions stays what it is. */
  #beginAnew(batch: Batch<S>): void {
    this.#sequences.delete(batch.partition);
    this.#sender = undefined;
    this.#takeBack(batch);
  }

  #takeBack({ partition, sendings }: Batch<S>): readonly S[] {
    this.#batches.delete(partition);
    for (const sending of sendings) sending.isUnderWay = false;
    return sendings;
  }
}

/** @throws what brokers, and the way to them, have no part in */
function expected(error: unknown): KafkaError | BrokerConnectionError {
  if (error instanceof KafkaError || error instanceof BrokerConnectionError) return error;
  throw error;
}
