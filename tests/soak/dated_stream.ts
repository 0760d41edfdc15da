// A stream in event time that continues while its readers fail. Records are dated by their number, not by a clock, so none
// is late however busy the machine is.

import { Buffer } from "node:buffer";
import { randomInteger, seededRandom } from "../../lib/source/synthetic/random.ts";
import type { Codec } from "../kafka/compression/compression_writer.ts";
import { openProducer, type PartitionProducer, produce } from "../machine/kafka/producer.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import type { PaneCounts } from "./pane_counts.ts";

/** The codecs of which `produce` writes every checksum; snappy has none. */
const CODECS: readonly Codec[] = ["none", "gzip", "snappy", "zstd"];

export interface StreamOptions {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  /** Records per partition and chunk, in one batch. */
  readonly recordsPerChunk: number;
  /** Event time of the first chunk. */
  readonly startMs: number;
  /** Event time per chunk. */
  readonly stepMs: number;
  /** A record may be dated this much before its chunk. */
  readonly disorderMs: number;
  /** The time that readers wait for records out of order. */
  readonly latenessMs: number;
  readonly seed: number;
  readonly words: (partition: number, random: () => number) => readonly string[];
  /** Counts every record. */
  readonly counts: PaneCounts;
  /** Resolves when the chunk is due, with false if the stream ends before it. */
  readonly untilDue: (chunk: number) => Promise<boolean>;
  /** By default a producer that fails with its connection. */
  readonly open?: typeof openProducer;
}

/** Sends chunk after chunk to all partitions; returns the number of records. */
export async function sendStream(options: StreamOptions): Promise<number> {
  const { bootstrap, topic, partitions, recordsPerChunk, untilDue, open = openProducer } = options;
  using producers = new DisposableStack();
  const lanes: Lane[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const producer = producers.use(await open({ bootstrap, topic, partition }));
    lanes.push(new Lane(partition, producer, options));
  }
  let chunk = 0;
  for (; await untilDue(chunk); chunk++) await Promise.all(lanes.map((lane) => lane.send(chunk)));
  return chunk * partitions * recordsPerChunk;
}

/** Sends one record to each partition, dated so that all windows up to `endMs` close. It is in none of them. */
export async function sendEnd(endMs: number, options: StreamOptions): Promise<void> {
  const { partitions, latenessMs } = options;
  for (let partition = 0; partition < partitions; partition++) {
    await produce([{ timestampMs: endMs + latenessMs, value: "end" }], { ...options, partition });
  }
}

class Lane {
  readonly #partition: number;
  readonly #producer: PartitionProducer;
  readonly #options: StreamOptions;
  readonly #random: () => number;
  #sentMs: number | undefined;

  constructor(partition: number, producer: PartitionProducer, options: StreamOptions) {
    this.#partition = partition;
    this.#producer = producer;
    this.#options = options;
    this.#random = seededRandom(options.seed, partition);
  }

  async send(chunk: number): Promise<void> {
    const { stepMs, disorderMs, latenessMs } = this.#options;
    const batch = this.#write(chunk);
    const beforeMs = this.#sentMs ?? performance.now();
    this.#sentMs = performance.now();
    await this.#producer.send(batch);
    // The watermark of a partition at its end advances with time, so records after a longer pause would be late.
    const pauseMs = performance.now() - beforeMs;
    const allowedMs = stepMs + latenessMs - disorderMs;
    if (pauseMs < allowedMs) return;
    throw new Error(
      `this machine is too slow for this test: ${pauseMs} ms between chunks, at most ${allowedMs}`,
    );
  }

  #write(chunk: number): Uint8Array {
    const { recordsPerChunk, startMs, stepMs, disorderMs, words, counts } = this.#options;
    const records = Array.from({ length: recordsPerChunk }, (_, i) => {
      const turnMs = startMs + chunk * stepMs + Math.floor(i * stepMs / recordsPerChunk);
      const timestampMs = turnMs - randomInteger(this.#random, 0, disorderMs);
      const ofRecord = words(this.#partition, this.#random);
      counts.add(this.#partition, timestampMs, ofRecord);
      return { timestampMs, value: Buffer.from(ofRecord.join()) };
    });
    return writeRecordBatch({ records, codec: CODECS[(chunk + this.#partition) % CODECS.length] });
  }
}
