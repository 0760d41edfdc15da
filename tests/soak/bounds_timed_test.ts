// A stream that fills everything at once: distinct words of the greatest length and short ones in all panes, also in those
// ahead of the clock, records that are too large, dead letters, windows, snapshots, streams and slow clients. With the
// shipped configuration the daemon stays below the unit's MemoryMax.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { parse } from "yaml";
import { systemClock } from "../../lib/async/clock.ts";
import { makeTopic } from "../e2e/kafka_source.ts";
import { RtcountDaemon } from "../e2e/rtcount_process.ts";
import { writeRecordBatch } from "../kafka/wire/record_batch_writer.ts";
import { openProducers } from "../machine/kafka/producer.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { memoryMax } from "./memory_max.ts";
import { soakLength } from "./soak_length.ts";

const SYSTEMD = new URL("../../systemd/", import.meta.url);
const DURATION_MS = soakLength({ short: 12_000, long: 300_000 });
const PARTITIONS = 8;
/** Within `window.max_future`, which is 1m. */
const AHEAD_MS = 55_000;
const WINDOW_MS = 60_000;
const VALUE_BYTES = 500_000;
const TOO_LARGE_BYTES = 1_100_000;
const RECORDS_PER_BATCH = 8;
const MAX_WORD_BYTES = 256;
const STREAMS = 250;
const SLOW_CLIENTS = 100;
const LOOK_MS = 250;

/** The shipped configuration with both outputs, on these topics. */
async function shippedSettings(
  { topic, windows, dead, dir }: Readonly<Record<"topic" | "windows" | "dead" | "dir", string>>,
): Promise<Record<string, unknown>> {
  const { http: _, ...shipped } = parse(await Deno.readTextFile(new URL("rtcount.yaml", SYSTEMD)));
  return {
    ...shipped,
    source: { kafka: { brokers: bootstrap.split(","), topics: [topic], group: topic } },
    // Without the governor, more records are read.
    rate: { backpressure: false },
    state: { dir },
    output: { ...shipped.output, kafka: { topic: windows }, dead_letters: { topic: dead } },
  };
}

/** Words that never come again; every other value has words of the greatest length. */
class NewWords {
  #made = 0;

  value(bytes: number, isLong: boolean): Buffer {
    const parts: string[] = [];
    const wordBytes = isLong ? MAX_WORD_BYTES : 8;
    for (let i = 0; i < bytes / (wordBytes + 1); i++) {
      parts.push((this.#made++).toString(36).padStart(wordBytes, isLong ? "x" : "y"));
    }
    return Buffer.from(parts.join());
  }
}

async function feed(topic: string, signal: AbortSignal): Promise<number> {
  using producers = await openProducers({ bootstrap, topic, partitions: PARTITIONS });
  const words = new NewWords();
  let sentBytes = 0;
  for (let round = 0; !signal.aborted; round++) {
    await Promise.all(producers.all.map(async (producer, partition) => {
      const records = Array.from({ length: RECORDS_PER_BATCH }, (_, i) => {
        const isTooLarge = i === 0 && round % 4 === 0;
        const value = words.value(isTooLarge ? TOO_LARGE_BYTES : VALUE_BYTES, (round + partition) % 2 === 0);
        sentBytes += value.length;
        const place = (round * RECORDS_PER_BATCH + i) % 50 / 50;
        return {
          timestampMs: Math.floor(systemClock.nowMs() - WINDOW_MS / 2 + place * (WINDOW_MS / 2 + AHEAD_MS)),
          value,
        };
      });
      await producer.send(writeRecordBatch({ records, codec: "zstd" }));
    }));
    // The broker and this process share the processors with the daemon.
    await systemClock.sleep(50, signal);
  }
  return sentBytes;
}

/** Connections that ask and read nothing. */
class SilentClients implements Disposable {
  readonly #conns: Deno.TcpConn[] = [];

  async add(
    daemon: RtcountDaemon,
    { path, count }: { readonly path: string; readonly count: number },
  ): Promise<void> {
    const { hostname, port } = new URL(daemon.url);
    for (let i = 0; i < count; i++) {
      const conn = await Deno.connect({ hostname, port: Number(port) });
      this.#conns.push(conn);
      try {
        await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
      } catch (error) {
        // The server may have closed it already, because one address has too many.
        if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) {
          throw error;
        }
      }
    }
  }

  [Symbol.dispose](): void {
    for (const conn of this.#conns) conn.close();
  }
}

Deno.test({
  name: "a stream that fills all bounds at once stays below MemoryMax with the shipped configuration",
  ignore: missing,
  async fn() {
    const maxBytes = await memoryMax();
    assert.ok(maxBytes > 0);
    const [topic, windows, dead] = await Promise.all([PARTITIONS, 1, 1].map(makeTopic));
    const dir = await Deno.makeTempDir({ prefix: "rtcount-state-" });
    const stopping = new AbortController();
    let feeding = Promise.resolve(0);
    try {
      await using daemon = new RtcountDaemon(await shippedSettings({ topic, windows, dead, dir }));
      await daemon.metricAtLeast("rtcount_assigned_partitions", PARTITIONS);
      feeding = feed(topic, stopping.signal);
      feeding.catch(() => stopping.abort());
      await daemon.metricAtLeast("rtcount_words_total", 1);
      const clients = new SilentClients();
      await using closing = new AsyncDisposableStack();
      closing.use(clients);
      await clients.add(daemon, { path: "/api/v1/stream", count: STREAMS });
      await clients.add(daemon, { path: "/metrics", count: SLOW_CLIENTS });
      const endMs = systemClock.monotonicMs() + DURATION_MS;
      let mostBytes = 0;
      while (systemClock.monotonicMs() < endMs && !stopping.signal.aborted) {
        mostBytes = readMemoryKib(daemon.pid, "VmHWM") * 1024;
        assert.ok(mostBytes < maxBytes, `${mostBytes} bytes resident, wanted less than ${maxBytes}`);
        await systemClock.sleep(LOOK_MS, stopping.signal);
      }
      stopping.abort();
      const sentBytes = await feeding;
      // They share this test's address, and so its share of the answers.
      await closing.disposeAsync();
      const words = await daemon.metricAtLeast("rtcount_words_total", 100_000);
      const skipped = await daemon.metricAtLeast('rtcount_records_skipped_total{reason="too_large"}', 1);
      const snapshots = await daemon.metric('rtcount_snapshots_total{result="ok"}');
      console.log(
        `${Math.round(mostBytes / 2 ** 20)} MiB resident at most; ${
          Math.round(sentBytes / 2 ** 20)
        } MiB sent, ` +
          `${words} words counted, ${skipped} records too large, ${snapshots} snapshots`,
      );
    } finally {
      stopping.abort();
      await Promise.allSettled([feeding]);
      await Deno.remove(dir, { recursive: true });
    }
  },
});
