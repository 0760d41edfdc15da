// Memory and CPU time of the executable. From source the numbers would include Deno's compiler, so the suite runs with
// RTCOUNT_BIN only.

import assert from "node:assert/strict";
import { freePorts } from "../machine/free_ports.ts";
import { fillTopic } from "../machine/kafka/fill_topic.ts";
import { bootstrap, missing } from "../machine/kafka/shared_kafka.ts";
import { median } from "../oracle/median.ts";
import { coreDelayMs, cpuShareDuring } from "../machine/process_cpu.ts";
import { readMemoryKib } from "../machine/process_memory.ts";
import { kafkaSource, makeTopic } from "./kafka_source.ts";
import { getPage } from "./page.ts";
import { compiled, RtcountDaemon, RtcountProcess } from "./rtcount_process.ts";

const KIB_PER_MB = 1_000_000 / 1024;
/** So many readings, of which the middle one counts: some seconds after the start V8 collects what it has left behind. */
const IDLE_READINGS = 5;
const IDLE_READING_MS = 4_000;
const START_MS = 1_000;
/** The best of some starts counts, because the machine may be busy. */
const STARTS = 5;
const PARTITIONS = 4;
const RECORDS = 2_000_000;
const RECORDS_PER_BATCH = 5_000;
const DISTINCT_WORDS = 100_000;

const passMs = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

if (compiled) {
  Deno.test("the executable answers /healthz within 1 s of its start", async () => {
    let tookMs = Infinity;
    for (let start = 0; start < STARTS && tookMs >= START_MS; start++) {
      const listen = `127.0.0.1:${freePorts(1)[0]}`;
      const startedMs = performance.now();
      await using demo = new RtcountProcess(["demo", "--listen", listen]);
      await demo.waitFor(
        "200 at /healthz",
        async () => (await getPage(`http://${listen}/healthz`))?.status === 200,
      );
      const waitedMs = coreDelayMs(demo.pid);
      tookMs = performance.now() - startedMs - waitedMs;
      console.log(`start: ${Math.round(tookMs)} ms, and ${Math.round(waitedMs)} ms without a core`);
    }
    assert.ok(tookMs < START_MS, `${tookMs} ms`);
  });

  Deno.test({
    name: "the executable, connected and idle, takes less than 2 % of a core and 140 MB",
    ignore: missing,
    async fn() {
      const topic = await makeTopic(PARTITIONS);
      await using daemon = new RtcountDaemon({ source: kafkaSource(topic) });
      await daemon.waitForReadiness();
      await passMs(1_000); // what the start has left to do
      const shares: number[] = [];
      for (let n = 0; n < IDLE_READINGS; n++) {
        shares.push(await cpuShareDuring(daemon.pid, () => passMs(IDLE_READING_MS)));
      }
      const share = median(shares);
      const residentMb = readMemoryKib(daemon.pid, "VmRSS") / KIB_PER_MB;
      const readings = shares.map((share) => (share * 100).toFixed(1)).join(", ");
      console.log(`idle: ${readings} % of a core, ${residentMb.toFixed(0)} MB resident`);
      assert.ok(share < 0.02, `${share * 100} % of a core`);
      assert.ok(residentMb < 140, `${residentMb} MB`);
    },
  });

  Deno.test({
    name: "the executable under full load with 100,000 distinct words stays below 240 MB",
    ignore: missing,
    async fn() {
      const topic = await makeTopic(PARTITIONS);
      const batchesPerPartition = RECORDS / PARTITIONS / RECORDS_PER_BATCH;
      await fillTopic({
        bootstrap,
        topic,
        partitions: PARTITIONS,
        batchesPerPartition,
        recordsPerBatch: RECORDS_PER_BATCH,
        value: (i) => Array.from({ length: 5 }, (_, k) => `word-${(i * 5 + k) % DISTINCT_WORDS}`).join(","),
        startMs: Date.now() - 210_000,
        stepMs: 200_000 / batchesPerPartition,
      });
      await using daemon = new RtcountDaemon({
        source: kafkaSource(topic),
        rate: { backpressure: false },
        output: { console: false },
      });
      await daemon.metricAtLeast(`rtcount_records_total{topic="${topic}"}`, RECORDS);
      const residentMb = readMemoryKib(daemon.pid, "VmHWM") / KIB_PER_MB;
      console.log(`full load: ${residentMb.toFixed(0)} MB resident at most`);
      assert.equal(await daemon.metric("rtcount_window_distinct_words"), DISTINCT_WORDS);
      assert.ok(residentMb < 240, `${residentMb} MB`);
    },
  });
}
