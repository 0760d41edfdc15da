// Measures the CPU time of a daemon with little to do: 100 records a second.

import { Buffer } from "node:buffer";
import { systemClock } from "../lib/async/clock.ts";
import { RtcountDaemon } from "../tests/e2e/rtcount_process.ts";
import { startKafka } from "../tests/machine/kafka/broker.ts";
import { openProducers } from "../tests/machine/kafka/producer.ts";
import { writeRecordBatch } from "../tests/kafka/wire/record_batch_writer.ts";
import { cpuShareDuring } from "../tests/machine/process_cpu.ts";
import { median } from "../tests/oracle/median.ts";
import { type BenchRow, formatBenchRow } from "./bench_row.ts";
import { naturalCorpus } from "./corpus.ts";

const RECORDS_PER_SECOND = 100;
const PARTITIONS = 4;
const TOPIC = "trickle";
/** Share of a core. */
const LIMIT = 0.02;
/** V8 collects the garbage of the start in the first seconds. */
const SETTLE_MS = 10_000;
const READINGS = 5;
/** The scrape interval. */
const READING_MS = 5_000;

/** Takes 40 s. */
export async function measureTrickle(): Promise<BenchRow> {
  await using kafka = await startKafka();
  const { bootstrap } = kafka;
  await kafka.createTopic(TOPIC, { partitions: PARTITIONS });
  await using daemon = new RtcountDaemon({
    source: { kafka: { brokers: [bootstrap], topics: [TOPIC] } },
    output: { console: false },
  });
  const passAndScrape = async () => {
    await systemClock.sleep(READING_MS);
    await daemon.get("/metrics");
  };
  const over = new AbortController();
  const trickling = trickle(bootstrap, over.signal);
  const shares: number[] = [];
  try {
    await daemon.metricAtLeast(`rtcount_records_total{topic="${TOPIC}"}`, RECORDS_PER_SECOND);
    await systemClock.sleep(SETTLE_MS);
    for (let n = 0; n < READINGS; n++) {
      shares.push(await cpuShareDuring(daemon.pid, passAndScrape));
    }
  } finally {
    over.abort();
    await trickling;
  }
  const share = median(shares);
  return {
    name: `a trickle of ${RECORDS_PER_SECOND} records a second, against ${LIMIT * 100} % of a core`,
    ratio: LIMIT / share,
    wanted: 1,
    // Most of the time is waking up, which takes twice as long on an idle machine.
    costNs: undefined,
    details: `${(share * 100).toFixed(2)} % of a core`,
  };
}

/** Sends single records to each partition in turn, as producers do at this rate. */
async function trickle(bootstrap: string, signal: AbortSignal): Promise<void> {
  const { bytes, starts, ends, records } = naturalCorpus();
  using producers = await openProducers({ bootstrap, topic: TOPIC, partitions: PARTITIONS });
  const startMs = systemClock.monotonicMs();
  for (let n = 0; !signal.aborted; n++) {
    const i = n % records;
    const value = Buffer.from(bytes.subarray(starts[i], ends[i]));
    const batch = writeRecordBatch({ records: [{ timestampMs: systemClock.nowMs(), value }] });
    await producers.all[n % PARTITIONS].send(batch);
    const nextMs = startMs + (n + 1) * 1_000 / RECORDS_PER_SECOND;
    await systemClock.sleep(Math.max(0, nextMs - systemClock.monotonicMs()), signal);
  }
}

if (import.meta.main) console.log(formatBenchRow(await measureTrickle()));
