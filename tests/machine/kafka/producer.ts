// A producer for what kcat cannot do: timestamps of one's own, null values, one batch of a given make. It speaks
// Produce itself: kafkajs takes minutes to encode a batch of 200,000 records.

import { Buffer } from "node:buffer";
import { createConnection, type Socket } from "node:net";
import { withAdmin } from "./admin.ts";
import { writeRecordBatch } from "../../kafka/wire/record_batch_writer.ts";

export interface RecordToSend {
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly key?: string;
  readonly value: string | Uint8Array | null;
}

const PRODUCE = 0;
/** The newest without flexible fields; zstd needs 7. */
const VERSION = 7;
const ALL_REPLICAS = -1;
const TIMEOUT_MS = 30_000;
const NOT_LEADER = 6;
const MAX_ATTEMPTS = 1_200;
const RETRY_MS = 50;
const NO_TRANSACTION = int16(-1);

export interface ProduceOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partition: number;
  /** Those whose every checksum is written: a broker looks, a consumer need not. For the others there is kcat. */
  readonly codec?: "none" | "gzip" | "zstd";
  /** Default 10,000. */
  readonly recordsPerBatch?: number;
}

/** Sends the records, in their order, to one partition. */
export async function produce(records: readonly RecordToSend[], options: ProduceOptions): Promise<void> {
  const { codec, recordsPerBatch = 10_000 } = options;
  const batches: Uint8Array[] = [];
  for (let from = 0; from < records.length; from += recordsPerBatch) {
    const some = records.slice(from, from + recordsPerBatch).map(({ timestampMs, key, value }) => ({
      timestampMs,
      key: key === undefined ? null : Buffer.from(key),
      value: typeof value === "string" ? Buffer.from(value) : value,
    }));
    batches.push(writeRecordBatch({ records: some, codec }));
  }
  await produceBatches(batches, options);
}

/** Sends record batches as they are, each when the one before has been taken. */
export async function produceBatches(
  batches: Iterable<Uint8Array>,
  target: { bootstrap: string; topic: string; partition: number },
): Promise<void> {
  using producer = await openProducer(target);
  for (const batch of batches) await producer.send(batch);
}

/** An open connection to one partition's leader. */
export interface PartitionProducer extends Disposable {
  /** Sends a record batch as it is; resolves when the broker has taken it. One at a time. */
  send(batch: Uint8Array): Promise<void>;
}

/** @param leader `host:port` of it, where that is known */
export async function openProducer(
  target: { bootstrap: string; topic: string; partition: number; leader?: string },
): Promise<PartitionProducer> {
  const [host, port] = (target.leader ?? await findLeader(target)).split(":");
  const socket = createConnection({ host, port: Number(port) });
  const answers = readAnswers(socket);
  return {
    async send(batch) {
      for (let attempt = 1;; attempt++) {
        socket.write(produceRequest(batch, target));
        const { value: answer } = await answers.next();
        if (answer === undefined) throw new Error(`${host}:${port} closed the connection`);
        const errorCode = readErrorCode(answer, target.topic);
        if (errorCode === 0) return;
        // A new topic's leaders are named before they know of it themselves.
        if (errorCode !== NOT_LEADER || attempt === MAX_ATTEMPTS) {
          throw new Error(`the broker refused a batch: error ${errorCode}`);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    },
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** Producers by partition. */
export interface PartitionProducers extends Disposable {
  readonly all: readonly PartitionProducer[];
}

/** Opens a producer for each of the first `partitions` partitions of a topic. */
export async function openProducers(
  { bootstrap, topic, partitions }: { bootstrap: string; topic: string; partitions: number },
): Promise<PartitionProducers> {
  using opening = new DisposableStack();
  const all: PartitionProducer[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    all.push(opening.use(await openProducer({ bootstrap, topic, partition })));
  }
  const opened = opening.move();
  return { all, [Symbol.dispose]: () => opened.dispose() };
}

async function findLeader(
  target: { bootstrap: string; topic: string; partition: number },
): Promise<string> {
  return await withAdmin(target.bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [target.topic] });
    const partition = topics[0].partitions.find(({ partitionId }) => partitionId === target.partition);
    const { brokers } = await admin.describeCluster();
    const leader = brokers.find(({ nodeId }) => nodeId === partition?.leader);
    if (leader === undefined) throw new Error(`${target.topic}/${target.partition} has no leader`);
    return `${leader.host}:${leader.port}`;
  });
}

/** One batch for one partition, its length before it. */
function produceRequest(batch: Uint8Array, target: { topic: string; partition: number }): Uint8Array {
  const head = [int16(PRODUCE), int16(VERSION), int32(0), string("rtcount-tests")];
  const body = [NO_TRANSACTION, int16(ALL_REPLICAS), int32(TIMEOUT_MS), int32(1), string(target.topic)];
  const data = [int32(1), int32(target.partition), int32(batch.length), batch];
  const request = Buffer.concat([...head, ...body, ...data]);
  return Buffer.concat([int32(request.length), request]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}

async function* readAnswers(socket: Socket): AsyncGenerator<Buffer, undefined> {
  let pending = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
      const end = 4 + pending.readInt32BE(0);
      yield pending.subarray(4, end);
      pending = pending.subarray(end);
    }
  }
}

/** After the correlation id: one topic by name, its one partition's index, the code. */
function readErrorCode(answer: Buffer, topic: string): number {
  const topicStart = 4 + 4;
  return answer.readInt16BE(topicStart + 2 + Buffer.byteLength(topic) + 4 + 4);
}
