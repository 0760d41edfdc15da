// The plain program to compare with: kafkajs's eachBatch, strings, split, a Map per pane and a Map of totals. It reads a
// topic to its end and prints its counts and its speed.
//
//   deno run --allow-all bench/kafkajs_baseline.ts BROKERS TOPIC PARTITIONS RECORDS

import kafkajs from "kafkajs/index.js";
import type { Consumer, KafkaMessage } from "kafkajs/types/index.d.ts";
import { systemClock } from "../lib/async/clock.ts";

const LENGTH_MS = 60_000;
const SLIDE_MS = 2_000;
const TOP = 20;

/** The output, printed as JSON. */
export interface BaselineResult {
  readonly records: number;
  readonly words: number;
  readonly recordsPerSecond: number;
}

export class MapWindow {
  readonly #panes = new Map<number, Map<string, number>>();
  readonly #totals = new Map<string, number>();
  readonly #latestMs: Float64Array;
  readonly #onClosed: (endMs: number, top: [string, number][]) => void;
  #nextEndMs = NaN;
  words = 0;

  constructor(partitions: number, onClosed: (endMs: number, top: [string, number][]) => void = () => {}) {
    this.#latestMs = new Float64Array(partitions);
    this.#onClosed = onClosed;
  }

  count(partition: number, messages: readonly KafkaMessage[]): void {
    for (const { value, timestamp } of messages) {
      const timestampMs = Number(timestamp);
      const paneMs = Math.floor(timestampMs / SLIDE_MS) * SLIDE_MS;
      let pane = this.#panes.get(paneMs);
      if (pane === undefined) this.#panes.set(paneMs, pane = new Map());
      for (const word of value!.toString().split(",")) {
        pane.set(word, (pane.get(word) ?? 0) + 1);
        this.words++;
      }
      if (timestampMs > this.#latestMs[partition]) this.#latestMs[partition] = timestampMs;
    }
    this.#closeUntil(Math.min(...this.#latestMs));
  }

  #closeUntil(watermarkMs: number): void {
    if (watermarkMs === 0) return;
    if (Number.isNaN(this.#nextEndMs)) this.#nextEndMs = Math.min(...this.#panes.keys()) + SLIDE_MS;
    for (; this.#nextEndMs <= watermarkMs; this.#nextEndMs += SLIDE_MS) {
      for (const [word, count] of this.#panes.get(this.#nextEndMs - SLIDE_MS) ?? []) {
        this.#totals.set(word, (this.#totals.get(word) ?? 0) + count);
      }
      const leavingMs = this.#nextEndMs - SLIDE_MS - LENGTH_MS;
      for (const [word, count] of this.#panes.get(leavingMs) ?? []) {
        const left = this.#totals.get(word)! - count;
        if (left === 0) this.#totals.delete(word);
        else this.#totals.set(word, left);
      }
      this.#panes.delete(leavingMs);
      this.#onClosed(this.#nextEndMs, this.#top());
    }
  }

  /** One pass over the totals, as in rtcount. */
  #top(): [string, number][] {
    const best: [string, number][] = [];
    for (const entry of this.#totals) {
      if (best.length === TOP && !isBefore(entry, best[TOP - 1])) continue;
      const place = best.findIndex((other) => isBefore(entry, other));
      best.splice(place < 0 ? best.length : place, 0, entry);
      if (best.length > TOP) best.pop();
    }
    return best;
  }
}

function isBefore([word, count]: [string, number], [otherWord, other]: [string, number]): boolean {
  return count > other || (count === other && word < otherWord);
}

async function main([brokers, topic, partitions, expected]: readonly string[]): Promise<BaselineResult> {
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(","), logLevel: kafkajs.logLevel.NOTHING });
  const consumer: Consumer = kafka.consumer({ groupId: `baseline-${crypto.randomUUID()}` });
  const window = new MapWindow(Number(partitions));
  let records = 0;
  let startMs = NaN;
  let recordsAtStart = 0;
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const elapsedMs = await new Promise<number>((resolve, reject) => {
    consumer.on("consumer.crash", ({ payload }) => reject(payload.error));
    consumer.run({
      eachBatch({ batch }) {
        window.count(batch.partition, batch.messages);
        records += batch.messages.length;
        if (Number.isNaN(startMs)) {
          startMs = systemClock.monotonicMs();
          recordsAtStart = records;
        }
        if (records >= Number(expected)) resolve(systemClock.monotonicMs() - startMs);
        return Promise.resolve();
      },
    }).catch(reject);
  });
  await consumer.disconnect();
  const recordsPerSecond = (records - recordsAtStart) / (elapsedMs / 1_000);
  return { records, words: window.words, recordsPerSecond };
}

if (import.meta.main) console.log(JSON.stringify(await main(Deno.args)));
